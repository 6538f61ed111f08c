"""The shops: connected by `install`, named by the configuration file, paused, removed.

(platform, address) is one shop for ever: a shop that comes back keeps its id and its history.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from collector.domain.errors import Misuse
from collector.domain.shop import Secrets, Sending, Shop
from collector.domain.timestamps import to_text
from collector.storage.sqlite import shop_names, shop_rows
from collector.storage.sqlite.connection import write
from collector.storage.sqlite.secret_box import SecretBox
from collector.storage.sqlite.shop_rows import PolicyFor
from collector.storage.sqlite.statements import statements

_SQL = statements("shops")


@dataclass(frozen=True, slots=True)
class NewShop:
    """A shop to be stored. `secrets` and keys are made by the caller."""

    platform: str
    address: str  # normalised
    url: str
    site_key: str
    secrets: Secrets
    sending: Sending = Sending.OBSERVE
    name: str = ""
    currency: str = ""
    zone: str = ""
    storefront: str = ""
    settings: Mapping[str, Any] | None = None  # None: as they are


@dataclass(frozen=True, slots=True)
class FileShop:
    """A shop as the configuration file names it. None and empty secrets: the file says nothing about it.

    `fresh` is what a shop gets that is not stored yet and for which the file names no keys.
    """

    platform: str
    address: str
    url: str
    fresh: NewShop
    site_key: str | None = None
    sending: Sending | None = None
    is_enabled: bool = True
    secrets: Secrets = field(default_factory=Secrets)


class Shops:
    """Reads and writes over one connection to the state."""

    def __init__(self, connection: sqlite3.Connection, box: SecretBox, policy_for: PolicyFor) -> None:
        self._connection = connection
        self._box = box
        self._policy_for = policy_for

    def all(self, *, also_removed: bool = False) -> list[Shop]:
        """In the order they came. Removed shops only when asked for."""
        shops = [self._shop(raw) for raw in shop_rows.all_rows(self._connection)]
        return [shop for shop in shops if also_removed or shop.removed_at is None]

    def get(self, shop_id: int) -> Shop:
        """Also a removed one. Raises Misuse for an id nobody has."""
        return self._shop(self._raw(shop_id))

    def find(self, platform: str, address: str) -> Shop | None:
        """Also a removed one."""
        for raw in shop_rows.all_rows(self._connection):
            if raw[1:3] == (platform, address):
                return self._shop(raw)
        return None

    def by_name(self, name: str) -> Shop:
        """Raises Misuse, see shop_names."""
        return shop_names.resolve(name, self.all())

    def name_of(self, shop: Shop) -> str:
        return shop_names.name_of(shop, self.all())

    def display_name(self, shop_id: int) -> str:
        """What the platform calls it; may be empty."""
        return shop_rows.display_name(self._raw(shop_id))

    def settings(self, shop_id: int) -> dict[str, Any]:
        """What install kept beside the file."""
        return shop_rows.settings_of(self._raw(shop_id))

    def install(self, new: NewShop, now: datetime) -> Shop:
        """Store a shop connected by hand. One that exists gets the new secrets and keeps its site key,
        its hook key, what it sends and its watermark: the keys stand in its pages and at its platform."""
        (shop,) = self.install_all([new], now)
        return shop

    def install_all(self, news: Sequence[NewShop], now: datetime) -> list[Shop]:
        """The same for several: all of them or none."""
        with write(self._connection):
            ids = [self._install(new, now) for new in news]
        return [self.get(shop_id) for shop_id in ids]

    def _install(self, new: NewShop, now: datetime) -> int:
        old = self.find(new.platform, new.address)
        if old is None:
            return self._insert(new, "install", now)
        self._connection.execute(statements("shop_answers")["forget"], {"shop_id": old.id})  # it was tried just now
        secrets = replace(new.secrets, hook_key=old.secrets.hook_key or new.secrets.hook_key)
        self._replace(
            old.id,
            secrets.in_place_of(old.secrets, now),
            url=new.url,
            name=new.name or None,
            is_enabled=True,
            installed_at=to_text(now),
            currency=new.currency or None,
            zone=new.zone or None,
            storefront=new.storefront or None,
            settings=None if new.settings is None else json.dumps(dict(new.settings)),
        )
        return old.id

    def take_from_file(self, named: Sequence[FileShop], now: datetime) -> list[Shop]:
        """What the file names is so from now on; shops that came from the file and left it are disabled.

        The file wins for the keys it names. A removed shop that the file still names is back.
        """
        with write(self._connection):
            ids = [self._from_file(shop, now) for shop in named]
            for shop in self.all():
                if shop.origin == "file" and shop.id not in ids and shop.is_enabled:
                    self._connection.execute(_SQL["enable"], {"id": shop.id, "is_enabled": 0})
        return [self.get(shop_id) for shop_id in ids]

    def send(self, shop_id: int, sending: Sending, now: datetime) -> None:
        """observe | activate | pause. Going live sets the watermark to now, to the second: platforms count in seconds,
        and what happens in this one is meant to be told."""
        given = {"id": shop_id, "sending": sending.value, "now": to_text(now.replace(microsecond=0))}
        self._connection.execute(_SQL["send"], given)

    def remove(self, shop_id: int, now: datetime) -> None:
        """Its doors close; its data stays until it is purged."""
        self._connection.execute(_SQL["remove"], {"id": shop_id, "now": to_text(now)})

    def uninstalled(self, shop_id: int, at: datetime) -> None:
        """The merchant removed the app on the platform. Ignored when older than the newest install."""
        self._connection.execute(_SQL["uninstall"], {"id": shop_id, "at": to_text(at)})

    def note(self, shop_id: int, *, name: str | None = None, currency: str | None = None) -> None:
        """What the platform says about itself."""
        given = {"id": shop_id, "name": name, "currency": currency, "settings": None}
        self._connection.execute(_SQL["note"], given)

    def change_settings(self, shop_id: int, settings: Mapping[str, Any]) -> None:
        text = json.dumps(dict(settings))
        given = {"id": shop_id, "name": None, "currency": None, "settings": text}
        self._connection.execute(_SQL["note"], given)

    def change_secrets(self, shop_id: int, secrets: Secrets) -> None:
        """All of them at once: rotation appends the newest and drops the oldest before calling this."""
        given = {
            "id": shop_id,
            "secrets": self._box.lock(secrets),
            "hook_key_hash": shop_rows.hash_of(secrets.hook_key),
        }
        self._connection.execute(_SQL["set_secrets"], given)

    def purge(self, shop_id: int) -> None:
        """Delete the shop and every row of it in the state. The inbox is purged by itself (InboxReader)."""
        with write(self._connection) as connection:
            connection.execute("pragma defer_foreign_keys = on")  # the tables refer to each other
            tables = connection.execute(
                "select m.name from sqlite_master m join pragma_table_info(m.name) c"
                " where m.type = 'table' and c.name = 'shop_id'"
            ).fetchall()
            for (table,) in tables:
                connection.execute(f"delete from {table} where shop_id = ?", [shop_id])  # noqa: S608
            connection.execute("delete from shops where id = ?", [shop_id])

    def _shop(self, raw: shop_rows.Raw) -> Shop:
        return shop_rows.to_shop(raw, self._box, self._policy_for)

    def _raw(self, shop_id: int) -> shop_rows.Raw:
        for raw in shop_rows.all_rows(self._connection):
            if raw[0] == shop_id:
                return raw
        raise Misuse(f"no shop has the number {shop_id}")

    def _from_file(self, named: FileShop, now: datetime) -> int:
        old = self.find(named.platform, named.address)
        if old is None:
            fresh = replace(
                named.fresh,
                site_key=named.site_key or named.fresh.site_key,
                sending=named.sending or Sending.LIVE,
                secrets=_over(named.fresh.secrets, named.secrets),
            )
            shop_id = self._insert(fresh, "file", now)
            self._connection.execute(_SQL["enable"], {"id": shop_id, "is_enabled": named.is_enabled})
            return shop_id
        goes_live = named.sending is Sending.LIVE and old.sending is not Sending.LIVE
        self._replace(
            old.id,
            _over(old.secrets, named.secrets).in_place_of(old.secrets, now),
            url=named.url,
            site_key=named.site_key,
            sending=named.sending.value if named.sending else None,
            is_enabled=named.is_enabled,
            activated_at=to_text(now.replace(microsecond=0)) if goes_live else None,
        )
        return old.id

    def _insert(self, new: NewShop, origin: str, now: datetime) -> int:
        given = {
            "platform": new.platform,
            "address": new.address,
            "url": new.url,
            "name": new.name,
            "site_key": new.site_key,
            "hook_key_hash": shop_rows.hash_of(new.secrets.hook_key),
            "secrets": self._box.lock(new.secrets),
            "sending": new.sending.value,
            "origin": origin,
            "now": to_text(now),
            "activated_at": to_text(now.replace(microsecond=0)) if new.sending is Sending.LIVE else None,
            "currency": new.currency,
            "settings": json.dumps(dict(new.settings or {})),
            "zone": new.zone,
            "storefront": new.storefront,
        }
        try:
            (shop_id,) = self._connection.execute(_SQL["insert"], given).fetchone()
        except sqlite3.IntegrityError as error:
            raise _taken(new.site_key, error) from error
        return int(shop_id)

    def _replace(self, shop_id: int, secrets: Secrets, **given: object) -> None:
        columns = ("url", "name", "site_key", "sending", "is_enabled", "installed_at", "activated_at")
        values = dict.fromkeys((*columns, "currency", "settings", "zone", "storefront")) | given
        values |= {
            "id": shop_id,
            "secrets": self._box.lock(secrets),
            "hook_key_hash": shop_rows.hash_of(secrets.hook_key),
        }
        try:
            self._connection.execute(_SQL["replace"], values)
        except sqlite3.IntegrityError as error:
            raise _taken(str(given.get("site_key")), error) from error


def _over(old: Secrets, named: Secrets) -> Secrets:
    """What the file names in place of what is stored."""
    return Secrets(
        named.webhook or old.webhook,
        named.identity or old.identity,
        named.hook_key or old.hook_key,
        {**old.credentials, **named.credentials},
    )


def _taken(site_key: str, error: sqlite3.IntegrityError) -> Misuse:
    return Misuse(f"site_key {site_key!r} belongs to another shop; give each shop its own ({error})")
