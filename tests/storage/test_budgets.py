"""An account's calls are counted once for all processes, and never above what it allows."""

from __future__ import annotations

import sqlite3
import threading
from datetime import timedelta

import pytest

from collector.domain.budgets import Pace, Window
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
    waits = [budgets.take("a", "f", after(s), [SECOND, HOUR]) for s in (0, 0.25, 0.5, 1, 1.5, 3660)]
    assert waits == [0, 0, 0.5, 0, 3658.5, 0]


def test_a_refused_call_is_not_counted(budgets: Budgets) -> None:
    for _ in range(5):
        budgets.take("a", "f", NOW, [SECOND, HOUR])
    assert budgets.take("a", "f", after(1), [SECOND, HOUR]) == 0


def test_accounts_and_families_do_not_share(budgets: Budgets) -> None:
    one = [Window(60, 1)]
    assert [budgets.take(account, family, NOW, one) for account in "ab" for family in "fg"] == [0, 0, 0, 0]
    assert budgets.take("a", "f", NOW, one) == 61


def test_several_at_once(budgets: Budgets) -> None:
    ten = [Window(60, 10)]
    assert budgets.take("a", "f", NOW, ten, 8) == 0
    assert budgets.take("a", "f", NOW, ten, 3) == 61
    assert budgets.take("a", "f", NOW, ten, 2) == 0
    assert budgets.take("a", "f", after(61), ten, 11) == 0, "more than ever fit wait for an empty window, no longer"


def test_the_account_s_own_word_counts_and_lasts(budgets: Budgets) -> None:
    budgets.take("a", "f", NOW, [HOUR])
    budgets.correct("a", "f", HOUR, limit=10, remaining=8, now=NOW)
    assert budgets.take("a", "f", NOW, [HOUR], 8) == 0
    assert budgets.take("a", "f", NOW, [HOUR]) == 3660
    assert budgets.take("a", "f", after(3660), [HOUR], 6) == 0
    assert budgets.take("a", "f", after(3660), [HOUR], 4) == 0, "the limit told is kept in the next window"


def test_somebody_else_uses_the_account_too(budgets: Budgets) -> None:
    budgets.correct("a", "f", HOUR, limit=3, remaining=0, now=NOW)
    assert budgets.take("a", "f", after(1), [HOUR]) == 3659


def test_a_refusal_blocks_until_its_end_and_no_longer(budgets: Budgets) -> None:
    budgets.block("a", "f", SECOND, until=after(30), now=NOW)
    assert budgets.take("a", "f", after(10), [SECOND]) == 20
    budgets.block("a", "f", SECOND, until=after(20), now=after(10))
    assert budgets.take("a", "f", after(10), [SECOND]) == 20, "an earlier end does not lift it"
    assert budgets.take("a", "f", after(30), [SECOND]) == 0


def test_a_refusal_of_an_hour_s_window_ends_as_well(budgets: Budgets) -> None:
    budgets.take("a", "f", NOW, [HOUR])
    budgets.block("a", "f", HOUR, until=after(30), now=NOW)
    assert budgets.take("a", "f", after(10), [HOUR]) == 20
    budgets.correct("a", "f", HOUR, limit=3, remaining=2, now=after(20))
    assert budgets.take("a", "f", after(20), [HOUR]) == 10, "an answer to an earlier call does not lift it"
    assert budgets.take("a", "f", after(30), [HOUR], 2) == 0


@pytest.mark.parametrize("every_s", [7, 30, 61, 599, 1801])
def test_no_hour_anywhere_holds_more_than_the_limit(budgets: Budgets, every_s: int) -> None:
    asked = range(0, 3 * 3600, every_s)
    taken = [second for second in asked if budgets.take("a", "f", after(second), [HOUR]) == 0]
    assert all(later - earlier >= 3600 for earlier, later in zip(taken, taken[3:], strict=False))
    assert len(taken) >= (6 if every_s > 600 else 8), "and not much less"


def test_a_wait_is_as_long_as_it_must_be(budgets: Budgets) -> None:
    for second in (0, 100, 1000, 2000):
        second += int(budgets.take("a", "f", after(second), [HOUR]))
    wait = budgets.take("a", "f", after(2000), [HOUR])
    assert budgets.take("a", "f", after(2000 + wait - 0.001), [HOUR]) > 0
    assert budgets.take("a", "f", after(2000 + wait), [HOUR]) == 0


def test_bulk_work_leaves_its_share_of_a_window_to_others(budgets: Budgets) -> None:
    ten, bulk = [Window(3600, 10)], Pace(share=0.6)
    taken = [budgets.take("a", "f", after(s), ten, pace=bulk) for s in range(8)]
    assert [wait == 0 for wait in taken] == [True] * 6 + [False] * 2
    assert [budgets.take("a", "f", after(9), ten) for _ in range(4)] == [0] * 4
    assert budgets.take("a", "f", after(9), ten) > 0


def test_what_others_took_counts_before_bulk_work_begins(budgets: Budgets) -> None:
    ten = [Window(3600, 10)]
    budgets.take("a", "f", NOW, ten, 6)
    assert budgets.take("a", "f", NOW, ten, pace=Pace(share=0.6)) > 0


def test_the_calls_of_two_processes_keep_their_gap(files: Locations, state: sqlite3.Connection) -> None:
    """Each leaves no gap of its own: at the border of two seconds they would together be twice the limit."""
    one, other = Budgets(state), Budgets(open_state(files.state))
    taken, gap = [], Pace(timedelta(milliseconds=110))
    for step in range(600):
        now = after(step * 0.007)
        if (one if step % 2 else other).take("a", "f", now, [Window(1, 10)], pace=gap) == 0:
            taken.append(now)
    assert all(later - earlier >= timedelta(seconds=1) for earlier, later in zip(taken, taken[10:], strict=False))
    assert len(taken) > 35


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
