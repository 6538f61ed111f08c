"""The delivery log in rows: each request made for a message, with the exact body, until retention drops it."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Sequence
from datetime import datetime

from collector.domain.delivery_calls import Call, KeptCall
from collector.domain.timestamps import from_text, to_text
from collector.storage.sqlite.connection import write
from collector.storage.sqlite.statements import statements

_SQL = statements("delivery_calls")
AT_ONCE = 500  # rows a transaction: nobody waits long for the write lock


class DeliveryCalls:
    """`keep` is for inside the transaction that writes a message's fate; `drop` begins its own."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def keep(self, row_id: int, calls: Sequence[Call], now: datetime) -> None:
        """Under the attempt that the outbox counts just now."""
        for call in calls:
            given = {
                "message": row_id,
                "at": to_text(now),
                "method": call.method,
                "path": call.path,
                "sent": zlib.compress(call.sent.encode()) if call.sent else None,
                "status": call.status,
                "answered": call.answered,
                "request_id": call.request_id,
                "error": call.error,
            }
            self._connection.execute(_SQL["keep"], given)

    def of(self, row_id: int) -> list[KeptCall]:
        """Oldest first."""
        rows = self._connection.execute(_SQL["of"], {"message": row_id})
        return [
            KeptCall(attempt, from_text(at), Call(method, path, _unpacked(sent), status, answered, request_id, error))
            for attempt, at, method, path, sent, status, answered, request_id, error in rows
        ]

    def drop(self, before: datetime, limit: int = AT_ONCE) -> int:
        """Retention: calls from before, and the content of messages that ended before; how many rows changed.

        Call until it says 0. Keys stay.
        """
        given = {"before": to_text(before), "limit": limit}
        with write(self._connection):
            dropped = self._connection.execute(_SQL["drop_old"], given).rowcount
            return dropped + self._connection.execute(_SQL["drop_old_content"], given).rowcount


def _unpacked(sent: bytes | None) -> str:
    return "" if sent is None else zlib.decompress(sent).decode()
