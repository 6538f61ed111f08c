"""Orders as they are told: once, to everybody who heard of the cart, and reminders taken back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from collector.domain.door import Lane, NewRow
from collector.domain.shop import Sending, Shop
from collector.domain.spending import spending
from tests.pipeline.row_builders import ANA, BO, at, beacon, cart, gmt, iso, shopify_order, typed, webhook, woo_order
from tests.pipeline.telling_bench import LIVE_SHOPIFY, LIVE_WOO, MUG, POT, TEA, TellingBench, telling_bench, under

ANAS = "ana@shop.example"
HERS: dict[str, Any] = {"meta": {"_tajo_id": ANA}}
FILLS = beacon(-20, ANA, typed(-20, ANAS, opt_in=True), cart(-20, MUG))
BUYS = woo_order(0, "processing", MUG, **HERS)
PLACED = ["ana order_placed", "ana order_completed"]
BOUGHT = ["ana contact ordered blocked +all_customers +buyers", *PLACED, "ana order paid"]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TellingBench]:
    with telling_bench(tmp_path_factory.mktemp("orders")) as found:
        yield found


@pytest.fixture
def bench(files: TellingBench) -> TellingBench:
    files.begin()
    return files


def order_events(bench: TellingBench) -> list[str]:
    return [one for one in bench.events("any") if " order_" in one]


def test_an_order_needs_no_basis_and_comes_with_its_contact_and_status(bench: TellingBench) -> None:
    bench.happen(BUYS)
    assert bench.told() == BOUGHT
    assert bench.one("order_placed")["payment"] == "paid"
    assert bench.one("order_placed")["kind"] == "storefront"


def test_buying_ends_the_cart_and_skips_what_waits_about_it(bench: TellingBench) -> None:
    bench.happen(FILLS, BUYS)
    assert bench.events("skipped") == ["ana cart_created", "ana cart_updated"]
    assert bench.events() == PLACED
    bench.pass_until(600)
    assert bench.sent("cart_abandoned") == []
    assert bench.decided() == []


def test_who_was_reminded_and_buys_is_recovered_and_off_the_list(bench: TellingBench) -> None:
    bench.happen(FILLS)
    bench.pass_until(10)
    bench.deliver()
    bench.happen(replace(BUYS, received_at=at(15)))
    assert bench.told() == [
        "ana contact typed -abandoned_cart",
        "ana cart_recovered",
        "ana contact ordered +all_customers +buyers",
        *PLACED,
        "ana order paid",
    ]
    assert bench.one("cart_recovered")["abandonment_id"] == bench.one("cart_abandoned")["abandonment_id"]


def test_a_reminder_that_never_left_is_skipped_and_not_recovered(bench: TellingBench) -> None:
    bench.happen(FILLS)
    bench.pass_until(10)
    bench.happen(replace(BUYS, received_at=at(15)))
    assert bench.events("skipped") == ["ana cart_created", "ana cart_updated", "ana cart_abandoned"]
    assert "ana contact typed +abandoned_cart" in bench.told("skipped")
    assert bench.sent("cart_recovered") == []


def test_bought_under_another_address_both_hear_of_it(bench: TellingBench) -> None:
    bench.happen(FILLS)
    bench.pass_until(10)
    bench.deliver()
    bench.happen(woo_order(0, "processing", MUG, billing={"email": "home@shop.example"}, **HERS))
    assert [one for one in bench.events() if "order_completed" in one] == [
        "ana order_completed",
        "home order_completed",
    ]
    assert [one for one in bench.events() if "order_placed" in one] == ["home order_placed"]
    assert [one for one in bench.events() if "recovered" in one] == ["ana cart_recovered"]


@pytest.mark.parametrize(
    ("why", "settings", "changes"),
    [
        ("an order without an address", {}, {"billing": {}}),
        (
            "the buyer is excluded",
            {"excluded_domains": frozenset({"work.example"})},
            {"billing": {"email": "a@work.example"}},
        ),
    ],
)
def test_who_heard_of_the_cart_hears_of_its_order_whoever_bought(
    files: TellingBench, why: str, settings: dict[str, Any], changes: dict[str, Any]
) -> None:
    files.begin(under(**settings))
    files.happen(FILLS, woo_order(0, "processing", MUG, **HERS, **changes))
    assert order_events(files) == ["ana order_completed"], why


def test_a_life_of_an_order_is_told_once_each(bench: TellingBench) -> None:
    refund = {"id": 9, "total": "-2.00"}
    bench.happen(
        woo_order(0, "on-hold", MUG, payment_method="bacs"),
        woo_order(60, "processing", MUG, payment_method="bacs"),
        woo_order(600, "completed", MUG, payment_method="bacs"),
        woo_order(700, "completed", MUG, payment_method="bacs", refunds=[refund]),
        woo_order(800, "refunded", MUG, payment_method="bacs", refunds=[refund, {"id": 10, "total": "-3.00"}]),
    )
    assert order_events(bench) == [
        *PLACED,
        "ana order_updated",
        "ana order_updated",
        "ana order_fulfilled",
        "ana order_updated",
        "ana order_refunded",
        "ana order_refunded",
    ]
    payments = [
        payload["properties"]["payment"] for payload in bench.sent("order_placed") + bench.sent("order_updated")
    ]
    assert payments == ["promised", "paid", "paid", "paid"]
    refunded = [payload["properties"] for payload in bench.sent("order_refunded")]
    assert [(one["refund_amount"], one["is_full"]) for one in refunded] == [(2.0, False), (3.0, True)]
    statuses = [row.message.payload for row in bench.rows() if row.message.kind == "order"]
    assert [(one["status"], one["amount"]) for one in statuses] == [
        ("promised", 5.0),
        ("paid", 5.0),
        ("fulfilled", 5.0),
        ("partially_refunded", 3.0),
        ("refunded", 0.0),
    ]


def test_goods_taken_back_for_nothing_are_no_refund_for_the_buyer(bench: TellingBench) -> None:
    for_nothing, some = {"id": 9, "total": "0.00"}, {"id": 10, "total": "-2.00"}
    bench.happen(woo_order(0, "processing", MUG), woo_order(60, "processing", MUG, refunds=[for_nothing]))
    assert order_events(bench) == [*PLACED, "ana order_updated"]
    assert bench.told()[-1] == "ana order paid"
    bench.happen(woo_order(90, "processing", MUG, refunds=[for_nothing, some]))
    assert [payload["properties"]["refund_amount"] for payload in bench.sent("order_refunded")] == [2.0]
    assert bench.told()[-1] == "ana order partially_refunded"


@pytest.mark.parametrize(
    ("why", "rows", "expected"),
    [
        ("no order yet", [woo_order(0, "checkout-draft", MUG)], []),
        ("its payment runs", [woo_order(0, "pending", MUG)], []),
        ("its payment failed", [woo_order(0, "pending", MUG), woo_order(5, "failed", MUG)], []),
        ("promised is accepted", [woo_order(0, "on-hold", MUG)], PLACED),
        ("a plugin's status is accepted", [woo_order(0, "being-engraved", MUG)], PLACED),
        ("the same version again", [BUYS, replace(BUYS, delivery_id="again")], PLACED),
        (
            "an older version, late",
            [woo_order(60, "processing", MUG), woo_order(0, "on-hold", MUG)],
            [*PLACED, "ana order_updated"],
        ),
        ("something was changed", [BUYS, woo_order(9, "processing", MUG, POT)], [*PLACED, "ana order_updated"]),
        (
            "cancelled later",
            [BUYS, woo_order(9, "cancelled", MUG, date_paid_gmt=gmt(2))],
            [*PLACED, "ana order_cancelled"],
        ),
        ("first seen cancelled", [woo_order(9, "cancelled", MUG, date_paid_gmt=gmt(2))], ["ana order_cancelled"]),
        (
            "first seen refunded",
            [woo_order(9, "refunded", MUG, refunds=[{"id": 9, "total": "-5.00"}])],
            ["ana order_refunded"],
        ),
        (
            "a renewal completes nothing",
            [woo_order(0, "processing", MUG, created_via="subscription")],
            ["ana order_placed"],
        ),
        ("an admin's order is in the list only", [woo_order(0, "processing", MUG, created_via="admin")], []),
        (
            "a deleted one is no news",
            [BUYS, webhook(9, "order.deleted", {"id": 7})],
            PLACED,
        ),
        (
            "from before the activation",
            [woo_order(0, "processing", MUG, date_created_gmt=gmt(-2000), date_paid_gmt=gmt(-1999))],
            [],
        ),
        (
            "from before it and shipped since",
            [woo_order(9, "completed", MUG, date_created_gmt=gmt(-2000), date_paid_gmt=gmt(-1999))],
            [],
        ),
    ],
)
def test_what_is_told_of_an_order(bench: TellingBench, why: str, rows: list[NewRow], expected: list[str]) -> None:
    bench.happen(*rows)
    assert order_events(bench) == expected, why


def test_a_renewal_says_so_and_closes_only_carts_with_its_product(bench: TellingBench) -> None:
    bench.happen(FILLS, woo_order(0, "processing", TEA, created_via="subscription", **HERS))
    assert order_events(bench) == ["ana order_placed"]
    assert bench.one("order_placed")["kind"] == "renewal"
    bench.pass_until(600)
    assert len(bench.sent("cart_abandoned")) == 1


def test_an_order_at_the_till_says_so(files: TellingBench) -> None:
    files.begin(LIVE_SHOPIFY)
    files.happen(shopify_order(0, "paid", MUG, source_name="pos", cart_token=None, checkout_token=None))
    assert order_events(files) == PLACED
    assert files.one("order_completed")["kind"] == "pos"


def lines(**left: int) -> list[dict[str, Any]]:
    """One of each ordered: how many of it are left."""
    return [
        {"id": int(name), "product_id": int(name), "quantity": 1, "current_quantity": left[f"p{name}"], "price": "5.00"}
        for name in (MUG, POT)
    ]


def gave_back(minutes: float, *names: str, amount: str = "", number: int = 5) -> dict[str, Any]:
    """A refund of Shopify's; without an amount no money moved."""
    return {
        "id": number,
        "created_at": iso(minutes),
        "transactions": [{"kind": "refund", "status": "success", "amount": amount}] if amount else [],
        "refund_line_items": [{"line_item_id": int(name), "quantity": 1, "restock_type": "cancel"} for name in names],
    }


@pytest.mark.parametrize(
    ("why", "refunds", "items", "events"),
    [
        ("a line edited out", [], [MUG], ["ana order_updated"]),
        ("as Shopify writes it down: nobody got money", [gave_back(30, POT)], [MUG], ["ana order_updated"]),
        (
            "a line refunded is an item all the same",
            [gave_back(30, POT, amount="5.00")],
            [MUG, POT],
            ["ana order_updated", "ana order_refunded"],
        ),
    ],
)
def test_what_is_left_of_an_edited_order(
    files: TellingBench, why: str, refunds: list[dict[str, Any]], items: list[str], events: list[str]
) -> None:
    files.begin(LIVE_SHOPIFY)
    status = "partially_refunded" if refunds else "paid"
    files.happen(
        shopify_order(0, "paid", MUG, POT, line_items=lines(p11=1, p12=1)),
        shopify_order(30, status, MUG, POT, line_items=lines(p11=1, p12=0), refunds=refunds),
    )
    assert order_events(files) == [*PLACED, *events], why
    shown = files.one("order_updated")
    assert ([item["id"] for item in shown["items"]], shown["item_count"]) == (items, len(items)), why
    listed = [row.message.payload for row in files.rows() if row.message.kind == "order"]
    assert [product["product_id"] for product in listed[-1]["products"]] == items, why


def edited_out(minutes: float, name: str) -> dict[str, Any]:
    taken = gave_back(minutes, name)
    priced = [line | {"subtotal": 5.0, "total_tax": 0.0} for line in taken["refund_line_items"]]
    return taken | {"refund_line_items": priced}


@pytest.mark.parametrize("comes_first", ["order", "refund"])
def test_the_money_of_an_edit_that_is_paid_back_by_itself_counts_once(files: TellingBench, comes_first: str) -> None:
    files.begin(LIVE_SHOPIFY)
    edit, money = edited_out(30, POT), gave_back(40, amount="5.00", number=6)
    left = lines(p11=1, p12=0)
    later = [
        shopify_order(40, "partially_refunded", MUG, POT, line_items=left, refunds=[edit, money]),
        webhook(40, "refunds/create", money | {"order_id": 7}),
    ]
    files.happen(
        shopify_order(0, "paid", MUG, POT, line_items=lines(p11=1, p12=1)),
        shopify_order(30, "paid", MUG, POT, line_items=left, refunds=[edit]),
        *(later if comes_first == "order" else reversed(later)),
    )
    with files.state.read() as tx:
        spent = spending(tx.orders.bought(files.shop.id, "ana@shop.example", ""))
    assert spent.total("EUR") == 500
    assert [row.message.payload["amount"] for row in files.rows() if row.message.kind == "order"][-1] == 5.0
    told = [payload["properties"] for payload in files.sent("order_refunded")]
    assert [(one["refund_amount"], one["is_full"]) for one in told] == [(5.0, False)]


@pytest.mark.parametrize("comes_first", ["webhook", "reading"])
def test_a_reading_in_bulk_does_not_forget_what_an_edit_took_off(files: TellingBench, comes_first: str) -> None:
    """It has no lines of refunds, so it knows no amount where no money moved."""
    files.begin(LIVE_SHOPIFY)
    left = lines(p11=1, p12=0)
    told = shopify_order(30, "paid", MUG, POT, line_items=left, refunds=[edited_out(30, POT)])
    read = shopify_order(30, "paid", MUG, POT, line_items=left, refunds=[gave_back(30)])
    read = replace(read, delivery_id="another")
    files.happen(*((told, read) if comes_first == "webhook" else (read, told)))
    with files.state.read() as tx:
        spent = spending(tx.orders.bought(files.shop.id, "ana@shop.example", ""))
    assert spent.total("EUR") == 500


CALLED_OFF: dict[str, Any] = {"cancelled_at": iso(30), "cancel_reason": "customer"}


@pytest.mark.parametrize(
    ("why", "shop", "rows", "full"),
    [
        (
            "cancelled with all of the money back",
            LIVE_SHOPIFY,
            [shopify_order(30, "refunded", MUG, refunds=[gave_back(30, MUG, amount="5.00")], **CALLED_OFF)],
            [(5.0, True)],
        ),
        (
            "cancelled with a part of it, the rest is kept",
            LIVE_SHOPIFY,
            [shopify_order(30, "partially_refunded", MUG, refunds=[gave_back(30, MUG, amount="4.00")], **CALLED_OFF)],
            [(4.0, False)],
        ),
        (
            "cancelled, the rest of the money later",
            LIVE_SHOPIFY,
            [
                shopify_order(30, "partially_refunded", MUG, refunds=[gave_back(30, MUG, amount="4.00")], **CALLED_OFF),
                shopify_order(
                    40,
                    "refunded",
                    MUG,
                    refunds=[gave_back(30, MUG, amount="4.00"), gave_back(40, amount="1.00", number=6)],
                    **CALLED_OFF,
                ),
            ],
            [(4.0, False), (1.0, True)],
        ),
        (
            "the refund comes before the order says so",
            LIVE_SHOPIFY,
            [webhook(30, "refunds/create", gave_back(30, MUG, amount="5.00") | {"order_id": 7})],
            [(5.0, True)],
        ),
        (
            "WooCommerce: given back, then cancelled",
            LIVE_WOO,
            [woo_order(30, "cancelled", MUG, date_paid_gmt=gmt(2), refunds=[{"id": 9, "total": "-5.00"}])],
            [(5.0, True)],
        ),
        (
            "WooCommerce: a part of it",
            LIVE_WOO,
            [woo_order(30, "cancelled", MUG, date_paid_gmt=gmt(2), refunds=[{"id": 9, "total": "-4.00"}])],
            [(4.0, False)],
        ),
    ],
)
def test_a_refund_is_full_by_what_was_given_back(
    files: TellingBench, why: str, shop: Shop, rows: list[NewRow], full: list[tuple[float, bool]]
) -> None:
    files.begin(shop)
    first = shopify_order(0, "paid", MUG) if shop is LIVE_SHOPIFY else BUYS
    files.happen(first, *rows)
    told = [payload["properties"] for payload in files.sent("order_refunded")]
    assert [(one["refund_amount"], one["is_full"]) for one in told] == full, why


def test_a_test_order_is_nothing(files: TellingBench) -> None:
    files.begin(LIVE_SHOPIFY)
    files.happen(shopify_order(0, "paid", MUG, test=True))
    assert files.told() == []


def test_an_admins_order_is_known_with_its_status_and_contact(bench: TellingBench) -> None:
    bench.happen(woo_order(0, "processing", MUG, created_via="admin"))
    assert bench.told() == ["ana contact ordered blocked +all_customers +buyers", "ana order paid"]


@pytest.mark.parametrize(
    ("why", "bench_shop", "lane"),
    [
        ("an import", LIVE_WOO, Lane.HISTORY),
        ("a shop that is observed", replace(LIVE_WOO, sending=Sending.OBSERVE), Lane.LIVE),
        ("a destination that is not there", under(account=""), Lane.LIVE),
    ],
)
def test_who_tells_nothing_of_orders(files: TellingBench, why: str, bench_shop: Any, lane: Lane) -> None:
    files.begin(bench_shop)
    files.happen(FILLS, lane=Lane.LIVE)
    files.happen(BUYS, lane=lane)
    assert order_events(files) == [], why


def test_orders_that_are_not_forwarded_still_take_reminders_back(files: TellingBench) -> None:
    files.begin(under(forward_orders=False))
    files.happen(FILLS)
    files.pass_until(10)
    files.deliver()
    files.happen(replace(BUYS, received_at=at(15)))
    assert files.events() == ["ana cart_recovered"]


def test_another_shoppers_messages_are_left_alone(bench: TellingBench) -> None:
    bench.happen(FILLS, beacon(-20, BO, typed(-20, "bo@shop.example", opt_in=True), cart(-20, MUG, number="bo")), BUYS)
    assert bench.events() == ["bo cart_created", "bo cart_updated", *PLACED]


def test_the_same_rows_again_tell_nothing_new(bench: TellingBench) -> None:
    rows = [FILLS, BUYS, woo_order(60, "completed", MUG, refunds=[{"id": 9, "total": "-1.00"}])]
    bench.happen(*rows)
    before = bench.everything()
    bench.happen(*(replace(row, delivery_id=f"again-{row.delivery_id}") for row in rows))
    assert bench.everything() == before


def test_amounts_and_products_are_in_the_shops_own_currency(files: TellingBench) -> None:
    files.begin(LIVE_SHOPIFY)
    money = {
        "shop_money": {"amount": "10.00", "currency_code": "EUR"},
        "presentment_money": {"amount": "11.00", "currency_code": "USD"},
    }
    price = {
        "shop_money": {"amount": "5.00", "currency_code": "EUR"},
        "presentment_money": {"amount": "5.50", "currency_code": "USD"},
    }
    line = {"product_id": int(MUG), "quantity": 2, "price": "5.00", "price_set": price}
    files.happen(
        shopify_order(
            0, "paid", MUG, presentment_currency="USD", total_price="10.00", total_price_set=money, line_items=[line]
        )
    )
    (status,) = [row.message.payload for row in files.rows() if row.message.kind == "order"]
    assert (status["amount"], status["currency"]) == (10.0, "EUR")
    assert status["products"] == [{"product_id": MUG, "variant_id": "", "quantity": 2, "price": 5.0}]
    placed = files.one("order_placed")
    assert (placed["total"], placed["currency"], placed["items"][0]["price"]) == (11.0, "USD", 11.0)
