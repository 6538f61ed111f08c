"""Locks between processes on one machine, kept by the operating system and gone with their holder.

SQLite's own waiting sleeps in growing steps and is not fair; processes that take an OS lock round each
transaction hand over at once.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class FileLock:
    """`with lock:` waits for its turn. One thread at a time. Raises OSError where the file cannot be made."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def __enter__(self) -> None:
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


@contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Only one process at a time makes or changes files here. Raises OSError if the folder is not there."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def turn_file(state: Path, shop_id: int) -> Path:
    """Beside the database: whoever holds it has the turn at this shop's API."""
    return state.with_name(f"{state.stem}.api-{shop_id}.lock")
