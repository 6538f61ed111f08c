"""An account's calls are counted once for all processes, and never above what it allows."""

from __future__ import annotations

import sqlite3
import threading
from datetime import timedelta

import pytest

from collector.domain.budgets import Window
from collector.storage.sqlite.budgets import Budgets
from collector.storage.sqlite.connection import Locations, open_state

from .builders import NOW

SECOND, HOUR = Window(1, 2), Window(3600, 3)


@pytest.fixture
def budgets(state: sqlite3.Connection) -> Budgets:
    return Budgets(state)


def after(seconds: float):  # type: ignore[no-untyped-def]
    return NOW + timedelta(seconds=seconds)


def test_the_fullest_window_says_how_long_to_wait(budgets: Budgets) -> None:
    waits = [budgets.take("a", "f", after(s), [SECOND, HOUR]) for s in (0, 0.25, 0.5, 1, 1.5, 3600)]
    assert waits == [0, 0, 0.5, 0, 3598.5, 0]


def test_a_refused_call_is_not_counted(budgets: Budgets) -> None:
    for _ in range(5):
        budgets.take("a", "f", NOW, [SECOND, HOUR])
    assert budgets.take("a", "f", after(1), [SECOND, HOUR]) == 0


def test_accounts_and_families_do_not_share(budgets: Budgets) -> None:
    one = [Window(60, 1)]
    assert [budgets.take(account, family, NOW, one) for account in "ab" for family in "fg"] == [0, 0, 0, 0]
    assert budgets.take("a", "f", NOW, one) == 60


def test_several_at_once(budgets: Budgets) -> None:
    ten = [Window(60, 10)]
    assert budgets.take("a", "f", NOW, ten, 8) == 0
    assert budgets.take("a", "f", NOW, ten, 3) == 60
    assert budgets.take("a", "f", NOW, ten, 2) == 0
    assert budgets.take("a", "f", after(60), ten, 11) == 0


def test_the_account_s_own_word_counts_and_lasts(budgets: Budgets) -> None:
    budgets.take("a", "f", NOW, [HOUR])
    budgets.correct("a", "f", HOUR, limit=10, remaining=8, now=NOW)
    assert budgets.take("a", "f", NOW, [HOUR], 8) == 0
    assert budgets.take("a", "f", NOW, [HOUR]) == 3600
    assert budgets.take("a", "f", after(3600), [HOUR], 6) == 0
    assert budgets.take("a", "f", after(3600), [HOUR], 4) == 0, "the limit told is kept in the next window"


def test_somebody_else_uses_the_account_too(budgets: Budgets) -> None:
    budgets.correct("a", "f", HOUR, limit=3, remaining=0, now=NOW)
    assert budgets.take("a", "f", after(1), [HOUR]) == 3599


def test_a_refusal_blocks_until_its_end_and_no_longer(budgets: Budgets) -> None:
    budgets.block("a", "f", SECOND, until=after(30), now=NOW)
    assert budgets.take("a", "f", after(10), [SECOND]) == 20
    budgets.block("a", "f", SECOND, until=after(20), now=after(10))
    assert budgets.take("a", "f", after(10), [SECOND]) == 20, "an earlier end does not lift it"
    assert budgets.take("a", "f", after(30), [SECOND]) == 0


def test_processes_together_take_no_more_than_there_is(files: Locations, state: sqlite3.Connection) -> None:
    taken: list[float] = []

    def ask() -> None:
        connection = open_state(files.state)
        mine = Budgets(connection)
        taken.extend(mine.take("a", "f", NOW, [Window(60, 25)]) for _ in range(15))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken.count(0) == 25
