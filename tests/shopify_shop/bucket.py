"""The leaky bucket of one app and shop: points come back at a steady rate, by the shop's clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from tests.shopify_shop.naming import Json
from tests.stand_ins.clock import Clock

PLANS = {"standard": (2000, 100), "advanced": (4000, 200), "plus": (20_000, 1000)}  # (size, points a second)


@dataclass
class Bucket:
    clock: Clock
    size: float = 2000
    restore_rate: float = 100
    points: float = field(init=False)
    _seen_at: datetime = field(init=False)
    granted: float = field(init=False)  # what may have been spent since it was made
    spent: float = 0
    throttled: int = 0

    def __post_init__(self) -> None:
        self.points = self.granted = self.size
        self._seen_at = self.clock.now()

    def take(self, cost: float) -> bool:
        """False: not enough, nothing was taken."""
        self._restore()
        if cost > self.points:
            self.throttled += 1
            return False
        self.points -= cost
        self.spent += cost
        return True

    def give_back(self, points: float) -> None:
        self.points = min(self.size, self.points + points)
        self.spent -= points

    def _restore(self) -> None:
        now = self.clock.now()
        restored = max(0.0, (now - self._seen_at).total_seconds()) * self.restore_rate
        self.points = min(self.size, self.points + restored)
        self.granted += restored
        self._seen_at = now

    def status(self) -> Json:
        self._restore()
        return {
            "maximumAvailable": float(self.size),
            "currentlyAvailable": int(self.points),
            "restoreRate": float(self.restore_rate),
        }
