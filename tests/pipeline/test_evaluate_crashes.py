"""A process that dies between any two transactions, or in the middle of one, ends with the same messages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from collector.domain.door import NewRow
from collector.storage.sqlite.state import SqliteState
from tests.pipeline.row_builders import ANA, BO, at, beacon, cart, event, typed, woo_order
from tests.pipeline.telling_bench import (
    MUG,
    POT,
    TEA,
    Crash,
    DyingState,
    TellingBench,
    telling_bench,
    under,
)

HERS: dict[str, Any] = {"meta": {"_tajo_id": ANA}}
SHOP = under(cart_later=(timedelta(hours=2),), cap_messages=5)
# What arrives and when it is looked at: minutes, then the rows folded before.
DAY: list[tuple[float, list[NewRow]]] = [
    (-20, [beacon(-20, ANA, cart(-20, MUG, POT)), beacon(-20, BO, cart(-20, TEA, number="bo"))]),
    (-10, [beacon(-10, ANA, typed(-10, "ana@shop.example", opt_in=True))]),
    (-5, [beacon(-5, BO, typed(-5, "bo@shop.example", opt_in=True), event(-5, "page_viewed"))]),
    (30, []),
    (60, [replace(woo_order(0, "processing", MUG, POT, **HERS), received_at=at(60))]),
    (130, []),
]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TellingBench]:
    with telling_bench(tmp_path_factory.mktemp("crashes")) as found:
        yield found


def live_through(bench: TellingBench, dies_at: int = 0, *, before_keeping: bool = False) -> bool:
    """A day at the shop. Whether the process died on the way; another one went on where it stopped."""
    bench.begin(SHOP)
    alive = SqliteState(bench.files.connection)
    bench.state = DyingState(alive, dies_at, before_keeping=before_keeping)
    died = False
    for minutes, rows in DAY:
        bench.arrive(*rows)
        for _ in range(2):
            try:
                bench.fold(at(minutes), limit=1)
                bench.pass_until(minutes)
                break
            except Crash:
                died, bench.state = True, alive
    return died


@pytest.mark.parametrize("before_keeping", [True, False])
def test_dying_anywhere_ends_the_same(bench: TellingBench, before_keeping: bool) -> None:
    assert not live_through(bench)
    expected = bench.everything()
    assert bench.decided() == ["cart remind due", "cart remind due", "cart remind due"]
    transaction = 1
    while live_through(bench, transaction, before_keeping=before_keeping):
        assert bench.everything() == expected, f"died at transaction {transaction}"
        transaction += 1
    assert transaction > 20


def test_folding_in_any_batches_tells_the_same_events(bench: TellingBench) -> None:
    told = []
    for limit in (1, 2, 200):
        bench.begin(SHOP)
        for minutes, rows in DAY:
            bench.arrive(*rows)
            bench.fold(at(minutes), limit=limit)
            bench.pass_until(minutes)
        told.append(sorted(bench.events("any")))
    assert told[0] == told[1] == told[2]
