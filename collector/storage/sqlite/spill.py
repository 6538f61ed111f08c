"""Records put aside in a file of their own until the children of each are there: a result lists parents before their
children, and not side by side. Memory stays small whatever the result's size.

The file lies beside the database, is for this user alone and goes when its result is read. It is no record: a line
missing at its end is fetched again, and a file that cannot be read is made anew.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from collector.storage.sqlite.trouble import unready

_TABLES = """
create table result (name text not null) strict;
create table lines (
  place integer primary key,
  id text not null,
  parent text not null,
  line blob not null
) strict;
"""
_AT_ONCE = 20  # records with what hangs on them: a product may have 2,048 variants
_PRAGMAS = ("journal_mode = wal", "synchronous = off", "temp_store = file", "cache_size = -16384")


class FileSpill:
    """domain.syncing.Spill. `stem`: of the files' names; one object, one thread, one result at a time."""

    def __init__(self, stem: Path) -> None:
        self._stem = stem
        self._connection: sqlite3.Connection | None = None
        self._path_open = stem
        self._kept = 0
        self._is_sorted = False

    def open(self, shop_id: int, resource: str, name: str) -> int:
        self.close()
        path = self._path(shop_id, resource)
        found = self._opened(path, name) if path.exists() else None
        if found is None:
            self._remove(path)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            found = _connect(path)
            found.executescript(_TABLES)
            found.execute("insert into result values (?)", [name])
        self._connection, self._path_open = found, path
        (self._kept,) = found.execute("select coalesce(max(place), 0) from lines").fetchone()
        self._is_sorted = False
        return self._kept

    def keep(self, lines: Iterable[tuple[str, str, bytes]]) -> None:
        """Raises Unready when the disk does not take them."""
        connection = self._open
        kept = self._kept

        def numbered() -> Iterable[tuple[int, str, str, bytes]]:
            nonlocal kept
            for number, parent, line in lines:
                kept += 1
                yield kept, number, parent, line

        connection.execute("begin")
        try:
            connection.executemany("insert into lines values (?, ?, ?, ?)", numbered())
            connection.execute("commit")
        except BaseException as problem:
            if connection.in_transaction:  # a full disk may have ended it already
                connection.execute("rollback")
            if isinstance(problem, sqlite3.OperationalError):
                raise unready(self._path_open, problem) from problem
            raise
        self._kept = kept
        self._is_sorted = False

    def count(self) -> int:
        self._sort()
        (found,) = self._open.execute("select count(*) from lines where parent = ''").fetchone()
        return int(found)

    def families(
        self, after: int, limit: int, enough: int = 4 * 1024 * 1024
    ) -> list[tuple[int, bytes, list[tuple[str, str, bytes]]]]:
        self._sort()
        found: list[tuple[int, bytes, list[tuple[str, str, bytes]]]] = []
        size = 0
        while size < enough and len(found) < limit:
            some = self._some_families(after, min(_AT_ONCE, limit - len(found)))
            if not some:
                break
            found += some
            after = some[-1][0]
            size += sum(len(line) + sum(len(child) for _, _, child in below) for _, line, below in some)
        return found

    def _some_families(self, after: int, limit: int) -> list[tuple[int, bytes, list[tuple[str, str, bytes]]]]:
        query = "select place, id, line from lines where parent = '' and place > ? order by place limit ?"
        heads = self._open.execute(query, [after, limit]).fetchall()
        below: dict[str, list[tuple[str, str, bytes]]] = {number: [] for _, number, _ in heads}
        head_of = {number: number for _, number, _ in heads}
        generation: Sequence[str] = list(head_of)
        while generation:
            children = self._children(generation)
            generation = [
                number for number in {number for number, _, _ in children} if number and number not in head_of
            ]
            for number, parent, line in children:
                below[head_of[parent]].append((number, parent, line))
                head_of.setdefault(number, head_of[parent])
        return [(place, line, below[number]) for place, number, line in heads]

    def drop(self, shop_id: int, resource: str) -> None:
        self.close()
        self._remove(self._path(shop_id, resource))

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _children(self, parents: Sequence[str]) -> list[tuple[str, str, bytes]]:
        query = "select id, parent, line from lines where parent in (select value from json_each(?)) order by place"
        return self._open.execute(query, [json.dumps(list(parents))]).fetchall()

    def _sort(self) -> None:
        """Once everything is there; sorting at the end is many times faster than keeping order all along."""
        if not self._is_sorted:
            self._open.execute("create index if not exists by_parent on lines (parent, place)")
            self._is_sorted = True

    @property
    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            raise LookupError("no result is open")
        return self._connection

    def _path(self, shop_id: int, resource: str) -> Path:
        return self._stem.with_name(f"{self._stem.name}.sync-{shop_id}-{resource}.db")

    def _opened(self, path: Path, name: str) -> sqlite3.Connection | None:
        """None: of another result, or not readable any more."""
        try:
            connection = _connect(path)
        except sqlite3.DatabaseError:  # not a database at all: made anew
            return None
        try:
            if connection.execute("select name from result").fetchone() == (name,):
                return connection
        except sqlite3.DatabaseError:
            pass  # broken off while it was made: made anew
        connection.close()
        return None

    def _remove(self, path: Path) -> None:
        for each in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
            with suppress(FileNotFoundError):
                each.unlink()


def drop_of_shop(stem: Path, shop_id: int) -> None:
    """Everything put aside for a shop that is purged."""
    for path in stem.parent.glob(f"{stem.name}.sync-{shop_id}-*.db*"):
        path.unlink(missing_ok=True)


def drop_old(stem: Path, before: datetime) -> int:
    """What nobody went on with: results do not live longer. How many files."""
    gone = 0
    for path in stem.parent.glob(f"{stem.name}.sync-*.db*"):
        with suppress(FileNotFoundError):  # its run ended this moment
            if path.stat().st_mtime < before.timestamp():
                path.unlink()
                gone += 1
    return gone


def _connect(path: Path) -> sqlite3.Connection:
    """A killed process loses nothing it committed; only a machine that goes down does, and then it is fetched again."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        for pragma in _PRAGMAS:
            connection.execute(f"pragma {pragma}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection
