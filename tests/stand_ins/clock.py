"""Two clocks for the shop: the machine's, and one that only moves when a test says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime: ...


class Wall:
    """The machine's own."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class Virtual:
    """Stands still; `advance` moves it. `sleep` and `time` fit where a client wants its own clock and sleep."""

    def __init__(self, at: datetime) -> None:
        self._now = at

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)

    sleep = advance

    def time(self) -> float:
        return self._now.timestamp()
