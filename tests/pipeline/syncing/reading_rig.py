"""Reading a shop over real HTTP into real files, whatever its platform."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from collector.domain.door import InboxRow, Lane
from collector.domain.jobs import Next
from collector.domain.shop import Shop
from collector.domain.syncing import ChangeReader, HistoryReader, Run, RunType
from collector.pipeline.syncing.changed import ChangedOnly
from collector.pipeline.syncing.reading import Progress, Reading, SyncServices, Wish
from collector.pipeline.syncing.reconcile import Reconcile, ReconcileServices
from collector.storage.sqlite.cursors import Cursors
from collector.storage.sqlite.sync_inbox import SyncInbox
from collector.storage.sqlite.sync_runs import SyncRuns
from tests.pipeline.telling_bench import TellingBench


class ReadingRig:
    """One live shop. `now`: a clock that only waiting moves; `history`, `changes`: its platform's readers, made anew
    for each run. `folds`: whether a worker is alive and folds whenever the run waits for it."""

    def __init__(
        self,
        bench: TellingBench,
        shop: Shop,
        folder: Path,
        now: Callable[[], datetime],
        history: Callable[[], HistoryReader],
        changes: Callable[[], ChangeReader],
    ) -> None:
        self.bench = bench
        self.shop = shop
        self.now = now
        self._history = history
        self._changes = changes
        bench.begin(shop)
        self.inbox = SyncInbox(folder / "tajo.inbox.db")
        self.inbox._connection.execute("pragma synchronous = off")  # nothing here has to survive
        self.runs = SyncRuns(bench.files.connection)
        self.generation = bench.files.reader.generation()
        self.start = bench.files.reader.newest_id()
        Cursors(bench.files.connection).advance(shop.id, Lane.HISTORY, self.generation, self.start)
        self.folds = True
        self.is_ours = True
        self.unfolded_since: datetime | None = None

    def close(self) -> None:
        self.inbox.close()

    def wait(self, seconds: float) -> None:
        """Moves the clock."""
        raise NotImplementedError

    def services(self) -> SyncServices:
        return SyncServices(
            history=self._history(),
            changes=ChangedOnly(self._changes(), self.runs),
            inbox=self.inbox,
            runs=self.runs,
            clock=self.now,
            sleep=self.sleep,
            fresh_key=lambda: secrets.token_hex(8),
            folded=self.folded,
            has_worker=lambda: self.folds,
            hold=lambda: self.is_ours,
        )

    def sleep(self, seconds: float) -> None:
        self.wait(seconds)
        if self.folds:
            self.fold_history()

    def folded(self) -> int:
        return Cursors(self.bench.files.connection).read(self.shop.id, Lane.HISTORY, self.generation)

    def reading(self, *resources: str, type_: RunType = RunType.FULL, **wish: Any) -> Reading:
        return Reading(self.services(), self.shop, Wish(type_, resources or tuple(self._history().resources), **wish))

    def sync(self, *resources: str, type_: RunType = RunType.FULL, **wish: Any) -> tuple[Run, list[Progress]]:
        """To the end. The run as it is remembered, and what was shown."""
        reading = self.reading(*resources, type_=type_, **wish)
        shown = list(reading.run())
        return reading.run_, shown

    def fold_history(self) -> None:
        self.bench.fold(self.now(), Lane.HISTORY)

    def rows(self, lane: Lane = Lane.HISTORY) -> Sequence[InboxRow]:
        """What came into the inbox since the beginning."""
        return self.bench.files.reader.next_rows(self.shop.id, lane, self.start, 100_000)

    def known(self, table: str) -> int:
        (count,) = self.bench.files.connection.execute(
            f"select count(*) from {table} where shop_id = ?", [self.shop.id]
        ).fetchone()
        return int(count)

    def reconcile(self, progress: Mapping[str, Any] | None = None) -> Next:
        """One turn of the job, and its rows folded."""
        services = ReconcileServices(
            changes=ChangedOnly(self._changes(), self.runs),
            products=self.runs,
            runs=self.runs,
            append=self.bench.files.inbox.append_many,
            unfolded_since=lambda shop_id: self.unfolded_since,
            clock=self.now,
            fresh_key=lambda: secrets.token_hex(8),
        )
        found = Reconcile(services, self.shop).run(progress or {}, self.now())
        self.bench.fold(self.now())
        return found
