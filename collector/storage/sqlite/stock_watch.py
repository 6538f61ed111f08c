"""Whose stock has to be looked at, and how it stood last, in the state file. See domain.stock."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import datetime

from collector.domain.stock import StockState
from collector.domain.timestamps import from_text, to_text
from collector.storage.sqlite.statements import statements

SQL = statements("stock")


class StockWatch:
    """Reads and writes inside whatever transaction its connection is in."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def look(self, shop_id: int, product_id: str, due_at: datetime) -> None:
        given = {"shop_id": shop_id, "product_id": product_id, "due_at": to_text(due_at)}
        self._db.execute(SQL["look"], given)

    def due(self, shop_id: int, now: datetime, limit: int) -> list[tuple[str, int]]:
        """(product, revision), oldest first."""
        given = {"shop_id": shop_id, "now": to_text(now), "limit": limit}
        return [(product_id, revision) for product_id, revision in self._db.execute(SQL["due"], given)]

    def settle(self, shop_id: int, product_id: str, revision: int) -> None:
        """Unless it has to be looked at again since."""
        self._db.execute(SQL["settle"], {"shop_id": shop_id, "product_id": product_id, "revision": revision})

    def states(self, shop_id: int, product_id: str) -> dict[str, StockState]:
        """By entry."""
        rows = self._db.execute(SQL["states"], {"shop_id": shop_id, "product_id": product_id})
        return {entry_id: StockState(state) for entry_id, state in rows}

    def keep_states(self, shop_id: int, product_id: str, states: Mapping[str, StockState]) -> None:
        """In place of all there were."""
        self._db.execute(SQL["forget_states"], {"shop_id": shop_id, "product_id": product_id})
        for entry_id, state in states.items():
            given = {"shop_id": shop_id, "product_id": product_id, "entry_id": entry_id, "state": state.value}
            self._db.execute(SQL["keep_state"], given)

    def next_due(self, shop_id: int) -> datetime | None:
        (found,) = self._db.execute(SQL["next_due"], {"shop_id": shop_id}).fetchone()
        return from_text(found) if found else None
