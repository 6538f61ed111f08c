"""A clock for the shop that runs as the machine's does until a test stops it or puts it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.stand_ins.clock import Wall


@dataclass
class Wound(Wall):
    """`behind`: so much earlier than it is. `stopped_at`: it shows this."""

    behind: timedelta = timedelta(0)
    stopped_at: datetime | None = None

    def now(self) -> datetime:
        return self.stopped_at or super().now() - self.behind
