"""The loop that tells the catalogue: one worker at a time for an account, beside everything else.

It has a thread and connections of its own, and calls that no message about a shopper needs, so it slows none down.
Stopping finishes the call in hand.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from collector.domain.errors import Remedy
from collector.domain.ports import Clock
from collector.pipeline.catalogue import CatalogueServices, Turn, accounts_due, release, tell_some
from collector.worker.pause import Pause, after_failure
from collector.worker.services import Leases

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=120)  # longer than any turn
LOOK_S = 1.0


@dataclass(frozen=True, slots=True)
class CatalogueLoopServices:
    """What the loop needs beside what a turn needs."""

    worker_id: str
    clock: Clock
    leases: Leases
    catalogue: CatalogueServices


class CatalogueLoop:
    """`stop` may be set by anybody."""

    def __init__(self, services: CatalogueLoopServices, stop: threading.Event) -> None:
        self._services = services
        self._stop = stop
        self._catalogue = replace(services.catalogue, should_stop=stop.is_set, pause=stop.wait)
        self._pauses: dict[str, Pause] = {}

    def run(self) -> None:
        self._guarded("*", lambda: release(self._catalogue))
        while not self._stop.is_set():
            if not self.turn(self._services.clock()):
                self._stop.wait(LOOK_S)

    def turn(self, now: datetime) -> int:
        """One turn of each account that has something to tell. Returns how many entries and records were finished."""
        due: list[str] = []
        self._guarded("*", lambda: due.extend(accounts_due(self._catalogue, now)))
        return sum(self._account(account) for account in due if not self._stop.is_set())

    def _account(self, account: str) -> int:
        now, lease = self._services.clock(), f"catalogue:{account}"
        pause = self._pauses.get(account)
        if pause is not None and now < pause.until:
            return 0
        if not self._services.leases.take(lease, self._services.worker_id, now, LEASE):
            return 0
        turns: list[Turn] = []
        try:
            self._guarded(account, lambda: turns.append(tell_some(self._catalogue, account, now)))
        finally:
            self._services.leases.release(lease, self._services.worker_id)
        if not turns:
            return 0
        self._learn(account, turns[0], pause)
        return turns[0].told + turns[0].refused + turns[0].unchanged

    def _learn(self, account: str, turn: Turn, pause: Pause | None) -> None:
        now = self._services.clock()
        if turn.failure is None:
            self._pauses.pop(account, None)
        elif turn.until is not None:
            self._pauses[account] = Pause(0, turn.until)
        elif turn.failure.remedy in (Remedy.RETRY, Remedy.GIVE_UP):
            self._pauses[account] = after_failure(pause, now)
            log.warning("catalogue not told", extra={"account": account, "said": str(turn.failure)})

    def _guarded(self, what: str, act: Callable[[], object]) -> None:
        """Whatever is wrong with one account, the others go on."""
        now = self._services.clock()
        pause = self._pauses.get(what)
        if pause is not None and now < pause.until:
            return
        try:
            act()
        except Exception:
            self._pauses[what] = after_failure(pause, now)
            log.exception("catalogue pauses", extra={"account": what})
        else:
            if what == "*":
                self._pauses.pop(what, None)
