"""What somebody bought: counted by what became of each order, added up in one currency or not at all."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.domain.events import OrderState
from collector.domain.spending import Bought, Spending, as_recorded, spending, together

from .facts import at


def bought(minor: int = 1000, minutes: int = 0, **more: Any) -> Bought:
    plain: dict[str, Any] = {
        "state": OrderState.PAID,
        "ordered_at": at(minutes),
        "currency": "EUR",
        "base_currency": "EUR",
        "base_total_minor": minor if more.get("currency", "EUR") == "EUR" else None,
    }
    return Bought(**plain | {"total_minor": minor} | more)


@pytest.mark.parametrize(
    ("why", "orders", "count", "paid", "total"),
    [
        ("nothing", [], 0, 0, 0),
        ("two paid ones", [bought(1000), bought(250)], 2, 2, 1250),
        ("to be paid later counts and is no money yet", [bought(state=OrderState.PROMISED)], 1, 0, 0),
        ("cancelled counts for nothing", [bought(state=OrderState.CANCELLED), bought(5)], 1, 1, 5),
        ("nor do drafts and failures", [bought(state=OrderState.NONE), bought(state=OrderState.FAILED)], 0, 0, 0),
        ("given back whole", [bought(state=OrderState.REFUNDED)], 1, 1, 0),
        ("given back in part", [bought(1000, refunds=((300, "EUR"),))], 1, 1, 700),
        ("more given back than paid", [bought(1000, refunds=((1300, "EUR"),))], 1, 1, 0),
        ("for nothing", [bought(0)], 1, 1, 0),
        (
            "the shopper's money is reckoned at the order's own rate",
            [bought(2000, currency="CHF", base_total_minor=1900)],
            1,
            1,
            1900,
        ),
        (
            "so is what was given back in it",
            [bought(2000, currency="CHF", base_total_minor=1900, refunds=((1000, "CHF"),))],
            1,
            1,
            950,
        ),
        ("another currency without a rate", [bought(1000), bought(1000, currency="JPY")], 2, 2, None),
        ("alone in another currency", [bought(1000, currency="JPY")], 1, 1, None),
        ("given back in a third currency", [bought(1000, refunds=((5, "USD"),))], 1, 1, None),
    ],
)
def test_orders_count(why: str, orders: list[Bought], count: int, paid: int, total: int | None) -> None:
    found = spending(orders)
    assert (found.orders, found.paid_orders, found.total("EUR")) == (count, paid, total), why


def test_the_last_order_is_the_newest_that_counts() -> None:
    orders = [bought(minutes=5), bought(minutes=9), bought(minutes=60, state=OrderState.CANCELLED)]
    assert spending(orders).last_order_at == at(9)
    assert spending([]).last_order_at is None


@pytest.mark.parametrize(
    ("why", "record", "expected"),
    [
        ("the record says nothing", (None, None, "EUR"), (1, 1000)),
        ("it knows of older orders", (5, 9000, "EUR"), (5, 9000)),
        ("it knows of fewer: the newest is not in it yet", (0, 0, "EUR"), (1, 1000)),
        ("it knows of as many: ours knows what was given back", (1, 1500, "EUR"), (1, 1000)),
        ("it counts and does not add up", (5, None, "EUR"), (5, None)),
    ],
)
def test_the_platforms_own_count_wins_where_it_knows_of_more(
    why: str, record: tuple[int | None, int | None, str], expected: tuple[int, int | None]
) -> None:
    found = as_recorded(spending([bought(1000)]), *record)
    assert (found.orders, found.total("EUR")) == expected, why
    assert found.last_order_at == at(0)


@pytest.mark.parametrize(
    ("why", "own", "orders", "recorded_at", "expected"),
    [
        ("only the platform knows of any", [], 5, at(-90), at(-90)),
        ("we know of a later one", [bought(minutes=0)], 5, at(-90), at(0)),
        ("the platform knows of a later one", [bought(minutes=0)], 5, at(9), at(9)),
        ("its record does not say when", [bought(minutes=0)], 5, None, at(0)),
        ("nobody knows when", [], 5, None, None),
        ("we know of all: its last one was cancelled", [bought(minutes=0)], 1, at(9), at(0)),
        ("it does not count", [bought(minutes=0)], None, at(9), at(0)),
    ],
)
def test_the_last_order_is_the_later_of_ours_and_the_platforms(
    why: str, own: list[Bought], orders: int | None, recorded_at: datetime | None, expected: datetime | None
) -> None:
    assert as_recorded(spending(own), orders, 5000, "EUR", recorded_at).last_order_at == expected, why


def test_two_shops_are_added_up_in_one_currency_or_not_at_all() -> None:
    one, other = spending([bought(1000, 5)]), spending([bought(500, 9), bought(1, state=OrderState.PROMISED)])
    both = together([one, other])
    assert (both.orders, both.paid_orders, both.total("EUR"), both.last_order_at) == (3, 2, 1500, at(9))
    foreign = spending([bought(500, currency="USD", base_currency="USD", base_total_minor=500)])
    assert together([one, foreign]).total("EUR") is None
    assert together([one, foreign]).orders == 2


orders = st.lists(
    st.builds(
        bought,
        minor=st.integers(0, 10**6),
        minutes=st.integers(0, 50),
        state=st.sampled_from(OrderState),
        currency=st.sampled_from(["EUR", "JPY"]),
        refunds=st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(["EUR", "JPY"])), max_size=2).map(tuple),
    ),
    max_size=5,
)


@settings(max_examples=50, deadline=None)
@given(first=orders, second=orders)
def test_two_halves_are_the_whole(first: list[Bought], second: list[Bought]) -> None:
    whole, halves = spending(first + second), together([spending(first), spending(second)])
    assert (whole.orders, whole.paid_orders, whole.last_order_at) == (
        halves.orders,
        halves.paid_orders,
        halves.last_order_at,
    )
    assert whole.total("EUR") == halves.total("EUR")


def test_nothing_bought_is_no_sum_in_an_unknown_currency() -> None:
    assert Spending().total("") is None
