"""The loop that tends: what is due has its turn, once, under a lease, and what fails waits longer each time."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collector.domain.jobs import Job, Next
from collector.storage.sqlite.connection import open_state
from collector.storage.sqlite.jobs import Jobs
from collector.storage.sqlite.leases import Leases
from collector.worker.pause import until_stopped
from collector.worker.tend import TendLoop, TendServices

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@dataclass
class Clock:
    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Counting:
    """Counts its turns in its progress; due again after `every`."""

    name: str = "counting"
    every: timedelta = timedelta(minutes=10)
    is_broken: bool = False
    turns: list[Mapping[str, Any]] = field(default_factory=list)

    def run(self, progress: Mapping[str, Any], now: datetime) -> Next:
        self.turns.append(progress)
        if self.is_broken:
            raise OSError("away")
        return Next(now + self.every, {"n": progress.get("n", 0) + 1}, "done")


@pytest.fixture
def state(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_state(tmp_path / "tajo.db", may_create=True)) as connection:
        yield connection


def loop(state: sqlite3.Connection, clock: Clock, *jobs: Job, worker: str = "w1") -> TendLoop:
    def now() -> Sequence[Job]:
        return jobs

    return TendLoop(TendServices(worker, clock, Leases(state), Jobs(state), now), threading.Event())


def test_a_job_has_its_turn_when_it_is_due_and_goes_on_where_it_was(state: sqlite3.Connection) -> None:
    clock, job = Clock(), Counting()
    it = loop(state, clock, job)
    assert [it.turn(), it.turn()] == [1, 0]
    clock.now += timedelta(minutes=10)
    assert it.turn() == 1
    assert job.turns == [{}, {"n": 1}]
    kept = Jobs(state).read("counting")
    assert kept is not None
    assert (kept.progress, kept.said, kept.failures, kept.due_at) == ({"n": 2}, "done", 0, clock.now + job.every)


def test_what_fails_waits_longer_each_time_keeps_its_progress_and_holds_up_nobody(state: sqlite3.Connection) -> None:
    clock, job, other = Clock(), Counting("broken"), Counting("other")
    it = loop(state, clock, job, other)
    it.turn()
    job.is_broken = True
    waits = []
    for _ in range(9):
        kept = Jobs(state).read("broken")
        assert kept is not None
        clock.now = max(clock.now, kept.due_at)
        it.turn()
        kept = Jobs(state).read("broken")
        assert kept is not None
        waits.append((kept.due_at - clock.now).total_seconds())
        assert kept.progress == {"n": 1}
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert len(other.turns) > 1
    job.is_broken = False
    clock.now += timedelta(hours=1)
    it.turn()
    kept = Jobs(state).read("broken")
    assert kept is not None
    assert (kept.failures, kept.progress) == (0, {"n": 2})


def test_while_another_worker_has_the_lease_it_is_left_alone(state: sqlite3.Connection) -> None:
    clock, job = Clock(), Counting()
    Leases(state).take("tend:counting", "w2", clock.now, timedelta(minutes=3))
    it = loop(state, clock, job)
    assert it.turn() == 0
    clock.now += timedelta(minutes=4)  # that worker died
    assert it.turn() == 1


def test_two_workers_share_the_turns(state: sqlite3.Connection) -> None:
    clock, job = Clock(), Counting()
    one, two = loop(state, clock, job), loop(state, clock, job, worker="w2")
    for _ in range(5):
        one.turn()
        two.turn()
        clock.now += timedelta(minutes=10)
    assert [turn.get("n", 0) for turn in job.turns] == [0, 1, 2, 3, 4]


def test_a_job_may_be_brought_forward(state: sqlite3.Connection) -> None:
    clock, job = Clock(), Counting()
    it = loop(state, clock, job)
    it.turn()
    Jobs(state).bring_forward("counting", clock.now)
    assert it.turn() == 1


def test_a_stopped_loop_begins_nothing(state: sqlite3.Connection) -> None:
    job = Counting()
    stop = threading.Event()
    stop.set()
    it = TendLoop(TendServices("w1", Clock(), Leases(state), Jobs(state), lambda: [job]), stop)
    it.run()
    assert job.turns == []


@dataclass
class Waiting:
    """Waits in the middle of its turn, longer than anybody would."""

    sleep: Callable[[float], None]
    name: str = "waiting"
    begun: threading.Event = field(default_factory=threading.Event)

    def run(self, progress: Mapping[str, Any], now: datetime) -> Next:
        self.begun.set()
        self.sleep(3600)
        return Next(now, {}, "never")


def test_a_job_that_waits_ends_with_the_worker_and_is_still_due(state: sqlite3.Connection, tmp_path: Path) -> None:
    stop = threading.Event()
    waiting = Waiting(until_stopped(stop))
    with closing(open_state(tmp_path / "tajo.db")) as connection:
        services = TendServices("w1", Clock(), Leases(connection), Jobs(connection), lambda: [waiting])
        Jobs(connection).keep(waiting.name, NOON, {"n": 7}, NOON, "before")

        thread = threading.Thread(target=TendLoop(services, stop).run)
        thread.start()
        assert waiting.begun.wait(30)
        stop.set()
        thread.join(30)
        assert not thread.is_alive()
    kept = Jobs(state).read(waiting.name)
    assert kept is not None
    assert (kept.due_at, kept.progress, kept.failures, kept.said) == (NOON, {"n": 7}, 0, "before")
    assert Leases(state).take("tend:waiting", "w2", NOON, timedelta(minutes=1)), "the next worker may have it"


def test_waiting_goes_on_while_nobody_stops() -> None:
    until_stopped(threading.Event())(0.001)
