"""Shoppers' stories, told as rows and folded: who is who, and which cart is still open.

Each story is folded in its order and backwards; both must end alike. Products are numbers as text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from collector.domain.door import NewRow
from collector.domain.shop import Shop
from tests.pipeline.fold_bench import SHOPIFY, WOO, FoldBench, fold_bench
from tests.pipeline.row_builders import (
    ANA,
    BO,
    at,
    beacon,
    cart,
    denial,
    event,
    ms,
    shopify_cart,
    shopify_checkout,
    shopify_order,
    typed,
    webhook,
    woo_customer,
    woo_order,
)

MUG, POT, TEA = "11", "12", "13"
AS_ANA = {"email": "ana@shop.example", "customer_id": "1"}
AS_BO = {"email": "bo@shop.example", "customer_id": "2"}
HERS: dict[str, Any] = {"meta": {"_tajo_id": ANA}}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FoldBench]:
    with fold_bench(tmp_path_factory.mktemp("stories")) as found:
        yield found


@pytest.mark.parametrize(
    ("why", "shop", "rows", "carts"),
    [
        (
            "an anonymous cart waits without a deadline",
            WOO,
            [beacon(-10, ANA, cart(-10, MUG))],
            [f"v:{ANA} 1 open"],
        ),
        (
            "a claimed identity gives it none",
            WOO,
            [beacon(-10, ANA, cart(-10, MUG), identity=AS_ANA)],
            [f"v:{ANA} 1 open"],
        ),
        (
            "a typed address does",
            WOO,
            [beacon(-10, ANA, cart(-10, MUG)), beacon(-5, ANA, typed(-5, "ana@shop.example"))],
            [f"v:{ANA} 1 open due"],
        ),
        (
            "a signed identity does",
            WOO,
            [beacon(-10, ANA, cart(-10, MUG), identity=AS_ANA, is_signed=True)],
            [f"v:{ANA} 1 open due"],
        ),
        (
            "an account alone has its address in its record",
            WOO,
            [beacon(-10, ANA, cart(-10, MUG), identity={"customer_id": "1"}, is_signed=True), woo_customer(-20)],
            [f"v:{ANA} 1 open due"],
        ),
        (
            "half an address is none",
            WOO,
            [beacon(-10, ANA, cart(-10, MUG), typed(-5, "ana@shop"))],
            [f"v:{ANA} 1 open"],
        ),
        (
            "A2: a guest registers at the checkout and buys; the cart on the phone ends, too",
            WOO,
            [
                beacon(-60, BO, cart(-60, POT), typed(-59, "ana@shop.example")),
                beacon(-10, ANA, cart(-10, MUG)),
                woo_customer(-1, topic="customer.created"),
                woo_order(0, "processing", MUG, customer_id=1, **HERS),
            ],
            [f"v:{ANA} 1 ordered (7)", f"v:{BO} 1 ordered (7)"],
        ),
        (
            "A3: a checkout told after the order does not reopen the cart",
            WOO,
            [
                beacon(-10, ANA, cart(-10, MUG)),
                woo_order(0, "processing", MUG, **HERS),
                beacon(3, ANA, event(3, "checkout_started")),
                beacon(20, ANA, cart(20, MUG)),
            ],
            [f"v:{ANA} 1 ordered (7)"],
        ),
        (
            "A4: typed one address, bought under another: the browser is enough",
            WOO,
            [
                beacon(-10, ANA, cart(-10, MUG), typed(-9, "ana@work.example")),
                woo_order(0, "processing", MUG, **HERS),
            ],
            [f"v:{ANA} 1 ordered (7)"],
        ),
        (
            "A4: or the cart's token",
            SHOPIFY,
            [
                beacon(-10, ANA, cart(-10, MUG, token="token-1?key=secret"), typed(-9, "ana@work.example")),
                shopify_order(0, "paid", MUG, email="ana@home.example"),
            ],
            ["t:token-1 1 ordered (7)"],
        ),
        (
            "A5: the thank-you page is no order",
            WOO,
            [
                beacon(-10, ANA, cart(-10, MUG), typed(-9, "ana@shop.example")),
                beacon(1, ANA, event(1, "order_confirmed", order_id="7")),
            ],
            [f"v:{ANA} 1 open due"],
        ),
        (
            "A6: two shoppers at once have a cart each",
            WOO,
            [
                beacon(-10, ANA, cart(-10, MUG), typed(-9, "ana@shop.example")),
                beacon(-10, BO, cart(-10, MUG, number="bo"), typed(-9, "bo@shop.example")),
                woo_order(0, "processing", MUG, **HERS),
            ],
            [f"v:{ANA} 1 ordered (7)", f"v:{BO} 1 open due"],
        ),
        (
            "A6: the next cart after an order is a new generation",
            WOO,
            [
                beacon(-10, ANA, cart(-10, MUG)),
                woo_order(0, "processing", MUG, **HERS),
                beacon(5, ANA, cart(5)),
                beacon(600, ANA, cart(600, MUG)),
            ],
            [f"v:{ANA} 1 ordered (7)", f"v:{ANA} 2 open due"],
        ),
        (
            "A8: a draft of the checkout leaves it open",
            WOO,
            [beacon(-10, ANA, cart(-10, MUG)), woo_order(0, "checkout-draft", MUG, **HERS)],
            [f"v:{ANA} 1 open @checkout due"],
        ),
        (
            "A8: a running payment, too",
            WOO,
            [beacon(-10, ANA, cart(-10, MUG)), woo_order(0, "pending", MUG, **HERS)],
            [f"v:{ANA} 1 open @payment due"],
        ),
        (
            "A8: a bank transfer is an order",
            WOO,
            [beacon(-10, ANA, cart(-10, MUG)), woo_order(0, "on-hold", MUG, **HERS)],
            [f"v:{ANA} 1 ordered (7)"],
        ),
        (
            "A8: a status of a plugin is an order",
            WOO,
            [beacon(-10, ANA, cart(-10, MUG)), woo_order(0, "being-engraved", MUG, **HERS)],
            [f"v:{ANA} 1 ordered (7)"],
        ),
        (
            "A8: a failed payment reopens it",
            WOO,
            [
                beacon(-10, ANA, cart(-10, MUG)),
                woo_order(0, "pending", MUG, **HERS),
                woo_order(5, "failed", MUG, **HERS),
            ],
            [f"v:{ANA} 1 failed @payment (7)", f"v:{ANA} 2 open @payment due"],
        ),
        (
            "A8: so does the shop's timer for unpaid orders",
            WOO,
            [
                beacon(-10, ANA, cart(-10, MUG)),
                woo_order(0, "pending", MUG, **HERS),
                woo_order(61, "cancelled", MUG, **HERS),
            ],
            [f"v:{ANA} 1 failed @payment (7)", f"v:{ANA} 2 open @payment due"],
        ),
        (
            "A8: cancelled by a person it stays closed",
            WOO,
            [
                beacon(-10, ANA, cart(-10, MUG)),
                woo_order(0, "on-hold", MUG, payment_method="bacs", **HERS),
                woo_order(600, "cancelled", MUG, payment_method="bacs", **HERS),
            ],
            [f"v:{ANA} 1 ordered (7)"],
        ),
        (
            "A8: refunded it stays closed",
            WOO,
            [
                beacon(-10, ANA, cart(-10, MUG)),
                woo_order(0, "processing", MUG, **HERS),
                woo_order(600, "refunded", MUG, refunds=[{"id": 9, "total": "-5.00"}], **HERS),
            ],
            [f"v:{ANA} 1 ordered (7)"],
        ),
        (
            "A8: in the bin it stays closed",
            WOO,
            [
                beacon(-10, ANA, cart(-10, MUG)),
                woo_order(0, "processing", MUG, **HERS),
                woo_order(600, "trash", MUG, **HERS),
            ],
            [f"v:{ANA} 1 ordered (7)"],
        ),
        (
            "A8: voided at Shopify reopens it",
            SHOPIFY,
            [
                shopify_cart(-10, MUG),
                shopify_order(0, "authorized", MUG),
                shopify_order(50, "voided", MUG),
            ],
            ["t:token-1 1 ordered (7)", "t:token-1 2 open @payment due"],
        ),
        (
            "A9: a renewal of something else closes nothing, though it repeats the browser",
            WOO,
            [
                beacon(-10, ANA, cart(-10, MUG), typed(-9, "ana@shop.example")),
                woo_order(0, "processing", TEA, created_via="subscription", **HERS),
            ],
            [f"v:{ANA} 1 open due"],
        ),
        (
            "A9: a renewal of the same product does",
            WOO,
            [
                beacon(-10, ANA, cart(-10, MUG), typed(-9, "ana@shop.example")),
                woo_order(0, "processing", MUG, created_via="subscription"),
            ],
            [f"v:{ANA} 1 ordered (7)"],
        ),
        (
            "A9: something else bought at the till",
            SHOPIFY,
            [
                beacon(-10, ANA, cart(-10, MUG, token="token-9"), typed(-9, "ana@shop.example")),
                shopify_order(0, "paid", TEA, source_name="pos", cart_token=None, checkout_token=None),
            ],
            ["t:token-9 1 open due"],
        ),
        (
            "A9: an order an admin made of the same product",
            WOO,
            [
                beacon(-10, ANA, cart(-10, MUG), typed(-9, "ana@shop.example")),
                woo_order(0, "processing", MUG, created_via="admin"),
            ],
            [f"v:{ANA} 1 ordered (7)"],
        ),
        (
            "A9: an unpaid order an admin made opens no payment",
            WOO,
            [
                beacon(-10, ANA, cart(-10, MUG), typed(-9, "ana@shop.example")),
                woo_order(0, "pending", TEA, created_via="admin"),
            ],
            [f"v:{ANA} 1 open due"],
        ),
        (
            "a test order is nothing",
            SHOPIFY,
            [shopify_cart(-10, MUG), shopify_order(0, "paid", MUG, test=True, refunds=[{"id": 5}])],
            ["t:token-1 1 open"],
        ),
        (
            "A11: a forwarded link names its sender and is no proof",
            WOO,
            [
                beacon(-10, ANA, cart(-10, MUG), identity=AS_BO),
                woo_order(0, "processing", MUG, billing={"email": "bo@shop.example"}),
            ],
            [f"v:{ANA} 1 open"],
        ),
        (
            "A14: emptied by the shopper",
            WOO,
            [beacon(-10, ANA, cart(-10, MUG), typed(-9, "ana@shop.example")), beacon(-5, ANA, cart(-5))],
            [f"v:{ANA} 1 emptied"],
        ),
        (
            "emptied by the shop while the payment was confirmed",
            WOO,
            [
                beacon(-10, ANA, cart(-10, MUG)),
                woo_order(0, "pending", MUG, **HERS),
                beacon(1, ANA, cart(1)),
                woo_order(3, "processing", MUG, **HERS),
            ],
            [f"v:{ANA} 1 ordered @payment (7)"],
        ),
        (
            "a completed checkout closes its cart before the order is known",
            SHOPIFY,
            [
                shopify_cart(-10, MUG),
                shopify_checkout(-2, MUG),
                shopify_checkout(-1, MUG, completed_at="2026-11-21T11:59:00Z"),
            ],
            ["t:token-1 1 ordered @checkout (checkout:checkout-1)"],
        ),
        (
            "a checkout was completed by a version that did not name its cart",
            SHOPIFY,
            [
                shopify_cart(-10, MUG),
                shopify_checkout(-4, MUG),
                shopify_checkout(-2, MUG, cart_token=None, completed_at="2026-11-21T11:57:30Z"),
                shopify_checkout(-1, MUG),
            ],
            ["c:checkout-1 1 open @checkout", "t:token-1 1 ordered @checkout (checkout:checkout-1)"],
        ),
        (
            "a checkout with an address makes its cart due",
            SHOPIFY,
            [shopify_cart(-10, MUG), shopify_checkout(-2, MUG, email="ana@shop.example")],
            ["t:token-1 1 open @checkout due"],
        ),
    ],
)
def test_which_carts_are_open(bench: FoldBench, why: str, shop: Shop, rows: list[NewRow], carts: list[str]) -> None:
    in_order = bench.fold(shop, rows)
    assert bench.told_carts() == carts, why
    assert bench.fold(shop, rows, limit=1) == in_order, why
    assert bench.fold(shop, reversed(rows), limit=1) == in_order, why
    assert not bench.quarantined()


@pytest.mark.parametrize(
    ("why", "rows", "people"),
    [
        ("a claim is nobody", [beacon(0, ANA, identity=AS_ANA)], []),
        (
            "one browser, then another, of one address",
            [beacon(0, ANA, typed(0, "ana@shop.example")), beacon(5, BO, typed(5, "ana@shop.example"))],
            [f"email:ana@shop.example visitor:{ANA} visitor:{BO}"],
        ),
        (
            "two accounts log in at one browser: two people, and both are held",
            [
                beacon(0, ANA, identity=AS_ANA, is_signed=True),
                beacon(9, ANA, identity=AS_BO, is_signed=True),
            ],
            [
                f"customer:1 email:ana@shop.example visitor:{ANA} !two_accounts",
                "customer:2 email:bo@shop.example !two_accounts",
            ],
        ),
        (
            "a phone number in common is a household",
            [
                woo_customer(0, 1, billing={"phone": "+43 1 5337010", "country": "AT"}),
                woo_customer(1, 2, email="bo@shop.example", billing={"phone": "+43 1 5337010", "country": "AT"}),
            ],
            ["customer:1 email:ana@shop.example", "customer:2 email:bo@shop.example"],
        ),
        (
            "an order joins account, address and browser",
            [woo_order(0, "processing", MUG, customer_id=1, **HERS)],
            [f"customer:1 email:ana@shop.example visitor:{ANA}"],
        ),
    ],
)
def test_who_is_one_person(bench: FoldBench, why: str, rows: list[NewRow], people: list[str]) -> None:
    in_order = bench.fold(WOO, rows)
    assert bench.told_people() == people, why
    assert bench.fold(WOO, reversed(rows), limit=1) == in_order, why


def test_an_order_seen_first_when_it_was_cancelled_was_never_placed(bench: FoldBench) -> None:
    bench.fold(WOO, [woo_order(600, "cancelled", MUG, payment_method="cod")])
    assert bench.told_events() == ["order_cancelled:7"]


def test_an_order_is_placed_once_however_often_it_is_told(bench: FoldBench) -> None:
    told = ["pending", "processing", "completed"]
    rows = [woo_order(minutes, status, MUG) for minutes, status in enumerate(told)]
    bench.fold(WOO, [*rows, *rows, webhook(2, "order.created", rows[-1].body, "again")])
    events = [name for name in bench.told_events() if name.startswith("order_")]
    assert events == ["order_fulfilled:7", "order_placed:7", events[-1]]
    assert events[-1].startswith("order_updated:7:2026-11-21T12:02:00.000Z:")


def test_test_orders_leave_no_events(bench: FoldBench) -> None:
    bench.fold(SHOPIFY, [shopify_order(0, "refunded", MUG, test=True, refunds=[{"id": 5}])])
    assert bench.told_events() == []


def test_a_refund_is_one_event_whichever_way_it_was_told(bench: FoldBench) -> None:
    started = {"id": 5, "order_id": 7, "created_at": "2026-11-21T13:00:00Z", "transactions": []}
    bench.fold(SHOPIFY, [webhook(60, "refunds/create", started)])
    assert bench.told_events() == [], "no money moved yet"
    refund = started | {"transactions": [{"kind": "refund", "status": "success", "amount": "5.00"}]}
    told = [
        shopify_order(0, "paid", MUG),
        webhook(60, "refunds/create", refund, "again"),
        shopify_order(61, "partially_refunded", MUG, refunds=[refund]),
    ]
    bench.fold(SHOPIFY, told)
    assert [name for name in bench.told_events() if "refund" in name] == ["order_refunded:7:5"]


def test_a_denial_by_an_unknown_browser_keeps_nothing_but_a_mark(bench: FoldBench) -> None:
    state = bench.fold(WOO, [denial(0, ANA)])
    assert all(rows == [] for table, rows in state.items() if table != "shops")
    marks = bench.connection.execute("select kind, id, occurred_at from tombstones").fetchall()
    assert [(kind, when) for kind, _, when in marks] == [("visitor", "2026-11-21T12:00:00.000Z")]
    assert ANA not in str(marks)


def test_a_denial_counts_when_the_browser_turns_up_from_before_it(bench: FoldBench) -> None:
    state = bench.fold(WOO, [denial(0, ANA), beacon(-5, ANA, event(-5, "page_viewed"))])
    assert [one["consent"] for one in state["visitors"]] == ["denied"]


def test_a_later_yes_takes_a_denial_back(bench: FoldBench) -> None:
    rows = [denial(0, ANA), beacon(-5, ANA), beacon(9, ANA, event(9, "page_viewed"))]
    state = bench.fold(WOO, rows)
    assert [one["consent"] for one in state["visitors"]] == ["granted"]


def test_a_browser_whose_clock_is_wrong_tells_true_times(bench: FoldBench) -> None:
    right = bench.fold(WOO, [beacon(0, ANA, event(-3, "page_viewed"))])
    wrong = bench.fold(WOO, [beacon(0, ANA, event(-3, "page_viewed"), clock_ahead_ms=86_400_000)])
    assert wrong == right
    assert wrong["events"][0]["occurred_at"] == "2026-11-21T11:57:00.000Z"


def test_a_late_event_joins_two_sessions_into_one(bench: FoldBench) -> None:
    looks = [beacon(minutes, ANA, event(minutes, "page_viewed")) for minutes in (0, 40, 20)]
    bench.fold(WOO, looks[:2], limit=1)
    assert [one["events"] for one in bench.state()["sessions"]] == [1, 1]
    bench.go_on(WOO, looks[2:])
    (session,) = bench.state()["sessions"]
    assert (session["events"], session["page_views"]) == (3, 3)


@pytest.mark.parametrize(("pause", "sessions"), [(30 - 1 / 60_000, 1), (30, 2)])
def test_thirty_minutes_to_the_millisecond_end_a_session(bench: FoldBench, pause: float, sessions: int) -> None:
    looks = [beacon(minutes, ANA, event(minutes, "page_viewed")) for minutes in (0, pause)]
    assert len(bench.fold(WOO, looks)["sessions"]) == sessions
    assert len(bench.fold(WOO, reversed(looks), limit=1)["sessions"]) == sessions


def test_a_deadline_is_thirty_minutes_after_the_last_change(bench: FoldBench) -> None:
    rows = [
        beacon(0, ANA, cart(0, MUG), typed(0, "ana@shop.example")),
        beacon(10, ANA, cart(10, MUG, POT)),
        beacon(12, ANA, cart(12, POT, MUG)),  # the same content is no change
    ]
    (stored,) = bench.fold(WOO, rows)["carts"]
    assert stored["next_check_at"] == "2026-11-21T12:40:00.000Z"
    assert stored["changed_at"] == at(10).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def test_an_event_repeated_under_another_browser_harms_nobody(bench: FoldBench) -> None:
    late = beacon(5, ANA, event(5, "page_viewed"))
    earlier = beacon(4, BO, {**event(5, "page_viewed"), "at": ms(4)})
    bench.fold(WOO, [late, earlier])
    assert not bench.quarantined()
    assert [one["visitor_id"] for one in bench.state()["events"]] == [ANA]
