"""An address typed without a basis stays until an order, an opt-in or 72 hours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from collector.domain.door import NewRow
from collector.pipeline.forgetting import forget_unconsented
from tests.pipeline.row_builders import ANA, at, beacon, cart, typed, woo_customer, woo_order
from tests.pipeline.telling_bench import MUG, TEA, TellingBench, telling_bench

ANAS = "ana@shop.example"
HOURS = 60
TYPES = beacon(-30, ANA, typed(-30, ANAS))
FILLS = beacon(-20, ANA, cart(-20, MUG))
HERS: dict[str, Any] = {"meta": {"_tajo_id": ANA}, "billing": {"email": ANAS}}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TellingBench]:
    with telling_bench(tmp_path_factory.mktemp("forgetting")) as found:
        yield found


@pytest.fixture
def bench(files: TellingBench) -> TellingBench:
    files.begin()
    return files


def mentions(bench: TellingBench) -> set[str]:
    """The tables of the state that name the address anywhere."""
    found = set()
    for table in ("identity_links", "person_nodes", "events", "checkouts", "customers", "orders", "consent_ledger"):
        rows = bench.files.connection.execute(f"select * from {table}").fetchall()
        if any(ANAS in str(value) for row in rows for value in row):
            found.add(table)
    return found


def test_nobody_spoke_for_it_so_it_is_gone_and_the_cart_stays(bench: TellingBench) -> None:
    bench.happen(TYPES, FILLS)
    assert mentions(bench) == {"identity_links", "person_nodes", "events"}
    (state, deadline), *_ = bench.files.connection.execute("select state, next_check_at from carts").fetchall()
    assert (state, deadline is not None) == ("open", True)
    assert forget_unconsented(bench.state, bench.shop, at(-31)) == 0, "its time is not up"
    assert forget_unconsented(bench.state, bench.shop, at(-30 + 1)) == 1
    assert mentions(bench) == set()
    assert bench.files.connection.execute("select state, next_check_at from carts").fetchall() == [("open", None)]
    assert forget_unconsented(bench.state, bench.shop, at(100 * HOURS)) == 0


@pytest.mark.parametrize(
    ("why", "then"),
    [
        ("an opt-in", beacon(-25, ANA, typed(-25, ANAS, opt_in=True))),
        ("an order", woo_order(0, "processing", TEA, **HERS)),
        ("a customer record", woo_customer(0)),
    ],
)
def test_what_speaks_for_an_address_keeps_it(bench: TellingBench, why: str, then: NewRow) -> None:
    bench.happen(TYPES, FILLS, then)
    assert forget_unconsented(bench.state, bench.shop, at(100 * HOURS)) == 0, why
    assert "identity_links" in mentions(bench)


def test_typed_again_it_counts_from_then(bench: TellingBench) -> None:
    bench.happen(TYPES, beacon(10, ANA, typed(10, ANAS)))
    assert forget_unconsented(bench.state, bench.shop, at(0)) == 0
    assert forget_unconsented(bench.state, bench.shop, at(11)) == 1
