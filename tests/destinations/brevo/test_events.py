"""Events: names, times, properties that Brevo takes, and whether one arrived."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.destinations.brevo.commerce import body as order_body
from collector.destinations.brevo.destination import BrevoDestination
from collector.destinations.brevo.events import MOST_BYTES, body
from collector.destinations.brevo.values import fitting, properties, size
from collector.domain.errors import DeliveryFailed, Remedy
from collector.domain.shop import Policy, Shop

from .conftest import SHOP, event, order
from .wire import NOW, Brevo, good


def test_an_event_as_it_is_sent(brevo: Brevo, destination: BrevoDestination) -> None:
    shown = {"total": 0, "items": [{"name": "Tässli", "price": 9.99, "sku": None}], "url": None, "a b.c": True}
    destination.send(SHOP, event("cart_updated", at=NOW + timedelta(microseconds=123456), properties=shown))
    assert brevo.events == [
        {
            "event_name": "cart_updated",
            "event_date": "2026-11-21T12:00:00.123Z",
            "identifiers": {"email_id": "anna@shop.example"},
            "event_properties": {
                "total": 0,
                "items": [{"name": "Tässli", "price": 9.99}],
                "a_b_c": True,
                "event_id": "e1",
            },
        }
    ]


def test_an_event_goes_under_the_merchant_s_name_for_it(brevo: Brevo, destination: BrevoDestination) -> None:
    destination.send(SHOP, event("page_viewed"))
    assert brevo.events[0]["event_name"] == "seen"


def test_a_name_brevo_would_refuse_waits_for_the_settings(destination: BrevoDestination) -> None:
    shop = Shop(
        1, "shopify", "a", "https://a", "s", policy=Policy(account="brevo", event_names={"cart_updated": "my cart"})
    )
    with pytest.raises(DeliveryFailed) as failed:
        destination.send(shop, event())
    assert (failed.value.remedy, failed.value.reason) == (Remedy.RETRY, "event_name")


@pytest.mark.parametrize(
    ("why", "given_properties", "said"),
    [
        ("items from the end", {"items": [{"name": "x" * 90, "n": n} for n in range(1000)]}, {"items_left_out"}),
        ("long texts", {"note": "x" * 60_000, "total": 1}, {"is_cut"}),
        ("one item larger than everything", {"items": [{"name": "x" * 60_000}]}, {"items_left_out"}),
        ("many properties", {f"key{n}": ["x" * 90] * 10 for n in range(90)}, {"is_cut"}),
    ],
)
def test_too_large_a_body_is_cut_and_says_so(why: str, given_properties: dict[str, Any], said: set[str]) -> None:
    sent = body(event(properties=given_properties), {})["event_properties"]
    assert size(sent) <= MOST_BYTES, why
    assert set(sent) & {"items_left_out", "is_cut"} == said
    assert sent["event_id"] == "e1"
    if "items" in sent:
        kept = len(sent["items"])
        assert sent["items"] == given_properties["items"][:kept]
        assert sent["items_left_out"] == len(given_properties["items"]) - kept


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=9), inner, max_size=5),
    max_leaves=30,
)


@given(st.dictionaries(st.text(max_size=20), anything, max_size=8), st.integers(200, 2000))
def test_whatever_is_given_fits_and_has_no_null(given_properties: dict[str, Any], most: int) -> None:
    cleaned = properties(given_properties) | {"event_id": "e1"}
    sent = fitting(cleaned, most)
    text = json.dumps(sent, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    assert len(text.encode()) <= most
    assert sent["event_id"] == "e1"
    assert properties(cleaned) == cleaned, "cleaning twice changes nothing"
    if size(cleaned) <= most:
        assert sent == cleaned


def test_an_order_as_it_is_sent(brevo: Brevo, destination: BrevoDestination) -> None:
    lines = (
        {"product_id": "13", "variant_id": "14", "quantity": 2, "price": 12.5},
        {"product_id": "15", "variant_id": "", "quantity": 0.75, "price": 0},
        {"product_id": "", "quantity": 1, "price": 5},
        {"product_id": "16", "quantity": 1.0, "price": None},
    )
    billing = {"city": "Bern", "country_code": "CH", "postcode": "3000", "phone": "", "name": "Anna"}
    destination.send(SHOP, order(products=lines, coupons=("SAVE",), billing=billing))
    assert brevo.orders["41"] == {
        "id": "41",
        "createdAt": "2026-11-21T12:00:00.000Z",
        "updatedAt": "2026-11-21T12:00:00.000Z",
        "status": "processing",
        "amount": 34.87,
        "products": [
            {"productId": "13", "price": 12.5, "quantity": 2, "variantId": "14"},
            {"productId": "15", "price": 0, "quantityFloat": 0.75},
            {"productId": "16", "price": 0, "quantity": 1},
        ],
        "identifiers": {"email_id": "anna@shop.example"},
        "storeId": "mug.example",
        "coupons": ["SAVE"],
        "billing": {"city": "Bern", "countryCode": "CH", "postCode": "3000"},
        "metaInfo": {"currency": "EUR"},
    }


def test_a_free_order_keeps_its_amount_and_says_nothing_it_does_not_know() -> None:
    sent = order_body(order(amount=0.0, products=(), currency="", shop=""))
    assert (sent["amount"], sent["products"]) == (0, [])
    assert not {"storeId", "coupons", "billing", "metaInfo"} & set(sent)


def test_whether_it_arrived_goes_by_our_id(brevo: Brevo, destination: BrevoDestination) -> None:
    destination.send(SHOP, event(number=1))
    destination.send(SHOP, event("page_viewed", number=2))
    assert destination.was_received(SHOP, event(number=1)) is True
    assert destination.was_received(SHOP, event("page_viewed", number=2)) is True
    assert destination.was_received(SHOP, event(number=3)) is False
    assert destination.was_received(SHOP, event(number=1, at=NOW + timedelta(seconds=9))) is False


@pytest.mark.parametrize(
    ("why", "answer", "expected"),
    [
        ("a full page without it: it may stand behind", {"events": [{}] * 1000, "count": 5000}, None),
        ("nothing at all", {"count": 0}, False),
        ("nonsense", {"events": ["x", {"event_properties": None}]}, False),
    ],
)
def test_what_the_list_of_events_may_hold(
    brevo: Brevo, destination: BrevoDestination, why: str, answer: Any, expected: bool | None
) -> None:
    brevo.moods.append(good(answer))
    assert destination.was_received(SHOP, event()) is expected, why
