"""Items, pages and products as JSON, and what a stored event says about its cart."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.domain.cart_events import event_facts
from collector.domain.carts import CartFact, Snapshot, Stage, Step
from collector.domain.checkouts import content_hash
from collector.domain.events import CheckoutSeen, EventType, Item, Page, Product
from collector.domain.fingerprints import plain
from collector.domain.items import items_from_json, items_to_json, line_properties, page_to_json, product_to_json

from .facts import at, goods

items = st.lists(
    st.builds(
        Item,
        st.text(max_size=5),
        st.integers(0, 99),
        variant_id=st.text(max_size=5),
        sku=st.text(max_size=5),
        name=st.text(max_size=5),
        unit_price_minor=st.none() | st.integers(0, 9999),
        line_total_minor=st.none() | st.integers(0, 9999),
        categories=st.lists(st.text(max_size=3), max_size=2).map(tuple),
        properties=st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3)), max_size=2).map(tuple),
    ),
    max_size=3,
).map(tuple)


@given(items)
def test_items_come_back_from_json_as_they_went(some: tuple[Item, ...]) -> None:
    assert items_from_json(json.loads(json.dumps(items_to_json(some)))) == some


def test_what_is_empty_is_left_out() -> None:
    assert items_to_json(goods("mug")) == [{"product_id": "mug", "quantity": 1}]
    assert page_to_json(Page(url="https://shop.example/")) == {"url": "https://shop.example/"}
    assert product_to_json(Product("13", price_minor=0)) == {"id": "13", "price_minor": 0}


LINES = [{"product_id": "mug", "quantity": 1}]


@pytest.mark.parametrize(
    ("why", "type_", "detail", "expected"),
    [
        (
            "content",
            EventType.CART_UPDATED,
            {"items": LINES, "currency": "EUR", "total_minor": 100},
            [Snapshot(at(0), "e", goods("mug"), "EUR", 100)],
        ),
        ("an emptied cart", EventType.CART_UPDATED, {"items": []}, [Snapshot(at(0), "e", ())]),
        (
            "a checkout that does not say what is in it",
            EventType.CHECKOUT_STARTED,
            {"checkout_token": "c1"},
            [Step(at(0), "e", Stage.CHECKOUT, "c1")],
        ),
        (
            "a checkout with content",
            EventType.CHECKOUT_STARTED,
            {"items": LINES},
            [Snapshot(at(0), "e", goods("mug")), Step(at(0), "e", Stage.CHECKOUT)],
        ),
        (
            "a running payment",
            EventType.CHECKOUT_STARTED,
            {"payment_running": True, "order_id": "7"},
            [Step(at(0), "e", Stage.PAYMENT, order_id="7")],
        ),
        ("a look says nothing", EventType.PAGE_VIEWED, {"page": {"url": "https://shop.example/"}}, []),
    ],
)
def test_what_an_event_says_about_its_cart(
    why: str, type_: EventType, detail: dict[str, Any], expected: list[CartFact]
) -> None:
    assert event_facts(type_, "e", at(0), detail) == expected, why


@pytest.mark.parametrize(
    ("why", "changes", "same"),
    [
        ("the version is not content", {"occurred_at": at(9), "event_id": "other"}, True),
        ("the items are", {"items": goods("pot")}, False),
        ("the contact is", {"email": "ana@shop.example"}, False),
        ("the browser it belongs to is", {"visitor_id": "visitor-0001"}, False),
        ("the cart it belongs to is", {"cart_token": "t1"}, False),
        ("the total is", {"total_minor": 5}, False),
    ],
)
def test_what_makes_two_reports_of_a_checkout_differ(why: str, changes: dict[str, Any], same: bool) -> None:
    plain: dict[str, Any] = {"event_id": "e", "occurred_at": at(0), "checkout_token": "c1", "items": goods("mug")}
    assert (content_hash(CheckoutSeen(**plain)) == content_hash(CheckoutSeen(**plain | changes))) is same, why


@pytest.mark.parametrize(
    ("why", "stated", "expected"),
    [
        (
            "an object",
            {"Engraving": " For Ana\0 ", "Gift": True, "Size": 42},
            [("Engraving", "For Ana"), ("Gift", "true"), ("Size", "42")],
        ),
        ("a list", [{"name": "Engraving", "value": "Ana"}], [("Engraving", "Ana")]),
        ("the shop's own", {"_bundle": "7", "Engraving": "Ana"}, [("Engraving", "Ana")]),
        ("nothing in it", {"Engraving": "", "": "Ana", "Gift": None}, []),
        ("what nobody reads aloud", {"Engraving": {"a": 1}, "More": ["x"]}, []),
        ("a list of something else", ["Engraving", 7, None], []),
        ("no object", "Engraving", []),
        ("none", None, []),
        ("too many", {f"n{number}": "x" for number in range(99)}, [(f"n{number}", "x") for number in range(20)]),
        ("too long", {"n" * 999: "x" * 999}, [("n" * 100, "x" * 500)]),
    ],
)
def test_what_a_shopper_chose_for_a_line(why: str, stated: object, expected: list[tuple[str, str]]) -> None:
    assert list(line_properties(stated)) == expected, why


def test_what_a_field_that_came_later_leaves_empty_hashes_as_before() -> None:
    mug = goods("11")[0]
    assert "properties" not in plain(mug)
    assert plain(replace(mug, properties=(("Engraving", "Ana"),)))["properties"] == (("Engraving", "Ana"),)
