"""Once a day each shop is asked what it is: a shop that stands in the file was never asked by an installation.

Its currency is that of the sums and the catalogue, its clock that of the quiet hours. What it answers goes through the
inbox like what it tells by itself; what is wrong with its API stays in the job's memory, for `tajo check`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from collector.domain.describing import ShopReader
from collector.domain.door import Lane, NewRow, RowKind
from collector.domain.jobs import DESCRIPTION, Next, of_shop
from collector.domain.shop import Shop
from collector.domain.timestamps import to_text

EVERY = timedelta(days=1)
SOON = timedelta(hours=1)  # while something is wrong: whoever mends it wants to see that it is


@dataclass(frozen=True, slots=True)
class DescribeShop:
    """The job of one shop. `append`: rows are on disk when it returns."""

    shop: Shop
    reader: ShopReader
    append: Callable[[Sequence[NewRow]], None]

    @property
    def name(self) -> str:
        return of_shop(DESCRIPTION, self.shop.id)

    def run(self, progress: Mapping[str, Any], now: datetime) -> Next:
        found = self.reader.describe(self.shop)
        record = found.record
        same = hashlib.sha256(record.body).hexdigest()[:32]
        facts = {**record.facts, "triggered_at": to_text(now)}
        row = NewRow(self.shop.id, Lane.LIVE, RowKind.WEBHOOK, now, record.body, record.topic, f"read:{same}", facts)
        self.append([row])
        problems = [list(problem) for problem in found.problems]
        return Next(
            now + (SOON if problems else EVERY), {"problems": problems}, "; ".join(what for what, _ in found.problems)
        )
