"""Valid things; a test names only what matters to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from collector.domain.door import Lane, NewRow, RowKind
from collector.domain.outbox import NewMessage
from collector.domain.shop import Policy, Secrets
from collector.storage.sqlite.connection import write
from collector.storage.sqlite.shops import NewShop

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def break_off(connection: sqlite3.Connection, act: Callable[[], object]) -> None:
    """Write something, then fail before the end of the block."""
    with write(connection):
        act()
        raise RuntimeError


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def row(
    body: bytes = b"{}",
    shop_id: int = 1,
    lane: Lane = Lane.LIVE,
    kind: RowKind = RowKind.BEACON,
    received_at: datetime = NOW,
    **more: Any,
) -> NewRow:
    return NewRow(shop_id, lane, kind, received_at, body, **more)


def new_shop(address: str = "mug.example", platform: str = "woocommerce", **more: Any) -> NewShop:
    secrets = Secrets(("hook secret",), ("identity key",), f"hook key of {address}", {"consumer_key": "ck_1"})
    shop = NewShop(platform, address, f"https://{address}", f"site-{platform}-{address}", secrets)
    return replace(shop, **more)


def policy_for(platform: str, address: str, settings: Mapping[str, Any]) -> Policy:
    return Policy(domains=(address,), consent_mode=str(settings.get("consent", "required")))


def message(key: str, shop_id: int = 1, **more: Any) -> NewMessage:
    plain = NewMessage(shop_id, "account", key, "event", {"key": key}, NOW, NOW)
    return replace(plain, **more)
