"""Reading a Shopify shop over real HTTP into real files, on a clock that only waiting moves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from collector.domain.shop import Secrets
from collector.sources.shopify.changes import ShopifyChanges
from collector.sources.shopify.history import ShopifyHistory
from collector.storage.sqlite.spill import FileSpill
from tests.pipeline.row_builders import at
from tests.pipeline.syncing.reading_rig import ReadingRig
from tests.pipeline.telling_bench import LIVE_SHOPIFY, TellingBench
from tests.sources.shopify.api_bench import PERMANENT, ApiBench
from tests.sources.shopify.bulk_shop import BulkShop


class Rig(ReadingRig):
    """One live Shopify shop."""

    def __init__(self, bench: TellingBench, there: BulkShop, folder: Path) -> None:
        self.there = there
        policy = replace(LIVE_SHOPIFY.policy, api_url=there.url)
        shop = replace(LIVE_SHOPIFY, policy=policy, secrets=Secrets(credentials=PERMANENT))
        self.api = ApiBench()
        self.clock = self.api.clock
        self.clock.now = at(0)
        self.spill = FileSpill(folder / "tajo")
        super().__init__(
            bench,
            shop,
            folder,
            self.clock,
            lambda: ShopifyHistory(self.api.api, self.spill),
            lambda: ShopifyChanges(self.api.api, self.clock),
        )

    def close(self) -> None:
        self.spill.close()
        self.api.http.close()
        super().close()

    def wait(self, seconds: float) -> None:
        self.clock.sleep(seconds)

    def move(self, url: str) -> None:
        """The shop is at another address, or nowhere."""
        self.shop = replace(self.shop, policy=replace(self.shop.policy, api_url=url))


@contextmanager
def rig_of(bench: TellingBench, there: BulkShop, folder: Path) -> Iterator[Rig]:
    with closing(Rig(bench, there, folder)) as rig:
        yield rig
