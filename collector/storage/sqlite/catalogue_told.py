"""What the destination was told of the catalogue, and what has to be looked at."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from collector.domain.catalogue_entries import Entry
from collector.domain.catalogue_ports import DueCategory, DueRow, Held, Named, Told
from collector.domain.coupons import Coupon
from collector.domain.timestamps import from_text, to_text
from collector.storage.sqlite.categories import as_category, as_coupon
from collector.storage.sqlite.statements import statements

SQL = statements("catalogue_told")


class CatalogueTold:
    """Reads and writes inside whatever transaction its connection is in."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def named(self, shop_id: int) -> Named | None:
        row = self._one("shop", {"shop_id": shop_id})
        return Named(*row) if row else None

    def is_plain_free(self, shop_id: int, account: str) -> bool:
        return bool(self._one("is_plain_free", {"shop_id": shop_id, "account": account})[0])

    def keep_named(self, shop_id: int, named: Named) -> None:
        given = {"shop_id": shop_id, "account": named.account, "prefix": named.prefix, "rules": named.rules}
        self._db.execute(SQL["keep_shop"], given)

    def look_again(self, shop_id: int, at: datetime) -> None:
        for what in ("touch_products", "touch_categories", "touch_coupons"):
            self._db.execute(SQL[what], {"shop_id": shop_id, "due_at": to_text(at)})

    def forget(self, shop_id: int) -> None:
        self._db.execute(SQL["forget_told"], {"shop_id": shop_id})
        self._db.execute(SQL["forget_told_categories"], {"shop_id": shop_id})

    def account(self, account: str) -> Held:
        row = self._one("account", {"account": account})
        return Held(_moment(row[0]), row[1], row[2], _moment(row[3])) if row else Held()

    def hold(self, account: str, until: datetime | None, reason: str, cure: str) -> None:
        given = {"account": account, "held_until": _text(until), "held_reason": reason, "held_cure": cure}
        self._db.execute(SQL["hold"], given)

    def keep_categories_at(self, account: str, at: datetime) -> None:
        self._db.execute(SQL["keep_categories_at"], {"account": account, "at": to_text(at)})

    def has_due(self, shop_id: int, now: datetime) -> bool:
        given = {"shop_id": shop_id, "now": to_text(now)}
        return (
            any(self._one("is_due", given | {"is_variant": kind}) is not None for kind in (0, 1))
            or self._one("is_category_due", given) is not None
            or self._one("is_coupon_due", given) is not None
        )

    def due_products(self, shop_id: int, now: datetime, limit: int, *, is_variant: bool) -> list[DueRow]:
        given = {"shop_id": shop_id, "now": to_text(now), "limit": limit, "is_variant": int(is_variant)}
        return [DueRow(*row) for row in self._db.execute(SQL["due_products"], given)]

    def settle(self, due: DueRow) -> None:
        self._db.execute(SQL["settle_product"], {"id": due.row, "revision": due.revision})

    def postpone(self, due: DueRow, at: datetime) -> None:
        self._db.execute(SQL["postpone_product"], {"id": due.row, "revision": due.revision, "due_at": to_text(at)})

    def of_product(self, shop_id: int, product_id: str) -> dict[str, Told]:
        rows = self._db.execute(SQL["told_of_product"], {"shop_id": shop_id, "product_id": product_id})
        return {entry: Told(told, bool(is_reduced), refused) for entry, told, is_reduced, refused in rows}

    def of_parent(self, shop_id: int, product_id: str) -> Told:
        row = self._one("told_parent", {"shop_id": shop_id, "product_id": product_id})
        return Told(row[0], refused=row[1]) if row else Told()

    def keep_told(self, shop_id: int, product_id: str, entry: Entry, at: datetime) -> None:
        self._db.execute(
            SQL["keep_told"],
            {
                "shop_id": shop_id,
                "entry_id": entry.id,
                "product_id": product_id,
                "told_hash": entry.fingerprint,
                "at": to_text(at),
                "is_reduced": int(entry.compare_price is not None),
            },
        )

    def keep_refused(self, shop_id: int, product_id: str, entry: Entry, said: str, at: datetime) -> None:
        self._db.execute(
            SQL["keep_refused"],
            {
                "shop_id": shop_id,
                "entry_id": entry.id,
                "product_id": product_id,
                "refused_hash": entry.fingerprint,
                "refused": said,
                "at": to_text(at),
            },
        )

    def due_categories(self, shop_id: int, now: datetime, limit: int) -> list[DueCategory]:
        given = {"shop_id": shop_id, "now": to_text(now), "limit": limit}
        return [
            DueCategory(row[0], row[1], as_category(*row[5:]), Told(row[3], refused=row[4]))
            for row in self._db.execute(SQL["due_categories"], given)
        ]

    def settle_category(self, due: DueCategory) -> None:
        self._db.execute(SQL["settle_category"], {"id": due.row, "revision": due.revision})

    def keep_told_category(self, due: DueCategory, fingerprint: str, at: datetime) -> None:
        self._db.execute(SQL["keep_told_category"], {"id": due.row, "told_hash": fingerprint, "at": to_text(at)})

    def keep_refused_category(self, due: DueCategory, fingerprint: str, said: str) -> None:
        given = {"id": due.row, "refused_hash": fingerprint, "refused": said}
        self._db.execute(SQL["keep_refused_category"], given)

    def is_on_its_way(self, shop_id: int, category_id: str) -> bool:
        return self._one("untold_category", {"shop_id": shop_id, "category_id": category_id}) is not None

    def due_coupons(self, shop_id: int, now: datetime, limit: int) -> list[tuple[int, Coupon]]:
        given = {"shop_id": shop_id, "now": to_text(now), "limit": limit}
        return [(row[0], as_coupon(*row[1:])) for row in self._db.execute(SQL["due_coupons"], given)]

    def pooled_codes(self, shop_id: int, codes: Sequence[str]) -> set[str]:
        given = {"shop_id": shop_id, "codes": json.dumps(list(codes))}
        return {code for (code,) in self._db.execute(SQL["pooled_codes"], given)}

    def settle_coupon(self, row: int, pooled_at: datetime | None, due_at: datetime | None) -> None:
        self._db.execute(SQL["settle_coupon"], {"id": row, "pooled_at": _text(pooled_at), "due_at": _text(due_at)})

    def _one(self, statement: str, given: dict[str, Any]) -> Any:
        return self._db.execute(SQL[statement], given).fetchone()


def _moment(text: str | None) -> datetime | None:
    return from_text(text) if text else None


def _text(moment: datetime | None) -> str | None:
    return to_text(moment) if moment else None
