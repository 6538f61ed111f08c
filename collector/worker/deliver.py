"""The delivering loop: one thread a process, over all accounts with something due, until it is told to stop.

Needs its own connection to the state: it writes while the fold does. There is no lease for an account: claims are
exclusive, so several processes may deliver for the same one. Stopping finishes the row in hand.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from collector.domain.errors import DeliveryFailed, Remedy
from collector.domain.retries import FIRST_PROBE, STOP_PROBE
from collector.pipeline.deliver import deliver_some
from collector.pipeline.deliver_services import DeliverServices, Turn
from collector.worker.pause import Pause, after_failure

log = logging.getLogger(__name__)

LOOK_S = 0.05  # how often an idle loop looks for what is due
LONGEST_PAUSE = timedelta(seconds=30)  # while an account is away


@dataclass(frozen=True, slots=True)
class DeliverLoop:
    """`accounts_due`: the accounts with a due row. `stop` may be set by anybody, a signal handler too."""

    services: DeliverServices
    accounts_due: Callable[[datetime], Sequence[str]]
    stop: threading.Event

    def run(self) -> None:
        """Deliver until told to stop."""
        log.info("delivering started", extra={"holder": self.services.holder})
        services = replace(self.services, should_stop=self.stop.is_set, pause=self.stop.wait)
        delivering = Delivering(services, self.accounts_due)
        while not self.stop.is_set():
            if not delivering.turn(self.services.clock()):
                self.stop.wait(LOOK_S)
        log.info("delivering stopped", extra={"holder": self.services.holder})


class Delivering:
    """The accounts' pauses, and one turn after the other. Used by one thread."""

    def __init__(self, services: DeliverServices, accounts_due: Callable[[datetime], Sequence[str]]) -> None:
        self._services = services
        self._accounts_due = accounts_due
        self._pauses: dict[str, Pause] = {}
        self._stopped: dict[str, str] = {}  # account -> why, as it was logged

    def turn(self, now: datetime) -> int:
        """One turn for each account that is due and not pausing. Returns the messages that were finished."""
        try:
            accounts = self._accounts_due(now)
        except Exception:
            log.exception("what is due could not be read")
            return 0
        return sum(self._turn_for(account, now) for account in accounts)

    def _turn_for(self, account: str, now: datetime) -> int:
        pause = self._pauses.get(account)
        if self._services.should_stop() or (pause is not None and now < pause.until):
            return 0
        try:
            turn = deliver_some(self._services, account, now)
        except Exception:
            self._pauses[account] = after_failure(pause, now)
            log.exception("delivering pauses", extra={"account": account})
            return 0
        self._learn(account, turn, pause, self._services.clock())
        return turn.claimed - turn.waiting

    def _learn(self, account: str, turn: Turn, pause: Pause | None, now: datetime) -> None:
        """Pause an account that is away, a little longer each time, or that refuses everything."""
        failure = turn.failure
        if failure is None:
            if turn.claimed:
                self._pauses.pop(account, None)
            if turn.done and account in self._stopped:
                del self._stopped[account]
                log.info("account takes messages again", extra={"account": account})
        elif failure.remedy is Remedy.STOP:
            tries = 1 + (pause.failures if pause else 0)
            self._pauses[account] = Pause(tries, now + min(FIRST_PROBE * 2 ** min(tries - 1, 20), STOP_PROBE))
            self._tell_once(account, failure)
        else:
            longer = after_failure(pause, now)
            self._pauses[account] = Pause(longer.failures, min(longer.until, now + LONGEST_PAUSE))

    def _tell_once(self, account: str, failure: DeliveryFailed) -> None:
        if self._stopped.get(account) != failure.reason:
            self._stopped[account] = failure.reason
            log.error(
                "account refuses everything",
                extra={"account": account, "reason": failure.reason, "said": str(failure), "cure": failure.cure},
            )
