"""What the delivery log shows of an outbox row: what was sent when, the answers, the attempts.

Addresses and what else is about a person are masked unless somebody asks for them at a terminal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from collector.domain.delivery_calls import BulkCall, Call, KeptCall
from collector.domain.outbox import OutboxRow, State
from collector.domain.timestamps import to_text

_ADDRESS = re.compile(r"[^\s@\"'<>,;:(){}\[\]]+@[^\s@\"'<>,;:(){}\[\]]+")


def described(row: OutboxRow) -> dict[str, Any]:
    """One row for programs and for lines on a terminal, without what it carries."""
    message = row.message
    return {
        "id": row.id,
        "shop_id": message.shop_id,
        "account": message.account,
        "kind": message.kind,
        "event": message.event_name,
        "to": masked(str(message.payload.get("email", ""))),
        "state": row.state.value,
        "reason": row.reason,
        "attempts": row.attempts,
        "lane": message.lane.value,
        "created_at": to_text(message.created_at),
        "due_at": to_text(message.due_at),
        "done_at": to_text(row.done_at) if row.done_at else None,
        "expires_at": to_text(message.expires_at) if message.expires_at else None,
        "needs": message.needs,
        "answer": masked_all(row.answered) if row.answered is not None else None,
    }


def in_full(row: OutboxRow, calls: Iterable[KeptCall] = (), *, is_revealed: bool = False) -> dict[str, Any]:
    """The same with what it says and every request made for it. `is_revealed`: nothing is masked."""
    message = row.message
    shown = described(row)
    if is_revealed:
        shown |= {"to": message.payload.get("email", ""), "answer": row.answered}
    return shown | {
        "key": message.message_key if is_revealed else masked(message.message_key),
        "next_try": to_text(message.due_at) if row.state is State.WAITING else None,
        "is_dropped": row.is_dropped,
        "payload": dict(message.payload) if is_revealed else masked_all(message.payload),
        "calls": [
            {"attempt": one.attempt, "at": to_text(one.at)} | _called(one.call, is_revealed=is_revealed)
            for one in calls
        ],
    }


def bulk_described(one: BulkCall) -> dict[str, Any]:
    """A call about many at once, without what it carries."""
    call = one.call
    return {
        "id": one.id,
        "account": one.account,
        "at": to_text(one.at),
        "request": f"{call.method} {call.path}",
        "bytes": one.size,
        "status": call.status or None,
        "request_id": call.request_id,
        "error": call.error,
    }


def bulk_in_full(one: BulkCall, *, is_revealed: bool = False) -> dict[str, Any]:
    """The same with body and answer."""
    return bulk_described(one) | _called(one.call, is_revealed=is_revealed)


def _called(call: Call, *, is_revealed: bool) -> dict[str, Any]:
    return {
        "request": f"{call.method} {call.path}",
        "status": call.status or None,
        "request_id": call.request_id,
        "error": call.error,
        "sent": call.sent if is_revealed else _masked_body(call.sent),
        "answered": call.answered if is_revealed else _masked_body(call.answered),
    }


def _masked_body(text: str) -> Any:
    """A body as JSON, masked; what is none as masked text."""
    try:
        return _masked_value(json.loads(text)) if text else ""
    except (ValueError, RecursionError):
        return masked(text)


def line(row: OutboxRow) -> list[str]:
    """id, decided, what, to whom, state and reason, attempts, the newest answer in a few words."""
    message = row.message
    return [
        f"#{row.id}",
        to_text(row.done_at or message.created_at),
        message.event_name or message.kind,
        masked(str(message.payload.get("email", ""))),
        f"{row.state.value} {row.reason}".strip(),
        f"{row.attempts}×",
        in_a_few_words(row.answered or {}),
    ]


def in_a_few_words(answered: Mapping[str, Any]) -> str:
    """`204 req-1`, or what went wrong and the cure."""
    if "failure" in answered:
        return masked(f"{answered['failure']} {answered.get('cure', '')}".strip())
    if answered.get("found_there"):
        return "it had arrived"
    steps = answered.get("steps") or [{}]
    newest = steps[-1] if isinstance(steps, list) else {}
    return f"{newest.get('status', '')} {newest.get('request_id', '')}".strip()


def masked(text: str) -> str:
    """`anna@shop.example` -> `a…@shop.example`, wherever it stands."""
    return _ADDRESS.sub(lambda found: f"{found[0][0]}…@{found[0].rpartition('@')[2]}", text)


_PERSONAL = frozenset(["attributes", "billing", "ext_id", "sent"])


def masked_all(given: Mapping[str, Any]) -> dict[str, Any]:
    """Every text in it masked; attributes, billing and sent bodies shown by their names or size alone."""
    shown: dict[str, Any] = {}
    for name, one in given.items():
        if name in _PERSONAL and one:
            shown[name] = sorted(one) if isinstance(one, Mapping) else f"({len(str(one))} characters)"
        else:
            shown[name] = _masked_value(one)
    return shown


def _masked_value(given: Any) -> Any:
    if isinstance(given, str):
        return masked(given)
    if isinstance(given, Mapping):
        return masked_all(given)
    if isinstance(given, list | tuple):
        return [_masked_value(one) for one in given]
    return given
