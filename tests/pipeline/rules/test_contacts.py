"""Contacts at Brevo: what is written of whom, by the mapping, for one shop or two, and what is never done to them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from collector.domain.door import NewRow
from collector.domain.shop import Shop
from tests.destinations.brevo.wire import Contact
from tests.pipeline.row_builders import (
    ANA,
    beacon,
    cart,
    event,
    iso,
    shopify_customer,
    shopify_order,
    typed,
    webhook,
    woo_customer,
    woo_order,
)
from tests.pipeline.rules.whole_way import WholeWay
from tests.pipeline.telling_bench import LIVE_SHOPIFY, LIVE_WOO, MUG, POT, under

ANAS, NEW = "ana@shop.example", "ana.new@shop.example"
DAY = 24 * 60
BERN = {
    "first_name": "Ana",
    "last_name": "Berg",
    "email": ANAS,
    "city": "Bern",
    "country": "CH",
    "phone": "079 123 45 67",
}
BUYS = woo_order(0, "processing", MUG, billing=BERN)
BUYS_AGAIN = woo_order(60, "processing", MUG, POT, number=8, billing=BERN)


def attributes(way: WholeWay, email: str = ANAS) -> dict[str, Any]:
    contact = way.contact(email)
    assert contact is not None
    return contact.attributes


def calls(way: WholeWay) -> list[str]:
    """What was asked about contacts."""
    return [one for one in way.brevo.said() if "/contacts" in one]


def test_a_guest_is_known_from_the_order(way: WholeWay) -> None:
    way.happen(BUYS)
    way.leave(1)
    assert attributes(way) == {
        "FIRSTNAME": "Ana",
        "LASTNAME": "Berg",
        "SMS": "+41791234567",
        "ORDER_COUNT": 1,
        "TOTAL_SPENT": 5.0,
    }


@pytest.mark.parametrize(
    ("why", "row"),
    [
        ("cancelled", woo_order(60, "cancelled", MUG, billing=BERN)),
        ("in the bin", woo_order(60, "trash", MUG, billing=BERN)),
        ("its payment failed after all", woo_order(60, "failed", MUG, billing=BERN, date_paid_gmt=None)),
    ],
)
def test_whose_only_order_counts_no_more_has_none(way: WholeWay, why: str, row: NewRow) -> None:
    way.begin(under(mapping={"average_order_value": "AOV", "last_order_date": "LAST", "days_since_last_order": "AGO"}))
    on_account = woo_order(0, "on-hold", MUG, billing=BERN, payment_method="bacs")
    way.happen(on_account if "failed" in why else BUYS)
    way.leave(1)
    assert attributes(way)["ORDER_COUNT"] == 1
    way.happen(row)
    way.leave(61)
    found = {name: attributes(way)[name] for name in ("ORDER_COUNT", "TOTAL_SPENT", "AOV", "LAST", "AGO")}
    assert found == {"ORDER_COUNT": 0, "TOTAL_SPENT": 0.0, "AOV": "", "LAST": "", "AGO": ""}, why
    way.happen(woo_order(90, "processing", MUG, number=8, billing=BERN))
    way.leave(91)
    assert (attributes(way)["ORDER_COUNT"], attributes(way)["AOV"]) == (1, 5.0)


def test_nobody_is_counted_by_orders_that_were_never_placed(way: WholeWay) -> None:
    way.happen(woo_order(0, "cancelled", MUG, billing=BERN))
    way.leave(1)
    assert "ORDER_COUNT" not in attributes(way), "there may be some from before our time"


def test_a_customer_is_known_from_the_record_and_the_mapping(way: WholeWay) -> None:
    mapping = {
        "billing.company": "COMPANY",
        "date_created": "SIGNUP_DATE",
        "meta_data.points": "POINTS:float",
        "meta_data.mobile": "WHATSAPP",
        "meta_data.secret": "",
    }
    way.begin(under(mapping=mapping))
    meta = {"points": "120", "mobile": "079 123 45 67", "secret": "x", "other": "y"}
    body: dict[str, Any] = {
        "billing": {**BERN, "company": "Mugs &amp; More"},
        "meta_data": [{"key": k, "value": v} for k, v in meta.items()],
    }
    way.happen(woo_customer(-5, topic="customer.created", date_created_gmt="2026-11-20T23:30:00", **body))
    way.leave(1)
    assert attributes(way) == {
        "FIRSTNAME": "Ana",
        "LASTNAME": "Berg",
        "SMS": "+41791234567",
        "WHATSAPP": "+41791234567",
        "COMPANY": "Mugs & More",
        "SIGNUP_DATE": "2026-11-20",
        "POINTS": 120,
    }
    assert way.stored("select extras from customers") == [
        ('{"meta_data.points":"120","meta_data.mobile":"+41791234567"}',)
    ]


def test_metafields_and_tags_of_shopify(way: WholeWay) -> None:
    way.begin(under(LIVE_SHOPIFY, mapping={"loyalty.tier": "TIER", "customer_type": "KIND", "vip": "VIP:boolean"}))
    metafields = [
        {"namespace": "loyalty", "key": "tier", "value": "gold"},
        {"namespace": "a", "key": "b", "value": "c"},
    ]
    way.happen(shopify_customer(-5, metafields=metafields, tags="Customer_Type:B2B, vip:yes"))
    way.leave(1)
    expected = {"TIER": "gold", "KIND": "B2B", "VIP": True, "TAGS": "Customer_Type:B2B, vip:yes"}
    assert {name: attributes(way).get(name) for name in expected} == expected
    way.happen(shopify_customer(10, tags=""))  # a body without metafields says nothing about them
    way.leave(11)
    assert attributes(way)["TAGS"] == ""
    assert attributes(way)["TIER"] == "gold"


def test_whoever_only_typed_an_address_writes_nothing(way: WholeWay) -> None:
    way.happen(BUYS)
    way.leave(1)
    before = dict(attributes(way))
    way.happen(beacon(30, ANA, typed(30, ANAS, opt_in=True), event(30, "page_viewed")))
    way.happen(beacon(31, ANA, typed(31, "bo@shop.example", opt_in=True), cart(31, MUG)))
    way.leave(32)
    assert attributes(way) == before
    assert attributes(way, "bo@shop.example") == {}


def test_nothing_is_said_twice_and_what_changed_is_said_again(way: WholeWay) -> None:
    way.begin(LIVE_SHOPIFY)
    way.happen(shopify_customer(-5, tags="vip"))
    way.leave(-4)
    once = len(calls(way))
    way.happen(shopify_customer(1, tags="vip", note="unimportant"), shopify_customer(2, tags="vip"))
    way.leave(3)
    assert len(calls(way)) == once
    for minutes, tags in ((10, ""), (20, "vip"), (30, ""), (40, "vip")):
        way.happen(shopify_customer(minutes, tags=tags))
        way.leave(minutes + 1)
        assert attributes(way)["TAGS"] == tags
    assert len(calls(way)) == once + 4


def test_counters_follow_orders_refunds_and_cancellations(way: WholeWay) -> None:
    way.begin(under(mapping={"average_order_value": "AOV", "last_order_date": "LAST"}))
    found = []
    for minutes, row in (
        (1, BUYS),
        (61, BUYS_AGAIN),
        (71, woo_order(70, "processing", MUG, POT, number=8, billing=BERN, refunds=[{"id": 1, "total": "-2.50"}])),
        (81, woo_order(80, "cancelled", MUG, POT, number=8, billing=BERN)),
    ):
        way.happen(row)
        way.leave(minutes)
        found.append(tuple(attributes(way)[name] for name in ("ORDER_COUNT", "TOTAL_SPENT", "AOV")))
    assert found == [(1, 5.0, 5.0), (2, 15.0, 7.5), (2, 12.5, 6.25), (1, 5.0, 5.0)]
    assert attributes(way)["LAST"] == "2026-11-21"


@pytest.mark.parametrize(
    ("why", "zone", "sent_at", "last", "days"),
    [
        ("the same day", "UTC", 1, "2026-11-21", 0),
        ("it waited over midnight", "UTC", 13 * 60, "2026-11-21", 1),
        ("three days in an outage", "UTC", 3 * DAY, "2026-11-21", 3),
        ("noon in London is tomorrow on Kiritimati", "Pacific/Kiritimati", 1, "2026-11-22", 0),
        ("and an hour before midnight there it is that day", "Pacific/Kiritimati", 21 * 60, "2026-11-22", 0),
        ("after midnight there it is the next", "Pacific/Kiritimati", 22 * 60 + 1, "2026-11-22", 1),
        ("a zone nobody knows is UTC", "Mars/Olympus", 13 * 60, "2026-11-21", 1),
    ],
)
def test_days_since_the_last_order_are_those_of_the_day_it_is_sent(
    way: WholeWay, why: str, zone: str, sent_at: float, last: str, days: int
) -> None:
    shop = under(mapping={"days_since_last_order": "RECENCY", "last_order_date": "LAST"})
    way.begin(replace(shop, zone=zone))
    way.happen(BUYS)
    way.leave(sent_at)
    assert (attributes(way)["LAST"], attributes(way)["RECENCY"]) == (last, days), why


def test_a_day_more_alone_is_no_reason_for_a_call(way: WholeWay) -> None:
    way.begin(under(mapping={"days_since_last_order": "RECENCY"}))
    way.happen(woo_customer(-5), BUYS)
    way.leave(1)
    once = len(calls(way))
    way.happen(woo_customer(2 * DAY))
    way.leave(2 * DAY + 1)
    assert len(calls(way)) == once


def test_before_an_order_is_known_nothing_is_counted(way: WholeWay) -> None:
    way.happen(woo_customer(-5))
    way.leave(1)
    assert "ORDER_COUNT" not in attributes(way)


def test_the_platforms_own_count_is_taken_where_it_knows_of_older_orders(way: WholeWay) -> None:
    way.begin(LIVE_SHOPIFY)
    way.happen(shopify_customer(-5, orders_count=7, total_spent="700.00", currency="EUR"))
    way.happen(shopify_order(0, "paid", MUG, customer={"id": 1, "email": ANAS}))
    way.leave(1)
    assert (attributes(way)["ORDER_COUNT"], attributes(way)["TOTAL_SPENT"]) == (7, 700.0)


def test_without_a_rate_there_is_no_sum_and_it_is_said_once(way: WholeWay) -> None:
    way.happen(BUYS)
    way.leave(1)
    assert attributes(way)["TOTAL_SPENT"] == 5.0
    way.happen(woo_order(60, "processing", MUG, number=8, billing=BERN, currency="JPY", total="5000"))
    way.happen(woo_customer(61), woo_customer(62))
    way.leave(63)
    assert (attributes(way)["ORDER_COUNT"], attributes(way)["TOTAL_SPENT"]) == (2, ""), "what was there is wrong now"
    said = way.stored("select kind, outcome, reason, detail from decisions")
    assert said == [("contact", "left_out", "no_rate", '{"email": "ana@shop.example", "attributes": ["TOTAL_SPENT"]}')]


def two_shops(way: WholeWay, **second: Any) -> tuple[Shop, Shop]:
    """WooCommerce was there first; both use one account."""
    one, other = LIVE_WOO, under(LIVE_SHOPIFY, **second)
    way.begin(one)
    way.neighbours = {one.id: one, other.id: other}
    return one, other


def happen_in(way: WholeWay, shop: Shop, *rows: NewRow) -> None:
    way.shop = shop
    way.happen(*rows)


THERE = shopify_order(30, "paid", POT, MUG, created_at=iso(29), customer={"id": 1, "email": ANAS})


def test_counters_of_two_shops_in_one_account_are_sums(way: WholeWay) -> None:
    one, other = two_shops(way)
    happen_in(way, one, BUYS)
    way.leave(1)
    happen_in(way, other, THERE)
    way.leave(31)
    assert (attributes(way)["ORDER_COUNT"], attributes(way)["TOTAL_SPENT"]) == (2, 15.0)
    happen_in(way, one, BUYS_AGAIN)
    way.leave(61)
    assert (attributes(way)["ORDER_COUNT"], attributes(way)["TOTAL_SPENT"]) == (3, 25.0)


def test_a_late_message_of_one_shop_does_not_take_back_the_others_sum(way: WholeWay) -> None:
    one, other = two_shops(way)
    happen_in(way, one, BUYS)
    happen_in(way, other, THERE)
    way.leave(31)  # both at once, and decided when each knew of its own only
    assert attributes(way)["ORDER_COUNT"] == 2


def test_under_a_prefix_a_shop_keeps_its_own_counters(way: WholeWay) -> None:
    one, other = two_shops(way, attribute_prefix="TEA_")
    happen_in(way, one, BUYS)
    happen_in(way, other, THERE)
    way.leave(31)
    found = attributes(way)
    assert (found["ORDER_COUNT"], found["TOTAL_SPENT"]) == (1, 5.0)
    assert (found["TEA_ORDER_COUNT"], found["TEA_TOTAL_SPENT"]) == (1, 10.0)
    assert "TEA_SMS" not in found


def test_two_currencies_in_one_account_are_counted_and_not_added_up(way: WholeWay) -> None:
    one, other = two_shops(way)
    happen_in(way, one, BUYS)
    way.leave(1)
    happen_in(way, other, shopify_order(30, "paid", POT, currency="USD", customer={"id": 1, "email": ANAS}))
    way.leave(31)
    assert (attributes(way)["ORDER_COUNT"], attributes(way)["TOTAL_SPENT"]) == (2, "")
    assert way.stored("select reason from decisions") == [("no_rate",)]


def names(way: WholeWay) -> list[str]:
    """The names contacts were created with."""
    return [
        call.body.get("ext_id", "") for call in way.brevo.calls if (call.method, call.path) == ("POST", "/contacts")
    ]


def test_the_first_shop_that_knows_an_address_names_its_contact(way: WholeWay) -> None:
    one, other = two_shops(way)
    happen_in(way, one, woo_customer(-5, 7))
    happen_in(way, other, shopify_customer(-4, 9))
    way.leave(1)
    assert names(way) == ["woocommerce:shop.example:7"]
    del way.brevo.contacts[ANAS]  # deleted there by hand
    happen_in(way, other, shopify_customer(10, 9, last_name="Berg"))
    way.leave(11)
    assert names(way)[1:] == [""], "the second shop makes it anew, and gives no name"


def test_a_contact_that_exists_keeps_its_name(way: WholeWay) -> None:
    way.brevo.contacts[ANAS] = Contact(False)
    way.happen(woo_customer(-5, 7))
    way.leave(1)
    assert names(way) == []
    assert not any("ext_id" in (call.body or {}) for call in way.brevo.calls if call.path.startswith("/contacts"))


def moved(minutes: float, to: str = NEW) -> NewRow:
    """The customer gave the shop another address."""
    return shopify_customer(minutes, 7, email=to)


def subscribed(minutes: float, email: str = ANAS) -> NewRow:
    return consent(minutes, "subscribed", email)


def consent(minutes: float, state: str, email: str = ANAS) -> NewRow:
    body = {
        "customer_id": 7,
        "email_address": email,
        "email_marketing_consent": {"state": state, "consent_updated_at": iso(minutes)},
    }
    return webhook(minutes, "customers_email_marketing_consent/update", body)


@pytest.mark.parametrize("is_there", [True, False])
def test_a_new_address_is_a_contact_of_its_own_and_blocked_when_the_old_one_refused(
    way: WholeWay, is_there: bool
) -> None:
    way.begin(LIVE_SHOPIFY)
    way.happen(shopify_customer(-60, 7), subscribed(-59))
    way.leave(-58)
    way.happen(consent(-50, "unsubscribed"))
    way.leave(-49)
    if is_there:
        way.brevo.contacts[NEW] = Contact(False)
    way.happen(moved(-40))
    way.leave(-39)
    old, new = way.contact(ANAS), way.contact(NEW)
    assert old is not None
    assert new is not None
    assert (old.blocked, new.blocked) == (True, True)
    assert names(way) == ["shopify:tea.myshopify.com:7"] + [""] * (not is_there), "its name stays with the first"


def test_a_new_address_of_somebody_who_agreed_anew_is_written_to(way: WholeWay) -> None:
    way.begin(LIVE_SHOPIFY)
    way.happen(shopify_customer(-60, 7), consent(-50, "unsubscribed"), subscribed(-45, NEW), moved(-40))
    way.leave(-29)
    new = way.contact(NEW)
    assert new is not None
    assert not new.blocked


def test_no_call_ever_renames_merges_or_subscribes_somebody_who_is_there(way: WholeWay) -> None:
    way.begin(LIVE_SHOPIFY)
    way.brevo.contacts[NEW] = Contact(True)
    way.happen(shopify_customer(-60, 7, phone="+41791234567"), subscribed(-59), moved(-40), subscribed(-30, NEW))
    way.leave(-29)
    bodies = [call.body or {} for call in way.brevo.calls if call.path.startswith("/contacts")]
    assert bodies
    assert not any("forceMerge" in body or "EMAIL" in body.get("attributes", {}) for body in bodies)
    new = way.contact(NEW)
    assert new is not None
    assert new.blocked, "only the person can take that back, at Brevo"


def test_a_no_at_the_shop_blocks_the_contact_that_is_there(way: WholeWay) -> None:
    way.begin(LIVE_SHOPIFY)
    way.happen(shopify_customer(-60, 7), subscribed(-59))
    way.leave(-58)
    contact = way.contact(ANAS)
    assert contact is not None
    way.brevo.contacts[ANAS].blocked = False
    way.happen(consent(-50, "unsubscribed"))
    way.leave(-49)
    assert way.brevo.contacts[ANAS].blocked
    way.happen(consent(-40, "unsubscribed", "stranger@shop.example"))
    way.leave(-39)
    assert way.contact("stranger@shop.example") is None, "nobody is made known there only to be blocked"


def test_a_customer_deleted_at_the_shop_stays_a_contact(way: WholeWay) -> None:
    way.happen(woo_customer(-5, 7))
    way.leave(1)
    said = len(way.brevo.calls)
    way.happen(webhook(10, "customer.deleted", {"id": 7}))
    way.leave(11)
    assert len(way.brevo.calls) == said
    assert way.contact(ANAS) is not None


@pytest.mark.parametrize(
    ("why", "states", "is_new", "expected"),
    [
        ("nothing is recorded: a new contact gets no texts", [], True, True),
        ("agreed", ["subscribed"], True, False),
        ("agreed and refused", ["subscribed", "unsubscribed"], True, True),
        ("one that is there stays as it is", [], False, False),
        ("unless a no is recorded", ["unsubscribed"], False, True),
    ],
)
def test_text_messages_have_a_consent_of_their_own(
    way: WholeWay, why: str, states: list[str], is_new: bool, expected: bool
) -> None:
    way.begin(LIVE_SHOPIFY)
    if not is_new:
        way.brevo.contacts[ANAS] = Contact(False)
    for minute, state in enumerate(states):
        body = {
            "id": 7,
            "phone": "+41791234567",
            "sms_marketing_consent": {"state": state, "consent_updated_at": iso(minute - 50)},
        }
        way.happen(webhook(minute - 50, "customers_marketing_consent/update", body))
    way.happen(shopify_customer(-5, 7, phone="+41791234567"))
    way.leave(1)
    assert attributes(way)["SMS"] == "+41791234567"
    contact = way.contact(ANAS)
    assert contact is not None
    assert contact.no_texts is expected, why


def test_a_shared_number_costs_nobody_anything_else(way: WholeWay) -> None:
    way.brevo.contacts["ben@shop.example"] = Contact(False, {"SMS": "+41791234567"})
    way.happen(BUYS)
    way.leave(1)
    assert attributes(way) == {"FIRSTNAME": "Ana", "LASTNAME": "Berg", "ORDER_COUNT": 1, "TOTAL_SPENT": 5.0}
    assert way.taken("order_completed") == ["ana order_completed"]
    assert way.brevo.contacts["ben@shop.example"].attributes["SMS"] == "+41791234567"
