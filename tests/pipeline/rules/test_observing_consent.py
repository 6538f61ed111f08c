"""May this browser be observed? What each answer lets in, what a refusal takes back, what webhooks may do meanwhile.

- Yes: kept. No: dropped at the door, and of a stranger nothing stays but a mark; of a known browser whatever has not
  left is thrown away for good. No answer: dropped where an answer is required, as good as a yes where it is implied.
- Webhooks and the shop's own server end carts and serve orders whatever a browser answered. They open a reminder only
  where no refusal of the linked browser is known and the platform itself records why the person may be written to.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from collector.domain.door import Lane, NewRow
from collector.domain.shop import Shop
from tests.pipeline.row_builders import (
    ANA,
    BO,
    at,
    beacon,
    cart,
    denial,
    event,
    gmt,
    shopify_cart,
    shopify_checkout,
    shopify_customer,
    shopify_order,
    typed,
    webhook,
    woo_customer,
    woo_order,
)
from tests.pipeline.rules.whole_way import WholeWay
from tests.pipeline.telling_bench import LIVE_SHOPIFY, LIVE_WOO, MUG, TEA, under

ANAS = "ana@shop.example"
HERS: dict[str, Any] = {"meta": {"_tajo_id": ANA}}
TICKS = beacon(-30, ANA, typed(-30, ANAS, opt_in=True))
PRODUCT = {"id": MUG, "name": "Mug", "price": "5.00", "currency": "EUR"}


def look(minutes: float) -> dict[str, Any]:
    return event(minutes, "product_viewed", product=PRODUCT)


@pytest.mark.parametrize(
    ("why", "mode", "consent", "said", "is_reminded"),
    [
        ("a yes where one is required", "required", "granted", "accepted=2", True),
        ("a yes where it is implied", "implied", "granted", "accepted=2", True),
        ("no answer where one is required", "required", "unknown", "dropped=consent_unknown", False),
        ("no answer where a yes is implied: as good as one", "implied", "unknown", "accepted=2", True),
        ("a no where an answer is required", "required", "denied", "dropped=consent_denied", False),
        ("a no where a yes is implied", "implied", "denied", "dropped=consent_denied", False),
    ],
)
def test_what_each_answer_lets_in(
    way: WholeWay, why: str, mode: str, consent: str, said: str, is_reminded: bool
) -> None:
    way.begin(under(consent_mode=mode))
    way.happen(beacon(-40, BO, typed(-40, ANAS, opt_in=True)))  # so that there is somebody to write to
    assert way.report(-30, ANA, typed(-30, ANAS), cart(-30, MUG), consent=consent) == said, why
    for minutes in (0, 31):
        way.pass_until(minutes)
        way.leave(minutes)
    assert way.taken("cart_abandoned") == (["ana cart_abandoned"] if is_reminded else []), why
    assert way.stored("select count(*) from visitors") == [(2 if is_reminded else 1,)], why


NUMBER = "47114711471147"  # longer than any part of a time


def everything_on_disk(way: WholeWay) -> str:
    """Every value of every table of both files."""
    found: list[str] = []
    for path in ("tajo.db", "tajo.inbox.db"):
        with closing(sqlite3.connect(way.files.folder / path)) as file:
            names = [name for (name,) in file.execute("select name from sqlite_master where type = 'table'")]
            for name in names:
                found += (str(row) for row in file.execute(f"select * from {name}"))
    return "\n".join(found)


def test_of_a_refusing_stranger_nothing_stays_that_says_who_or_what(way: WholeWay) -> None:
    stranger, secret = "visitor-stranger", "stranger@home.example"
    said: dict[str, Any] = {"consent": "denied", "identity": {"email": secret, "customer_id": NUMBER}}
    answer = way.report(-30, stranger, typed(-30, secret, opt_in=True), cart(-30, MUG), look(-29), **said)
    assert answer == "dropped=consent_denied"
    assert secret not in everything_on_disk(way)
    assert NUMBER not in everything_on_disk(way)
    assert stranger not in str(way.files.state()), "the state keeps a mark, not the name"
    assert way.stored("select count(*) from events") == way.stored("select count(*) from visitors") == [(0,)]


ABOUT_HER = {
    "looks": [beacon(-20, ANA, event(-20, "page_viewed"), look(-19))],
    "carts": [beacon(-20, ANA, cart(-20, MUG))],
    "checkouts": [beacon(-20, ANA, cart(-20, MUG), event(-19, "checkout_started"))],
}


@pytest.mark.parametrize("about", ABOUT_HER)
@pytest.mark.parametrize("has_waited", [False, True], ids=["at once", "with its reminder"])
@pytest.mark.parametrize("comes_back", [False, True], ids=["stays away", "agrees again"])
def test_a_refusal_throws_away_what_has_not_left(way: WholeWay, about: str, has_waited: bool, comes_back: bool) -> None:
    way.happen(TICKS, *ABOUT_HER[about])
    refused_at = -10.0
    if has_waited:
        refused_at = 50
        way.pass_until(45)
        assert [one for one in way.events() if "abandoned" in one], "there is a reminder to throw away"
    waiting = len(way.events())
    assert waiting
    assert way.report(refused_at, ANA, consent="denied") == "dropped=consent_denied"
    if comes_back:
        way.report(refused_at + 1, ANA, consent="granted")
    way.leave(refused_at + 2)
    assert way.taken() == []
    assert way.brevo.contacts == {}
    assert len(way.events("skipped")) == waiting
    assert way.reasons() <= {"consent_denied", "needed_skipped"}  # or what it needed was thrown away


def test_a_refusal_in_one_browser_leaves_other_people_alone(way: WholeWay) -> None:
    bo = beacon(-20, BO, typed(-20, "bo@shop.example", opt_in=True), cart(-20, MUG, number="bo"))
    way.happen(TICKS, *ABOUT_HER["carts"], bo, denial(-10, ANA))
    way.leave(-9)
    assert way.taken() == ["bo cart_created", "bo cart_updated"]


def test_a_refusal_takes_nothing_of_an_order(way: WholeWay) -> None:
    """What waits about the order is not about observing: it leaves."""
    way.happen(TICKS, *ABOUT_HER["carts"], woo_order(0, "processing", MUG, **HERS), denial(2, ANA))
    way.leave(3)
    assert way.taken() == ["ana order_placed", "ana order_completed"]
    assert list(way.brevo.orders) == ["7"]


def test_after_a_refusal_a_yes_begins_anew(way: WholeWay) -> None:
    way.happen(TICKS, denial(-25, ANA), beacon(-20, ANA, cart(-20, MUG)))
    way.leave(-19)
    assert way.taken() == ["ana cart_created", "ana cart_updated"]
    way.pass_until(10)
    assert way.decided() == ["cart remind due"]


# Webhooks and the shop's own server.

SHOPIFY_FILLS = beacon(-20, ANA, cart(-20, MUG, token="token-1"))
WOO_FILLS = beacon(-20, ANA, cart(-20, MUG))


@pytest.mark.parametrize(
    ("why", "shop", "rows"),
    [
        ("refused", LIVE_WOO, [TICKS, WOO_FILLS, denial(-10, ANA), woo_order(0, "processing", MUG, **HERS)]),
        ("refused", LIVE_SHOPIFY, [TICKS, SHOPIFY_FILLS, denial(-10, ANA), shopify_order(0, "paid", MUG)]),
        (
            "never observed, only webhooks",
            LIVE_SHOPIFY,
            [shopify_cart(-20, MUG), shopify_checkout(-10, MUG, email=ANAS), shopify_order(0, "paid", MUG)],
        ),
        (
            "never observed, only webhooks",
            LIVE_WOO,
            [woo_order(0, "checkout-draft", MUG, created_via="store-api"), woo_order(1, "processing", MUG)],
        ),
    ],
)
def test_webhooks_end_carts_and_serve_orders_whatever_the_browser_said(
    way: WholeWay, why: str, shop: Shop, rows: list[NewRow]
) -> None:
    way.begin(shop)
    way.happen(*rows)
    way.leave(5)
    states = [one.split()[2] for one in way.files.told_carts()]
    assert states == ["ordered"], why
    assert way.taken() == ["ana order_placed", "ana order_completed"], why
    assert list(way.brevo.orders) == ["7"], why


def test_the_shops_own_server_ends_a_cart(way: WholeWay) -> None:
    way.report(-20, ANA, typed(-20, ANAS, opt_in=True), cart(-20, MUG))
    assert way.report(-10, ANA, cart(-10), by_server=True) == "accepted=1"
    assert way.files.told_carts() == [f"v:{ANA} 1 emptied"]
    way.pass_until(30)
    assert way.decided() == []


def consent_topic(state: str) -> NewRow:
    said = {"state": state, "opt_in_level": "single_opt_in", "consent_updated_at": "2026-11-21T10:00:00Z"}
    body = {"customer_id": 1, "email_address": ANAS, "email_marketing_consent": said}
    return webhook(-40, "customers_email_marketing_consent/update", body)


PAGE_TICK = beacon(-90, BO, typed(-90, ANAS, opt_in=True))  # another day, another browser, nobody signed it
NOTHING: list[NewRow] = []


def platform_cart(shop: Shop, *, is_ticked: bool = False, visitor: str = "") -> list[NewRow]:
    """A cart that only the platform told of, with Ana's address at its checkout."""
    if shop.platform == "shopify":
        ticked = {"buyer_accepts_marketing": is_ticked}
        noted = {"note_attributes": [{"name": "tajo_id", "value": visitor}]} if visitor else {}
        return [
            shopify_cart(-20, MUG, visitor=visitor),
            shopify_checkout(-20, MUG, created_at="2026-11-21T11:40:00Z", email=ANAS, **ticked, **noted),
        ]
    meta = ({"_tajo_opt_in": "1"} if is_ticked else {}) | ({"_tajo_id": visitor} if visitor else {})
    draft = woo_order(-20, "checkout-draft", MUG, created_via="store-api", date_created_gmt=gmt(-20), meta=meta)
    return [draft]


US: dict[str, Any] = {"billing": {"country": "US"}}
BOUGHT = woo_order(-800, "processing", TEA, number=3, date_created_gmt=gmt(-800), date_paid_gmt=gmt(-799))
BOUGHT_THERE = shopify_order(-800, "paid", TEA, number=3, created_at="2026-11-20T22:40:00Z", cart_token="token-0")


@pytest.mark.parametrize(
    ("why", "shop", "before", "cart_rows", "decided"),
    [
        ("the checkout's box", LIVE_SHOPIFY, [], platform_cart(LIVE_SHOPIFY, is_ticked=True), "remind due"),
        ("the checkout's box", LIVE_WOO, [], platform_cart(LIVE_WOO, is_ticked=True), "remind due"),
        (
            "the platform's subscribed state",
            LIVE_SHOPIFY,
            [consent_topic("subscribed")],
            platform_cart(LIVE_SHOPIFY),
            "remind due",
        ),
        ("nothing recorded", LIVE_SHOPIFY, [], platform_cart(LIVE_SHOPIFY), "hold no_mail_basis"),
        ("nothing recorded", LIVE_WOO, [], platform_cart(LIVE_WOO), "hold no_mail_basis"),
        (
            "asked to confirm, not confirmed",
            LIVE_SHOPIFY,
            [consent_topic("pending")],
            platform_cart(LIVE_SHOPIFY),
            "hold no_mail_basis",
        ),
        (
            "only a page's word, of another browser",
            LIVE_SHOPIFY,
            [PAGE_TICK],
            platform_cart(LIVE_SHOPIFY),
            "hold no_mail_basis",
        ),
        (
            "only a page's word, of another browser",
            LIVE_WOO,
            [PAGE_TICK],
            platform_cart(LIVE_WOO),
            "hold no_mail_basis",
        ),
        (
            "an order, where customers may be written to",
            under(mail_basis="existing_customers"),
            [BOUGHT],
            platform_cart(LIVE_WOO),
            "remind due",
        ),
        (
            "an order, where customers may be written to",
            under(LIVE_SHOPIFY, mail_basis="existing_customers"),
            [BOUGHT_THERE],
            platform_cart(LIVE_SHOPIFY),
            "remind due",
        ),
        (
            "everybody may be written to, but nothing is recorded",
            under(mail_basis="all"),
            [woo_customer(-900, number=5, **US)],
            platform_cart(LIVE_WOO),
            "hold no_mail_basis",
        ),
        (
            "recorded, but the linked browser refused",
            LIVE_SHOPIFY,
            [beacon(-60, ANA, look(-60)), denial(-59, ANA)],
            platform_cart(LIVE_SHOPIFY, is_ticked=True, visitor=ANA),
            "drop consent_denied",
        ),
        (
            "recorded, but the linked browser refused before we ever heard of it",
            LIVE_SHOPIFY,
            [denial(-59, ANA)],
            platform_cart(LIVE_SHOPIFY, is_ticked=True, visitor=ANA),
            "drop consent_denied",
        ),
        (
            "recorded, but the linked browser refused",
            LIVE_WOO,
            [beacon(-60, ANA, look(-60)), denial(-59, ANA)],
            platform_cart(LIVE_WOO, is_ticked=True, visitor=ANA),
            "drop consent_denied",
        ),
        (
            "recorded, and it refused only afterwards",
            LIVE_WOO,
            [],
            [*platform_cart(LIVE_WOO, is_ticked=True, visitor=ANA), denial(-5, ANA)],
            "drop consent_denied",
        ),
        (
            "the browser told of the cart, too: then its own word counts",
            LIVE_SHOPIFY,
            [PAGE_TICK],
            [SHOPIFY_FILLS, *platform_cart(LIVE_SHOPIFY)],
            "remind due",
        ),
        (
            "the browser told of the cart, too: then its own word counts",
            LIVE_WOO,
            [PAGE_TICK],
            [WOO_FILLS, *platform_cart(LIVE_WOO, visitor=ANA)],
            "remind due",
        ),
    ],
)
def test_what_webhooks_alone_may_open(
    way: WholeWay, why: str, shop: Shop, before: list[NewRow], cart_rows: list[NewRow], decided: str
) -> None:
    way.begin(replace(shop, activated_at=at(-700)))
    for row in before:
        lane = Lane.HISTORY if row.topic.startswith(("order", "customer.")) else Lane.LIVE
        way.happen(row, lane=lane)
    way.happen(*cart_rows)
    way.leave(0)
    way.pass_until(11)
    way.leave(11)
    assert [one for one in way.decided() if one.startswith("cart")] == [f"cart {decided}"], why
    is_reminded = decided == "remind due"
    assert way.taken("cart_abandoned") == (["ana cart_abandoned"] if is_reminded else []), why
    about_carts = way.taken("cart_created", "cart_updated", "checkout_started")
    if decided == "hold no_mail_basis":
        assert about_carts == [], "what may start a mail needs the same basis"


def test_the_platforms_word_may_be_withdrawn_until_the_last_moment(way: WholeWay) -> None:
    """Decided on the box of the checkout; before it leaves the box is empty again, and only a page's word is left."""
    way.begin(LIVE_SHOPIFY)
    way.happen(PAGE_TICK, *platform_cart(LIVE_SHOPIFY, is_ticked=True))
    way.pass_until(11)
    assert way.decided() == ["cart remind due"]
    way.happen(shopify_checkout(12, MUG, email=ANAS, buyer_accepts_marketing=False))
    way.leave(13)
    assert way.taken("cart_abandoned") == []


def test_a_customer_record_alone_opens_nothing(way: WholeWay) -> None:
    """It is told (customers need no basis), but a subscribed customer without a cart or a look is no reminder."""
    way.begin(LIVE_SHOPIFY)
    way.happen(shopify_customer(-60), consent_topic("subscribed"))
    way.pass_until(600)
    assert way.decided() == []


def test_a_refusal_is_known_by_its_browser_only(way: WholeWay) -> None:
    body = json.loads(denial(0, ANA).body)
    assert body == {"visitor_id": ANA}
    way.happen(denial(-40, BO), TICKS, WOO_FILLS)
    way.pass_until(10)
    assert way.decided() == ["cart remind due"]
