"""Whatever a signed body holds: facts or Unparseable, and the same ones every time."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.domain.errors import Unparseable

from .standins import order, parse, recorded

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    | st.sampled_from(["1", "0", "2026-11-21T16:50:59", "9999-12-31T23:59:59", "1e30", "-5.00", "EUR"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=3),
    max_leaves=6,
)


def try_parse(topic: str, body: object) -> object:
    try:
        return parse(topic, body)
    except Unparseable as failed:
        return (failed.reason, failed.detail)


@given(changes=st.dictionaries(st.sampled_from(sorted(order())), VALUES, max_size=5))
def test_any_order_gives_facts_or_is_unparseable(changes: dict[str, Any]) -> None:
    body = order(**changes)
    assert try_parse("order.updated", body) == try_parse("order.updated", body)


@given(changes=st.dictionaries(st.sampled_from(sorted(order()["line_items"][0])), VALUES, max_size=4))
def test_any_line_gives_an_item_or_none(changes: dict[str, Any]) -> None:
    line = order()["line_items"][0] | changes
    for fact in parse("order.updated", order(line_items=[line])):
        assert all(item.quantity >= 1 for item in getattr(fact, "items", None) or ())


@given(changes=st.dictionaries(st.sampled_from(sorted(recorded("customer.created.1"))), VALUES, max_size=4))
def test_any_customer_gives_facts_or_is_unparseable(changes: dict[str, Any]) -> None:
    body = recorded("customer.created.1") | changes
    assert try_parse("customer.updated", body) == try_parse("customer.updated", body)


@given(body=st.binary(max_size=40))
def test_any_bytes_are_facts_or_unparseable(body: bytes) -> None:
    try_parse("order.created", body)


@pytest.mark.parametrize(
    ("why", "body"),
    [
        ("deep enough to exhaust the stack", b"[" * 100_000),
        ("a deep id", b'{"id":' + b"[" * 400 + b"]" * 400 + b"}"),
        ("an endless number", b'{"id":' + b"9" * 5_000 + b"}"),
        ("a very long number", b'{"id":' + b"9" * 4_000 + b"}"),
        ("a number with a huge exponent", b'{"id":1e999999999}'),
        ("a tiny number", b'{"id":1e-999999999}'),
        ("half a surrogate pair", b'{"id":"\\ud800"}'),
        ("a list", json.dumps([order()]).encode()),
    ],
)
def test_hostile_bodies_are_unparseable(why: str, body: bytes) -> None:
    for topic in ("order.created", "customer.deleted"):
        with pytest.raises(Unparseable):
            parse(topic, body)
