"""Opening the two files, and the one way to write.

Every connection is in autocommit mode (`isolation_level=None`): a statement of its own is a transaction, and
several belong together only inside `with write(connection)`. What cannot be opened raises Unready with one
sentence and its cure.
"""

from __future__ import annotations

import os
import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote
from weakref import WeakValueDictionary

from sqlite_utils import Database, Migrations

from collector.domain.errors import Misuse, Unready
from collector.storage.sqlite.file_lock import FileLock, folder_lock
from collector.storage.sqlite.migrations.inbox import INBOX
from collector.storage.sqlite.migrations.state import STATE
from collector.storage.sqlite.trouble import unready

BUSY_TIMEOUT_S = 5.0
CACHE_KB = 16 * 1024  # of pages, each connection to the state at most: its indexes are read here and there
# Pages the state's log may hold before they are copied into the file: what many transactions changed is copied once.
LOG_PAGES = 16_000
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_WRITES = ("begin", "insert", "update", "delete", "replace")  # we only begin what writes
_WRITES_AFTER_WITH = re.compile(r"\b(insert|update|delete)\b", re.IGNORECASE)
_MEMORY_OF_STEPS = Migrations.migrations_table


@dataclass(frozen=True, slots=True)
class Locations:
    """Where everything lies. All beside the state file, named after its stem."""

    state: Path
    inbox: Path
    key: Path  # the secret key made when none is configured, 0600


def locate(database: str, base: Path) -> Locations:
    """`sqlite:///tajo.db` lies in `base` (three slashes), `sqlite:////var/tajo.db` where it says (four).

    Raises Misuse for anything else.
    """
    scheme, _, rest = database.partition(":///")
    if scheme != "sqlite" or not rest or rest.endswith("/"):
        raise Misuse(
            f"database: {database!r} is not an address we know; write sqlite:///tajo.db (beside the"
            " configuration) or sqlite:////absolute/path/tajo.db"
        )
    state = (base / rest).absolute()
    return Locations(state, state.with_suffix(".inbox.db"), state.with_suffix(".key"))


def open_state(path: Path, *, may_create: bool = False, read_only: bool = False) -> sqlite3.Connection:
    """The state file, at this program's version. `may_create` also brings an older file up to it."""
    connection = _open(path, STATE, "database", may_create, read_only)
    connection.execute("pragma foreign_keys = on")
    connection.execute("pragma secure_delete = on")  # rows of erasures are rewritten by workers: no copy stays behind
    connection.execute(f"pragma cache_size = -{CACHE_KB}")
    connection.execute(f"pragma wal_autocheckpoint = {LOG_PAGES}")
    if not read_only:
        connection.queue = FileLock(path.with_name(path.name + ".queue"))
    return connection


def open_inbox(path: Path, *, may_create: bool = False, read_only: bool = False) -> sqlite3.Connection:
    """The inbox file, like `open_state`."""
    return _open(path, INBOX, "inbox", may_create, read_only)


def empty_log(connection: sqlite3.Connection) -> None:
    """Copy the log into the file and cut it to nothing: it holds pages as they were, also of what was erased since.
    While somebody reads it stays for the next time."""
    connection.execute("pragma wal_checkpoint(truncate)").fetchall()


@contextmanager
def write(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """BEGIN IMMEDIATE … COMMIT; whatever is raised inside leaves nothing.

    The write lock is taken first: a block that reads and then writes would otherwise fail at once when
    somebody else wrote in between, whatever the timeout.
    """
    with _turn(connection):
        connection.execute("begin immediate")
        try:
            yield connection
            connection.execute("commit")
        except BaseException:
            if connection.in_transaction:  # a full disk may have ended it already
                connection.execute("rollback")
            raise


class _Connection(sqlite3.Connection):
    """Knows the lock of its file in this process and, for the state, the queue of those who want to write, from any
    process.

    SQLite's waiting sleeps in growing steps, so a process that folds batch after batch leaves the others no moment to
    come in. Whoever wants to write therefore stands in the queue until its transaction has begun: who writes again at
    once comes after those who wait.
    """

    lock: threading.Lock
    queue: FileLock | None = None

    def execute(self, sql: str, *given: Any) -> sqlite3.Cursor:
        if self.queue is None or self.in_transaction or not _begins_to_write(sql):
            return super().execute(sql, *given)
        with self.queue:
            return super().execute(sql, *given)

    def close(self) -> None:
        super().close()
        if self.queue is not None:
            self.queue.close()


@lru_cache(maxsize=4096)
def _begins_to_write(sql: str) -> bool:
    """Whether a statement, outside of any transaction, waits for the write lock."""
    words = _COMMENT.sub(" ", sql).split(None, 2)
    first = words[0].lower() if words else ""
    return first in _WRITES or (first == "with" and _WRITES_AFTER_WITH.search(sql) is not None)


_LOCKS: WeakValueDictionary[str, threading.Lock] = WeakValueDictionary()


@contextmanager
def _turn(connection: sqlite3.Connection) -> Iterator[None]:
    """This thread's turn to write. SQLite's own waiting sleeps longer and longer, so that a thread with little to
    write hardly ever meets the moment between two transactions of a busy one; here it is next.

    Whoever waited as long as SQLite would is left to SQLite, which then says what is wrong.
    """
    lock = connection.lock if isinstance(connection, _Connection) else None
    has_lock = lock is not None and lock.acquire(timeout=BUSY_TIMEOUT_S)
    try:
        yield
    finally:
        if lock is not None and has_lock:
            lock.release()


def _open(path: Path, steps: Migrations, what: str, may_create: bool, read_only: bool) -> _Connection:
    if not path.parent.is_dir():
        raise Unready(f"{path}: there is no folder {path.parent}; make it, or name another in `database`.")
    if not may_create and not path.exists():
        raise Unready(f"{path}: no {what} there; `tajo serve` or `tajo migrate` makes it.")
    mode = "ro" if read_only else "rwc" if may_create else "rw"
    connection: _Connection | None = None
    try:
        if may_create:
            _make(path)
        connection = sqlite3.connect(
            f"file:{quote(str(path))}?mode={mode}",
            uri=True,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,
            factory=_Connection,
        )
        connection.lock = _LOCKS.setdefault(str(path.resolve()), threading.Lock())
        connection.execute("pragma synchronous = full")
        connection.execute("pragma recursive_triggers = on")  # as sqlite-utils does
        pending = _pending(connection, path, steps)
        if pending and may_create:
            _bring_up(connection, path, steps)
        elif pending:
            raise Unready(f"{path}: made by an older version of this program; run `tajo migrate`.")
    except (sqlite3.Error, OSError) as error:
        if connection is not None:
            connection.close()
        raise unready(path, error) from error
    except Unready:
        if connection is not None:
            connection.close()
        raise
    return connection


def _make(path: Path) -> None:
    """An empty file for this user alone (SQLite gives its companions the same rights), unless it is there."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _bring_up(connection: sqlite3.Connection, path: Path, steps: Migrations) -> None:
    """All pending steps or none. The folder lock, because the switch to WAL does not wait for its turn."""
    with folder_lock(path.parent):
        connection.execute("pragma journal_mode = wal")
        with write(connection):
            if _pending(connection, path, steps):
                steps.apply(Database(connection, execute_plugins=False))


def _pending(connection: sqlite3.Connection, path: Path, steps: Migrations) -> bool:
    """Whether steps are missing. Raises Unready for a newer file and for another program's."""
    tables = {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}
    if not tables:
        return True
    applied: set[str] = set()
    if _MEMORY_OF_STEPS in tables:
        query = f"select name from {_MEMORY_OF_STEPS} where migration_set = ?"  # noqa: S608 - a constant
        applied = {name for (name,) in connection.execute(query, [steps.name])}
    if not applied:
        raise Unready(f"{path}: a database of another program; name another file in `database`.")
    known = {step.name for step in steps._migrations}  # the library offers only what is pending
    if applied - known:
        raise Unready(f"{path}: made by a newer version of this program; update the program.")
    return known != applied
