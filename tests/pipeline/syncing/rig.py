"""Reading a shop over real HTTP into real files, on a clock that only waiting moves."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from collector.domain.door import InboxRow, Lane
from collector.domain.jobs import Next
from collector.domain.shop import Secrets, Shop
from collector.domain.syncing import Run, RunType
from collector.pipeline.syncing.changed import ChangedOnly
from collector.pipeline.syncing.reading import Progress, Reading, SyncServices, Wish
from collector.pipeline.syncing.reconcile import Reconcile, ReconcileServices
from collector.sources.shopify.changes import ShopifyChanges
from collector.sources.shopify.history import ShopifyHistory
from collector.storage.sqlite.cursors import Cursors
from collector.storage.sqlite.spill import FileSpill
from collector.storage.sqlite.sync_inbox import SyncInbox
from collector.storage.sqlite.sync_runs import SyncRuns
from tests.pipeline.row_builders import at
from tests.pipeline.telling_bench import LIVE_SHOPIFY, TellingBench
from tests.sources.shopify.api_bench import PERMANENT, ApiBench
from tests.sources.shopify.bulk_shop import BulkShop

ALL = ("customers", "orders", "products")


class Rig:
    """One live Shopify shop. `folds`: whether a worker is alive and folds whenever the run waits for it."""

    def __init__(self, bench: TellingBench, there: BulkShop, folder: Path) -> None:
        self.bench = bench
        self.there = there
        policy = replace(LIVE_SHOPIFY.policy, api_url=there.url)
        self.shop: Shop = replace(LIVE_SHOPIFY, policy=policy, secrets=Secrets(credentials=PERMANENT))
        bench.begin(self.shop)
        self.api = ApiBench()
        self.clock = self.api.clock
        self.clock.now = at(0)
        self.spill = FileSpill(folder / "tajo")
        self.inbox = SyncInbox(folder / "tajo.inbox.db")
        self.inbox._connection.execute("pragma synchronous = off")  # nothing here has to survive
        self.runs = SyncRuns(bench.files.connection)
        self.generation = bench.files.reader.generation()
        self.start = bench.files.reader.newest_id()
        Cursors(bench.files.connection).advance(self.shop.id, Lane.HISTORY, self.generation, self.start)
        self.folds = True
        self.is_ours = True
        self.unfolded_since: datetime | None = None

    def close(self) -> None:
        self.spill.close()
        self.inbox.close()
        self.api.http.close()

    def services(self) -> SyncServices:
        changes = ShopifyChanges(self.api.api, self.clock)
        return SyncServices(
            history=ShopifyHistory(self.api.api, self.spill),
            changes=ChangedOnly(changes, self.runs),
            inbox=self.inbox,
            runs=self.runs,
            clock=self.clock,
            sleep=self.sleep,
            fresh_key=lambda: secrets.token_hex(8),
            folded=self.folded,
            has_worker=lambda: self.folds,
            hold=lambda: self.is_ours,
        )

    def sleep(self, seconds: float) -> None:
        self.clock.sleep(seconds)
        if self.folds:
            self.fold_history()

    def folded(self) -> int:
        return Cursors(self.bench.files.connection).read(self.shop.id, Lane.HISTORY, self.generation)

    def reading(self, *resources: str, type_: RunType = RunType.FULL, **wish: Any) -> Reading:
        return Reading(self.services(), self.shop, Wish(type_, resources or ALL, **wish))

    def sync(self, *resources: str, type_: RunType = RunType.FULL, **wish: Any) -> tuple[Run, list[Progress]]:
        """To the end. The run as it is remembered, and what was shown."""
        reading = self.reading(*resources, type_=type_, **wish)
        shown = list(reading.run())
        return reading.run_, shown

    def fold_history(self) -> None:
        self.bench.fold(self.clock.now, Lane.HISTORY)

    def rows(self, lane: Lane = Lane.HISTORY) -> Sequence[InboxRow]:
        """What came into the inbox since the beginning."""
        return self.bench.files.reader.next_rows(self.shop.id, lane, self.start, 100_000)

    def known(self, table: str) -> int:
        (count,) = self.bench.files.connection.execute(
            f"select count(*) from {table} where shop_id = ?", [self.shop.id]
        ).fetchone()
        return int(count)

    def move(self, url: str) -> None:
        """The shop is at another address, or nowhere."""
        self.shop = replace(self.shop, policy=replace(self.shop.policy, api_url=url))

    def reconcile(self, progress: Mapping[str, Any] | None = None) -> Next:
        """One turn of the job, and its rows folded."""
        services = ReconcileServices(
            changes=ChangedOnly(ShopifyChanges(self.api.api, self.clock), self.runs),
            runs=self.runs,
            append=self.bench.files.inbox.append_many,
            unfolded_since=lambda shop_id: self.unfolded_since,
            clock=self.clock,
            fresh_key=lambda: secrets.token_hex(8),
        )
        found = Reconcile(services, self.shop).run(progress or {}, self.clock.now)
        self.bench.fold(self.clock.now)
        return found


@contextmanager
def rig_of(bench: TellingBench, there: BulkShop, folder: Path) -> Iterator[Rig]:
    with closing(Rig(bench, there, folder)) as rig:
        yield rig
