"""Outbox rows to and from columns."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from collector.domain.door import Lane
from collector.domain.outbox import NewMessage, OutboxRow, State
from collector.domain.timestamps import from_text, to_text


def to_values(message: NewMessage) -> dict[str, Any]:
    return {
        "shop_id": message.shop_id,
        "account": message.account,
        "lane": message.lane.value,
        "message_key": message.message_key,
        "person": message.person,
        "ordering": message.ordering,
        "kind": message.kind,
        "event_name": message.event_name,
        "needs": message.needs,
        "payload": json.dumps(dict(message.payload)),
        "created_at": to_text(message.created_at),
        "due_at": to_text(message.due_at),
        "expires_at": to_text(message.expires_at) if message.expires_at else None,
    }


def from_values(raw: tuple[Any, ...]) -> OutboxRow:
    (row_id, shop_id, account, lane, message_key, person, ordering, kind, event_name, needs, payload) = raw[:11]
    (created_at, due_at, expires_at, claimed_at, claimed_by, is_reclaimed, attempts) = raw[11:18]
    state, reason, answered, done_at, is_dropped = raw[18:]
    message = NewMessage(
        shop_id,
        account,
        message_key,
        kind,
        json.loads(payload),
        from_text(created_at),
        from_text(due_at),
        ordering,
        event_name,
        Lane(lane),
        person,
        needs,
        _moment(expires_at),
    )
    return OutboxRow(
        row_id,
        message,
        State(state),
        attempts,
        bool(is_reclaimed),
        _moment(claimed_at),
        claimed_by,
        reason,
        json.loads(answered) if answered else None,
        _moment(done_at),
        bool(is_dropped),
    )


def _moment(text: str | None) -> datetime | None:
    return from_text(text) if text else None
