"""The loop that decides what is due: carts and visits whose deadline has passed, shop by shop.

It runs beside the fold, in a thread and with connections of its own: asking a shop may take seconds, and nobody
who browses waits for that. One worker decides for a shop at a time; a crash between two cases loses nothing.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from collector.domain.ports import Clock
from collector.worker.pause import Pause, after_failure
from collector.worker.services import Leases

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
RENEW_AFTER = timedelta(seconds=20)
LOOK_S = 0.5


@dataclass(frozen=True, slots=True)
class DueServices:
    """`decide`: shop, now -> how many cases were due; 0: nothing is."""

    worker_id: str
    clock: Clock
    leases: Leases
    shops: Callable[[], Sequence[int]]
    decide: Callable[[int, datetime], int]


class DueLoop:
    """`stop` may be set by anybody; the case in hand is finished."""

    def __init__(self, services: DueServices, stop: threading.Event) -> None:
        self._services = services
        self._stop = stop
        self._leased_at: dict[int, datetime] = {}
        self._pauses: dict[int, Pause] = {}

    def run(self) -> None:
        while not self._stop.is_set():
            if not self.turn():
                self._stop.wait(LOOK_S)
        for shop_id in self._leased_at:
            self._services.leases.release(f"decide:{shop_id}", self._services.worker_id)

    def turn(self) -> int:
        """One batch of each shop."""
        decided = 0
        for shop_id in self._services.shops():
            if self._stop.is_set():
                break
            decided += self._decide(shop_id, self._services.clock())
        return decided

    def _decide(self, shop_id: int, now: datetime) -> int:
        pause = self._pauses.get(shop_id)
        if pause is not None and now < pause.until:
            return 0
        try:
            decided = self._services.decide(shop_id, now) if self._holds(shop_id, now) else 0
        except Exception:  # whatever is wrong with one shop, the others go on
            self._pauses[shop_id] = after_failure(pause, now)
            self._leased_at.pop(shop_id, None)
            log.exception("deciding paused", extra={"shop_id": shop_id})
            return 0
        self._pauses.pop(shop_id, None)
        return decided

    def _holds(self, shop_id: int, now: datetime) -> bool:
        leased_at = self._leased_at.get(shop_id)
        if leased_at is not None and now - leased_at < RENEW_AFTER:
            return True
        if self._services.leases.take(f"decide:{shop_id}", self._services.worker_id, now, LEASE):
            self._leased_at[shop_id] = now
            return True
        self._leased_at.pop(shop_id, None)
        return False
