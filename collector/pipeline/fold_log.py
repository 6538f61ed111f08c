"""What became of each row, in the log, where a shop's settings want to see it.

Told when the rows are kept, since a batch may be folded twice. What a row says stands in no line, only what kinds of
facts it brought.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence

from collector.domain.door import InboxRow, Lane, RowKind
from collector.domain.events import Fact
from collector.domain.shop import Shop

log = logging.getLogger(__name__)

FACTS, DUPLICATE, SKIPPED, QUARANTINED = "facts", "duplicate", "skipped", "quarantined"
READ = "read/"  # topics of records that we asked for


class FoldLog:
    """Of one batch of one shop."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._noted: list[tuple[int, InboxRow, str, str, Sequence[Fact]]] = []

    def note(self, row: InboxRow, outcome: str, why: str = "", facts: Sequence[Fact] = ()) -> None:
        """`why`: a short code."""
        level = self._level(row)
        if level:
            self._noted.append((level, row, outcome, why, facts))

    def tell(self) -> None:
        for level, row, outcome, why, facts in self._noted:
            extra: dict[str, object] = {"shop": self._shop.address, "row_id": row.id, "topic": row.topic}
            extra |= {"delivery_id": row.delivery_id} if row.kind is RowKind.WEBHOOK else {"kind": row.kind.value}
            extra["outcome"] = outcome
            if why:
                extra["why"] = why
            if facts:
                extra["facts"] = dict(Counter(type(fact).__name__ for fact in facts))
            log.log(level, "webhook folded" if _is_webhook(row) else "row folded", extra=extra)

    def _level(self, row: InboxRow) -> int:
        """0: not wanted."""
        if self._shop.policy.logs_webhooks and _is_webhook(row):
            return logging.INFO
        return logging.DEBUG if self._shop.policy.logs_steps else 0


def _is_webhook(row: InboxRow) -> bool:
    return row.kind is RowKind.WEBHOOK and row.lane is Lane.LIVE and not row.topic.startswith(READ)
