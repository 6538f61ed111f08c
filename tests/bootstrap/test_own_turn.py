"""Somebody at the command line and the worker never look at a shop's webhooks at once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from collector.bootstrap import migrate, open_desk
from collector.bootstrap.own_turn import own_turn
from collector.bootstrap.parts import clock
from collector.config import Config, load
from collector.domain.errors import Unready
from collector.domain.jobs import SUBSCRIPTIONS, lease_of, of_shop
from collector.storage.sqlite.leases import Leases

JOB = of_shop(SUBSCRIPTIONS, 1)
LENGTH = timedelta(minutes=3)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    made = load({"TAJO_DATABASE": f"sqlite:///{tmp_path}/t.db"}, tmp_path)
    migrate(made)
    return made


def test_the_worker_leaves_the_job_alone_meanwhile(config: Config) -> None:
    with open_desk(config) as desk:
        leases = Leases(desk.state)
        with own_turn(desk, JOB):
            assert not leases.take(lease_of(JOB), "worker", clock(), LENGTH)
        assert leases.take(lease_of(JOB), "worker", clock(), LENGTH)


def test_the_worker_s_turn_is_waited_for(config: Config) -> None:
    with open_desk(config) as desk:
        leases = Leases(desk.state)
        leases.take(lease_of(JOB), "worker", clock(), LENGTH)
        waits: list[float] = []

        def wait(seconds: float) -> None:
            waits.append(seconds)
            if len(waits) == 3:
                leases.release(lease_of(JOB), "worker")

        with own_turn(desk, JOB, sleep=wait):
            assert len(waits) == 3


def test_a_turn_that_takes_too_long_is_said(config: Config) -> None:
    with open_desk(config) as desk:
        Leases(desk.state).take(lease_of(JOB), "worker", clock(), LENGTH)
        with pytest.raises(Unready, match="The worker does the same"), own_turn(desk, JOB, sleep=lambda seconds: None):
            raise AssertionError("two at once")


def test_what_fails_inside_gives_the_turn_back(config: Config) -> None:
    with open_desk(config) as desk:
        with pytest.raises(ValueError, match="broken"), own_turn(desk, JOB):
            raise ValueError("broken")
        assert Leases(desk.state).take(lease_of(JOB), "worker", clock(), LENGTH)
