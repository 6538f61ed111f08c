"""The delivery log of bulk calls: what went out about many at once, with the exact body, until retention drops it.

Questions are not kept: only what was told.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from collector.domain.delivery_calls import BulkCall, Call
from collector.domain.timestamps import from_text, to_text
from collector.storage.sqlite.connection import write
from collector.storage.sqlite.statements import statements

_SQL = statements("bulk_calls")
NO_ID = 2**63 - 1  # larger than any
AT_ONCE = 50  # bodies are up to eight megabytes


class BulkCalls:
    """Each call is a transaction of its own."""

    def __init__(self, connection: sqlite3.Connection, clock: Callable[[], datetime]) -> None:
        self._connection = connection
        self._clock = clock

    def keep(self, account: str, call: Call) -> None:
        if not call.sent:
            return
        body = call.sent.encode()
        given = {
            "account": account,
            "at": to_text(self._clock()),
            "method": call.method,
            "path": call.path,
            "size": len(body),
            "sent": zlib.compress(body),
            "status": call.status,
            "answered": call.answered,
            "request_id": call.request_id,
            "error": call.error,
        }
        with write(self._connection):
            self._connection.execute(_SQL["keep"], given)

    def newest(self, limit: int, before: int = NO_ID) -> list[BulkCall]:
        """The newest first, of those before this id, without bodies."""
        given = {"limit": limit, "before": before}
        return [_call(*row) for row in self._connection.execute(_SQL["newest"], given)]

    def get(self, call_id: int) -> BulkCall | None:
        row = self._connection.execute(_SQL["one"], {"id": call_id}).fetchone()
        return row and _call(*row)

    def drop(self, before: datetime, limit: int = AT_ONCE) -> int:
        """Retention; how many were dropped. Call until it says 0."""
        with write(self._connection):
            return self._connection.execute(_SQL["drop_old"], {"before": to_text(before), "limit": limit}).rowcount


def _call(
    call_id: int, account: str, at: str, size: int, method: str, path: str, sent: bytes | None, *rest: Any
) -> BulkCall:
    body = zlib.decompress(sent).decode() if sent else ""
    return BulkCall(call_id, account, from_text(at), size, Call(method, path, body, *rest))
