"""The doors' side of the inbox: a row is on disk before its request is answered.

Request threads queue their rows and wait; one committer thread per process (`committer.py`) puts whatever
waits into one transaction. Nothing waits for company: the commit before is the window.
"""

from __future__ import annotations

import atexit
import json
import os
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path

from collector.domain.door import NewRow
from collector.domain.errors import StorageRefused
from collector.domain.ports import Clock
from collector.domain.timestamps import to_text
from collector.storage.sqlite.committer import Committer, Entry, Values
from collector.storage.sqlite.counts import CountBuffer

_PATIENCE_S = 30.0  # longer than any lock is waited for; then the sender keeps the row
_encode = json.JSONEncoder(separators=(",", ":")).encode

_writers: weakref.WeakSet[InboxWriter] = weakref.WeakSet()


class InboxWriter:
    """ports.InboxWriter over one file. Threads and connection start with the first row, per process."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._starting = threading.Lock()
        self._committer: Committer | None = None
        self._of_the_parent: Committer | None = None
        self._counts = CountBuffer()
        self._is_closed = False
        _writers.add(self)

    def append(self, row: NewRow) -> None:
        """Returns when the row is on disk. Raises StorageRefused."""
        self._append(Entry([values_of(row)]))

    def append_many(self, rows: Sequence[NewRow]) -> None:
        """All of them in one transaction, or none. Raises StorageRefused."""
        if rows:
            self._append(Entry([values_of(row) for row in rows]))

    def count(self, shop_id: int | None, door: str, reason: str) -> None:
        """On disk within about a second, also when no rows come. What `kill -9` meets before is lost."""
        self._counts.add(self._clock(), shop_id, door, reason)
        if self._committer is None and not self._is_closed:
            self._start()

    def trouble(self) -> str:
        """Why the rows of this process are refused now; "" when they are not."""
        return self._committer.trouble if self._committer is not None else ""

    def close(self) -> None:
        """Commit what waits, flush the counts, end the threads. Rows that come later are refused."""
        with self._starting:
            self._is_closed = True
            committer, self._committer = self._committer, None
        if committer is not None:
            committer.close()
        atexit.unregister(self.close)

    def _append(self, entry: Entry) -> None:
        committer = self._committer or self._start()
        committer.submit(entry)
        if not entry.latch.acquire(timeout=_PATIENCE_S):
            raise StorageRefused(f"{self._path}: not written within {_PATIENCE_S:.0f} s")
        if entry.error is not None:
            raise StorageRefused(f"{self._path}: {entry.error}") from entry.error

    def _start(self) -> Committer:
        with self._starting:
            if self._is_closed:
                raise StorageRefused(f"{self._path}: the inbox is closing")
            if self._committer is None:
                self._committer = Committer(self._path, self._counts)
                atexit.register(self.close)
            return self._committer

    def _forget_the_parent(self) -> None:
        """In a forked child. The parent's connection is kept, untouched: closing it could harm its locks."""
        self._of_the_parent = self._committer
        self._committer = None
        self._starting = threading.Lock()
        self._counts = CountBuffer()


def values_of(row: NewRow) -> Values:
    """A row as the statement takes it."""
    return (
        row.shop_id,
        row.lane.value,
        row.kind.value,
        to_text(row.received_at),
        _text(row.topic),
        _text(row.delivery_id),
        _encode(row.facts) if row.facts else "{}",
        row.body,
    )


def _text(text: str) -> str:
    """Lone surrogates, which no database takes, become question marks."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _after_fork() -> None:
    for writer in _writers:
        writer._forget_the_parent()


os.register_at_fork(after_in_child=_after_fork)
