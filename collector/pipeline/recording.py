"""Events that platform records prove: each with an id of its own, so that saying it again changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from collector.domain.events import EventType
from collector.domain.state_ports import StateTransaction
from collector.domain.timestamps import NOT_YET, to_text

Version = tuple[datetime, str]  # when, and a hash of what it says


class Recording:
    """One batch's way into the events of one shop."""

    def __init__(self, tx: StateTransaction, shop_id: int) -> None:
        self._tx = tx
        self._shop_id = shop_id

    def event(
        self, type_: EventType, event_id: str, at: datetime, received_at: datetime, detail: Mapping[str, object]
    ) -> None:
        self._tx.visits.add_event(self._shop_id, event_id, type_, at, received_at, detail)

    def versions(
        self,
        type_: EventType,
        name: str,
        version: Version,
        first: Version | None,
        received_at: datetime,
        detail: Mapping[str, object],
    ) -> None:
        """An event for each version but the oldest; when an older one turns up, the former oldest was a change."""
        if first is None or version == first or NOT_YET in (version[0], first[0]):
            return
        at, content = max(version, first)
        self.event(type_, f"{name}:{to_text(at)}:{content[:8]}", at, received_at, detail)
