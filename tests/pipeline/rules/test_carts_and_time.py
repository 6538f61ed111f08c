"""Carts and time: what one cart is, when it is due, which stage it is at, how many reminders, when a visit ends.

- A cart is known by its shop and token, or its shop and browser. The same content again is no change; what is put in
  after an order is the next cart.
- It is due a while after the latest of its last change, the last page view of any browser of its person, the last
  step of its checkout or payment; four hours after its last change at the latest. Browsing counts from the visit's
  last event.
- The highest stage wins. The cap counts every kind; what is over it is held until it is free, or too late. A cart of
  nobody waits without a deadline. A visit ends after thirty idle minutes or 24 hours.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from collector.domain.door import NewRow
from collector.domain.shop import Shop
from tests.pipeline.fold_bench import SHOPIFY, WOO
from tests.pipeline.row_builders import (
    ANA,
    BO,
    at,
    beacon,
    cart,
    event,
    gmt,
    shopify_cart,
    shopify_checkout,
    shopify_order,
    typed,
    woo_customer,
    woo_order,
)
from tests.pipeline.rules.whole_way import WholeWay
from tests.pipeline.telling_bench import LIVE_SHOPIFY, LIVE_WOO, MUG, POT, TEA, under

ANAS, BOS = "ana@shop.example", "bo@shop.example"
HERS: dict[str, Any] = {"meta": {"_tajo_id": ANA}}
TICKS = beacon(-60, ANA, typed(-60, ANAS, opt_in=True))
FILLS = beacon(0, ANA, cart(0, MUG))
DAY = 24 * 60


def look(minutes: float, name: str = MUG) -> dict[str, Any]:
    return event(minutes, "product_viewed", product={"id": name, "name": name, "price": "5.00", "currency": "EUR"})


def page(minutes: float, visitor: str = ANA) -> NewRow:
    return beacon(minutes, visitor, event(minutes, "page_viewed", visitor))


def first_reminded(way: WholeWay, kind: str = "cart", until: int = 6 * 60) -> float | None:
    """The minute a reminder of this kind is decided at, looking every half minute; None: never."""
    for half in range(2, 2 * until):
        way.pass_until(half / 2)
        if f"{kind} remind due" in way.decided():
            return half / 2
    return None


# One cart.


@pytest.mark.parametrize(
    ("why", "shop", "rows", "carts"),
    [
        (
            "the token is the cart, in whatever browser",
            SHOPIFY,
            [beacon(0, ANA, cart(0, MUG, token="a")), beacon(5, BO, cart(5, MUG, POT, token="a"))],
            ["t:a 1 open"],
        ),
        (
            "another token is another cart, in the same browser",
            SHOPIFY,
            [beacon(0, ANA, cart(0, MUG, token="a")), beacon(5, ANA, cart(5, MUG, token="b"))],
            ["t:a 1 open", "t:b 1 open"],
        ),
        (
            "the secret behind the token is no part of it",
            SHOPIFY,
            [beacon(0, ANA, cart(0, MUG, token="a?key=1")), shopify_cart(5, MUG, POT, token="a")],
            ["t:a 1 open"],
        ),
        (
            "without a token it is the browser's",
            WOO,
            [FILLS, beacon(5, BO, cart(5, MUG, number="bo"))],
            [f"v:{ANA} 1 open", f"v:{BO} 1 open"],
        ),
        (
            "what is put in after an order is the next one",
            WOO,
            [FILLS, woo_order(5, "processing", MUG, **HERS), beacon(20, ANA, cart(20)), beacon(30, ANA, cart(30, MUG))],
            [f"v:{ANA} 1 ordered (7)", f"v:{ANA} 2 open due"],
        ),
        (
            "at Shopify, too, should it keep its token",
            SHOPIFY,
            [
                beacon(-10, ANA, cart(-10, MUG, token="token-1")),
                shopify_order(0, "paid", MUG),
                beacon(30, ANA, cart(30, TEA, token="token-1")),
            ],
            ["t:token-1 1 ordered (7)", "t:token-1 2 open due"],
        ),
    ],
)
def test_what_one_cart_is(way: WholeWay, why: str, shop: Shop, rows: list[NewRow], carts: list[str]) -> None:
    way.files.fold(shop, rows)
    assert way.files.told_carts() == carts, why


def test_two_shops_never_share_a_cart_or_a_person(way: WholeWay) -> None:
    """The same browser id, the same token, the same address, in two shops."""
    way.happen(beacon(0, ANA, typed(-1, ANAS), cart(0, MUG, token="token-1")))
    way.shop = LIVE_SHOPIFY
    way.happen(beacon(-5, ANA, typed(-6, ANAS), cart(-5, MUG, POT, token="token-1")), shopify_order(1, "paid", TEA))
    query = "select c.shop_id, state, item_count from carts c join cart_keys k on k.id = c.cart order by 1"
    assert way.stored(query) == [(1, "open", 1), (2, "ordered", 2)]
    assert way.stored("select count(*), count(distinct shop_id) from people") == [(2, 2)]


@pytest.mark.parametrize(
    ("why", "again", "is_a_change"),
    [
        ("the same once more", cart(10, MUG, POT), False),
        ("in another order", cart(10, POT, MUG), False),
        ("one less", cart(10, MUG), True),
        ("one more", cart(10, MUG, POT, MUG), True),
        ("something else", cart(10, MUG, TEA), True),
    ],
)
def test_the_same_content_is_no_change(way: WholeWay, why: str, again: dict[str, Any], is_a_change: bool) -> None:
    way.happen(TICKS, beacon(0, ANA, cart(0, MUG, POT)), beacon(10, ANA, again))
    (changed_at,) = way.stored("select substr(changed_at, 12, 5) from carts")
    assert changed_at == (("12:10" if is_a_change else "12:00"),), why
    way.leave(11)
    assert len(way.taken("cart_updated")) == 1 + is_a_change, "and nothing is told of it"


# When it is due: filled at noon, half an hour of patience.

SAME_PERSON = beacon(-50, BO, typed(-50, ANAS))


@pytest.mark.parametrize(
    ("why", "rows", "due"),
    [
        ("half an hour after it was filled", [], 30),
        ("after its last change", [beacon(20, ANA, cart(20, MUG, POT))], 50),
        ("not after the same content once more", [beacon(20, ANA, cart(20, MUG))], 30),
        ("not after an address was typed", [beacon(20, ANA, typed(20, ANAS))], 30),
        (
            "not after the thank-you page of something else",
            [beacon(20, ANA, event(20, "order_confirmed", order_id="9"))],
            30,
        ),
        ("after a product was looked at", [beacon(20, ANA, look(20, TEA))], 50),
        ("after the last page view", [page(20)], 50),
        ("after the last page view of the phone", [SAME_PERSON, page(20, BO)], 50),
        ("of a browser linked only later", [page(20, BO), beacon(21, BO, typed(15, ANAS))], 50),
        ("not of somebody else's browser", [page(20, BO)], 30),
        (
            "not of one that only claims to be hers",
            [beacon(20, BO, event(20, "page_viewed"), identity={"email": ANAS})],
            30,
        ),
        (
            "after the last step of the checkout",
            [beacon(5, ANA, event(5, "checkout_started"), event(5, "page_viewed"))],
            35,
        ),
        (
            "after the newest of several steps",
            [beacon(5, ANA, event(5, "checkout_started")), beacon(25, ANA, event(25, "checkout_started"))],
            55,
        ),
        (
            "a step the platform tells of",
            [woo_order(20, "checkout-draft", MUG, date_created_gmt=gmt(20), created_via="store-api", **HERS)],
            50.5,  # a draft tells whole seconds and stands at the end of its second
        ),
        ("an hour after a payment was begun", [woo_order(10, "pending", MUG, date_created_gmt=gmt(10), **HERS)], 70),
        (
            "half an hour after the payment failed",
            [
                woo_order(10, "pending", MUG, date_created_gmt=gmt(10), **HERS),
                woo_order(20, "failed", MUG, date_created_gmt=gmt(10), **HERS),
            ],
            50,
        ),
        ("looking around for hours: four hours after the change", [page(minute) for minute in range(20, 280, 20)], 240),
        (
            "looking around on the phone for hours, too",
            [SAME_PERSON, *(page(minute, BO) for minute in range(20, 280, 20))],
            240,
        ),
        (
            "a change begins the four hours anew",
            [*(page(minute) for minute in range(20, 100, 20)), beacon(100, ANA, cart(100, MUG, POT))]
            + [page(minute) for minute in range(120, 360, 20)],
            340,
        ),
    ],
)
def test_when_a_cart_is_due(way: WholeWay, why: str, rows: list[NewRow], due: float) -> None:
    later = sorted((row for row in rows if row.received_at > at(0)), key=lambda row: row.received_at)
    way.begin(under(cap_messages=9))
    way.happen(TICKS, *(row for row in rows if row.received_at <= at(0) and row not in later), FILLS)
    found = None
    for half in range(2, 2 * 360):
        while later and later[0].received_at <= at(half / 2):
            way.happen(later.pop(0))
        way.pass_until(half / 2)
        if "cart remind due" in way.decided():
            found = half / 2
            break
    assert found == due, why


@pytest.mark.parametrize(
    ("why", "settings", "rows", "due"),
    [
        ("carts after two hours", {"cart_after": timedelta(hours=2)}, [], 120),
        ("a wait beyond four hours is a wait", {"cart_after": timedelta(hours=5)}, [page(60)], 300),
        (
            "checkouts have their own",
            {"checkout_after": timedelta(minutes=15)},
            [beacon(0, ANA, event(0, "checkout_started"))],
            15,
        ),
    ],
)
def test_the_patience_is_a_setting(
    way: WholeWay, why: str, settings: dict[str, Any], rows: list[NewRow], due: float
) -> None:
    way.begin(under(**settings))
    way.happen(TICKS, FILLS, *rows)
    assert first_reminded(way) == due, why


def test_a_visit_is_due_an_hour_after_its_last_event(way: WholeWay) -> None:
    way.happen(TICKS, beacon(0, ANA, look(0)), page(10), beacon(25, ANA, event(25, "search_submitted", query="mug")))
    assert first_reminded(way, "browse") == 85


def test_a_cart_of_nobody_waits_without_a_deadline(way: WholeWay) -> None:
    way.happen(FILLS)
    assert way.stored("select next_check_at from carts") == [(None,)]
    way.pass_until(3 * DAY)
    assert way.decided() == []
    way.happen(beacon(300, ANA, typed(300, ANAS, opt_in=True)))
    assert way.stored("select next_check_at is not null from carts") == [(1,)]


# Stages.

CHECKOUT = beacon(1, ANA, event(1, "checkout_started"))


@pytest.mark.parametrize(
    ("why", "shop", "rows", "stage"),
    [
        ("a cart", LIVE_WOO, [FILLS], "cart"),
        ("the browser opened the checkout", LIVE_WOO, [FILLS, CHECKOUT], "checkout"),
        ("the platform has a draft", LIVE_WOO, [FILLS, woo_order(1, "checkout-draft", MUG, **HERS)], "checkout"),
        ("sent to pay", LIVE_WOO, [FILLS, woo_order(1, "pending", MUG, **HERS)], "payment"),
        (
            "sent to pay, then back to the checkout",
            LIVE_WOO,
            [FILLS, woo_order(1, "pending", MUG, **HERS), beacon(9, ANA, event(9, "checkout_started"))],
            "payment",
        ),
        ("a cart", LIVE_SHOPIFY, [beacon(0, ANA, cart(0, MUG, token="token-1"))], "cart"),
        (
            "the platform has a checkout",
            LIVE_SHOPIFY,
            [beacon(0, ANA, cart(0, MUG, token="token-1")), shopify_checkout(1, MUG)],
            "checkout",
        ),
        (
            "the payment was given up",
            LIVE_SHOPIFY,
            [
                beacon(-5, ANA, cart(-5, MUG, token="token-1")),
                shopify_order(0, "authorized", MUG),
                shopify_order(1, "voided", MUG),
            ],
            "payment",
        ),
    ],
)
def test_an_abandoned_cart_says_how_far_it_was(
    way: WholeWay, why: str, shop: Shop, rows: list[NewRow], stage: str
) -> None:
    way.begin(shop)
    way.happen(TICKS, *rows)
    for minutes in (40, 62, 70):
        way.pass_until(minutes)
        way.leave(minutes)
    assert way.one("cart_abandoned")["stage"] == stage, why
    assert way.taken("cart_abandoned") == ["ana cart_abandoned"], why


PHONE: dict[str, list[NewRow]] = {
    "cart": [beacon(-5, BO, typed(-5, ANAS, opt_in=True), cart(-5, TEA, number="bo"))],
    "checkout": [beacon(-5, BO, typed(-5, ANAS), cart(-5, TEA, number="bo"), event(-5, "checkout_started", "bo"))],
    "looks": [beacon(-5, BO, typed(-5, ANAS), look(-5, TEA))],
}


@pytest.mark.parametrize(
    ("why", "laptop", "phone", "expected"),
    [
        ("of two carts the newer", [], "cart", MUG),
        ("a checkout before a newer cart", [], "checkout", TEA),
        ("of two checkouts the newer", [CHECKOUT], "checkout", MUG),
        ("a payment before a checkout", [woo_order(1, "pending", MUG, **HERS)], "checkout", MUG),
        ("a cart before browsing", [], "looks", MUG),
    ],
)
def test_the_highest_stage_wins(way: WholeWay, why: str, laptop: list[NewRow], phone: str, expected: str) -> None:
    """One person, two browsers. Whatever is due first: only the one that is furthest is reminded of."""
    way.happen(TICKS, *PHONE[phone], FILLS, *laptop)
    for minutes in range(20, 400, 5):
        way.pass_until(minutes)
    sent = [*way.sent("cart_abandoned"), *way.sent("browse_abandoned")]
    assert [[item["id"] for item in one["properties"]["items"]] for one in sent] == [[expected]], why


# The cap.

REMINDED: dict[str, tuple[list[NewRow], float]] = {
    "of a cart": ([beacon(-300, ANA, cart(-300, POT)), beacon(-200, ANA, cart(-200))], -260),
    "of browsing": ([beacon(-330, ANA, look(-330))], -260),
}
NEXT: dict[str, list[NewRow]] = {
    "a cart": [FILLS],
    "a checkout": [FILLS, CHECKOUT],
    "a payment": [FILLS, woo_order(1, "pending", MUG, **HERS)],
    "browsing": [beacon(0, ANA, look(0))],
}


@pytest.mark.parametrize("following", NEXT)
@pytest.mark.parametrize("before", REMINDED)
def test_the_cap_counts_every_kind_and_holds_until_it_is_free(way: WholeWay, before: str, following: str) -> None:
    rows, reminded_at = REMINDED[before]
    expire = timedelta(hours=48)
    way.begin(under(cart_expire=expire, checkout_expire=expire, browse_expire=expire))
    way.happen(replace(beacon(-400, ANA, typed(-400, ANAS, opt_in=True))), *rows[:1])
    way.pass_until(reminded_at)
    assert len([one for one in way.decided() if one.endswith("remind due")]) == 1
    way.happen(*rows[1:], *NEXT[following])
    for minutes in (40, 70, 600, reminded_at + DAY - 1):
        way.pass_until(minutes)
    assert [one.split(" ", 1)[1] for one in way.decided()][-1] == "hold cap"
    assert len([one for one in way.decided() if one.endswith("remind due")]) == 1
    way.pass_until(reminded_at + DAY)
    assert len([one for one in way.decided() if one.endswith("remind due")]) == 2


def test_over_the_cap_until_it_is_too_late(way: WholeWay) -> None:
    way.begin(under(cap_per=timedelta(days=3)))
    way.happen(beacon(-330, ANA, typed(-330, ANAS, opt_in=True), look(-330)))
    way.pass_until(-260)
    way.happen(FILLS)
    for minutes in (30, 600, 31 + DAY, -259 + 3 * DAY):
        way.pass_until(minutes)
    assert way.decided() == ["browse remind due", "cart hold cap", "cart drop expired"]


def test_the_cap_is_the_persons_not_the_addresss_or_the_browsers(way: WholeWay) -> None:
    """Reminded on the laptop at one address, then the phone has a cart and another address of hers."""
    as_ana = {"customer_id": "1"}
    way.happen(
        beacon(-400, ANA, typed(-400, ANAS, opt_in=True), cart(-400, POT), identity=as_ana, is_signed=True),
    )
    way.pass_until(-370)
    way.happen(woo_customer(-300, email="account@shop.example"))
    way.happen(beacon(0, BO, typed(0, BOS, opt_in=True), cart(0, TEA, number="bo"), identity=as_ana, is_signed=True))
    way.pass_until(31)
    assert way.decided() == ["cart remind due", "cart hold cap"]


def test_somebody_elses_reminder_is_not_counted(way: WholeWay) -> None:
    way.happen(beacon(-400, BO, typed(-400, BOS, opt_in=True), cart(-400, POT, number="bo")))
    way.pass_until(-370)
    way.happen(TICKS, FILLS)
    way.pass_until(31)
    assert way.decided() == ["cart remind due", "cart remind due"]


# Visits.


@pytest.mark.parametrize(
    ("why", "settings", "minutes", "sessions"),
    [
        ("29 minutes and 59.999 seconds of nothing", {}, [0, 30 - 1 / 60_000], [2]),
        ("30 minutes of nothing", {}, [0, 30], [1, 1]),
        ("lively for a day and a bit", {}, range(0, DAY + 41, 20), [72, 3]),
        ("a shorter pause by setting", {"session_idle": timedelta(minutes=5)}, [0, 4, 9], [2, 1]),
        ("a shorter visit by setting", {"session_longest": timedelta(hours=1)}, range(0, 90, 10), [6, 3]),
    ],
)
def test_when_a_visit_ends(
    way: WholeWay, why: str, settings: dict[str, Any], minutes: list[float], sessions: list[int]
) -> None:
    looks = [page(minute) for minute in minutes]
    for rows in (looks, looks[::-1]):
        way.files.fold(under(WOO, **settings), rows)
        assert way.stored("select events from sessions order by started_at") == [(n,) for n in sessions], why


def test_any_event_keeps_a_visit_going(way: WholeWay) -> None:
    rows = [
        page(0),
        beacon(25, ANA, cart(25, MUG)),
        beacon(50, ANA, typed(50, ANAS)),
        beacon(75, ANA, event(75, "checkout_started")),
        beacon(100, ANA, event(100, "search_submitted", query="x")),
    ]
    way.files.fold(WOO, rows)
    assert way.stored("select events, substr(last_event_at, 12, 5) from sessions") == [(5, "13:40")]
