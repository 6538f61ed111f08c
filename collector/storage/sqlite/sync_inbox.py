"""The inbox as a reading of a shop's records writes it: rows and the place they lead to, in one transaction.

In turn with the doors, under the same lock; each transaction is short, so that no shopper waits for an import.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import msgspec

from collector.domain.door import Lane, NewRow
from collector.domain.errors import StorageRefused
from collector.domain.syncing import Place
from collector.storage.sqlite.connection import open_inbox, write
from collector.storage.sqlite.file_lock import FileLock
from collector.storage.sqlite.inbox import values_of
from collector.storage.sqlite.statements import statements

_APPEND = statements("inbox")["append"]
_SQL = statements("sync_inbox")


class SyncInbox:
    """domain.syncing.SyncInbox over one file, for one thread. Close it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = FileLock(path.with_name(path.name + ".lock"))
        self._connection = open_inbox(path)

    def place(self, shop_id: int, run: str, resource: str) -> Place | None:
        given = {"shop_id": shop_id, "run": run, "resource": resource}
        found = self._connection.execute(_SQL["place"], given).fetchone()
        return msgspec.json.decode(found[0], type=Place) if found else None

    def append(self, rows: Sequence[NewRow], shop_id: int, run: str, resource: str, place: Place) -> None:
        text = msgspec.json.encode(asdict(place)).decode()
        kept = {"shop_id": shop_id, "run": run, "resource": resource, "place": text}
        try:
            with self._lock, write(self._connection) as connection:
                connection.executemany(_APPEND, [values_of(row) for row in rows])
                connection.execute(_SQL["keep_place"], kept)
        except (sqlite3.Error, OSError) as error:
            raise StorageRefused(f"{self._path}: {error}") from error

    def forget(self, shop_id: int) -> None:
        try:
            with self._lock, write(self._connection) as connection:
                connection.execute(_SQL["forget"], {"shop_id": shop_id})
        except (sqlite3.Error, OSError) as error:
            raise StorageRefused(f"{self._path}: {error}") from error

    def waiting(self, shop_id: int, lane: Lane, after: int, most: int) -> int:
        given = {"shop_id": shop_id, "lane": lane.value, "after": after, "most": most}
        (found,) = self._connection.execute(_SQL["waiting"], given).fetchone()
        return int(found)

    def close(self) -> None:
        self._connection.close()
        self._lock.close()
