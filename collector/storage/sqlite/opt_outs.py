"""Who is blocked at a destination account, who was asked to confirm, and opt-outs as the ledger has them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from datetime import datetime

from collector.domain.events import MessageConsent
from collector.domain.telling_ports import Asked
from collector.domain.timestamps import from_text, to_text
from collector.storage.sqlite.erasing import Erasing
from collector.storage.sqlite.statements import statements

SQL = statements("opt_outs")


class OptOuts:
    """Reads and writes inside whatever transaction its connection is in."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._erasing = Erasing(connection)

    def blocked(self, account: str, emails: Iterable[str]) -> set[str]:
        given = {"account": account, "emails": json.dumps(list(emails))}
        return {email for (email,) in self._db.execute(SQL["blocked"], given)}

    def keep_blocks(self, account: str, emails: Iterable[str], at: datetime, *, is_ours: bool) -> None:
        awake = [email for email in emails if not self._erasing.is_asleep(email)]
        given = {"account": account, "emails": json.dumps(awake), "is_ours": is_ours, "at": to_text(at)}
        self._db.execute(SQL["keep_blocks"], given)

    def lift_blocks(self, account: str, emails: Iterable[str]) -> None:
        self._db.execute(SQL["lift_blocks"], {"account": account, "emails": json.dumps(list(emails))})

    def asked(self, account: str, email: str) -> Asked | None:
        row = self._db.execute(SQL["asked"], {"account": account, "email": email}).fetchone()
        return Asked(row[0], row[1], from_text(row[2]), from_text(row[3]) if row[3] else None) if row else None

    def keep_asked(self, account: str, email: str, asked: Asked) -> None:
        given = {
            "account": account,
            "email": email,
            "shop_id": asked.shop_id,
            "message_key": asked.message_key,
            "asked_at": to_text(asked.asked_at),
            "confirmed_at": to_text(asked.confirmed_at) if asked.confirmed_at else None,
        }
        self._db.execute(SQL["keep_asked"], given)

    def list_of(self, shop_id: int, message_key: str) -> int | None:
        row = self._db.execute(SQL["list_of"], {"shop_id": shop_id, "message_key": message_key}).fetchone()
        return int(row[0]) if row and row[0] is not None else None

    def newest_opt_outs(self, after: int, limit: int) -> list[tuple[int, int, MessageConsent]]:
        rows = self._db.execute(SQL["newest_opt_outs"], {"after": after, "limit": limit})
        return [
            (
                entry,
                shop_id,
                MessageConsent(from_text(at), "email", subject, "email", "opted_out", act, source, detail),
            )
            for entry, shop_id, subject, act, source, at, detail in rows
        ]
