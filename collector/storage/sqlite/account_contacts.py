"""What the accounts at the destination were told of an address, shop by shop, in the state file."""

from __future__ import annotations

import json
import sqlite3

from collector.domain.telling import ToldContact
from collector.domain.timestamps import from_text, to_text
from collector.storage.sqlite.statements import statements

SQL = statements("account_contacts")


class AccountContacts:
    """Reads and writes inside whatever transaction its connection is in."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def of(self, account: str, email: str) -> list[ToldContact]:
        """One for each shop that told of it, the first first."""
        rows = self._db.execute(SQL["of_address"], {"account": account, "email": email})
        return [
            ToldContact(shop_id, from_text(at), prefix, ext_id, content, changes, tuple(json.loads(lists)))
            for shop_id, at, prefix, ext_id, content, changes, lists in rows
        ]

    def named(self, account: str, ext_id: str) -> str:
        """Whose contact was given this name; "" while nobody's."""
        row = self._db.execute(SQL["named"], {"account": account, "ext_id": ext_id}).fetchone()
        return str(row[0]) if row else ""

    def keep(self, account: str, email: str, told: ToldContact) -> None:
        given = {
            "account": account,
            "email": email,
            "shop_id": told.shop_id,
            "first_at": to_text(told.first_at),
            "prefix": told.prefix,
            "ext_id": told.ext_id,
            "content": told.content,
            "changes": told.changes,
            "lists": json.dumps(told.lists),
        }
        self._db.execute(SQL["keep"], given)

    def currency_of(self, shop_id: int) -> str:
        """The shop's own; "" while nobody knows."""
        row = self._db.execute(SQL["shop_currency"], {"shop_id": shop_id}).fetchone()
        return str(row[0]) if row else ""

    def currency_for(self, account: str, prefix: str) -> str:
        """Of the sums under this prefix: that of the first shop that has one; "" while none has."""
        row = self._db.execute(SQL["account_currency"], {"account": account, "prefix": prefix}).fetchone()
        return str(row[0]) if row else ""
