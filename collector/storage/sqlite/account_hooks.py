"""The addresses at which destination accounts tell us what happened: a key and a token for each, kept like secrets.

The doors look a key up by its hash, in memory; what they do not know they look for in the file, at most once a second.
"""

from __future__ import annotations

import logging
import secrets
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

from collector.domain.errors import Unready
from collector.domain.notices import Hook
from collector.domain.shop import Secrets
from collector.domain.timestamps import to_text
from collector.storage.sqlite import shop_rows
from collector.storage.sqlite.connection import open_state, write
from collector.storage.sqlite.secret_box import SecretBox
from collector.storage.sqlite.statements import statements

log = logging.getLogger(__name__)

_SQL = statements("account_hooks")
_PAUSE_S = 1.0
_KEEP_S = 60.0  # a key that was replaced opens the door no longer than this


class AccountHooks:
    """For commands: reading an account's hook, or making it."""

    def __init__(self, connection: sqlite3.Connection, box: SecretBox) -> None:
        self._connection = connection
        self._box = box

    def find(self, account: str) -> Hook | None:
        row = self._connection.execute(_SQL["find"], {"account": account}).fetchone()
        return _opened(account, row[0], self._box) if row else None

    def find_or_make(self, account: str, now: datetime) -> Hook:
        with write(self._connection):
            found = self.find(account)
            if found is None:
                found = Hook(account, secrets.token_urlsafe(32), secrets.token_urlsafe(32))
                kept = Secrets(webhook=(found.token,), hook_key=found.key)
                given = {
                    "account": account,
                    "key_hash": shop_rows.hash_of(found.key),
                    "secrets": self._box.lock(kept),
                    "now": to_text(now),
                }
                self._connection.execute(_SQL["make"], given)
        return found


class HookDirectory:
    """For the doors, from any thread. `monotonic` gives seconds. A file that cannot be read opens no door."""

    def __init__(self, path: Path, box: SecretBox, monotonic: Callable[[], float]) -> None:
        self._path = path
        self._box = box
        self._monotonic = monotonic
        self._looking = threading.Lock()
        self._known: dict[str, Hook] = {}
        self._read_at: float | None = None

    def by_key(self, key: str) -> Hook | None:
        """Looked up by its hash: comparing takes the same time whatever is near."""
        hashed = shop_rows.hash_of(key)
        if not hashed:
            return None
        with self._looking:
            now = self._monotonic()
            age = None if self._read_at is None else now - self._read_at
            if age is None or age >= _KEEP_S or (hashed not in self._known and age >= _PAUSE_S):
                self._known, self._read_at = self._read(), now
            return self._known.get(hashed)

    def _read(self) -> dict[str, Hook]:
        try:
            with closing(open_state(self._path)) as connection:
                rows = connection.execute(_SQL["all"]).fetchall()
        except (sqlite3.Error, Unready) as error:
            log.warning("the accounts' hooks could not be read", extra={"error": str(error)})
            return self._known
        opened = {key_hash: _opened(account, locked, self._box) for account, key_hash, locked in rows}
        return {key_hash: hook for key_hash, hook in opened.items() if hook is not None}


def _opened(account: str, locked: str, box: SecretBox) -> Hook | None:
    """None where no secret key fits any more: that door stays shut until setup makes another."""
    try:
        kept = box.unlock(locked, account)
    except Unready as problem:
        log.warning("a hook could not be opened; run `tajo brevo setup`", extra={"why": str(problem)})
        return None
    return Hook(account, kept.hook_key, kept.webhook[-1])
