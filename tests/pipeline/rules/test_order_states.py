"""Orders, state by state and kind by kind, as either platform tells them: what becomes of the cart, what Brevo hears.

- A checkout draft leaves the cart open, at the checkout. A payment that was started does, too, and holds a reminder
  for an hour. An accepted order, paid or promised, ends the cart and is told once; a promise that is kept is a change.
- A failed payment opens the cart again as a new one. A cancelled or refunded order leaves it closed and is told; of
  one that was never seen in force nobody hears that it was placed. A test order is nothing.
- The storefront ends every open cart of its person. A renewal and a sale at the till end carts with one of their
  products; so does an order somebody made at the shop, or one that names the very cart. An edit ends and opens nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from collector.domain.door import NewRow
from collector.domain.shop import Shop
from tests.pipeline.row_builders import (
    ANA,
    BO,
    at,
    beacon,
    cart,
    gmt,
    iso,
    shopify_order,
    typed,
    woo_order,
)
from tests.pipeline.rules.whole_way import WholeWay
from tests.pipeline.telling_bench import LIVE_SHOPIFY, LIVE_WOO, MUG, POT, TEA

ANAS = "ana@shop.example"
WOO, SHOPIFY = LIVE_WOO, LIVE_SHOPIFY
WOO_FILLS = beacon(-20, ANA, typed(-20, ANAS, opt_in=True), cart(-20, MUG))
SHOPIFY_FILLS = beacon(-20, ANA, typed(-20, ANAS, opt_in=True), cart(-20, MUG, token="token-1"))
PLACED = ["order_placed", "order_completed"]
OPEN, ORDERED = "1 open due", "1 ordered (7)"
PAYING, BEGUN_AGAIN = "1 open @payment due", ["1 ordered (7)", "2 open @payment due"]
FAILED_AND_AGAIN = ["1 failed @payment (7)", "2 open @payment due"]
BANK: dict[str, Any] = {"payment_method": "bacs"}


def woo(minutes: float, status: str, **changes: Any) -> NewRow:
    return woo_order(minutes, status, MUG, meta={"_tajo_id": ANA}, **changes)


def shopify(minutes: float, financial_status: str | None, **changes: Any) -> NewRow:
    return shopify_order(minutes, financial_status or "", MUG, **changes)


def woo_refund(number: int, total: str) -> dict[str, Any]:
    return {"id": number, "total": f"-{total}"}


def shopify_refund(number: int, total: str) -> dict[str, Any]:
    paid_back = {"kind": "refund", "status": "success", "amount": total, "currency": "EUR"}
    return {"id": number, "order_id": 7, "created_at": iso(60), "transactions": [paid_back]}


def carts_of(way: WholeWay) -> list[str]:
    """Every generation without the name of its cart."""
    return [one.partition(" ")[2] for one in way.files.told_carts()]


def heard(way: WholeWay) -> list[str]:
    """The events of the order that Brevo took."""
    return [name for _, name in way.brevo.taken() if name.startswith("order_")]


def payments_told(way: WholeWay) -> list[str]:
    """Promised or paid, as each event about the order as a whole says."""
    about = ("order_placed", "order_updated")
    return [one["event_properties"]["payment"] for one in way.brevo.events if one["event_name"] in about]


def go_through(way: WholeWay, shop: Shop, rows: list[NewRow]) -> None:
    """The cart is filled, then every version arrives, and each time everything leaves."""
    way.begin(shop)
    for row in [WOO_FILLS if shop is WOO else SHOPIFY_FILLS, *rows]:
        way.happen(row)
        way.leave((row.received_at - at(0)).total_seconds() / 60)


STATES = [
    # none
    ("a draft of the checkout is no order", WOO, [woo(0, "checkout-draft")], ["1 open @checkout due"], [], []),
    # started
    ("sent to pay", WOO, [woo(0, "pending")], [PAYING], [], []),
    # promised
    ("bank transfer", WOO, [woo(0, "on-hold", **BANK)], [ORDERED], PLACED, ["promised"]),
    ("a plugin's word without a payment", WOO, [woo(0, "being-engraved")], [ORDERED], PLACED, ["promised"]),
    ("to be paid later", SHOPIFY, [shopify(0, "pending")], [ORDERED], PLACED, ["promised"]),
    ("a deposit", SHOPIFY, [shopify(0, "partially_paid")], [ORDERED], PLACED, ["promised"]),
    # paid
    ("paid", WOO, [woo(0, "processing")], [ORDERED], PLACED, ["paid"]),
    ("paid and sent at once", WOO, [woo(0, "completed")], [ORDERED], [*PLACED, "order_fulfilled"], ["paid"]),
    ("a plugin's word and a payment", WOO, [woo(0, "packed", date_paid_gmt=gmt(0))], [ORDERED], PLACED, ["paid"]),
    ("money held", SHOPIFY, [shopify(0, "authorized")], [ORDERED], PLACED, ["paid"]),
    ("paid", SHOPIFY, [shopify(0, "paid")], [ORDERED], PLACED, ["paid"]),
    # a promise is kept
    (
        "paid after a transfer",
        WOO,
        [woo(0, "on-hold", **BANK), woo(60, "processing", **BANK)],
        [ORDERED],
        [*PLACED, "order_updated"],
        ["promised", "paid"],
    ),
    (
        "paid later",
        SHOPIFY,
        [shopify(0, "pending"), shopify(60, "paid")],
        [ORDERED],
        [*PLACED, "order_updated"],
        ["promised", "paid"],
    ),
    # once, however often
    (
        "the same once more",
        WOO,
        [woo(0, "processing"), woo(0, "processing", delivery="again")],
        [ORDERED],
        PLACED,
        ["paid"],
    ),
    (
        "the same once more",
        SHOPIFY,
        [shopify(0, "paid"), shopify(0, "paid", delivery="again")],
        [ORDERED],
        PLACED,
        ["paid"],
    ),
    # failed
    ("refused by the bank", WOO, [woo(0, "pending"), woo(5, "failed")], FAILED_AND_AGAIN, [], []),
    ("the timer for unpaid orders", WOO, [woo(0, "pending"), woo(61, "cancelled")], FAILED_AND_AGAIN, [], []),
    (
        "the hold was given up",
        SHOPIFY,
        [shopify(0, "authorized"), shopify(60, "voided")],
        BEGUN_AGAIN,
        PLACED,
        ["paid"],
    ),
    (
        "the hold ran out",
        SHOPIFY,
        [shopify(0, "authorized"), shopify(60, "expired")],
        BEGUN_AGAIN,
        PLACED,
        ["paid"],
    ),
    # cancelled
    (
        "cancelled by somebody",
        WOO,
        [woo(0, "on-hold", **BANK), woo(60, "cancelled", **BANK)],
        [ORDERED],
        [*PLACED, "order_cancelled"],
        ["promised"],
    ),
    (
        "put in the bin",
        WOO,
        [woo(0, "processing"), woo(60, "trash", date_paid_gmt=gmt(0))],
        [ORDERED],
        PLACED,
        ["paid"],
    ),
    (
        "cancelled",
        SHOPIFY,
        [shopify(0, "paid"), shopify(60, "paid", cancelled_at=iso(60))],
        [ORDERED],
        [*PLACED, "order_cancelled"],
        ["paid"],
    ),
    (
        "cancelled, so that the money held was given up",
        SHOPIFY,
        [shopify(0, "authorized"), shopify(60, "voided", cancelled_at=iso(60))],
        [ORDERED],
        [*PLACED, "order_cancelled"],
        ["paid"],
    ),
    # refunded
    (
        "a part went back",
        WOO,
        [woo(0, "processing"), woo(60, "processing", refunds=[woo_refund(9, "2.00")])],
        [ORDERED],
        [*PLACED, "order_updated", "order_refunded"],
        ["paid", "paid"],
    ),
    (
        "all went back",
        WOO,
        [woo(0, "processing"), woo(60, "refunded", refunds=[woo_refund(9, "5.00")])],
        [ORDERED],
        [*PLACED, "order_refunded"],
        ["paid"],
    ),
    (
        "all went back, and the shop lists no refund",
        WOO,
        [woo(0, "processing"), woo(60, "refunded")],
        [ORDERED],
        [*PLACED, "order_refunded"],
        ["paid"],
    ),
    (
        "a part went back",
        SHOPIFY,
        [shopify(0, "paid"), shopify(60, "partially_refunded", refunds=[shopify_refund(9, "2.00")])],
        [ORDERED],
        [*PLACED, "order_updated", "order_refunded"],
        ["paid", "paid"],
    ),
    (
        "all went back",
        SHOPIFY,
        [shopify(0, "paid"), shopify(60, "refunded", refunds=[shopify_refund(9, "5.00")])],
        [ORDERED],
        [*PLACED, "order_refunded"],
        ["paid"],
    ),
    # first seen when it was over
    ("first seen cancelled", WOO, [woo(600, "cancelled", **BANK)], [ORDERED], ["order_cancelled"], []),
    ("first seen in the bin", WOO, [woo(600, "trash", **BANK)], [ORDERED], [], []),
    (
        "first seen refunded",
        WOO,
        [woo(600, "refunded", refunds=[woo_refund(9, "5.00")])],
        [ORDERED],
        ["order_refunded"],
        [],
    ),
    ("first seen cancelled", SHOPIFY, [shopify(600, "paid", cancelled_at=iso(60))], [ORDERED], ["order_cancelled"], []),
    (
        "first seen refunded",
        SHOPIFY,
        [shopify(600, "refunded", refunds=[shopify_refund(9, "5.00")])],
        [ORDERED],
        ["order_refunded"],
        [],
    ),
    # shipped
    (
        "shipped",
        WOO,
        [woo(0, "processing"), woo(60, "completed")],
        [ORDERED],
        [*PLACED, "order_updated", "order_fulfilled"],
        ["paid", "paid"],
    ),
    (
        "shipped",
        SHOPIFY,
        [shopify(0, "paid"), shopify(60, "paid", fulfillment_status="fulfilled")],
        [ORDERED],
        [*PLACED, "order_updated", "order_fulfilled"],
        ["paid", "paid"],
    ),
    (
        "a part of it was shipped",
        SHOPIFY,
        [shopify(0, "paid"), shopify(60, "paid", fulfillment_status="partial")],
        [ORDERED],
        [*PLACED, "order_updated"],
        ["paid", "paid"],
    ),
    # a test
    ("a test of the shop", SHOPIFY, [shopify(0, "paid", test=True)], [OPEN], [], []),
    ("a test that was cancelled", SHOPIFY, [shopify(0, "paid", test=True, cancelled_at=iso(5))], [OPEN], [], []),
]


@pytest.mark.parametrize(("why", "shop", "rows", "carts", "told", "payments"), STATES)
def test_what_each_state_does(
    way: WholeWay,
    why: str,
    shop: Shop,
    rows: list[NewRow],
    carts: list[str],
    told: list[str],
    payments: list[str],
) -> None:
    go_through(way, shop, rows)
    assert carts_of(way) == carts, why
    assert heard(way) == told, why
    assert payments_told(way) == payments, why


@pytest.mark.parametrize(
    ("why", "shop", "rows", "word"),
    [
        ("promised", WOO, [woo(0, "on-hold", **BANK)], "promised"),
        ("paid", WOO, [woo(0, "processing")], "paid"),
        ("shipped", WOO, [woo(0, "processing"), woo(60, "completed")], "fulfilled"),
        ("cancelled", WOO, [woo(0, "on-hold", **BANK), woo(60, "cancelled", **BANK)], "cancelled"),
        ("promised", SHOPIFY, [shopify(0, "pending")], "promised"),
        ("paid", SHOPIFY, [shopify(0, "authorized")], "paid"),
        ("cancelled", SHOPIFY, [shopify(0, "paid"), shopify(60, "paid", cancelled_at=iso(60))], "cancelled"),
        (
            "all went back",
            SHOPIFY,
            [shopify(0, "paid"), shopify(60, "refunded", refunds=[shopify_refund(9, "5.00")])],
            "refunded",
        ),
    ],
)
def test_brevos_own_list_of_orders_knows_the_state(
    way: WholeWay, why: str, shop: Shop, rows: list[NewRow], word: str
) -> None:
    go_through(way, shop, rows)
    assert [(number, one["status"]) for number, one in way.brevo.orders.items()] == [("7", word)], why


def test_a_running_payment_is_held_an_hour_and_then_is_the_stage(way: WholeWay) -> None:
    go_through(way, WOO, [woo(0, "pending")])
    for minutes in (30, 59.9):
        way.pass_until(minutes)
    assert way.decided() == ["cart hold payment_running"]
    way.pass_until(60)
    way.leave(60)
    assert way.one("cart_abandoned")["stage"] == "payment"
    assert way.taken("cart_abandoned") == ["ana cart_abandoned"]


@pytest.mark.parametrize(
    ("why", "shop", "rows"),
    [
        ("refused by the bank", WOO, [woo(0, "pending"), woo(5, "failed")]),
        ("the timer for unpaid orders", WOO, [woo(0, "pending"), woo(61, "cancelled")]),
        ("the hold was given up", SHOPIFY, [shopify(0, "authorized"), shopify(60, "voided")]),
        ("the hold ran out", SHOPIFY, [shopify(0, "authorized"), shopify(60, "expired")]),
    ],
)
def test_a_cart_opened_again_is_reminded_of_as_a_payment(
    way: WholeWay, why: str, shop: Shop, rows: list[NewRow]
) -> None:
    go_through(way, shop, rows)
    failed_at = (rows[-1].received_at - at(0)).total_seconds() / 60
    way.pass_until(failed_at + 29)
    assert way.sent("cart_abandoned") == [], why
    way.pass_until(failed_at + 31)
    assert way.one("cart_abandoned")["stage"] == "payment", why


@pytest.mark.parametrize(
    ("why", "shop", "rows"),
    [
        ("cancelled", WOO, [woo(0, "on-hold", **BANK), woo(60, "cancelled", **BANK)]),
        ("refunded", WOO, [woo(0, "processing"), woo(60, "refunded", refunds=[woo_refund(9, "5.00")])]),
        ("cancelled", SHOPIFY, [shopify(0, "paid"), shopify(60, "paid", cancelled_at=iso(60))]),
        ("refunded", SHOPIFY, [shopify(0, "paid"), shopify(60, "refunded", refunds=[shopify_refund(9, "5.00")])]),
    ],
)
def test_what_was_bought_once_is_never_reminded_of(way: WholeWay, why: str, shop: Shop, rows: list[NewRow]) -> None:
    go_through(way, shop, rows)
    for minutes in (61, 100, 600, 1500):
        way.pass_until(minutes)
    assert way.decided() == [], why


# The second table: kinds.

NO_TOKENS: dict[str, Any] = {"cart_token": None, "checkout_token": None}
KINDS: dict[str, tuple[Shop, str, dict[str, Any]]] = {
    "WooCommerce, shortcode checkout": (WOO, "storefront", {"created_via": "checkout"}),
    "WooCommerce, Blocks checkout": (WOO, "storefront", {"created_via": "store-api"}),
    "WooCommerce, renewal": (WOO, "renewal", {"created_via": "subscription"}),
    "WooCommerce, renewal paid by hand": (WOO, "renewal", {"created_via": "checkout", "is_renewal": True}),
    "WooCommerce, till": (WOO, "pos", {"created_via": "pos-rest-api"}),
    "WooCommerce, staff": (WOO, "other", {"created_via": "admin"}),
    "WooCommerce, API": (WOO, "other", {"created_via": "rest-api"}),
    "WooCommerce, marketplace": (WOO, "other", {"created_via": "codisto"}),
    "Shopify, online store": (SHOPIFY, "storefront", {"source_name": "web"}),
    "Shopify, renewal": (SHOPIFY, "renewal", {"source_name": "subscription_contract_checkout_one"}),
    "Shopify, till": (SHOPIFY, "pos", {"source_name": "pos"}),
    "Shopify, draft": (SHOPIFY, "other", {"source_name": "shopify_draft_order"}),
    "Shopify, API or marketplace": (SHOPIFY, "other", {"source_name": "2329312"}),
}
# What it does to a cart with a mug: bought something else, bought the mug, bought something else and named the cart.
CLOSES = {
    "storefront": (ORDERED, ORDERED, ORDERED),
    "renewal": (OPEN, ORDERED, OPEN),
    "pos": (OPEN, ORDERED, OPEN),
    "other": (OPEN, ORDERED, ORDERED),
}
HEARS = {"storefront": PLACED, "renewal": ["order_placed"], "pos": PLACED, "other": []}


def of_kind(name: str, product: str, *, is_named: bool, status: str = "") -> NewRow:
    """An order of the kind by Ana; `is_named`: it says which cart it came from."""
    shop, _, changes = KINDS[name]
    changes = dict(changes)
    if shop is SHOPIFY:
        if not is_named:
            changes |= NO_TOKENS
        return shopify_order(0, status or "paid", product, **changes)
    meta = {"_tajo_id": ANA} if is_named else {}
    if changes.pop("is_renewal", False):
        meta["_subscription_renewal"] = "88"
    return woo_order(0, status or "processing", product, meta=meta, **changes)


@pytest.mark.parametrize("name", KINDS)
def test_which_carts_each_kind_closes(way: WholeWay, name: str) -> None:
    shop, kind, _ = KINDS[name]
    found = []
    for product, is_named in ((TEA, False), (MUG, False), (TEA, True)):
        if name == "Shopify, API or marketplace" and is_named:
            found.append(ORDERED)  # one with a token went through the checkout: the storefront
            continue
        go_through(way, shop, [of_kind(name, product, is_named=is_named)])
        found.append(", ".join(carts_of(way)))
    assert tuple(found) == CLOSES[kind]


@pytest.mark.parametrize("name", KINDS)
def test_what_brevo_hears_of_each_kind(way: WholeWay, name: str) -> None:
    shop, kind, _ = KINDS[name]
    go_through(way, shop, [of_kind(name, TEA, is_named=False)])
    assert heard(way) == HEARS[kind]
    kinds = {one["event_properties"]["kind"] for one in way.brevo.events if one["event_name"] == "order_placed"}
    assert kinds == ({kind} if HEARS[kind] else set())
    assert list(way.brevo.orders) == ["7"], "every kind stands in Brevo's own list of orders"
    contact = way.contact(ANAS)
    assert contact is not None
    assert {1, 2} <= contact.lists


@pytest.mark.parametrize("name", [name for name, (shop, _, _) in KINDS.items() if shop is WOO])
def test_only_an_unpaid_order_of_the_storefront_opens_a_reminder(way: WholeWay, name: str) -> None:
    """Nothing is known but the order: no browser reported a cart."""
    unpaid = of_kind(name, MUG, is_named=False, status="pending")
    ticked = woo_order(-900, "processing", TEA, number=3, date_created_gmt=gmt(-900), meta={"_tajo_opt_in": "1"})
    way.begin(replace(WOO, activated_at=at(-800)))
    way.happen(replace(ticked, received_at=at(-899)), unpaid)
    for minutes in (31, 61, 200):
        way.pass_until(minutes)
    is_reminded = KINDS[name][1] == "storefront"
    assert len(way.sent("cart_abandoned")) == is_reminded


@pytest.mark.parametrize("name", [name for name in KINDS if name != "Shopify, API or marketplace"])  # names no cart
def test_a_failed_payment_opens_only_what_the_storefront_closed(way: WholeWay, name: str) -> None:
    shop, kind, _ = KINDS[name]
    failed = of_kind(name, MUG, is_named=True, status="voided" if shop is SHOPIFY else "failed")
    body = failed.body.replace(
        iso(0).encode() if shop is SHOPIFY else f'"date_modified_gmt": "{gmt(0)}"'.encode(),
        iso(5).encode() if shop is SHOPIFY else f'"date_modified_gmt": "{gmt(5)}"'.encode(),
    )
    if shop is SHOPIFY:
        body = body.replace(f'"created_at": "{iso(5)}"'.encode(), f'"created_at": "{iso(0)}"'.encode())
    later = replace(failed, body=body, delivery_id="later", received_at=at(6))
    go_through(way, shop, [of_kind(name, MUG, is_named=True), later])
    assert ("2 open @payment due" in carts_of(way)) == (kind == "storefront")


def test_the_storefront_ends_every_open_cart_of_its_person(way: WholeWay) -> None:
    phone = beacon(-30, BO, typed(-30, ANAS), cart(-30, POT, number="bo"))
    way.begin(WOO)
    way.happen(phone, WOO_FILLS, woo(0, "processing"))
    assert way.files.told_carts() == [f"v:{ANA} 1 ordered (7)", f"v:{BO} 1 ordered (7)"]


@pytest.mark.parametrize(
    ("why", "shop", "rows"),
    [
        ("staff put something in", WOO, [woo(0, "processing"), woo_order(60, "processing", MUG, TEA)]),
        ("staff put something in", SHOPIFY, [shopify(0, "paid"), shopify_order(60, "paid", MUG, TEA)]),
        ("exchanged for something else", SHOPIFY, [shopify(0, "paid"), shopify_order(60, "partially_refunded", TEA)]),
    ],
)
def test_an_edit_or_exchange_is_a_change_that_ends_and_opens_nothing(
    way: WholeWay, why: str, shop: Shop, rows: list[NewRow]
) -> None:
    """Meanwhile Ana filled the next cart, with the very thing that is put in."""
    token = {"token": "token-2"} if shop is SHOPIFY else {}
    emptied = [] if shop is SHOPIFY else [beacon(1, ANA, cart(1))]
    next_cart = beacon(30, ANA, cart(30, TEA, number="next", **token))
    go_through(way, shop, [rows[0], *emptied, next_cart, rows[1]])
    assert heard(way) == [*PLACED, "order_updated"], why
    assert sorted(carts_of(way)) == sorted([ORDERED, OPEN if shop is SHOPIFY else "2 open due"]), why
