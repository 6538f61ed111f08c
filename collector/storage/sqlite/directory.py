"""ports.ShopDirectory: the shops in memory, so that a door asks no database.

Looks at the file at most once in `pause_s` (a second), and reads it only when somebody wrote. Removed shops are not
in it, disabled ones are. When the file cannot be read for a while, the last known shops stand.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from collector.domain.errors import Unready
from collector.domain.shop import Shop
from collector.storage.sqlite import shop_rows
from collector.storage.sqlite.connection import open_state
from collector.storage.sqlite.secret_box import SecretBox
from collector.storage.sqlite.shop_rows import PolicyFor

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Snapshot:
    rows: dict[shop_rows.Raw, Shop] = field(default_factory=dict)  # unchanged rows are not decrypted again
    by_site_key: dict[str, Shop] = field(default_factory=dict)
    by_hook_key_hash: dict[tuple[str, str], Shop] = field(default_factory=dict)
    by_address: dict[tuple[str, str], Shop] = field(default_factory=dict)


class ShopDirectory:
    """`monotonic` gives seconds. The first look raises Unready if the state cannot be read."""

    def __init__(
        self,
        path: Path,
        box: SecretBox,
        policy_for: PolicyFor,
        monotonic: Callable[[], float],
        pause_s: float = 1.0,
    ) -> None:
        self._path = path
        self._pause_s = pause_s
        self._box = box
        self._policy_for = policy_for
        self._monotonic = monotonic
        self._looking = threading.Lock()
        self._next_look = 0.0
        self._snapshot: _Snapshot | None = None
        self._connection: sqlite3.Connection | None = None
        self._opened_by = 0  # process: a connection must not be carried over a fork
        self._of_the_parent: sqlite3.Connection | None = None
        self._version: int | None = None

    def by_site_key(self, site_key: str) -> Shop | None:
        return self._now().by_site_key.get(site_key)

    def by_hook_key(self, platform: str, hook_key: str) -> Shop | None:
        """Looked up by its hash: comparing takes the same time whatever is near."""
        hashed = shop_rows.hash_of(hook_key)
        return self._now().by_hook_key_hash.get((platform, hashed)) if hashed else None

    def by_address(self, platform: str, address: str) -> Shop | None:
        return self._now().by_address.get((platform, address))

    def all(self) -> list[Shop]:
        """In the order they came."""
        return list(self._now().rows.values())

    def close(self) -> None:
        with self._looking:
            self._disconnect()

    def _now(self) -> _Snapshot:
        snapshot = self._snapshot
        if snapshot is not None and self._monotonic() < self._next_look:
            return snapshot
        # One thread looks, the others go on with what is known; without anything known they wait.
        if not self._looking.acquire(blocking=snapshot is None):
            return snapshot or self._now()
        try:
            if self._snapshot is None or self._monotonic() >= self._next_look:
                self._look()
                self._next_look = self._monotonic() + self._pause_s
            return self._snapshot or _Snapshot()
        finally:
            self._looking.release()

    def _look(self) -> None:
        try:
            connection = self._connected()
            (version,) = connection.execute("pragma data_version").fetchone()
            if version != self._version or self._snapshot is None:
                self._snapshot = self._read(connection)
                self._version = version
        except (sqlite3.Error, Unready) as error:
            self._disconnect()
            if self._snapshot is None:
                raise
            log.warning("the shops could not be read again", extra={"error": str(error)})

    def _read(self, connection: sqlite3.Connection) -> _Snapshot:
        known = self._snapshot.rows if self._snapshot else {}
        fresh = _Snapshot()
        for raw in shop_rows.all_rows(connection):
            shop = known.get(raw) or shop_rows.to_shop(raw, self._box, self._policy_for)
            if shop.removed_at is not None:
                continue
            fresh.rows[raw] = shop
            fresh.by_site_key[shop.site_key] = shop
            fresh.by_address[shop.platform, shop.address] = shop
            hashed = shop_rows.hash_of(shop.secrets.hook_key)
            if hashed:
                fresh.by_hook_key_hash[shop.platform, hashed] = shop
        return fresh

    def _connected(self) -> sqlite3.Connection:
        if self._connection is not None and self._opened_by != os.getpid():
            self._of_the_parent, self._connection = self._connection, None  # kept, untouched
        if self._connection is None:
            self._connection = open_state(self._path)
            self._opened_by = os.getpid()
            self._version = None
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None and self._opened_by == os.getpid():
            self._connection.close()
        self._connection = None
