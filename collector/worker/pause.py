"""Waiting: longer after each failure (pure: times in, times out), and no longer than the worker runs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from collector.domain.errors import Stopping

FIRST = timedelta(seconds=1)
LONGEST = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Pause:
    """After `failures` in a row, not before `until`."""

    failures: int
    until: datetime


def after_failure(last: Pause | None, now: datetime) -> Pause:
    """1 s, 2 s, 4 s … at most 30 s."""
    failures = 1 + (last.failures if last else 0)
    return Pause(failures, now + min(FIRST * 2 ** min(failures - 1, 20), LONGEST))


def until_stopped(stop: threading.Event) -> Callable[[float], None]:
    """`sleep` for whoever waits in the middle of a job, maybe a minute. Raises Stopping when the worker is to stop."""

    def sleep(seconds: float) -> None:
        if stop.wait(seconds):
            raise Stopping("the worker stops")

    return sleep
