"""The worker's side of the inbox: rows behind a cursor, what is new, what may go.

One object per process is enough: calls take turns. It follows the file when another one is put in its place.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from collector.domain.door import InboxRow, Lane, RowKind
from collector.domain.timestamps import from_text, to_text
from collector.storage.sqlite import counts as counting
from collector.storage.sqlite.connection import open_inbox, write
from collector.storage.sqlite.file_lock import FileLock
from collector.storage.sqlite.statements import statements

_SQL = statements("inbox")
_CLOCKS_DIFFER = timedelta(minutes=5)  # ids follow time only about
_PAGE = 200

Raw = tuple[int, int, str, str, str, str, str, str, bytes]
Cursors = Mapping[tuple[int, Lane], int]


class InboxReader:
    """ports.InboxReader. Raises Unready while the file is not there."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._heads: dict[tuple[int, Lane], int] = {}
        self._newest_seen: int | None = None
        self._version_seen: int | None = None

    def generation(self) -> str:
        """The inbox's random identity; changes when the file is replaced."""
        with self._reading() as connection:
            (found,) = connection.execute(_SQL["generation"]).fetchone()
        return str(found)

    def newest_id(self) -> int:
        """0 for an empty inbox."""
        with self._reading() as connection:
            (found,) = connection.execute(_SQL["newest_id"]).fetchone()
        return int(found)

    def next_rows(self, shop_id: int, lane: Lane, after: int, limit: int) -> Sequence[InboxRow]:
        """Rows behind the cursor `after`, oldest first."""
        given = {"shop_id": shop_id, "lane": lane.value, "after": after, "limit": limit}
        with self._reading() as connection:
            rows = connection.execute(_SQL["next_rows"], given).fetchall()
        return [_row(raw) for raw in rows]

    def row(self, row_id: int) -> InboxRow | None:
        with self._reading() as connection:
            raw = connection.execute(_SQL["row"], {"id": row_id}).fetchone()
        return _row(raw) if raw else None

    def shops_behind(self, cursors: Cursors) -> list[tuple[int, Lane]]:
        """Which shops and lanes have rows behind their cursor (0 for those not named). Live first.

        Costs what arrived since the last call, not what lies in the file.
        """
        with self._reading() as connection:
            if self._newest_seen is None:
                rows = connection.execute(_SQL["heads"])
            else:
                rows = connection.execute(_SQL["heads_since"], {"after": self._newest_seen})
            for shop_id, lane, newest in rows:
                self._heads[shop_id, Lane(lane)] = newest
                self._newest_seen = max(self._newest_seen or 0, newest)
            behind = [key for key, newest in self._heads.items() if newest > cursors.get(key, 0)]
        return sorted(behind, key=lambda key: (key[1] is not Lane.LIVE, key[0]))

    def oldest_after(self, shop_id: int, lane: Lane, after: int) -> datetime | None:
        """When the oldest row behind the cursor arrived; None: everything is folded."""
        given = {"shop_id": shop_id, "lane": lane.value, "after": after}
        with self._reading() as connection:
            found = connection.execute(_SQL["oldest_after"], given).fetchone()
        return from_text(found[0]) if found else None

    def count_after(self, shop_id: int, lane: Lane, after: int) -> int:
        """How many rows are behind the cursor."""
        given = {"shop_id": shop_id, "lane": lane.value, "after": after}
        with self._reading() as connection:
            (found,) = connection.execute(_SQL["count_after"], given).fetchone()
        return int(found)

    def changed_since_last_look(self) -> bool:
        """Whether anything was written since the last call (True the first time). Microseconds."""
        with self._reading() as connection:
            (version,) = connection.execute("pragma data_version").fetchone()
            changed: bool = version != self._version_seen
            self._version_seen = version
        return changed

    def rows_since(
        self, shop_id: int, kind: RowKind, since: datetime, after: int = 0, limit: int | None = None
    ) -> Iterator[InboxRow]:
        """What arrived since, oldest first, behind row id `after`. Pages; other calls may come in between."""
        with self._reading() as connection:
            after = max(after, _id_before(connection, since - _CLOCKS_DIFFER))
        given = {"shop_id": shop_id, "kind": kind.value, "since": to_text(since)}
        left = limit
        while left is None or left > 0:
            page = _PAGE if left is None else min(_PAGE, left)
            place = {**given, "after": after, "limit": page}
            with self._reading() as connection:
                rows = connection.execute(_SQL["rows_since"], place).fetchall()
            yield from map(_row, rows)
            if len(rows) < page:
                return
            after = rows[-1][0]
            left = None if left is None else left - len(rows)

    def counts_since(self, since: datetime, shop_id: int | None = None) -> list[counting.Count]:
        """What the doors answered since the hour of `since`; without `shop_id` to everybody."""
        with self._reading() as connection:
            return counting.since(connection, since, shop_id)

    def purge(self, folded: Cursors, older_than: datetime, limit: int = 500) -> int:
        """Delete folded rows older than that, and folded denials at once; how many.

        At most about `limit` rows per shop and lane, so that the doors wait shortly: call until it says 0.
        """
        gone = 0
        for (shop_id, lane), last_id in folded.items():
            given = {
                "shop_id": shop_id,
                "lane": lane.value,
                "folded": last_id,
                "older_than": to_text(older_than),
                "limit": limit,
            }
            with self._writing() as connection:
                gone += connection.execute(_SQL["purge"], given).rowcount
                gone += connection.execute(_SQL["purge_denials"], given).rowcount
        return gone

    def purge_shop(self, shop_id: int, limit: int = 500) -> int:
        """Delete up to `limit` rows of a shop, folded or not; how many. Call until it says 0."""
        with self._writing() as connection:
            self._heads = {key: newest for key, newest in self._heads.items() if key[0] != shop_id}
            connection.execute(_SQL["purge_places"], {"shop_id": shop_id})
            return connection.execute(_SQL["purge_shop"], {"shop_id": shop_id, "limit": limit}).rowcount

    def erase(
        self, shop_id: int, folded: Mapping[str, int], holds: Callable[[str], bool], after: int
    ) -> tuple[int, int, int]:
        """Delete folded rows of a shop that hold it, one portion behind `after`. (deleted, not folded yet, the last
        row looked at); 0 as the last row: this was the end."""
        given = {"shop_id": shop_id, "after": after, "limit": _PAGE}
        with self._reading() as connection:
            rows = connection.execute(_SQL["to_erase"], given).fetchall()
        found = [
            (row_id, lane)
            for row_id, lane, facts, body in rows
            if holds(facts) or holds(body.decode("utf-8", "replace"))
        ]
        gone = [row_id for row_id, lane in found if row_id <= folded.get(lane, 0)]
        if gone:
            with self._writing() as connection:
                connection.execute("pragma secure_delete = on")  # the freed pages are overwritten, too
                connection.execute(_SQL["erase"], {"rows": json.dumps(gone)})
        return len(gone), len(found) - len(gone), rows[-1][0] if len(rows) == _PAGE else 0

    def heard_at(self, shop_id: int, door: str = "webhook") -> datetime | None:
        """When, to the hour, its last webhook (or beacon) was taken; None: not within memory."""
        with self._reading() as connection:
            return counting.newest(connection, shop_id, door)

    def purge_counts(self, before: datetime) -> int:
        with self._writing() as connection:
            return counting.purge(connection, before)

    def close(self) -> None:
        with self._turn:
            self._disconnect()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._turn:
            yield self._connected()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A short transaction in turn with the doors, over its own connection."""
        lock = FileLock(self._path.with_name(self._path.name + ".lock"))
        connection = open_inbox(self._path)
        try:
            with lock, write(connection):
                yield connection
        finally:
            connection.close()
            lock.close()

    def _connected(self) -> sqlite3.Connection:
        try:
            found = os.stat(self._path)
        except FileNotFoundError:
            self._disconnect()
        else:
            if self._file != (found.st_dev, found.st_ino):
                self._disconnect()
                self._file = (found.st_dev, found.st_ino)
        if self._connection is None:
            self._connection = open_inbox(self._path)
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self._file = None
        self._heads = {}
        self._newest_seen = None
        self._version_seen = None


def _id_before(connection: sqlite3.Connection, moment: datetime) -> int:
    """An id such that rows arrived since `moment` lie behind it: a search by halves over the row ids."""
    text = to_text(moment)
    (high,) = connection.execute(_SQL["newest_id"]).fetchone()
    low = 0  # everything up to here is older
    while low < high:
        middle = (low + high + 1) // 2
        found = connection.execute(_SQL["probe"], {"id": middle}).fetchone()
        if found[1] < text:
            low = found[0]
        else:
            high = middle - 1
    return int(low)


def _row(raw: Raw) -> InboxRow:
    row_id, shop_id, lane, kind, received_at, topic, delivery_id, facts, body = raw
    return InboxRow(
        row_id,
        shop_id,
        Lane(lane),
        RowKind(kind),
        from_text(received_at),
        topic,
        delivery_id,
        json.loads(facts) if facts != "{}" else {},
        body,
    )
