"""Bodies in, facts out: the recorded pairs, and what no body may do."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.domain.errors import Unparseable
from collector.domain.events import CartSeen, CheckoutSeen, CustomerSeen, OrderSeen
from collector.domain.timestamps import to_text, whole_ms
from collector.sources.shopify.parse import TOPICS

from .shopify_rows import BODIES, RECEIVED_AT, SHOP, as_json, body_of, facts_of, facts_of_file, topic_of

UNUSED = ("checkouts/delete", "inventory_items/update", "customer.joined_segment", "themes/update", "")


@pytest.mark.parametrize("path", BODIES, ids=lambda path: path.stem)
def test_a_recorded_body_gives_the_recorded_facts(path: Path) -> None:
    expected = json.loads(path.with_name(f"{path.stem}.events.json").read_bytes())
    assert facts_of_file(path) == expected


def test_every_topic_we_read_has_a_recorded_body() -> None:
    of_our_own = {topic for topic in TOPICS if topic.startswith("read/")}  # in the tests of reading
    assert set(TOPICS) - of_our_own == {topic_of(path) for path in BODIES}


@pytest.mark.parametrize("topic", sorted(TOPICS))
@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"7", b'"x"', b"\xff", b"{", b"NaN", b"[" * 100_000])
def test_what_is_no_json_object_is_unparseable(topic: str, body: bytes) -> None:
    with pytest.raises(Unparseable):
        facts_of(topic, body)


@pytest.mark.parametrize("topic", UNUSED)
def test_topics_we_do_not_use_give_nothing_whatever_their_body(topic: str) -> None:
    assert facts_of(topic, b"\xff") == []


ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(
        [
            "",
            "2024-01-12T02:35:33-05:00",
            "0001-01-01T00:00:00+14:00",
            "1e999999",
            "-1",
            "EUR",
            "\ud800",
            "12.50",
        ]
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
KEYS = sorted({key for path in BODIES for key in json.loads(path.read_bytes())})


@settings(max_examples=300, deadline=None)
@given(topic=st.sampled_from(sorted(TOPICS)), value=ODD)
def test_any_json_gives_facts_or_is_unparseable(topic: str, value: object) -> None:
    with contextlib.suppress(Unparseable):
        assert isinstance(facts_of(topic, json.dumps(value).encode()), list)


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), path=st.sampled_from(BODIES))
def test_a_body_with_any_field_replaced_gives_storable_facts_or_is_unparseable(data: st.DataObject, path: Path) -> None:
    body = json.loads(path.read_bytes())
    _replace_some(data, body)
    try:
        facts = facts_of(topic_of(path), json.dumps(body).encode())
    except Unparseable:
        return
    json.dumps(as_json(facts), ensure_ascii=False).encode()  # lone surrogates would not pass
    for fact in facts:
        moment = next(
            getattr(fact, name) for name in ("version_at", "occurred_at", "changed_at") if hasattr(fact, name)
        )
        assert moment == whole_ms(moment) <= RECEIVED_AT
        assert to_text(moment)


def _replace_some(data: st.DataObject, holder: Any) -> None:
    """Puts an odd value in one place of the body, at any depth."""
    while True:
        places = sorted(holder) if isinstance(holder, dict) else list(range(len(holder)))
        if not places:
            return
        place = data.draw(st.sampled_from(places))
        if isinstance(holder[place], dict | list) and holder[place] and data.draw(st.booleans()):
            holder = holder[place]
            continue
        holder[place] = data.draw(ODD)
        return


@settings(max_examples=100, deadline=None)
@given(minor=st.integers(0, 2**53), currency=st.sampled_from(["EUR", "VND", "KWD"]))
def test_an_amount_survives_as_text_and_as_number(minor: int, currency: str) -> None:
    digits = {"EUR": 2, "VND": 0, "KWD": 3}[currency]
    amount = f"{minor:0{digits + 1}d}"
    amount = f"{amount[:-digits]}.{amount[-digits:]}" if digits else amount
    for written in (f'"{amount}"', amount):
        stated = {"id": 1, "created_at": "2026-11-20T10:00:00Z", "currency": currency, "total_price": "?"}
        body = json.dumps(stated).replace('"?"', written)
        [order] = facts_of("orders/create", body.encode())
        assert isinstance(order, OrderSeen)
        assert (order.total_minor, order.currency) == (minor, currency)


@pytest.mark.parametrize(
    ("why", "topic", "change", "field"),
    [
        ("an order is found by its id", "orders/create", {"id": None, "admin_graphql_api_id": None}, "id"),
        ("an order has its place in time", "orders/create", {"created_at": None}, "created_at"),
        ("a time nobody can read", "orders/create", {"updated_at": "yesterday"}, "updated_at"),
        ("a time without its offset", "orders/create", {"created_at": "2026-11-20T10:00:00"}, "created_at"),
        ("cancelled, but when", "orders/create", {"cancelled_at": True}, "cancelled_at"),
        (
            "money nobody can read",
            "orders/create",
            {"total_price": "12,50", "total_price_set": {}},
            "total_price",
        ),
        ("no total at all", "orders/create", {"total_price": None, "total_price_set": None}, "total_price"),
        (
            "more than anything costs",
            "orders/create",
            {"total_price_set": [], "total_price": 1e30},
            "total_price",
        ),
        ("half a thing", "orders/create", {"line_items": [{"quantity": 1.5}]}, "quantity"),
        ("a cart is its token", "carts/update", {"id": "", "token": "?key=1"}, "token"),
        ("no lines is not an empty cart", "carts/update", {"line_items": None}, "line_items"),
        ("a checkout is its token", "checkouts/update", {"token": []}, "token"),
        ("completed, but when", "checkouts/update", {"completed_at": "soon"}, "completed_at"),
        ("a refund belongs to an order", "refunds/create", {"order_id": "abc"}, "order_id"),
    ],
)
def test_what_a_fact_cannot_do_without_is_named(why: str, topic: str, change: dict[str, Any], field: str) -> None:
    body = body_of(topic.replace("/", "__")) | change
    with pytest.raises(Unparseable) as caught:
        facts_of(topic, body)
    assert field in caught.value.detail


def test_times_in_the_future_are_cut_to_the_arrival() -> None:
    body = body_of("orders__create") | {"updated_at": "2031-01-01T00:00:00Z"}
    [order, *_] = facts_of("orders/create", body)
    assert isinstance(order, OrderSeen)
    assert order.version_at == RECEIVED_AT


@pytest.mark.parametrize("header", [{"triggered_at": "2099-01-01T00:00:00Z"}, {"triggered_at": "now"}])
def test_a_body_without_a_version_is_as_of_its_arrival_when_the_header_does_not_help(
    header: dict[str, Any],
) -> None:
    body = {key: value for key, value in body_of("customers__create").items() if key != "updated_at"}
    [customer, *_] = facts_of("customers/update", body, **header)
    assert isinstance(customer, CustomerSeen)
    assert customer.version_at == RECEIVED_AT


def test_two_versions_of_one_second_are_two_events_and_one_delivered_twice_is_one() -> None:
    body = body_of("checkouts__update")

    def event_id(**change: Any) -> str:
        [checkout, *_] = facts_of("checkouts/update", body | change)
        assert isinstance(checkout, CheckoutSeen)
        return checkout.event_id

    assert event_id() == event_id()
    assert event_id() != event_id(email="other@example.com")


@pytest.mark.parametrize(
    ("why", "attributes", "expected"),
    [
        ("as webhooks list it", [{"name": "tajo_id", "value": "visitor-1"}], "visitor-1"),
        ("as an object", {"tajo_id": "visitor-1"}, "visitor-1"),
        ("too short to be ours", {"tajo_id": "abc"}, ""),
        ("somebody's markup", {"tajo_id": "<b>visitor</b>"}, ""),
        ("a trailing newline", {"tajo_id": "visitor-1\n"}, ""),
        ("not text", [{"name": "tajo_id", "value": 12345678}], ""),
        ("nothing", None, ""),
    ],
)
def test_the_visitor_is_read_from_the_cart_attribute(why: str, attributes: object, expected: str) -> None:
    body = {"token": "c1", "line_items": [], "note_attributes": attributes}
    [cart] = facts_of("carts/update", body)
    assert isinstance(cart, CartSeen)
    assert cart.visitor_id == expected


def test_a_cart_in_an_unknown_currency_has_no_prices() -> None:
    body = {"token": "c1", "line_items": [{"product_id": 1, "quantity": 2, "price": "1000"}]}
    [cart] = facts_of("carts/update", body, shop=dataclasses.replace(SHOP, currency=""))
    assert isinstance(cart, CartSeen)
    assert (cart.currency, cart.total_minor, cart.items[0].unit_price_minor) == ("", None, None)


def test_a_body_without_tags_is_not_a_body_with_none() -> None:
    def tags(**change: Any) -> object:
        [customer, *_] = facts_of("customers/update", {"id": 1, **change})
        assert isinstance(customer, CustomerSeen)
        return customer.tags

    assert (tags(), tags(tags=None), tags(tags=""), tags(tags=["a", "a", " b "])) == (
        None,
        None,
        (),
        ("a", "b"),
    )
