"""Rows that were verified and not understood. They block nothing; after a fix they are replayed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collector.domain.door import InboxRow, Lane, RowKind
from collector.domain.timestamps import from_text, to_text
from collector.storage.sqlite.statements import statements

_SQL = statements("quarantine")


@dataclass(frozen=True, slots=True)
class Quarantined:
    """`row` is the whole inbox row as it was: the inbox may have purged its own by now."""

    id: int
    row: InboxRow
    reason: str
    detail: str
    quarantined_at: datetime
    replayed_at: datetime | None


class Quarantine:
    """Single statements: `add` belongs into the fold's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, generation: str, row: InboxRow, reason: str, detail: str, now: datetime) -> None:
        given = {
            "shop_id": row.shop_id,
            "generation": generation,
            "inbox_id": row.id,
            "lane": row.lane.value,
            "kind": row.kind.value,
            "topic": row.topic,
            "delivery_id": row.delivery_id,
            "facts": json.dumps(dict(row.facts)),
            "received_at": to_text(row.received_at),
            "body": row.body,
            "reason": reason,
            "detail": detail,
            "now": to_text(now),
        }
        self._connection.execute(_SQL["add"], given)

    def rows(
        self, shop_id: int | None = None, after: int = 0, limit: int = 100, *, also_replayed: bool = False
    ) -> Sequence[Quarantined]:
        """Oldest first, behind id `after`."""
        given = {"shop_id": shop_id, "after": after, "limit": limit, "also_replayed": also_replayed}
        return [_quarantined(raw) for raw in self._connection.execute(_SQL["rows"], given)]

    def get(self, quarantine_id: int) -> Quarantined | None:
        raw = self._connection.execute(_SQL["one"], {"id": quarantine_id}).fetchone()
        return _quarantined(raw) if raw else None

    def reasons(self, shop_id: int | None = None) -> dict[str, int]:
        """How many rows wait for a fix, by reason."""
        return dict(self._connection.execute(_SQL["reasons"], {"shop_id": shop_id}).fetchall())

    def replayed(self, quarantine_id: int, now: datetime) -> None:
        self._connection.execute(_SQL["replayed"], {"id": quarantine_id, "now": to_text(now)})

    def purge(self, before: datetime) -> int:
        """Retention; how many went."""
        return self._connection.execute(_SQL["purge"], {"before": to_text(before)}).rowcount


def _quarantined(raw: tuple[Any, ...]) -> Quarantined:
    (quarantine_id, shop_id, inbox_id, lane, kind, topic, delivery_id, facts, received_at, body) = raw[:10]
    reason, detail, quarantined_at, replayed_at = raw[10:]
    row = InboxRow(
        inbox_id,
        shop_id,
        Lane(lane),
        RowKind(kind),
        from_text(received_at),
        topic,
        delivery_id,
        json.loads(facts),
        body,
    )
    at = from_text(replayed_at) if replayed_at else None
    return Quarantined(quarantine_id, row, reason, detail, from_text(quarantined_at), at)
