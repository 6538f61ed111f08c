"""What the worker's loop is given. Everything concrete is put in by `bootstrap`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from collector.domain.door import Lane
from collector.domain.ports import Clock


class Leases(Protocol):
    """Names only one holder may have at a time; kept in the database, so between machines too."""

    def take(self, name: str, holder: str, now: datetime, length: timedelta) -> bool:
        """Whether `holder` has it now, until now + length. Taking it again renews it."""
        ...

    def release(self, name: str, holder: str) -> None:
        """Give it back, if it is still held."""
        ...


@dataclass(frozen=True, slots=True)
class WorkerServices:
    """One worker's parts. `worker_id` is unique among all that run."""

    worker_id: str
    clock: Clock
    leases: Leases
    waiting: Callable[[], Sequence[tuple[int, Lane]]]  # shops and lanes with rows not yet folded
    fold: Callable[[int, Lane, datetime], int]  # shop, lane, now -> rows folded, at most a batch
    has_news: Callable[[], bool]  # whether the inbox changed since the last look; cheap
    purge: Callable[[datetime], int]  # delete one bounded chunk of what is old; 0: nothing is left to delete
