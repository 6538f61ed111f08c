"""Everything held about somebody in one shop, for the person to read."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from typing import Any

from collector.domain.identity import Node
from collector.domain.outbox import OutboxRow
from collector.domain.shop import Shop
from collector.domain.timestamps import to_text
from collector.pipeline.erasing import looked_through, person_of
from collector.storage.sqlite.explaining import dossiers
from collector.storage.sqlite.outbox import Outbox
from collector.storage.sqlite.state import SqliteState

NO_EVENTS = 1  # they are exported by themselves


def held(state: sqlite3.Connection, shop: Shop, given: Iterable[Node], orders: Collection[str] = ()) -> dict[str, Any]:
    """{}: nothing. `orders`: to be shown whoever placed them."""
    with SqliteState(state).read() as tx:
        nodes = person_of(tx, shop, given)
        kept = {kind: rows for kind, rows in tx.erasing.everything(shop.id, nodes, orders).items() if rows}
        rows = list(looked_through(tx, shop, "outbox", nodes))
    messages = [_message(row) for number in rows if (row := Outbox(state).get(number)) is not None]
    emails = sorted(node.value for node in nodes if node.kind == "email")
    told = [one for email in emails for one in dossiers(state, email, NO_EVENTS) if one.shop_id == shop.id]
    entries = [entry for one in told for entry in one.entries if entry.kind == "decision"]
    decisions: list[dict[str, Any]] = []
    for entry in entries:  # a person with two addresses has one dossier under each
        said = {"at": entry.at, "reason": entry.what, **entry.facts}
        if said not in decisions:
            decisions.append(said)
    kept |= {kind: found for kind, found in (("decisions", decisions), ("messages", messages)) if found}
    if not kept:
        return {}
    known_as = sorted(f"{node.kind}:{node.value}" for node in nodes)
    return {"platform": shop.platform, "shop": shop.address, "known_as": known_as, **kept}


def _message(row: OutboxRow) -> dict[str, Any]:
    message = row.message
    return {
        "decided_at": to_text(message.created_at),
        "kind": message.kind,
        "event": message.event_name,
        "state": row.state.value,
        "reason": row.reason,
        "told_at": to_text(row.done_at) if row.done_at else None,
        "content": dict(message.payload),
    }
