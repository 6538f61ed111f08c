"""The worker: folds the shops it holds a lease for, live rows before history, until it is told to stop.

Several workers share the shops through the leases. A shop that raises is logged and waits, the others go on.
Stopping finishes the batch in hand and gives the leases back.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from collector.domain.door import Lane
from collector.worker.pause import Pause, after_failure
from collector.worker.services import WorkerServices

T = TypeVar("T")

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
RENEW_AFTER = timedelta(seconds=10)
BEAT_EVERY = timedelta(seconds=5)
LOOK_S = 0.05  # how often an idle worker looks for new rows
GATHER_S = 0.02  # after each batch: the next one gathers, and who decides and delivers gets to write
IDLE = timedelta(seconds=1)  # how often it looks for what the inbox cannot tell: free leases, new shops
PURGE_EVERY = timedelta(minutes=1)
PURGE_CHUNKS = 20  # in a row; the rest in a minute, so that folding never waits long


class Worker:
    """One worker. `stop` may be set by anybody, a signal handler too."""

    def __init__(self, services: WorkerServices, stop: threading.Event) -> None:
        self._services = services
        self._stop = stop
        self._leased_at: dict[int, datetime] = {}
        self._pauses: dict[int | str, Pause] = {}
        self._due: dict[str, datetime] = {}
        self._turns = 0

    def run(self) -> None:
        """Work until told to stop."""
        log.info("worker started", extra={"worker_id": self._services.worker_id})
        try:
            while not self._stop.is_set():
                if self.turn(self._services.clock()):
                    self._stop.wait(GATHER_S)
                else:
                    self._wait()
        finally:
            self._give_back()
        log.info("worker stopped", extra={"worker_id": self._services.worker_id})

    def turn(self, now: datetime) -> int:
        """A sign of life, a batch of live rows of each shop, one of history, and what else is due.

        Returns the rows folded. History gives way after each batch, so that no shopper's event waits for it.
        """
        self._guarded("beat", now, partial(self._beat, now))
        waiting = self._guarded("waiting", now, self._services.waiting) or ()
        history = [shop_id for shop_id, lane in waiting if lane is Lane.HISTORY]
        folded = sum(self._fold(shop_id, lane) for shop_id, lane in waiting if lane is Lane.LIVE)
        self._turns += 1
        for place in range(len(history)):
            rows = self._fold(history[(self._turns + place) % len(history)], Lane.HISTORY)
            folded += rows
            if rows:
                break
        self._guarded("purge", now, partial(self._purge, now))
        return folded

    def _fold(self, shop_id: int, lane: Lane) -> int:
        if self._stop.is_set():
            return 0
        now = self._services.clock()
        return self._guarded(shop_id, now, partial(self._fold_alone, shop_id, lane, now)) or 0

    def _fold_alone(self, shop_id: int, lane: Lane, now: datetime) -> int:
        return self._services.fold(shop_id, lane, now) if self._holds(shop_id, now) else 0

    def _holds(self, shop_id: int, now: datetime) -> bool:
        leased_at = self._leased_at.get(shop_id)
        if leased_at is not None and now - leased_at < RENEW_AFTER:
            return True
        if self._services.leases.take(f"fold:{shop_id}", self._services.worker_id, now, LEASE):
            self._leased_at[shop_id] = now
            return True
        self._leased_at.pop(shop_id, None)
        return False

    def _beat(self, now: datetime) -> None:
        """`worker:<id>` is a lease nobody else wants: while it holds, a worker is alive."""
        if now >= self._due.get("beat", now):
            self._services.leases.take(f"worker:{self._services.worker_id}", self._services.worker_id, now, LEASE)
            self._due["beat"] = now + BEAT_EVERY

    def _purge(self, now: datetime) -> None:
        if now < self._due.setdefault("purge", now + PURGE_EVERY):
            return
        self._due["purge"] = now + PURGE_EVERY
        for _ in range(PURGE_CHUNKS):
            if self._stop.is_set() or not self._services.purge(now):
                return

    def _guarded(self, what: int | str, now: datetime, act: Callable[[], T]) -> T | None:
        """Whatever goes wrong with one shop or chore is logged and waits; the loop goes on."""
        pause = self._pauses.get(what)
        if pause is not None and now < pause.until:
            return None
        try:
            result = act()
        except Exception:
            self._pauses[what] = pause = after_failure(pause, now)
            self._leased_at.pop(what if isinstance(what, int) else -1, None)
            log.exception("worker pauses what failed", extra={"what": what, "failures": pause.failures})
            return None
        self._pauses.pop(what, None)
        return result

    def _wait(self) -> None:
        """Until the inbox changes, a second has passed or it is time to stop."""
        until = self._services.clock() + IDLE
        while not self._stop.wait(LOOK_S) and self._services.clock() < until:
            if self._guarded("look", self._services.clock(), self._services.has_news):
                return

    def _give_back(self) -> None:
        for name in [
            *(f"fold:{shop_id}" for shop_id in self._leased_at),
            f"worker:{self._services.worker_id}",
        ]:
            self._guarded(name, self._services.clock(), partial(self._release, name))

    def _release(self, name: str) -> None:
        self._services.leases.release(name, self._services.worker_id)
