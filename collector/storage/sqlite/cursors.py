"""How far the fold got, what became of odd rows, and which deliveries it has seen.

All single statements: the fold calls them inside the transaction that holds what it made of the rows.
"""

from __future__ import annotations

import sqlite3

from collector.domain.door import Lane
from collector.storage.sqlite.statements import statements

_SQL = statements("cursors")


class Cursors:
    """`generation` is the inbox's; a cursor of another one counts as 0, which once-only makes harmless."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def read(self, shop_id: int, lane: Lane, generation: str) -> int:
        given = {"shop_id": shop_id, "lane": lane.value, "generation": generation}
        found = self._connection.execute(_SQL["read"], given).fetchone()
        return int(found[0]) if found else 0

    def all(self, generation: str) -> dict[tuple[int, Lane], int]:
        """For InboxReader.shops_behind and purge."""
        rows = self._connection.execute(_SQL["all"], {"generation": generation})
        return {(shop_id, Lane(lane)): last_id for shop_id, lane, last_id in rows}

    def advance(self, shop_id: int, lane: Lane, generation: str, last_id: int) -> None:
        given = {"shop_id": shop_id, "lane": lane.value, "generation": generation, "last_id": last_id}
        self._connection.execute(_SQL["advance"], given)

    def note_outcome(self, generation: str, inbox_id: int, shop_id: int, outcome: str, reason: str) -> None:
        """Of a row that was not plainly folded: skipped | duplicate | quarantined. The last word counts."""
        given = {
            "generation": generation,
            "inbox_id": inbox_id,
            "shop_id": shop_id,
            "outcome": outcome,
            "reason": reason,
        }
        self._connection.execute(_SQL["note_outcome"], given)

    def outcome(self, generation: str, inbox_id: int) -> tuple[str, str] | None:
        """(outcome, reason); None: plainly folded, or not folded yet."""
        given = {"generation": generation, "inbox_id": inbox_id}
        found = self._connection.execute(_SQL["outcome"], given).fetchone()
        return (found[0], found[1]) if found else None

    def is_first_delivery(self, shop_id: int, key: str, row_id: int) -> bool:
        """Remembers the delivery. True for the row it came with first, also when that row is folded again."""
        given = {"shop_id": shop_id, "key": key, "row_id": row_id}
        (first,) = self._connection.execute(_SQL["remember_delivery"], given).fetchone()
        return bool(first == row_id)

    def forget(self, shop_id: int, generation: str, before: int) -> None:
        """Retention: outcomes and deliveries of rows that are gone from the inbox (ids below `before`)."""
        given = {"shop_id": shop_id, "generation": generation, "before": before}
        self._connection.execute(_SQL["forget_outcomes"], given)
        self._connection.execute(_SQL["forget_deliveries"], {"shop_id": shop_id, "before": before})
