"""How a shop's reading stands, from its newest runs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from collector.domain.syncing import Run, RunState, RunType
from collector.pipeline.syncing.status import standing
from tests.pipeline.row_builders import at

DAY = 24 * 60


def run(minutes: float, state: RunState = RunState.DONE, type_: RunType = RunType.FULL, **missed: int) -> Run:
    counts = {resource: {"looked": 9, "missed": count} for resource, count in missed.items()}
    ended = None if state is RunState.RUNNING else at(minutes) + timedelta(seconds=5)
    return Run(1, "k", 1, type_, ("orders",), None, at(minutes), state, ended, counts)


CHECK = RunType.RECONCILE


@pytest.mark.parametrize(
    ("why", "runs", "is_held", "state"),
    [
        ("nobody ever read it", [], False, "never"),
        ("only looked for what was missed", [run(-5, type_=CHECK)], False, "never"),
        ("somebody reads", [run(-5, RunState.RUNNING)], True, "running"),
        ("killed", [run(-5, RunState.RUNNING)], False, "interrupted"),
        ("stopped by hand", [run(-5, RunState.STOPPED)], False, "interrupted"),
        ("failed", [run(-5, RunState.FAILED), run(-50)], False, "failed"),
        ("read", [run(-5)], False, "done"),
        ("looked at since", [run(-1, RunState.FAILED, CHECK), run(-5)], False, "done"),
    ],
)
def test_where_the_reading_is(why: str, runs: list[Run], is_held: bool, state: str) -> None:
    assert standing(runs, is_held, at(0)).state == state, why


def test_the_last_sync_is_the_last_that_ended_well() -> None:
    found = standing([run(-1, RunState.FAILED), run(-5), run(-9)], False, at(0))
    assert found.last_done is not None
    assert found.last_done.started_at == at(-5)


def test_what_was_missed_within_a_week_is_added_up() -> None:
    runs = [
        run(-1, type_=CHECK, orders=2, customers=1),
        run(-9, type_=CHECK, orders=3),
        run(-8 * DAY, type_=CHECK, orders=100),
    ]
    found = standing(runs, False, at(0))
    assert dict(found.missed) == {"orders": 5, "customers": 1}
    assert found.reconciled_at == at(-1) + timedelta(seconds=5)


@pytest.mark.parametrize(
    ("why", "runs", "rate"),
    [
        ("none yet", [], None),
        ("all well", [run(-1), run(-2, type_=CHECK)], 0.0),
        ("one of four", [run(-1, RunState.FAILED, CHECK), run(-2), run(-3), run(-4)], 0.25),
        ("stopped by hand is no failure", [run(-1, RunState.STOPPED), run(-2)], 0.0),
        ("long ago", [run(-8 * DAY, RunState.FAILED), run(-2)], 0.0),
    ],
)
def test_the_share_of_runs_that_failed(why: str, runs: list[Run], rate: float | None) -> None:
    assert standing(runs, False, at(0)).error_rate == rate, why
