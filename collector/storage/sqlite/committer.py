"""One thread per process that commits what the request threads queued, and keeps the log of the file short.

A transaction takes everything that waits, under a lock of the operating system so that several processes
hand over fairly. Whatever SQLite or the disk refuses is told to the rows concerned; the file is opened anew
for the next ones, so that everything goes on by itself once the disk is mended.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Mapping
from contextlib import closing
from functools import cache
from itertools import chain
from pathlib import Path
from queue import Empty, SimpleQueue

from collector.domain.errors import StorageRefused, Unready
from collector.storage.sqlite import counts as counting
from collector.storage.sqlite.connection import open_inbox, write
from collector.storage.sqlite.file_lock import FileLock
from collector.storage.sqlite.statements import statements
from collector.storage.sqlite.trouble import unready

log = logging.getLogger(__name__)

Values = tuple[int, str, str, str, str, str, str, bytes]

_APPEND = statements("inbox")["append"]
_LARGEST_BATCH = 512  # entries
_MOST_AT_ONCE = 64  # rows in a statement
_PAUSE_S = 1.0  # between two looks at counts and log
_LOG_WORTH_COPYING = 1 << 20  # bytes
_LOG_TOO_LONG = 32 << 20  # bytes


@cache
def _append_of(size: int) -> str:
    """The insert with places for so many rows. One statement lets go of the interpreter once, not per row:
    with many request threads waiting for it, that is most of the time. Powers of two stay prepared."""
    head, _, row = _APPEND.rpartition("values")
    return f"{head}values " + ",".join([row] * size)


class Entry:
    """What one request wants on disk: all of its rows or none. `latch` is free once that is decided."""

    __slots__ = ("error", "latch", "rows")

    def __init__(self, rows: list[Values]) -> None:
        self.rows = rows
        self.error: Exception | None = None
        self.latch = threading.Lock()
        self.latch.acquire()


class Committer:
    """Runs from its making until `close`."""

    def __init__(self, path: Path, counts: counting.CountBuffer) -> None:
        self._queue: SimpleQueue[Entry | None] = SimpleQueue()
        self._path = path
        self._log_path = path.with_name(path.name + "-wal")
        self._lock = FileLock(path.with_name(path.name + ".lock"))
        self._counts = counts
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._closing = threading.Event()
        self._is_over = False
        self._trouble = ""
        self._next_look = time.monotonic() + _PAUSE_S
        self._thread = threading.Thread(target=self._run, name="inbox-committer", daemon=True)
        self._copier = threading.Thread(target=self._copy_log, name="inbox-checkpoint", daemon=True)
        self._thread.start()
        self._copier.start()

    def submit(self, entry: Entry) -> None:
        self._queue.put(entry)
        if self._is_over:  # the thread may have seen the queue for the last time
            self._refuse_the_rest()

    @property
    def trouble(self) -> str:
        """Why rows are refused, in one sentence with its cure; "" once something could be written again."""
        return self._trouble

    def close(self) -> None:
        """Everything queued before is decided; then the threads have ended and the file is closed."""
        self._closing.set()
        self._queue.put(None)
        self._thread.join()
        self._copier.join()

    def _run(self) -> None:
        is_last = False
        while not is_last:
            batch: list[Entry] = []
            try:
                entry = self._queue.get(timeout=_PAUSE_S)
                while entry is not None and len(batch) < _LARGEST_BATCH:
                    batch.append(entry)
                    entry = self._queue.get_nowait()
                if entry is not None:
                    batch.append(entry)
                is_last = entry is None
            except Empty:
                pass
            if batch:
                self._commit(batch)
            if is_last or time.monotonic() >= self._next_look:
                self._look_after(is_idle=not batch)
                self._next_look = time.monotonic() + _PAUSE_S
        self._disconnect()
        self._lock.close()
        self._is_over = True
        self._refuse_the_rest()

    def _commit(self, batch: list[Entry]) -> None:
        """Decides every entry, whatever happens: a thread is waiting behind each."""
        try:
            self._write([row for entry in batch for row in entry.rows])
        except (sqlite3.OperationalError, OSError, Unready) as error:
            self._refuse(batch, error)
        except Exception as error:  # noqa: BLE001 - one row that cannot be stored must not take the others along
            self._disconnect()
            if len(batch) == 1:
                self._refuse(batch, error)
            else:
                for entry in batch:
                    self._commit([entry])
        else:
            for entry in batch:
                entry.latch.release()
            self._note_success()

    def _write(self, rows: list[Values], counts: Mapping[counting.Key, int] | None = None) -> None:
        with self._lock, write(self._connected()) as connection:
            done = 0
            while done < len(rows):
                size = min(_MOST_AT_ONCE, 1 << ((len(rows) - done).bit_length() - 1))
                flat = list(chain.from_iterable(rows[done : done + size]))
                connection.execute(_append_of(size), flat)
                done += size
            if counts:
                counting.add(connection, counts)

    def _note_success(self) -> None:
        if self._trouble:
            self._trouble = ""
            log.warning("the inbox takes rows again")

    def _refuse(self, batch: list[Entry], error: Exception) -> None:
        self._disconnect()
        said = unready(self._path, error) if isinstance(error, sqlite3.Error | OSError) else error
        if str(said) != self._trouble:
            self._trouble = str(said)
            log.error("rows refused by the inbox", extra={"rows": len(batch), "error": self._trouble})
        for entry in batch:
            entry.error = error
            entry.latch.release()

    def _refuse_the_rest(self) -> None:
        while True:
            try:
                entry = self._queue.get_nowait()
            except Empty:
                return
            if entry is not None:
                entry.error = StorageRefused("the inbox is closed")
                entry.latch.release()

    def _connected(self) -> sqlite3.Connection:
        """The open file; opened anew when another one lies in its place."""
        try:
            found = os.stat(self._path)
        except FileNotFoundError:
            self._disconnect()
        else:
            if self._file is not None and self._file != (found.st_dev, found.st_ino):
                self._disconnect()
        if self._connection is None:
            self._connection = open_inbox(self._path, may_create=True)
            self._connection.execute("pragma wal_autocheckpoint = 0")
            made = os.stat(self._path)
            self._file = (made.st_dev, made.st_ino)
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            self._file = None

    def _look_after(self, is_idle: bool) -> None:
        """Once a second: the counts to disk; the log emptied when it is long, or when there is time."""
        counts = self._counts.take()
        try:
            if counts:
                self._write([], counts)
                counts = {}
                self._note_success()
            length = self._log_length()
            if length > _LOG_TOO_LONG or (is_idle and length):
                self._empty_log()
        except (sqlite3.Error, OSError, Unready) as error:
            self._counts.give_back(counts)
            self._disconnect()
            log.warning("the inbox could not be looked after", extra={"error": str(error)})

    def _empty_log(self) -> None:
        """Everybody's appends wait meanwhile; little is left to copy when `_copy_log` keeps up."""
        with self._lock:
            connection = self._connected()
            connection.execute("pragma busy_timeout = 100")  # a reader may hold it up: next time, then
            try:
                connection.execute("pragma wal_checkpoint(truncate)").fetchall()
            finally:
                connection.execute("pragma busy_timeout = 5000")

    def _copy_log(self) -> None:
        """Its own thread and connection: copies the log into the file while appends go on."""
        while not self._closing.wait(_PAUSE_S):
            try:
                if self._log_length() > _LOG_WORTH_COPYING:
                    with closing(open_inbox(self._path)) as connection:
                        connection.execute("pragma wal_checkpoint(passive)").fetchall()
            except (sqlite3.Error, OSError, Unready) as error:
                log.warning("the log of the inbox could not be copied", extra={"error": str(error)})

    def _log_length(self) -> int:
        try:
            return os.stat(self._log_path).st_size
        except FileNotFoundError:
            return 0
