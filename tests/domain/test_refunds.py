"""When an order was given back whole."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from collector.domain.events import OrderKind, OrderSeen, OrderState
from collector.domain.refunds import TakenOff, is_whole, lowering

from .facts import at

TWENTY = OrderSeen("7", at(10), at(0), OrderState.PAID, OrderKind.STOREFRONT, "paid", "USD", 2200, (), "", "EUR", 2000)
REFUNDED = {"state": OrderState.REFUNDED, "status": "refunded"}


@pytest.mark.parametrize(
    ("why", "change", "given_back", "minutes", "is_newest", "expected"),
    [
        ("all of it", {}, [(2200, "USD")], 10, True, True),
        ("in the shop's own currency", {}, [(2000, "EUR")], 10, True, True),
        ("a part of it", {}, [(2199, "USD")], 10, True, False),
        ("the parts make all of it", {}, [(2000, "USD"), (200, "USD")], 10, True, True),
        ("parts in two currencies are not added", {}, [(2000, "USD"), (200, "EUR")], 10, True, False),
        ("in a currency nobody bought in", {}, [(9000, "JPY")], 10, True, False),
        ("the platform says all, whatever the sum", REFUNDED, [(100, "USD")], 10, True, True),
        ("which is said of the newest", REFUNDED, [(100, "USD")], 10, False, False),
        ("an earlier one may have been all of it", REFUNDED, [(2200, "USD")], 10, False, True),
        ("it says all of a cancelled one", {"state": OrderState.CANCELLED, "status": "refunded"}, [], 10, True, True),
        (
            "it says a part: more was only taken back",
            {"status": "partially_refunded"},
            [(2200, "USD")],
            10,
            True,
            False,
        ),
        ("it said so before", {"status": "partially_refunded"}, [(2200, "USD")], 11, True, True),
        ("for nothing, nothing is all", {"total_minor": 0}, [(0, "USD")], 10, True, False),
    ],
)
def test_whole(
    why: str, change: dict[str, Any], given_back: list[tuple[int, str]], minutes: int, is_newest: bool, expected: bool
) -> None:
    assert is_whole(replace(TWENTY, **change), given_back, at(minutes), is_newest=is_newest) is expected, why


def edit(minor: int, currency: str = "EUR") -> TakenOff:
    return TakenOff(minor, currency, has_moved=False)


def bare(minor: int, currency: str = "EUR") -> TakenOff:
    return TakenOff(minor, currency, is_bare=True)


@pytest.mark.parametrize(
    ("why", "refunds", "lowered"),
    [
        ("nothing", [], []),
        ("lines and their money", [TakenOff(500, "EUR")], [500]),
        ("an edit", [edit(500)], [500]),
        ("money alone", [bare(500)], [500]),
        ("an edit, and its money later", [edit(500), bare(500)], [500, 0]),
        ("in two parts", [edit(500), bare(200), bare(300)], [500, 0, 0]),
        ("more than is owed", [edit(500), bare(700)], [500, 200]),
        ("what is owed is paid once", [edit(500), bare(500), bare(100)], [500, 0, 100]),
        ("two edits paid at once", [edit(500), edit(300), bare(800)], [500, 300, 0]),
        ("money for other lines pays nothing of it", [edit(500), TakenOff(200, "EUR")], [500, 200]),
        ("what was given before was for something else", [bare(500), edit(500)], [500, 500]),
        ("in another currency", [edit(500), bare(500, "USD")], [500, 500]),
    ],
)
def test_what_refunds_take_off(why: str, refunds: list[TakenOff], lowered: list[int]) -> None:
    assert [amount for amount, _ in lowering(refunds)] == lowered, why
