"""The catalogue for a person at a terminal: how much of it was told, what was refused, and another try."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from collector.domain.timestamps import to_text
from collector.storage.sqlite.connection import write
from collector.storage.sqlite.statements import statements

SQL = statements("catalogue_told")


@dataclass(frozen=True, slots=True)
class Counts:
    """Of one shop. `told`: products and variants at the destination; `due`: records to be looked at."""

    products: int
    categories: int
    told: int
    due: int
    refused: int
    coupons: int


@dataclass(frozen=True, slots=True)
class Refused:
    """An entry the destination would not take, in its words. `product_id` "": a category."""

    id: str
    product_id: str
    said: str
    at: str | None


def counts(connection: sqlite3.Connection, shop_id: int) -> Counts:
    return Counts(*connection.execute(SQL["counts"], {"shop_id": shop_id}).fetchone())


def refused(connection: sqlite3.Connection, shop_id: int) -> list[Refused]:
    return [Refused(*row) for row in connection.execute(SQL["refused"], {"shop_id": shop_id})]


def retry(connection: sqlite3.Connection, shop_id: int, account: str, now: datetime) -> int:
    """What was refused is tried again, and an account that takes nothing is asked at once; how many entries."""
    given = {"shop_id": shop_id, "now": to_text(now)}
    with write(connection):
        found = len(refused(connection, shop_id))
        for statement in ("retry_products", "retry_entries", "retry_categories", "release"):
            connection.execute(SQL[statement], {**given, "account": account})
    return found
