"""Who is who: what each strength of an identity leads to, which address hears what, and what is told on identification.

- Claimed is stored and leads to nothing. Typed leads to events and lists and leaves a contact that exists as it is.
  Signed and ordered write it. A first create says whether it may be written to; a block is never lifted by a browser.
- A reminder goes to the newest address of its cart, once per person. `order_completed` goes to every address that
  got a cart event or a reminder of that cart, and to the order's own.
- On identification only the current session is told, with its own times: each open cart as it is today, the checkout,
  the newest twenty views. Nothing of a closed cart, and never a cart event after that cart's order.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from collector.domain.door import Lane, NewRow
from collector.domain.events import Strength
from collector.domain.shop import Shop
from collector.pipeline.forgetting import forget_unconsented
from tests.destinations.brevo.wire import Contact
from tests.pipeline.row_builders import (
    ANA,
    BO,
    at,
    beacon,
    cart,
    event,
    gmt,
    iso,
    shopify_order,
    typed,
    webhook,
    woo_customer,
    woo_order,
)
from tests.pipeline.rules.whole_way import WholeWay
from tests.pipeline.telling_bench import LIVE_SHOPIFY, LIVE_WOO, MUG, POT, TEA, under

ANAS, WORK, HOME = "ana@shop.example", "work@shop.example", "home@shop.example"
HERS: dict[str, Any] = {"_tajo_id": ANA}
AS_ANA = {"email": ANAS, "customer_id": "1"}
FILLS = beacon(-20, ANA, cart(-20, MUG))
NAMED = {"email": ANAS, "country": "AT", "first_name": "Haha"}


def look(minutes: float) -> dict[str, Any]:
    product = {"id": MUG, "name": "Mug", "price": "5.00", "currency": "EUR"}
    return event(minutes, "product_viewed", product=product)


def imported(row: NewRow) -> NewRow:
    return replace(row, lane=Lane.HISTORY)


# What each strength leads to.

ELSEWHERE = imported(woo_customer(-900, first_name="Ana"))  # the shop knows her; that says nothing of this browser
ORDERED_BEFORE = imported(
    woo_order(
        -900,
        "processing",
        TEA,
        number=3,
        date_created_gmt=gmt(-900),
        billing={"email": ANAS, "first_name": "Ana"},
        meta=HERS | {"_tajo_opt_in": "1"},
    )
)
TICK_ELSEWHERE = beacon(-60, BO, typed(-60, ANAS, opt_in=True))
STRENGTHS: dict[str, list[NewRow]] = {
    "claimed": [TICK_ELSEWHERE, beacon(-30, ANA, identity=AS_ANA)],
    "claimed, one of too many": [
        TICK_ELSEWHERE,
        replace(beacon(-30, ANA, typed(-30, ANAS)), facts={**FILLS.facts, "many_addresses": True}),
    ],
    "typed": [beacon(-30, ANA, typed(-30, ANAS, opt_in=True))],
    "typed, with a name, where it was never paid": [
        beacon(-30, ANA, typed(-30, ANAS, opt_in=True)),
        woo_order(-2990, "pending", TEA, number=3, billing=NAMED, date_created_gmt=gmt(-3000)),
        woo_order(-2980, "failed", TEA, number=3, billing=NAMED, date_created_gmt=gmt(-3000)),
    ],
    "signed": [
        ELSEWHERE,
        beacon(-30, ANA, typed(-30, ANAS, opt_in=True), identity=AS_ANA, is_signed=True),
    ],
    "ordered": [ORDERED_BEFORE],
}
CONTACTS: dict[str, Contact | None] = {
    "new to Brevo": None,
    "known, unblocked": Contact(False, {"FIRSTNAME": "Anna"}, {2}),
    "known, blocked": Contact(True, {"FIRSTNAME": "Anna"}, {2}),
}


@pytest.mark.parametrize("before", CONTACTS)
@pytest.mark.parametrize("how", STRENGTHS)
def test_what_each_strength_leads_to(way: WholeWay, how: str, before: str) -> None:
    """She fills a cart, leaves it, and everything leaves for Brevo: events, contact, attributes, list."""
    known = CONTACTS[before]
    if known is not None:
        way.brevo.contacts[ANAS] = Contact(known.blocked, dict(known.attributes), set(known.lists))
    for row in STRENGTHS[how]:
        way.happen(row, lane=row.lane)
    way.happen(FILLS)
    way.leave(-19)
    way.pass_until(11)
    way.leave(11)
    found = way.contact(ANAS)
    if how.startswith("claimed"):
        assert way.taken() == []
        assert found == known, "not created, not touched"
        return
    assert way.taken() == ["ana cart_created", "ana cart_updated", "ana cart_abandoned"]
    assert found is not None
    writes = how in ("signed", "ordered")
    named: dict[str, Any] = {"FIRSTNAME": "Ana"} if writes else {"FIRSTNAME": "Anna"} if known else {}
    if how == "ordered":
        named |= {"ORDER_COUNT": 1, "TOTAL_SPENT": 5}
    assert found.attributes == named
    assert found.blocked == (known.blocked if known else False), "a block stays; a new one is created unblocked"
    assert found.lists == {3} | (known.lists if known else set())


@pytest.mark.parametrize("strength", ["signed", "ordered"])
def test_a_first_create_without_a_basis_is_blocked(way: WholeWay, strength: str) -> None:
    record = woo_customer(-30) if strength == "signed" else woo_order(0, "processing", MUG)
    way.happen(record)
    way.leave(5)
    found = way.contact(ANAS)
    assert found is not None
    assert found.blocked
    creates = [call.body for call in way.brevo.calls if (call.method, call.path) == ("POST", "/contacts")]
    assert [body["emailBlacklisted"] for body in creates] == [True]


@pytest.mark.parametrize(
    ("why", "shop", "rows"),
    [
        ("a tick", LIVE_WOO, [beacon(-40, ANA, typed(-40, ANAS, opt_in=True))]),
        ("the box of the order", LIVE_WOO, []),
        ("customers may be written to", under(mail_basis="existing_customers"), []),
    ],
)
def test_a_first_create_with_a_basis_is_not(way: WholeWay, why: str, shop: Shop, rows: list[NewRow]) -> None:
    way.begin(shop)
    ticked = {"_tajo_opt_in": "1"} if why == "the box of the order" else {}
    way.happen(*rows, woo_order(0, "processing", MUG, meta=ticked))
    way.leave(5)
    found = way.contact(ANAS)
    assert found is not None
    assert not found.blocked, why


def test_a_browsers_opt_in_lifts_neither_the_block_at_brevo_nor_a_no_in_the_ledger(way: WholeWay) -> None:
    way.begin(LIVE_SHOPIFY)
    way.brevo.contacts[ANAS] = Contact(True)
    stated = {"state": "unsubscribed", "consent_updated_at": iso(-60)}
    body = {"customer_id": 1, "email_address": ANAS, "email_marketing_consent": stated}
    way.happen(webhook(-60, "customers_email_marketing_consent/update", body))
    way.happen(beacon(-30, ANA, typed(-30, ANAS, opt_in=True)), beacon(-20, ANA, cart(-20, MUG, token="token-1")))
    way.pass_until(11)
    way.leave(11)
    assert way.decided() == ["cart drop opted_out"]
    assert way.brevo.contacts == {ANAS: Contact(True)}


def test_names_typed_into_a_checkout_never_reach_a_customer(way: WholeWay) -> None:
    """Somebody fills in a checkout with the address of a buyer and another name, and never pays."""
    bought = woo_order(
        -600,
        "processing",
        TEA,
        number=3,
        date_created_gmt=gmt(-600),
        date_paid_gmt=gmt(-600),
        billing=NAMED | {"first_name": "Ana"},
    )
    prank = woo_order(-10, "pending", MUG, number=4, date_created_gmt=gmt(-10), billing=NAMED)
    again = woo_order(5, "completed", TEA, number=3, date_created_gmt=gmt(-600), billing=NAMED | {"first_name": "Ana"})
    way.happen(bought, prank, again)
    way.leave(6)
    found = way.contact(ANAS)
    assert found is not None
    assert found.attributes == {"FIRSTNAME": "Ana", "ORDER_COUNT": 1, "TOTAL_SPENT": 5}


def test_the_strengths_have_their_order() -> None:
    assert sorted(Strength, key=lambda one: one.rank) == ["claimed", "typed", "signed", "ordered"]


def test_links_are_rows_with_kind_value_strength_source_and_time(way: WholeWay) -> None:
    way.happen(
        beacon(-30, ANA, identity={"email": "boss@shop.example"}),
        beacon(-29, ANA, typed(-29, WORK)),
        beacon(-28, ANA, identity=AS_ANA, is_signed=True),
        woo_order(0, "processing", MUG, meta=HERS, billing={"email": HOME}),
    )
    rows = way.stored(
        """select a_kind || ':' || a_value, b_kind || ':' || b_value, strength, source, substr(first_at, 12, 5)
        from identity_links order by first_at, a_kind, a_value, b_kind"""
    )
    assert rows == [
        ("email:boss@shop.example", f"visitor:{ANA}", "claimed", "page", "11:30"),
        (f"email:{WORK}", f"visitor:{ANA}", "typed", "form", "11:31"),
        ("customer:1", f"email:{ANAS}", "signed", "page", "11:32"),
        ("customer:1", f"visitor:{ANA}", "signed", "page", "11:32"),
        (f"email:{ANAS}", f"visitor:{ANA}", "signed", "page", "11:32"),
        ("cart:c:order:7", f"email:{HOME}", "ordered", "order", "12:00"),
        (f"email:{HOME}", f"visitor:{ANA}", "ordered", "order", "12:00"),
    ]
    assert way.files.told_people() == [f"customer:1 email:{ANAS} email:{HOME} email:{WORK} visitor:{ANA}"]


def test_a_merge_by_a_typed_address_is_undone_when_the_address_goes(way: WholeWay) -> None:
    """Both typed the address of a friend, so they count as one; when it is forgotten they are two again."""
    ana = beacon(-40, ANA, typed(-40, ANAS, opt_in=True), cart(-40, MUG))
    bo = beacon(-40, BO, typed(-40, "bo@shop.example", opt_in=True), cart(-40, TEA, number="bo"))
    friend = "friend@shop.example"
    way.happen(ana, bo, beacon(-39, ANA, typed(-39, friend)), beacon(-38, BO, typed(-38, friend)))
    assert len(way.files.told_people()) == 1
    assert forget_unconsented(way.state, way.shop, at(-37)) == 1
    assert len(way.files.told_people()) == 2
    for minutes in (1, 6, 11, 400):
        way.pass_until(minutes)
    assert sorted(payload["email"] for payload in way.sent("cart_abandoned")) == [ANAS, "bo@shop.example"]


# Whom a reminder goes to.

TICK, TICK_WORK = typed(-30, ANAS, opt_in=True), typed(-28, WORK, opt_in=True)


@pytest.mark.parametrize(
    ("why", "rows", "to"),
    [
        ("the only one", [beacon(-30, ANA, TICK)], "ana"),
        ("the newest that was typed", [beacon(-30, ANA, TICK), beacon(-28, ANA, TICK_WORK)], "work"),
        ("whichever report came first", [beacon(-28, ANA, TICK_WORK), beacon(-27, ANA, TICK)], "work"),
        (
            "the newest, though an older one is signed",
            [beacon(-30, ANA, TICK, identity=AS_ANA, is_signed=True), beacon(-28, ANA, TICK_WORK)],
            "work",
        ),
        (
            "a newer signed one",
            [
                beacon(-28, ANA, TICK_WORK),
                beacon(-25, ANA, typed(-31, ANAS, opt_in=True), identity=AS_ANA, is_signed=True),
            ],
            "ana",
        ),
        ("an address that was ordered with", [ORDERED_BEFORE], "ana"),
        ("typed after an order", [ORDERED_BEFORE, beacon(-28, ANA, TICK_WORK)], "work"),
        ("never one that is only claimed", [beacon(-30, ANA, TICK), beacon(-25, ANA, identity={"email": WORK})], "ana"),
        (
            "never one of the same person that belongs to another browser",
            [
                beacon(-30, ANA, TICK, identity={"customer_id": "1"}, is_signed=True),
                beacon(-25, BO, typed(-25, WORK, opt_in=True), identity={"customer_id": "1"}, is_signed=True),
            ],
            "ana",
        ),
    ],
)
def test_a_reminder_goes_to_the_newest_address_of_its_cart(
    way: WholeWay, why: str, rows: list[NewRow], to: str
) -> None:
    for row in rows:
        way.happen(row, lane=row.lane)
    way.happen(FILLS)
    for minutes in (11, 16, 60, 400):
        way.pass_until(minutes)
        way.leave(minutes)
    assert way.taken("cart_abandoned") == [f"{to} cart_abandoned"], why


@pytest.mark.parametrize(
    ("why", "rows"),
    [
        ("two addresses", [beacon(-29, ANA, TICK_WORK)]),
        ("another address after the reminder", [beacon(15, ANA, typed(15, WORK, opt_in=True))]),
        ("the same address once more, on the phone", [beacon(15, BO, typed(15, ANAS, opt_in=True))]),
        ("logged in after the reminder", [beacon(15, ANA, identity=AS_ANA, is_signed=True), woo_customer(16)]),
    ],
)
def test_a_cart_is_reminded_of_once_per_person(way: WholeWay, why: str, rows: list[NewRow]) -> None:
    """The cap would let nine through."""
    way.begin(under(cap_messages=9))
    way.happen(beacon(-30, ANA, TICK), FILLS)
    for row in rows:
        if row.received_at < at(0):
            way.happen(row)
    way.pass_until(11)
    way.leave(11)
    way.happen(*(row for row in rows if row.received_at > at(0)))
    for minutes in (20, 60, 100, 400, 1400):
        way.pass_until(minutes)
        way.leave(minutes)
    assert len(way.taken("cart_abandoned")) == 1, why


# Who hears of the order.

BOUGHT = woo_order(0, "processing", MUG, billing={"email": HOME}, meta=HERS)


@pytest.mark.parametrize(
    ("why", "shop", "rows", "completed"),
    [
        ("only the order's own, where nobody else heard", LIVE_WOO, [FILLS], ["home"]),
        ("who got cart events", LIVE_WOO, [beacon(-30, ANA, TICK), FILLS], ["ana", "home"]),
        (
            "everybody who ever got some of this cart",
            LIVE_WOO,
            [
                beacon(-30, ANA, TICK),
                FILLS,
                beacon(-15, ANA, typed(-15, WORK, opt_in=True)),
                beacon(-14, ANA, cart(-14, MUG, POT)),
            ],
            ["ana", "home", "work"],
        ),
        (
            "who got the reminder alone: carts are not forwarded",
            under(forward_carts=False),
            [beacon(-60, ANA, typed(-60, ANAS, opt_in=True)), beacon(-50, ANA, cart(-50, MUG))],
            ["ana", "home"],
        ),
        ("not who only looked", under(forward_carts=False), [beacon(-30, ANA, TICK, look(-29)), FILLS], ["home"]),
        ("not who was typed without a basis", LIVE_WOO, [beacon(-30, ANA, typed(-30, ANAS)), FILLS], ["home"]),
        ("not who was only claimed", LIVE_WOO, [TICK_ELSEWHERE, beacon(-30, ANA, identity=AS_ANA), FILLS], ["home"]),
        (
            "not who heard of an earlier cart of the browser",
            LIVE_WOO,
            [
                beacon(-30, ANA, TICK),
                beacon(-29, ANA, cart(-29, TEA)),
                beacon(-28, ANA, cart(-28)),
                beacon(-27, ANA, typed(-27, WORK, opt_in=True)),
                FILLS,
            ],
            ["home", "work"],
        ),
        (
            "not another shopper",
            LIVE_WOO,
            [
                beacon(-30, BO, typed(-30, WORK, opt_in=True), cart(-30, MUG, number="bo")),
                beacon(-30, ANA, TICK),
                FILLS,
            ],
            ["ana", "home"],
        ),
    ],
)
def test_who_hears_that_it_was_bought(
    way: WholeWay, why: str, shop: Shop, rows: list[NewRow], completed: list[str]
) -> None:
    way.begin(shop)
    for row in rows:
        way.happen(row)
        way.leave((row.received_at - at(0)) / timedelta(minutes=1))
    way.pass_until(-1)
    way.leave(-1)
    way.happen(BOUGHT)
    way.leave(5)
    assert sorted(way.taken("order_completed")) == [f"{who} order_completed" for who in completed], why
    assert way.taken("order_placed") == ["home order_placed"], why


def test_at_shopify_the_carts_token_says_who_hears(way: WholeWay) -> None:
    way.begin(LIVE_SHOPIFY)
    way.happen(beacon(-30, ANA, TICK), beacon(-20, ANA, cart(-20, MUG, token="token-1")))
    way.leave(-19)
    way.happen(shopify_order(0, "paid", MUG, email=HOME))
    way.leave(5)
    assert sorted(way.taken("order_completed")) == ["ana order_completed", "home order_completed"]


# On identification.

LONG_LIVE = replace(LIVE_WOO, activated_at=at(-90_000))

IDENTIFIED: dict[str, list[NewRow]] = {
    "typed, with a tick": [beacon(-5, ANA, typed(-5, ANAS, opt_in=True))],
    "signed, with the platform's yes": [
        imported(woo_order(-900, "processing", TEA, number=3, date_created_gmt=gmt(-900), meta={"_tajo_opt_in": "1"})),
        beacon(-5, ANA, identity={"email": ANAS}, is_signed=True),
    ],
}


@pytest.mark.parametrize("how", IDENTIFIED)
def test_on_identification_the_session_so_far_is_told(way: WholeWay, how: str) -> None:
    way.happen(
        beacon(-48, ANA, event(-50, "page_viewed"), look(-49), event(-48, "collection_viewed")),
        beacon(-46, ANA, event(-47, "search_submitted", query="mug"), cart(-46, TEA)),
        beacon(-30, ANA, cart(-30, TEA, MUG)),
        beacon(-19, ANA, event(-20, "checkout_started"), event(-19, "order_confirmed", order_id="99")),
    )
    for row in IDENTIFIED[how]:
        way.happen(row, lane=row.lane)
    way.leave(-4)
    told = [(one["event_name"], one["event_date"][11:16]) for one in way.brevo.events]
    assert told == [
        ("page_viewed", "11:10"),
        ("product_viewed", "11:11"),
        ("collection_viewed", "11:12"),
        ("search_submitted", "11:13"),
        ("cart_created", "11:14"),
        ("cart_updated", "11:30"),
        ("checkout_started", "11:40"),
    ]
    for one in way.brevo.events[4:]:
        shown = one["event_properties"]
        assert sorted(item["id"] for item in shown["items"]) == [MUG, TEA], "as it is today, in all of them"


@pytest.mark.parametrize(
    ("why", "rows", "told"),
    [
        ("a view of an earlier visit", [beacon(-300, ANA, look(-300)), beacon(-20, ANA, look(-20))], ["11:40"]),
        ("a cart of the day before", [beacon(-1446, ANA, cart(-1446, MUG))], []),
        ("a cart that was emptied", [FILLS, beacon(-15, ANA, cart(-15))], []),
        (
            "a cart that was bought",
            [FILLS, imported(woo_order(-15, "processing", MUG, date_created_gmt=gmt(-15), billing={}, meta=HERS))],
            [],
        ),
        ("another browser's visit", [beacon(-20, BO, look(-20), cart(-19, MUG))], []),
    ],
)
def test_what_is_not_told_on_identification(way: WholeWay, why: str, rows: list[NewRow], told: list[str]) -> None:
    way.begin(LONG_LIVE)
    for row in rows:
        way.happen(row, lane=row.lane)
    way.happen(beacon(-5, ANA, typed(-5, ANAS, opt_in=True)))
    way.leave(-4)
    times = [one["event_date"][11:16] for one in way.brevo.events]
    assert times == told, why


def test_of_all_kinds_of_views_together_the_newest_twenty_are_told(way: WholeWay) -> None:
    views = [one for minute in range(-40, -12) for one in (look(minute), event(minute, "page_viewed"))]
    way.happen(beacon(-12, ANA, *views[:40]), beacon(-12, ANA, *views[40:]))
    way.happen(beacon(-5, ANA, typed(-5, ANAS, opt_in=True)))
    way.leave(-4)
    times = [one["event_date"][11:16] for one in way.brevo.events]
    assert times == [at(minute).strftime("%H:%M") for minute in range(-22, -12) for _ in range(2)]


def test_of_a_visit_that_lasts_for_days_the_last_24_hours_are_told(way: WholeWay) -> None:
    way.begin(under(LONG_LIVE, session_idle=timedelta(hours=12), session_longest=timedelta(days=7)))
    way.happen(*(beacon(minute, ANA, look(minute)) for minute in (-2000, -1446, -1444, -900, -300)))
    way.happen(beacon(-5, ANA, typed(-5, ANAS, opt_in=True)))
    way.leave(-4)
    assert [one["event_date"][:16] for one in way.brevo.events] == [gmt(minute)[:16] for minute in (-1444, -900, -300)]


@pytest.mark.parametrize("shop", [LIVE_WOO, LIVE_SHOPIFY], ids=["WooCommerce", "Shopify"])
def test_never_a_cart_event_after_the_carts_order(way: WholeWay, shop: Shop) -> None:
    """The order is known; then late beacons about its cart arrive, and the address with its tick last of all."""
    way.begin(shop)
    is_shopify = shop is LIVE_SHOPIFY
    token = {"token": "token-1"} if is_shopify else {}
    order = shopify_order(0, "paid", MUG, email=HOME) if is_shopify else BOUGHT
    way.happen(beacon(-20, ANA, cart(-20, MUG, **token)), order)
    way.happen(beacon(3, ANA, event(-2, "checkout_started"), cart(-1, MUG, number="late", **token)))
    way.happen(beacon(4, ANA, cart(4, MUG, number="tab", **token), typed(4, ANAS, opt_in=True)))
    way.leave(5)
    way.pass_until(100)
    way.leave(100)
    assert [name for _, name in way.brevo.taken() if "cart" in name or "checkout" in name] == []


def test_each_open_cart_is_told_once(way: WholeWay) -> None:
    """Two browsers of one account become known in the same moment: the two carts, each once."""
    as_ana = {"customer_id": "1"}
    way.happen(
        beacon(-40, ANA, identity=as_ana, is_signed=True),
        beacon(-39, BO, identity=as_ana, is_signed=True),
        FILLS,
        beacon(-18, BO, cart(-18, TEA, number="bo")),
        beacon(-17, BO, cart(-17, TEA, POT, number="bo")),
        beacon(-5, ANA, typed(-5, ANAS, opt_in=True)),
        beacon(-4, ANA, typed(-4, ANAS, opt_in=True)),
    )
    way.leave(-3)
    assert sorted(way.taken("cart_created", "cart_updated")) == ["ana cart_created"] * 2 + ["ana cart_updated"] * 2
