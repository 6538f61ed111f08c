"""Categories and coupons in the state file: what the fold makes of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from datetime import datetime

import msgspec

from collector.domain.catalogue import CategorySeen, KnownCategory
from collector.domain.coupons import Coupon, CouponSeen
from collector.domain.timestamps import from_text, to_text
from collector.storage.sqlite.statements import statements
from collector.storage.sqlite.visits import dump

SQL = statements("catalogue")


class Categories:
    """Reads and writes inside whatever transaction its connection is in."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def find(self, shop_id: int, category_id: str) -> KnownCategory | None:
        row = self._db.execute(SQL["category"], {"shop_id": shop_id, "category_id": category_id}).fetchone()
        return as_category(*row) if row else None

    def names(self, shop_id: int, category_ids: Iterable[str]) -> dict[str, str]:
        given = {"shop_id": shop_id, "ids": json.dumps(sorted(category_ids))}
        found = {row[0]: as_category(*row[1:]) for row in self._db.execute(SQL["categories_by_id"], given)}
        return {id_: category.content.name for id_, category in found.items() if category.is_shown}

    def keep(self, shop_id: int, category: KnownCategory, due_at: datetime | None) -> None:
        """Store it; it has to be looked at by `due_at` (None: nothing new), or sooner if it waits already."""
        self._db.execute(
            SQL["keep_category"],
            {
                "shop_id": shop_id,
                "category_id": category.content.category_id,
                "content": dump(category.content),
                "seen_at": to_text(category.seen_at),
                "deleted_at": to_text(category.deleted_at) if category.deleted_at else None,
                "due_at": to_text(due_at) if due_at else None,
            },
        )


class Coupons:
    """Reads and writes inside whatever transaction its connection is in."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def find(self, shop_id: int, coupon_id: str) -> Coupon | None:
        row = self._db.execute(SQL["coupon"], {"shop_id": shop_id, "coupon_id": coupon_id}).fetchone()
        return as_coupon(*row) if row else None

    def keep(self, shop_id: int, coupon: Coupon, due_at: datetime) -> None:
        """Store it; unless its code is in a pool already, it has to be looked at by `due_at`."""
        self._db.execute(
            SQL["keep_coupon"],
            {
                "shop_id": shop_id,
                "coupon_id": coupon.content.coupon_id,
                "content": dump(coupon.content),
                "seen_at": to_text(coupon.seen_at),
                "deleted_at": to_text(coupon.deleted_at) if coupon.deleted_at else None,
                "due_at": to_text(due_at),
            },
        )


def as_category(content: str, seen_at: str, deleted_at: str | None) -> KnownCategory:
    """A row as a value."""
    return KnownCategory(
        msgspec.json.decode(content, type=CategorySeen),
        from_text(seen_at),
        from_text(deleted_at) if deleted_at else None,
    )


def as_coupon(content: str, seen_at: str, deleted_at: str | None) -> Coupon:
    """A row as a value."""
    return Coupon(
        msgspec.json.decode(content, type=CouponSeen),
        from_text(seen_at),
        from_text(deleted_at) if deleted_at else None,
    )
