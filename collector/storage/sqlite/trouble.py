"""What SQLite and the system complain about, said with the cure."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

from collector.domain.errors import Unready

_ACCESS = "give this user read and write access to the file and its folder"
_BY_SQLITE = {
    sqlite3.SQLITE_NOTADB: "not a database; move the file away, or name another in `database`",
    sqlite3.SQLITE_CORRUPT: "the file is damaged; restore it from a backup",
    sqlite3.SQLITE_FULL: "the disk is full; free some space",
    sqlite3.SQLITE_READONLY: f"may not be written; {_ACCESS}",
    sqlite3.SQLITE_CANTOPEN: f"cannot be opened; {_ACCESS}",
    sqlite3.SQLITE_PERM: f"may not be read; {_ACCESS}",
    sqlite3.SQLITE_AUTH: f"may not be read; {_ACCESS}",
    sqlite3.SQLITE_BUSY: "another program keeps it locked; stop that program",
    sqlite3.SQLITE_IOERR: "the disk does not read or write; look at the disk and at the space left",
}
_BY_SYSTEM = {
    errno.ENOSPC: _BY_SQLITE[sqlite3.SQLITE_FULL],
    errno.EACCES: _BY_SQLITE[sqlite3.SQLITE_READONLY],
    errno.EROFS: _BY_SQLITE[sqlite3.SQLITE_READONLY],
    errno.ENOENT: "the folder is not there; make it",
}


def unready(path: Path, error: sqlite3.Error | OSError) -> Unready:
    """The error as one sentence naming the file and the cure."""
    if isinstance(error, OSError):
        return Unready(f"{path}: {_BY_SYSTEM.get(error.errno or 0, error.strerror or str(error))}.")
    code: int = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest of the code says where, not what
    return Unready(f"{path}: {_BY_SQLITE.get(code, str(error))}.")
