"""Messages leave for an account once its opt-outs were read, and wait for nothing that never comes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.bootstrap.tending import NOT_EVEN_TRIED_S, FirstReading
from collector.destinations.brevo.client import BrevoAccount
from collector.pipeline.opt_outs import Reading
from collector.storage.sqlite.connection import open_state
from collector.storage.sqlite.jobs import Jobs

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ACCOUNTS = {"brevo": BrevoAccount("brevo", "key")}
WHOLE = Reading(NOON, NOON, is_whole=True).to_json()
BEGUN = Reading(NOON, NOON, offset=1000, count=5000).to_json()
REFUSED = Reading(NOON, NOON, trouble="not_permitted", failures=1).to_json()


@dataclass
class Stopwatch:
    s: float = 0.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def state(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_state(tmp_path / "tajo.db", may_create=True)) as connection:
        yield connection


@pytest.mark.parametrize(
    ("why", "block_list", "contacts", "is_open"),
    [
        ("nothing was read", None, None, False),
        ("one of two", WHOLE, None, False),
        ("both", WHOLE, WHOLE, True),
        ("a long list is being read", BEGUN, WHOLE, False),
        ("the key may not read it", REFUSED, WHOLE, True),
    ],
)
def test_an_account_opens_when_both_lists_were_read(
    state: sqlite3.Connection, why: str, block_list: dict[str, object], contacts: dict[str, object], is_open: bool
) -> None:
    jobs = Jobs(state)
    for kind, progress in (("block_list", block_list), ("contacts", contacts)):
        if progress is not None:
            jobs.keep(f"{kind}:brevo", NOON, progress, NOON, "")
    first = FirstReading(jobs, ACCOUNTS, Stopwatch())
    assert first.of(["brevo"], NOON) == (["brevo"] if is_open else []), why


def test_an_account_that_is_open_stays_open(state: sqlite3.Connection) -> None:
    jobs = Jobs(state)
    for kind in ("block_list", "contacts"):
        jobs.keep(f"{kind}:brevo", NOON, WHOLE, NOON, "")
    first = FirstReading(jobs, ACCOUNTS, Stopwatch())
    assert first.of(["brevo"], NOON) == ["brevo"]
    jobs.keep("contacts:brevo", NOON, BEGUN, NOON, "")
    assert first.of(["brevo"], NOON) == ["brevo"]


def test_where_nobody_reads_messages_do_not_wait_for_ever(state: sqlite3.Connection) -> None:
    watch = Stopwatch()
    first = FirstReading(Jobs(state), ACCOUNTS, watch)
    assert first.of(["brevo"], NOON) == []
    watch.s = NOT_EVEN_TRIED_S + 1
    assert first.of(["brevo"], NOON) == ["brevo"]


def test_an_account_without_a_key_is_told_so_by_delivering(state: sqlite3.Connection) -> None:
    assert FirstReading(Jobs(state), ACCOUNTS, Stopwatch()).of(["brevo:gone"], NOON) == ["brevo:gone"]
