"""A run that reads a shop's records into the history lane, where nothing they say starts a message.

Each step's records and the place they lead to are one transaction in the inbox, so a run that was killed goes on
exactly there. It waits while the fold is far behind, for the hours it may run in, and for the platform.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from collector.domain.door import Lane, NewRow, RowKind
from collector.domain.errors import Misuse, SourceUnavailable, StorageRefused, Unready
from collector.domain.off_peak import Window, opens_at
from collector.domain.ports import Clock
from collector.domain.shop import Shop
from collector.domain.syncing import (
    HistoryReader,
    Place,
    RawRecord,
    Run,
    Runs,
    RunState,
    RunType,
    Step,
    SyncInbox,
)
from collector.domain.timestamps import to_text
from collector.pipeline.syncing.changed import ChangedOnly

log = logging.getLogger(__name__)

OVERLAP = timedelta(minutes=10)  # a change may become visible a little after its own time
# Rows that may wait for the fold. What was read is kept for days anyway, so a shop of this size is read as fast as its
# platform gives it; more than this only fills the disk sooner (some 700 MB of the inbox) and is waited for.
MOST_WAITING = 300_000
LOOK_S = 0.5  # at the fold, while it is behind
SLICE_S = 30.0  # of a long wait: whoever holds the run says that he lives
FULL_PARTS = 5_000  # rows between two looks at how far the fold is

START_WORKER = "nobody folds what was read: start `tajo serve` or `tajo worker`"


@dataclass(frozen=True, slots=True)
class SyncServices:
    """What a run needs. `folded`: the last row of the shop's history that is folded. `hold`: whether the run is still
    ours alone (renewed each step). `has_worker`: whether anybody folds."""

    history: HistoryReader
    changes: ChangedOnly | None
    inbox: SyncInbox
    runs: Runs
    clock: Clock
    sleep: Callable[[float], None]
    fresh_key: Callable[[], str]
    folded: Callable[[], int]
    has_worker: Callable[[], bool]
    hold: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for. `since` None: from the beginning, or for an incremental run from where the last one ended."""

    type: RunType
    resources: tuple[str, ...]
    since: datetime | None = None
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run is. `wait`: it waits, for the reason in `said`."""

    resource: str
    read: int
    total: int | None
    said: str = ""
    wait: bool = False
    looked: int = 0


class Reading:
    """One run. `run()` does it; what it yields is for whoever looks. Afterwards `run_` is as it is remembered."""

    def __init__(self, services: SyncServices, shop: Shop, wish: Wish) -> None:
        self._services = services
        self._shop = shop
        self._wish = wish
        self._unchecked = 0
        self.resumed: Run | None = None
        self.run_ = self._begun()

    def run(self) -> Generator[Progress, None, None]:
        """Raises SourceUnavailable, Unready, StorageRefused; also then the place is kept."""
        services, run = self._services, self.run_
        try:
            said = services.history.limits(self._shop, run.resources, run.since, services.clock())
            self.run_ = replace(run, said=tuple(said))
            for resource in run.resources:
                yield from self._resource(resource)
            self._end(RunState.DONE)
            for resource in self.run_.resources:
                services.runs.keep_mark(self._shop.id, resource, self.run_.started_at)
            services.inbox.forget(self._shop.id)
        except (SourceUnavailable, Unready, StorageRefused) as problem:
            self._end(RunState.FAILED, str(problem))
            raise
        finally:
            if self.run_.state is RunState.RUNNING:
                self._end(RunState.STOPPED)

    def counts(self) -> dict[str, int]:
        """Records read so far, by resource."""
        return {resource: self._place(resource).read for resource in self.run_.resources}

    def _begun(self) -> Run:
        """The run that was not finished, if this one wants the same; else a new one."""
        services, wish, shop_id = self._services, self._wish, self._shop.id
        last = services.runs.newest_sync(shop_id)
        if last is not None and last.state in (RunState.RUNNING, RunState.STOPPED, RunState.FAILED):
            asked = (wish.type, wish.resources, wish.since)
            # Where an incremental run begins follows from the one before, so it is as it was begun.
            same = (last.type, last.resources, last.since if wish.since or wish.type is RunType.FULL else None)
            if asked == same:
                self.resumed = last
                again = replace(last, state=RunState.RUNNING, ended_at=None, error="")
                services.runs.keep(again)
                return again
            services.runs.keep(replace(last, state=RunState.LEFT, ended_at=services.clock()))
            for resource in last.resources:
                services.history.forget(self._shop, resource)
        services.inbox.forget(shop_id)
        since = wish.since or (self._changes_since() if wish.type is RunType.INCREMENTAL else None)
        return services.runs.begin(services.fresh_key(), shop_id, wish.type, wish.resources, since, services.clock())

    def _changes_since(self) -> datetime:
        """From where everything was read before. Raises Misuse where nothing was."""
        marks = [self._services.runs.mark(self._shop.id, resource) for resource in self._wish.resources]
        known = [mark for mark in marks if mark is not None]
        if len(known) < len(marks):
            unread = [each for each, mark in zip(self._wish.resources, marks, strict=True) if mark is None]
            raise Misuse(
                f"{', '.join(unread)} of {self._shop.address} were never read, so there is nothing to go on from:"
                " say --type full, or --since with a date"
            )
        return min(known) - OVERLAP

    def _resource(self, resource: str) -> Iterator[Progress]:
        place = self._place(resource)
        yield Progress(resource, place.read, place.total, looked=place.looked)
        while not place.is_done:
            yield from self._closed(resource, place)
            yield from self._behind(resource, place)
            if not self._services.hold():
                raise Unready(f"Somebody else reads {self._shop.address} now; this run ends.")
            step = self._step(resource, place)
            place = self._kept(resource, place, step)
            if step.failed:
                raise SourceUnavailable(step.failed, "What it gave is kept. Sync again later.")
            yield Progress(resource, place.read, place.total, step.said, looked=place.looked)
            if step.wait_s > 0:
                yield Progress(resource, place.read, place.total, step.said, wait=True, looked=place.looked)
                self._wait(step.wait_s)
        self._services.history.forget(self._shop, resource)

    def _step(self, resource: str, place: Place) -> Step:
        services, run = self._services, self.run_
        if run.type is RunType.INCREMENTAL and services.changes is not None and run.since is not None:
            return services.changes.step(self._shop, resource, run.since, run.started_at, place.cursor)
        return services.history.step(self._shop, resource, run.since, place.cursor)

    def _kept(self, resource: str, place: Place, step: Step) -> Place:
        """The records and the place they lead to, in one transaction of the inbox."""
        after = Place(
            cursor=step.cursor,
            read=place.read + len(step.records),
            looked=place.looked + step.looked,
            is_done=step.is_done,
            total=step.total if step.total is not None else place.total,
        )
        rows = as_rows(self._shop, [*step.records, *step.besides], Lane.HISTORY, self._services.clock())
        self._services.inbox.append(rows, self._shop.id, self.run_.key, resource, after)
        self._unchecked += len(step.records)
        return after

    def _place(self, resource: str) -> Place:
        return self._services.inbox.place(self._shop.id, self.run_.key, resource) or Place()

    def _closed(self, resource: str, place: Place) -> Iterator[Progress]:
        """Wait for the hours bulk work may run in."""
        window = self._wish.window
        while window is not None and (at := opens_at(window, self._services.clock())) is not None:
            yield Progress(resource, place.read, place.total, f"waits until {to_text(at)} (off-peak)", wait=True)
            self._wait((at - self._services.clock()).total_seconds())

    def _behind(self, resource: str, place: Place) -> Iterator[Progress]:
        """Wait while the fold is far behind, so that the inbox does not grow without bound."""
        if self._unchecked < FULL_PARTS and place.read:
            return
        self._unchecked = 0
        while True:
            has_worker = self._services.has_worker()
            folded = self._services.folded()
            waiting = self._services.inbox.waiting(self._shop.id, Lane.HISTORY, folded, MOST_WAITING + 1)
            if not has_worker and waiting > MOST_WAITING:
                raise Unready(f"{waiting - 1:,} records wait to be folded, and {START_WORKER}; then sync again.")
            if not has_worker and waiting:
                yield Progress(resource, place.read, place.total, START_WORKER)
            if waiting <= MOST_WAITING:
                return
            said = "waits for the worker to take in what was read"
            yield Progress(resource, place.read, place.total, said, wait=True)
            if not self._services.hold():
                return
            self._services.sleep(LOOK_S)

    def _wait(self, seconds: float) -> None:
        """In slices, holding on to the run."""
        until = self._services.clock() + timedelta(seconds=seconds)
        while (left := (until - self._services.clock()).total_seconds()) > 0:
            self._services.sleep(min(left, SLICE_S))
            if not self._services.hold():
                return

    def _end(self, state: RunState, error: str = "") -> None:
        counts: Mapping[str, Mapping[str, int]] = {
            resource: {"read": place.read, **({"looked": place.looked} if place.looked else {})}
            for resource in self.run_.resources
            for place in [self._place(resource)]
        }
        self.run_ = self._services.runs.end(self.run_, state, self._services.clock(), counts, error)
        log.info("sync ended", extra={"shop_id": self._shop.id, "run": self.run_.id, "state": state.value})


def as_rows(shop: Shop, records: Sequence[RawRecord], lane: Lane, now: datetime) -> list[NewRow]:
    """As the fold takes them: read by the platform's own parser, like its webhooks."""
    return [
        NewRow(shop.id, lane, RowKind.WEBHOOK, now, record.body, topic=record.topic, facts=record.facts)
        for record in records
    ]
