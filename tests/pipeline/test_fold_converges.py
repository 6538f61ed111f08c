"""Whatever arrives twice, late or in any order ends in the same state."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from collector.domain.events import Fact
from collector.domain.shop import Policy, Shop
from collector.pipeline.folding import Folding
from collector.storage.sqlite.connection import open_state, write
from collector.storage.sqlite.state import SqliteState
from tests.pipeline.histories import START, histories
from tests.pipeline.state_dump import dump

RECEIVED = START + timedelta(days=1)
SHOP = Shop(1, "woocommerce", "shop.example", "https://shop.example", "site", policy=Policy())


Batch = list[tuple[int, Fact]]
TABLES = [
    *("events", "carts", "cart_keys", "sessions", "visitors", "identity_links", "person_nodes", "people", "checkouts"),
    *("customers", "customer_tags", "orders", "order_nodes", "order_refunds", "tombstones", "consent_ledger"),
]


@pytest.fixture(scope="module")
def state_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    connection = open_state(tmp_path_factory.mktemp("state") / "tajo.db", may_create=True)
    connection.execute(
        "insert into shops (id, platform, address, url, site_key, secrets, sending, is_enabled, origin, installed_at)"
        " values (1, 'woocommerce', 'shop.example', 'https://shop.example', 'site', '', 'observe', 1, 'file', '')"
    )
    connection.execute("pragma synchronous = off")  # nothing here has to survive
    yield connection
    connection.close()


def fold(
    connection: sqlite3.Connection, batches: Iterable[Sequence[tuple[int, Fact]]]
) -> dict[str, list[dict[str, Any]]]:
    """The state after these batches, from nothing; a fact's number fixes when it arrived."""
    with write(connection):
        connection.execute("pragma defer_foreign_keys = on")
        for table in TABLES:
            connection.execute(f"delete from {table}")
        connection.execute("update shops set uninstalled_at = null")
    state = SqliteState(connection)
    for batch in batches:
        with state.write() as tx:
            folding = Folding(tx, SHOP, lambda user_agent: "desktop")
            for number, fact in batch:
                folding.apply(fact, RECEIVED + timedelta(seconds=number))
            folding.finish()
    return dump(connection)


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Fact], list[Batch]]:
    """A history, and the same history shuffled, with repetitions, cut into batches."""
    history = draw(histories)
    numbered = list(enumerate(history))
    again = draw(st.lists(st.sampled_from(numbered), max_size=8)) if numbered else []
    shuffled = draw(st.permutations(numbered + again))
    size = draw(st.integers(1, 6))
    return history, [list(shuffled[at : at + size]) for at in range(0, len(shuffled), size)]


SOME = settings(deadline=None, suppress_health_check=list(HealthCheck))


def assert_converges(state_file: sqlite3.Connection, delivered: tuple[list[Fact], list[Batch]]) -> None:
    history, batches = delivered
    in_order = fold(state_file, [list(enumerate(history))])
    assert fold(state_file, batches) == in_order


@given(deliveries())
@settings(SOME, max_examples=300)
def test_any_order_repetition_and_batching_ends_in_the_same_state(
    state_file: sqlite3.Connection, delivered: tuple[list[Fact], list[Batch]]
) -> None:
    assert_converges(state_file, delivered)


@pytest.mark.long
def test_five_thousand_histories_converge(state_file: sqlite3.Connection) -> None:
    """Or as many as TAJO_TEST_MINUTES allow."""
    end = time.monotonic() + 60 * float(os.environ.get("TAJO_TEST_MINUTES", "10"))
    for start in range(0, 5000, 250):
        if time.monotonic() > end:
            break

        @seed(start)
        @given(deliveries())
        @settings(SOME, max_examples=250, database=None)
        def converges(delivered: tuple[list[Fact], list[Batch]]) -> None:
            assert_converges(state_file, delivered)

        converges()
