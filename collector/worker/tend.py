"""The loop that tends: jobs that come round by themselves, each with its own due time in the database.

It runs beside the fold, in a thread and with connections of its own. Any number of workers may run it: a job's turn
is taken under a lease, and who comes second sees that it is no longer due. A job that fails waits longer each time
and holds up no other.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from collector.domain.errors import Stopping
from collector.domain.jobs import Job, JobState, lease_of
from collector.domain.ports import Clock
from collector.worker.services import Leases

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=3)  # longer than any turn; a dead worker's jobs are taken over after it
LOOK_S = 0.5
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)


class JobStore(Protocol):
    """Where jobs are remembered; each call is a transaction of its own."""

    def read(self, name: str) -> JobState | None: ...

    def keep(
        self, name: str, due_at: datetime, progress: Mapping[str, Any], finished_at: datetime, said: str
    ) -> None: ...

    def failed(self, name: str, due_at: datetime, said: str) -> None:
        """The progress stays as it is; the failures count one more."""
        ...


@dataclass(frozen=True, slots=True)
class TendServices:
    """`jobs`: those there are now; asked again and again, because shops and accounts come and go."""

    worker_id: str
    clock: Clock
    leases: Leases
    store: JobStore
    jobs: Callable[[], Sequence[Job]]


class TendLoop:
    """`stop` may be set by anybody; the turn in hand is finished, or ends by itself."""

    def __init__(self, services: TendServices, stop: threading.Event) -> None:
        self._services = services
        self._stop = stop

    def run(self) -> None:
        while not self._stop.is_set():
            if not self._guarded_turn():
                self._stop.wait(LOOK_S)

    def turn(self) -> int:
        """One turn of each job that is due. Returns how many had one."""
        return sum(self._run(job) for job in self._services.jobs() if not self._stop.is_set())

    def _guarded_turn(self) -> int:
        try:
            return self.turn()
        except Exception:  # the database is away: every loop says so, this one tries again
            log.exception("tending pauses")
            return 0

    def _run(self, job: Job) -> int:
        now, services = self._services.clock(), self._services
        if not _is_due(services.store.read(job.name), now):
            return 0
        lease = lease_of(job.name)
        if not services.leases.take(lease, services.worker_id, now, LEASE):
            return 0
        try:
            state = services.store.read(job.name)  # another worker may have had its turn a moment ago
            if not _is_due(state, now):
                return 0
            self._turn_of(job, state, now)
            return 1
        finally:
            services.leases.release(lease, services.worker_id)

    def _turn_of(self, job: Job, state: JobState | None, now: datetime) -> None:
        services = self._services
        try:
            found = job.run(state.progress if state else {}, now)
        except Stopping:  # it was waiting for somebody else: it is still due, and the next worker's
            return
        except Exception as problem:  # whatever is wrong with one job, the others go on
            failures = 1 + (state.failures if state else 0)
            pause = min(FIRST_PAUSE * 2 ** min(failures - 1, 20), LONGEST_PAUSE)
            services.store.failed(job.name, services.clock() + pause, f"{type(problem).__name__}: {problem}"[:300])
            log.exception("job failed", extra={"job": job.name, "failures": failures})
            return
        services.store.keep(job.name, found.due_at, found.progress, services.clock(), found.said)
        log.debug("job had its turn", extra={"job": job.name, "due_at": found.due_at, "said": found.said})


def _is_due(state: JobState | None, now: datetime) -> bool:
    return state is None or state.due_at <= now
