"""What each shop's API said last."""

from __future__ import annotations

import sqlite3

from collector.domain.connections import LastAnswer, opened_with
from collector.domain.shop import Shop
from collector.domain.timestamps import from_text, to_text
from collector.storage.sqlite.statements import statements

_SQL = statements("shop_answers")


class ShopAnswers:
    """Each call is a transaction of its own, unless the caller is inside one."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def read(self, shop: Shop) -> LastAnswer | None:
        """To the credentials and settings it has now."""
        given = {"shop_id": shop.id, "opened_with": opened_with(shop)}
        row = self._connection.execute(_SQL["read"], given).fetchone()
        return LastAnswer(from_text(row[0]), bool(row[1]), row[2], row[3]) if row else None

    def keep(self, shop: Shop, answer: LastAnswer) -> None:
        given = {
            "shop_id": shop.id,
            "opened_with": opened_with(shop),
            "answered_at": to_text(answer.at),
            "is_refused": answer.is_refused,
            "cause": answer.cause,
            "cure": answer.cure,
        }
        self._connection.execute(_SQL["keep"], given)
