"""Customer records that became one, in the state file: what named the one that is gone names the one that stayed."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import datetime

from collector.domain.identity import Link, Node, link
from collector.domain.timestamps import to_text
from collector.storage.sqlite.people import People
from collector.storage.sqlite.statements import statements

SQL = statements("merges")
LONGEST_CHAIN = 50


class Merges:
    """Reads and writes inside whatever transaction its connection is in."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._people = People(connection)

    def is_used(self, shop_id: int) -> bool:
        return self._db.execute(SQL["is_used"], {"shop_id": shop_id}).fetchone() is not None

    def became(self, shop_id: int, customer_id: str) -> str:
        """Who this customer is now; the same id for one that was never merged."""
        for _ in range(LONGEST_CHAIN):
            row = self._db.execute(SQL["became"], {"shop_id": shop_id, "id": customer_id}).fetchone()
            if row is None:
                break
            customer_id = row[0]
        return customer_id

    def add(self, shop_id: int, gone_id: str, kept_id: str, at: datetime) -> None:
        given = {"shop_id": shop_id, "gone_id": gone_id, "kept_id": kept_id, "at": to_text(at)}
        self._db.execute(SQL["add"], given)

    def move(self, shop_id: int, gone_id: str, kept_id: str) -> set[Node]:
        """Links and orders of the one become the other's. The nodes whose people have to be derived again."""
        gone, kept = Node("customer", gone_id), Node("customer", kept_id)
        touched = {kept}
        for old in self._people.links_of(shop_id, gone):
            other = old.b if old.a == gone else old.a
            self._forget(shop_id, old)
            if other != kept:
                moved = link(kept, other, old.strength, old.source, old.first_at)
                self._people.keep_link(shop_id, replace(moved, last_at=old.last_at))
                touched.add(other)
        given = {"shop_id": shop_id, "gone_id": gone_id, "kept_id": kept_id}
        for statement in ("forget_node", "move_orders", "leave_orders"):
            self._db.execute(SQL[statement], given)
        return touched

    def _forget(self, shop_id: int, old: Link) -> None:
        given = {
            "shop_id": shop_id,
            "a_kind": old.a.kind,
            "a_value": old.a.value,
            "b_kind": old.b.kind,
            "b_value": old.b.value,
            "strength": old.strength.value,
            "source": old.source,
        }
        self._db.execute(SQL["forget_link"], given)
