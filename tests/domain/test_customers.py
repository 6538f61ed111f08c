"""Customers merge from versions in any order; tags from lists and changes."""

from __future__ import annotations

from functools import reduce
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.domain.customers import Customer, CustomerChange, Tags, change, content_hash, merge
from collector.domain.events import EventType
from collector.domain.timestamps import EPOCH

from .facts import a_customer, at, seen_customer

CREATED, UPDATED = EventType.CUSTOMER_CREATED, EventType.CUSTOMER_UPDATED


def test_the_newest_version_gives_the_content_whenever_it_came() -> None:
    old, new = seen_customer(0, first_name="Ana"), seen_customer(5, first_name="Anna")
    for merged in (merge(old, new), merge(new, old)):
        assert merged.content.first_name == "Anna"
        assert merged.first_version_at == at(0)


def test_counters_are_those_of_the_newest_version_that_has_them() -> None:
    counted = seen_customer(0, orders_count=3, total_spent_minor=900)
    silent = seen_customer(5)
    assert merge(counted, silent).orders_count == 3
    assert merge(silent, counted).counted_at == at(0)
    assert merge(counted, seen_customer(6, orders_count=4)).orders_count == 4


def test_the_last_order_is_that_of_the_newest_version_that_says_it() -> None:
    saying, silent = seen_customer(0, last_order_at=at(-90)), seen_customer(5, orders_count=4)
    for merged in (merge(saying, silent), merge(silent, saying)):
        assert (merged.last_order_at, merged.last_order_known_at) == (at(-90), at(0))
        assert (merged.orders_count, merged.content.last_order_at) == (4, None)
    assert merge(saying, seen_customer(6, last_order_at=at(-95))).last_order_at == at(-95)


def test_another_last_order_is_more_that_is_known_of_a_customer() -> None:
    before, now = seen_customer(0), seen_customer(0, last_order_at=at(-90))
    assert change(before, merge(before, now), Tags(), Tags()) == CustomerChange(is_fuller=True)


def test_metafields_are_those_of_the_newest_version_that_carries_any() -> None:
    carrying, silent = seen_customer(0, extras={"custom.tier": "gold"}), seen_customer(5)
    for merged in (merge(carrying, silent), merge(silent, carrying)):
        assert (merged.extras, merged.extras_at) == ({"custom.tier": "gold"}, at(0))
        assert merged.content.extras is None
    assert merge(carrying, seen_customer(6, extras={})).extras == {}


def test_a_customer_was_created_when_the_earliest_says() -> None:
    assert merge(seen_customer(0, created_at=None), seen_customer(5, created_at=at(-3))).created_at == at(-3)
    assert merge(seen_customer(0, created_at=at(-9)), seen_customer(5, created_at=at(-3))).created_at == at(-9)


@pytest.mark.parametrize(
    ("why", "changes", "same"),
    [
        ("the topic is not content", {"type": CREATED}, True),
        ("nor the version", {"version_at": at(60)}, True),
        ("nor when the body was made", {"stated_at": at(60)}, True),
        ("nor tags and counters, which are kept apart", {"tags": ("vip",), "orders_count": 2}, True),
        ("nor the last order", {"last_order_at": at(-90)}, True),
        ("nor metafields", {"extras": {"custom.tier": "gold"}}, True),
        ("the name is", {"first_name": "Anna"}, False),
        ("the address is", {"email": "anna@shop.example"}, False),
        ("the role is", {"is_staff": True}, False),
    ],
)
def test_what_makes_two_versions_differ(why: str, changes: dict[str, Any], same: bool) -> None:
    assert (content_hash(a_customer()) == content_hash(a_customer(**changes))) is same, why


def made(minutes: float, name: str, **changes: Any) -> Customer:
    """By a body of the version of noon, made `minutes` later."""
    return seen_customer(0, first_name=name, stated_at=at(minutes), **changes)


@pytest.mark.parametrize(
    ("why", "bodies", "name", "tier"),
    [
        ("the body made later", [made(1, "Zoe"), made(2, "Ana")], "Ana", None),
        ("of three, one of them twice", [made(1, "Zoe"), made(2, "Max"), made(3, "Ana"), made(1, "Zoe")], "Ana", None),
        ("changed, and changed back", [made(1, "Zoe"), made(2, "Ana"), made(3, "Zoe")], "Zoe", None),
        ("one kept when nobody noted when", [seen_customer(0, first_name="Zoe"), made(1, "Ana")], "Ana", None),
        ("a newer version, made before", [made(9, "Zoe"), seen_customer(1, first_name="Ana")], "Ana", None),
        (
            "metafields, too",
            [made(1, "Ana", extras={"tier": "silver"}), made(2, "Ana", extras={"tier": "gold"}), made(3, "Ana")],
            "Ana",
            "gold",
        ),
    ],
)
def test_of_bodies_with_one_version_the_later_one_counts_in_whatever_order_they_come(
    why: str, bodies: list[Customer], name: str, tier: str | None
) -> None:
    for arrived in permutations(bodies):
        customer = reduce(merge, arrived)
        assert (customer.content.first_name, customer.extras.get("tier")) == (name, tier), (why, arrived)
        assert customer == reduce(merge, bodies)


sights = st.builds(
    seen_customer,
    minutes=st.integers(0, 3),
    type=st.sampled_from([CREATED, UPDATED]),
    first_name=st.sampled_from(["Ana", "Anna"]),
    created_at=st.none() | st.integers(-3, 0).map(at),
    tags=st.none() | st.just(("vip",)),
    extras=st.none() | st.sampled_from([{}, {"custom.tier": "gold"}, {"custom.tier": "silver"}]),
    stated_at=st.sampled_from([EPOCH, at(0), at(1), at(2)]),
    orders_count=st.none() | st.integers(0, 2),
    total_spent_minor=st.none() | st.integers(0, 2),
    last_order_at=st.none() | st.integers(-3, 0).map(at),
)


@given(sights, sights, sights)
def test_merging_customers_is_commutative_associative_and_idempotent(
    one: Customer, two: Customer, three: Customer
) -> None:
    assert merge(one, two) == merge(two, one)
    assert merge(merge(one, two), three) == merge(one, merge(two, three))
    assert merge(one, one) == one


@pytest.mark.parametrize(
    ("why", "tags", "expected"),
    [
        ("none", Tags(), set()),
        ("a list", Tags(at(0), frozenset({"vip"})), {"vip"}),
        ("added after the list", Tags(at(0), frozenset({"vip"}), (("new", at(1), True),)), {"vip", "new"}),
        ("removed after the list", Tags(at(0), frozenset({"vip"}), (("vip", at(1), False),)), set()),
        ("a change from before the list is in it already", Tags(at(2), frozenset(), (("new", at(1), True),)), set()),
        ("a change of the moment of the list, too", Tags(at(1), frozenset(), (("new", at(1), True),)), set()),
        ("changes without a list", Tags(None, frozenset(), (("new", at(1), True), ("old", at(1), False))), {"new"}),
    ],
)
def test_tags_are_the_newest_list_and_what_changed_since(why: str, tags: Tags, expected: set[str]) -> None:
    assert tags.present == expected, why
