"""The state of a shop as plain values without row numbers: two states are equal when their dumps are."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

# Numbers of rows differ with the order of arrival; what they stand for does not.
_NAMED = {
    "visitors": "select v.*, null as id from visitors v",
    "events": """select e.shop_id, e.event_id, e.type, e.occurred_at, v.visitor_id, c.key, e.detail
        from events e left join visitors v on v.id = e.visitor left join cart_keys c on c.id = e.cart""",
    "sessions": "select v.visitor_id, s.* from sessions s join visitors v on v.id = s.visitor",
    "identity_links": "select * from identity_links",
    "carts": "select k.key, c.*, null as id, null as cart from carts c join cart_keys k on k.id = c.cart",
    "checkouts": "select k.key, c.*, null as cart from checkouts c left join cart_keys k on k.id = c.cart",
    "customers": "select c.*, null as id from customers c",
    "customer_tags": "select * from customer_tags",
    "orders": "select o.*, null as id from orders o",
    "order_nodes": "select * from order_nodes",
    "order_refunds": "select * from order_refunds",
    "consent_ledger": """select shop_id, subject_kind, subject, channel, state, act, source, occurred_at
        from consent_ledger""",
    "shops": "select id, uninstalled_at from shops",
}


def dump(connection: sqlite3.Connection) -> dict[str, list[dict[str, Any]]]:
    """Every table the fold writes, in a fixed order of rows."""
    state: dict[str, list[dict[str, Any]]] = {}
    for table, query in _NAMED.items():
        cursor = connection.execute(query)
        names = [column[0] for column in cursor.description]
        rows = [{name: value for name, value in zip(names, row, strict=True) if value is not None} for row in cursor]
        for row in rows:
            if table == "visitors":
                del row["id"]
            if table in ("sessions", "carts", "checkouts", "customers", "orders"):
                for number in ("id", "visitor", "cart"):
                    if isinstance(row.get(number), int):
                        del row[number]
        state[table] = sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))
    members: dict[int, list[list[str]]] = {}
    for person, kind, value in connection.execute("select person, kind, value from person_nodes"):
        members.setdefault(person, []).append([kind, value])
    conflicts = dict(connection.execute("select id, conflict from people"))
    state["people"] = sorted(
        ({"nodes": sorted(nodes), "conflict": conflicts[person]} for person, nodes in members.items()),
        key=lambda one: json.dumps(one),
    )
    return state
