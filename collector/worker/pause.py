"""Waiting longer after each failure. Pure: times in, times out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

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
