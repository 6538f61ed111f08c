"""An order in the bin is gone, however that is learnt: by its own body (orders that are posts) or by asking."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from collector.domain.door import NewRow
from tests.pipeline.row_builders import ANA, beacon, cart, typed, webhook, woo_order
from tests.pipeline.telling_bench import MUG, TellingBench, telling_bench

ANAS = "ana@shop.example"
FILLS = beacon(-20, ANA, typed(-20, ANAS, opt_in=True), cart(-20, MUG))
PLACED = ["ana order_placed", "ana order_completed"]
BANK: dict[str, Any] = {"payment_method": "bacs"}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TellingBench]:
    with telling_bench(tmp_path_factory.mktemp("bin")) as found:
        yield found


def woo(minutes: float, status: str, topic: str = "", **changes: Any) -> NewRow:
    row = woo_order(minutes, status, MUG, meta={"_tajo_id": ANA}, delivery=f"{status} {minutes}", **changes)
    return replace(row, topic=topic or row.topic)


def in_the_bin(minutes: float, how: str) -> NewRow:
    if how == "its body":
        return woo(minutes, "trash")
    return webhook(minutes, "read/gone", {"kind": "order", "id": "7"})


def orders_told(bench: TellingBench) -> list[str]:
    return [one for one in bench.events("any") if " order_" in one]


def counted(bench: TellingBench) -> int:
    with bench.state.read() as tx:
        return len(tx.orders.bought(bench.shop.id, ANAS, ""))


@pytest.mark.parametrize("how", ["its body", "asked for"])
@pytest.mark.parametrize(
    ("why", "before", "heard"),
    [
        ("old orders are tidied up", [woo(0, "processing"), woo(10, "completed")], [*PLACED, "ana order_fulfilled"]),
        ("staff throw away a paid one", [woo(0, "processing")], PLACED),
        ("or one that was promised", [woo(0, "on-hold", **BANK)], PLACED),
        (
            "it was refunded",
            [woo(0, "processing", refunds=[{"id": 9, "total": "-2.00"}])],
            [*PLACED, "ana order_refunded"],
        ),
        ("its payment ran", [woo(0, "pending")], []),
    ],
)
def test_nobody_hears_of_it_and_it_counts_no_more_until_it_comes_back(
    files: TellingBench, why: str, before: list[NewRow], heard: list[str], how: str
) -> None:
    files.begin()
    files.happen(FILLS, *before)
    known = [one for one in orders_told(files) if "updated" not in one]
    assert known == heard, why
    files.deliver()
    files.happen(in_the_bin(600, how))
    was_placed = "ana order_placed" in heard
    assert files.told() == (["ana contact ordered"] if was_placed else []), "the sums of the buyer alone"
    assert counted(files) == 0
    assert files.files.told_carts() == [f"v:{ANA} 1 ordered{' @payment' * (not was_placed)} (7)"]
    files.pass_until(700)
    assert files.sent("cart_abandoned") == []
    files.deliver()
    back = json.loads(before[-1].body)["status"]
    files.happen(woo(900, back, "order.restored", **BANK))
    assert counted(files) == 1
    assert [one for one in orders_told(files) if "updated" not in one] == heard
    assert ("ana contact ordered +all_customers +buyers" in files.told()) == was_placed


def test_it_comes_back_by_reading_alone(files: TellingBench) -> None:
    """The webhook was lost."""
    files.begin()
    files.happen(woo(0, "processing"), woo(60, "trash"), woo(90, "processing", "read/orders"))
    assert counted(files) == 1


@pytest.mark.parametrize(
    ("why", "rows", "state", "is_gone"),
    [
        ("as it was before", [woo(0, "processing"), woo(60, "completed"), woo(90, "trash")], "paid", True),
        ("cancelled before", [woo(0, "processing"), woo(60, "cancelled", **BANK), woo(90, "trash")], "cancelled", True),
        ("nothing else is known", [woo(90, "trash")], "cancelled", True),
        ("back", [woo(0, "processing"), woo(60, "trash"), woo(90, "processing", "order.restored")], "paid", False),
        ("twice", [woo(60, "trash"), woo(70, "on-hold", "order.restored"), woo(90, "trash")], "promised", True),
        (
            "its refunds went along",
            [woo(0, "processing", refunds=[{"id": 9, "total": "-2.00"}]), woo(60, "trash")],
            "paid",
            True,
        ),
    ],
)
def test_what_is_known_of_it_in_whatever_order_it_came(
    files: TellingBench, why: str, rows: list[NewRow], state: str, is_gone: bool
) -> None:
    for arrival in permutations(rows):
        files.begin()
        files.happen(*arrival)
        with files.state.read() as tx:
            order = tx.orders.find(files.shop.id, "7")
            refunds = tx.telling.refunds(files.shop.id, "7")
        assert order is not None
        assert (order.content.state.value, order.is_deleted) == (state, is_gone), why
        assert len(refunds) == rows[0].body.count(b'"id": 9')
        assert not any("cancelled" in one for one in orders_told(files)) or "cancelled" in why
