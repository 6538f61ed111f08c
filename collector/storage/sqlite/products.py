"""Products, their stock levels, categories and coupons in the state file: what the fold makes of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from datetime import datetime

import msgspec

from collector.domain.catalogue import KnownProduct, LevelSeen, Membership, ProductSeen, VariantsSeen
from collector.domain.timestamps import from_text, to_text
from collector.storage.sqlite.statements import statements
from collector.storage.sqlite.visits import dump

SQL = statements("catalogue")


class Products:
    """Reads and writes inside whatever transaction its connection is in."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def find(self, shop_id: int, product_id: str) -> KnownProduct | None:
        row = self._db.execute(SQL["product"], {"shop_id": shop_id, "product_id": product_id}).fetchone()
        return _product(*row) if row else None

    def find_all(self, shop_id: int, product_ids: Iterable[str]) -> dict[str, KnownProduct]:
        given = {"shop_id": shop_id, "ids": json.dumps(sorted(product_ids))}
        return {row[0]: _product(*row[1:]) for row in self._db.execute(SQL["products_by_id"], given)}

    def keep(self, shop_id: int, product: KnownProduct, due_at: datetime) -> None:
        """Store it; it has to be looked at by `due_at`, or sooner if it waits already."""
        content = product.content
        self._db.execute(
            SQL["keep_product"],
            {
                "shop_id": shop_id,
                "product_id": content.product_id,
                "parent_id": content.parent_id,
                "content": dump(content),
                "content_hash": product.content_hash,
                "seen_at": to_text(product.seen_at),
                "first_version_at": to_text(product.first_version_at),
                "first_content_hash": product.first_content_hash,
                "membership": dump(product.membership) if product.membership else "",
                "deleted_at": to_text(product.deleted_at) if product.deleted_at else None,
                "earlier": dump(product.earlier) if product.earlier else "",
                "due_at": to_text(due_at),
            },
        )

    def touch(self, shop_id: int, product_id: str, due_at: datetime) -> None:
        """Something it is made of changed: look whether it has to be told."""
        given = {"shop_id": shop_id, "product_id": product_id, "due_at": to_text(due_at)}
        self._db.execute(SQL["touch_product"], given)

    def touch_variants(self, shop_id: int, product_id: str, due_at: datetime) -> None:
        """The same for variants that have records of their own."""
        given = {"shop_id": shop_id, "product_id": product_id, "due_at": to_text(due_at)}
        self._db.execute(SQL["touch_variants"], given)

    def keep_items(self, shop_id: int, product_id: str, items: Iterable[tuple[str, datetime]]) -> None:
        """Which items of the stock it has, and when each was counted."""
        for item_id, counted_at in items:
            self._db.execute(SQL["keep_item"], {"shop_id": shop_id, "item_id": item_id, "product_id": product_id})
            counted = {"shop_id": shop_id, "item_id": item_id, "counted_at": to_text(counted_at)}
            self._db.execute(SQL["forget_levels"], counted)

    def products_of_item(self, shop_id: int, item_id: str) -> list[str]:
        rows = self._db.execute(SQL["products_of_item"], {"shop_id": shop_id, "item_id": item_id})
        return [product_id for (product_id,) in rows]

    def keep_level(self, shop_id: int, level: LevelSeen) -> None:
        self._db.execute(
            SQL["keep_level"],
            {
                "shop_id": shop_id,
                "item_id": level.item_id,
                "location_id": level.location_id,
                "changed_at": to_text(level.changed_at),
                "available": level.available,
            },
        )

    def levels(self, shop_id: int, item_ids: Iterable[str]) -> dict[str, list[LevelSeen]]:
        """By item; items without any are left out."""
        found: dict[str, list[LevelSeen]] = {}
        for item_id in item_ids:
            rows = self._db.execute(SQL["levels"], {"shop_id": shop_id, "item_id": item_id}).fetchall()
            if rows:
                found[item_id] = [LevelSeen(item_id, place, from_text(at), available) for place, at, available in rows]
        return found


def _product(
    content: str,
    content_hash: str,
    seen_at: str,
    first_version_at: str,
    first_content_hash: str,
    membership: str,
    deleted_at: str | None,
    earlier: str,
) -> KnownProduct:
    """A row as a value."""
    return KnownProduct(
        content=msgspec.json.decode(content, type=ProductSeen),
        content_hash=content_hash,
        seen_at=from_text(seen_at),
        first_version_at=from_text(first_version_at),
        first_content_hash=first_content_hash,
        membership=msgspec.json.decode(membership, type=Membership) if membership else None,
        deleted_at=from_text(deleted_at) if deleted_at else None,
        earlier=msgspec.json.decode(earlier, type=tuple[VariantsSeen, ...]) if earlier else (),
    )
