"""What webhooks said in place of a record, in the state file. See domain.subscriptions."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from collector.domain.subscriptions import Fault
from collector.domain.timestamps import from_text, to_text
from collector.storage.sqlite.statements import statements

SQL = statements("webhook_faults")
SHOWN = 100  # of a shop at once


class WebhookFaults:
    """Reads and writes inside whatever transaction its connection is in."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def note(self, shop_id: int, webhook_id: str, topic: str, code: str, at: datetime) -> bool:
        """Whether it is the first of its kind."""
        given = {"shop_id": shop_id, "webhook_id": webhook_id, "topic": topic, "code": code, "at": to_text(at)}
        (count,) = self._db.execute(SQL["note"], given).fetchone()
        return int(count) == 1

    def since(self, shop_id: int, moment: datetime) -> list[Fault]:
        """Newest first."""
        given = {"shop_id": shop_id, "since": to_text(moment), "limit": SHOWN}
        return [
            Fault(webhook_id, topic, code, count, from_text(first_at), from_text(last_at))
            for webhook_id, topic, code, count, first_at, last_at in self._db.execute(SQL["since"], given)
        ]

    def forget(self, shop_id: int, before: datetime) -> None:
        self._db.execute(SQL["forget"], {"shop_id": shop_id, "before": to_text(before)})
