"""Which records have to be read again, in the state file. See domain.rereading."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from collector.domain.rereading import Noted
from collector.domain.timestamps import from_text, to_text
from collector.storage.sqlite.statements import statements

SQL = statements("rereads")


class Rereads:
    """Reads and writes inside whatever transaction its connection is in."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def note(self, shop_id: int, kind: str, id_: str, due_at: datetime) -> None:
        self._db.execute(SQL["note"], {"shop_id": shop_id, "kind": kind, "id": id_, "due_at": to_text(due_at)})

    def due(self, shop_id: int, kind: str, now: datetime, limit: int) -> list[Noted]:
        """Oldest first."""
        given = {"shop_id": shop_id, "kind": kind, "now": to_text(now), "limit": limit}
        return [Noted(kind, id_, revision) for id_, revision in self._db.execute(SQL["due"], given)]

    def settle(self, shop_id: int, some: Sequence[Noted]) -> None:
        """They were read; those noted again meanwhile stay."""
        for one in some:
            given = {"shop_id": shop_id, "kind": one.kind, "id": one.id, "revision": one.revision}
            self._db.execute(SQL["settle"], given)

    def next_due(self, shop_id: int) -> datetime | None:
        (found,) = self._db.execute(SQL["next_due"], {"shop_id": shop_id}).fetchone()
        return from_text(found) if found else None

    def forget(self, shop_id: int) -> int:
        return self._db.execute(SQL["forget"], {"shop_id": shop_id}).rowcount
