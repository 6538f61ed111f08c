"""Products that went without a word: no list names them, so they are asked for by their numbers.

Those that nothing confirmed for the longest time come first. After a run that read all products these are the ones it
did not name. Only what the shop itself says it has not is gone, by a row in the inbox like any other deletion.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from collector.domain.door import Lane, NewRow
from collector.domain.ports import Clock
from collector.domain.shop import Shop
from collector.domain.syncing import PRODUCTS, ChangeReader, KnownProducts
from collector.pipeline.syncing.reading import as_rows

AT_ONCE = 250
MOST = 500  # that are still there, in one look: shops are asked every few hours


@dataclass(frozen=True, slots=True)
class Looked:
    """`is_done`: enough for this time. `wait_s`: the platform needs so long."""

    asked: int = 0
    gone: int = 0
    is_done: bool = False
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class GoneProducts:
    """`append`: rows are on disk when it returns."""

    reader: ChangeReader
    known: KnownProducts
    append: Callable[[Sequence[NewRow]], None]
    clock: Clock

    def step(self, shop: Shop, before: datetime, there: int) -> Looked:
        """Some of those that nothing confirmed since `before`. `there`: how many of this look are still there.

        Raises SourceUnavailable, Misuse: then nothing is known of them.
        """
        ids = self.known.unconfirmed(shop.id, before, min(AT_ONCE, MOST - there)) if there < MOST else []
        if not ids:
            return Looked(is_done=True)
        found = self.reader.gone(shop, PRODUCTS, ids)
        if found.records:
            self.append(as_rows(shop, found.records, Lane.LIVE, self.clock()))
        left = set(found.left)
        asked = [number for number in ids if number not in left]
        self.known.keep_asked(shop.id, asked, self.clock())
        return Looked(len(asked), len(found.records), wait_s=found.wait_s)
