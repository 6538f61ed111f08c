"""What the worker does by itself and somebody wants done now, at the command line or on a page: never both at once.

Two that look at a shop's webhooks at the same moment both find them missing, and each makes its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from collector.bootstrap.desk import Desk
from collector.bootstrap.parts import clock, fresh_worker_id
from collector.domain.errors import Unready
from collector.domain.jobs import lease_of
from collector.storage.sqlite.leases import Leases

LEASE = timedelta(minutes=3)  # as long as a job's turn may last
LONGEST_WAIT_S = 60.0
LOOK_S = 0.2


class AtItNow(Unready):
    """The worker does the same, and goes on with it."""


@contextmanager
def own_turn(
    desk: Desk, job: str, *, longest_wait_s: float = LONGEST_WAIT_S, sleep: Callable[[float], None] = time.sleep
) -> Iterator[None]:
    """The worker leaves this job alone meanwhile. Raises AtItNow when it does not come to an end."""
    leases, holder, lease = Leases(desk.state), fresh_worker_id(), lease_of(job)
    waited_s = 0.0
    while not leases.take(lease, holder, clock(), LEASE):
        if waited_s >= longest_wait_s:
            raise AtItNow("The worker does the same at this moment. Try again in a minute.")
        sleep(LOOK_S)
        waited_s += LOOK_S
    try:
        yield
    finally:
        leases.release(lease, holder)
