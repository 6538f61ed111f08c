"""What arrived for a shop and what became of it: rows of the inbox beside the fold's words in the state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from collector.domain.door import InboxRow, RowKind
from collector.storage.sqlite.cursors import Cursors
from collector.storage.sqlite.inbox_reader import InboxReader


@dataclass(frozen=True, slots=True)
class Arrival:
    """`outcome`: waiting | folded | skipped | duplicate | quarantined; `reason` for all but the first two."""

    row: InboxRow
    outcome: str
    reason: str = ""


def arrivals(
    reader: InboxReader,
    cursors: Cursors,
    shop_id: int,
    kind: RowKind,
    since: datetime,
    after: int = 0,
    limit: int | None = None,
) -> Iterator[Arrival]:
    """Oldest first. To follow, call again with the last row's id as `after`."""
    generation = reader.generation()
    folded = cursors.all(generation)
    for row in reader.rows_since(shop_id, kind, since, after, limit):
        if row.id > folded.get((shop_id, row.lane), 0):
            yield Arrival(row, "waiting")
        else:
            outcome, reason = cursors.outcome(generation, row.id) or ("folded", "")
            yield Arrival(row, outcome, reason)
