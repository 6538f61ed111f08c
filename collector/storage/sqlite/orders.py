"""Orders and refunds in the state file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from collector.domain.events import OrderKind, OrderSeen, OrderState, RefundSeen
from collector.domain.identity import Node
from collector.domain.items import items_from_json, items_to_json
from collector.domain.orders import Order, ToldChange
from collector.domain.refunds import TakenOff, lowering
from collector.domain.spending import Bought
from collector.domain.timestamps import NOT_YET, from_text, to_text
from collector.storage.sqlite.statements import statements
from collector.storage.sqlite.visits import dump

SQL = statements("orders")

_TIMES = (
    "started_at",
    "accepted_at",
    "paid_at",
    "failed_at",
    "cancelled_at",
    "fulfilled_at",
    "deleted_at",
    "restored_at",
)
_TEXTS = (
    "order_id",
    "number",
    "status",
    "currency",
    "base_currency",
    "email",
    "phone",
    "customer_id",
    "visitor_id",
    "cart_token",
    "checkout_token",
    "country",
    "locale",
)


class Orders:
    """Reads and writes inside whatever transaction its connection is in."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def find(self, shop_id: int, order_id: str) -> Order | None:
        cursor = self._db.execute(SQL["order"], {"shop_id": shop_id, "order_id": order_id})
        row = cursor.fetchone()
        if row is None:
            return None
        return _order(dict(zip((column[0] for column in cursor.description), row, strict=True)))

    def keep(self, shop_id: int, order: Order, nodes: Iterable[Node]) -> None:
        """Store the merged order and every node any version named."""
        content = order.content
        values: dict[str, Any] = {name: getattr(content, name) for name in _TEXTS}
        values |= {name: _text(getattr(order, name)) for name in _TIMES}
        values |= {
            "shop_id": shop_id,
            "version_at": to_text(content.version_at),
            "stated_at": to_text(content.stated_at),
            "content_hash": order.content_hash,
            "first_version_at": to_text(order.first_version_at),
            "first_content_hash": order.first_content_hash,
            "substance": order.substance,
            "first_substance": order.first_substance,
            "state": content.state.value,
            "kind": content.kind.value,
            "created_at": to_text(content.created_at),
            "is_test": int(content.is_test),
            "total_minor": content.total_minor,
            "base_total_minor": content.base_total_minor,
            "items": dump(items_to_json(content.items)),
            "detail": dump(content.detail | _flags(content)),
        }
        self._db.execute(SQL["keep_order"], values)
        for node in nodes:
            named = {"shop_id": shop_id, "kind": node.kind, "value": node.value, "order_id": content.order_id}
            self._db.execute(SQL["add_node"], named)

    def nodes_of(self, shop_id: int, order_id: str) -> list[Node]:
        values = {"shop_id": shop_id, "order_id": order_id}
        return [Node(*row) for row in self._db.execute(SQL["nodes_of_order"], values)]

    def of_nodes(self, shop_id: int, nodes: Iterable[Node], since: datetime) -> list[Order]:
        """Orders that named any of the nodes and may matter to a cart begun at `since`."""
        numbers: set[str] = set()
        for node in nodes:
            values = {"shop_id": shop_id, "kind": node.kind, "value": node.value, "since": to_text(since)}
            numbers.update(row[0] for row in self._db.execute(SQL["orders_of_node"], values))
        found = (self.find(shop_id, number) for number in sorted(numbers))
        return [order for order in found if order is not None]

    def bought(self, shop_id: int, email: str, customer_id: str) -> list[Bought]:
        """Every order of an address, and of the customer with this number ("": none), as they count."""
        values = {"shop_id": shop_id, "email": email, "customer_id": customer_id}
        found = []
        for row in self._db.execute(SQL["bought"], values).fetchall():
            order_id, state, at, currency, total, base_currency, base_total = row
            refunds = tuple(self.lowered_by(shop_id, order_id))
            found.append(Bought(OrderState(state), from_text(at), currency, total, base_currency, base_total, refunds))
        return found

    def had_orders(self, shop_id: int, email: str, customer_id: str) -> bool:
        """Whether an order that counted once is or was theirs, whatever became of it."""
        theirs = [("email", email), ("customer", customer_id)]
        return any(
            self._db.execute(SQL["had_orders"], {"shop_id": shop_id, "kind": kind, "value": value}).fetchone()
            is not None
            for kind, value in theirs
            if value
        )

    def lowered_by(self, shop_id: int, order_id: str) -> list[tuple[int, str]]:
        """(minor units, currency) that each of its refunds takes off what it is worth, the oldest first."""
        rows = self._db.execute(SQL["given_back"], {"shop_id": shop_id, "order_id": order_id})
        return lowering([TakenOff(amount, code, bool(moved), bool(bare)) for amount, code, moved, bare in rows])

    def newest_of(self, shop_id: int, email: str) -> Order | None:
        """The newest that was placed under this address."""
        given = {"shop_id": shop_id, "email": email, "never": to_text(NOT_YET)}
        row = self._db.execute(SQL["newest_of_email"], given).fetchone()
        return self.find(shop_id, row[0]) if row else None

    def buyers(self, shop_id: int, after: str, limit: int) -> list[tuple[str, datetime]]:
        """Who ordered and when last, in the order of the addresses behind `after`."""
        rows = self._db.execute(SQL["buyers"], {"shop_id": shop_id, "after": after, "limit": limit})
        return [(email, from_text(at)) for email, at in rows]

    def told_change(self, shop_id: int, order_id: str) -> ToldChange | None:
        """What its buyer was told last of a change; None: nothing yet."""
        row = self._db.execute(SQL["told_change"], {"shop_id": shop_id, "order_id": order_id}).fetchone()
        return ToldChange(from_text(row[0]), OrderState(row[1]), row[2]) if row and row[0] else None

    def keep_told_change(self, shop_id: int, order_id: str, told: ToldChange) -> None:
        given = {"shop_id": shop_id, "order_id": order_id, "version_at": to_text(told.version_at)}
        given |= {"state": told.state.value, "substance": told.substance}
        self._db.execute(SQL["keep_told_change"], given)

    def add_refund(self, shop_id: int, refund: RefundSeen, version_at: datetime, listed_at: datetime) -> None:
        """Seen in this version of its order, which arrived at `listed_at`; alone, at its own time."""
        values = {
            "shop_id": shop_id,
            "order_id": refund.order_id,
            "refund_id": refund.refund_id,
            "occurred_at": to_text(refund.occurred_at),
            "amount_minor": refund.amount_minor,
            "currency": refund.currency,
            "has_moved": int(refund.has_moved),
            "version_at": to_text(version_at),
            "listed_at": to_text(listed_at),
        }
        self._db.execute(SQL["add_refund"], values)
        self._db.execute(SQL["see_refund"], values)
        if refund.has_moved:
            self._db.execute(SQL["move_refund"], values)
        if refund.is_bare:
            self._db.execute(SQL["bare_refund"], values)

    def list_refunds(self, shop_id: int, order_id: str, version_at: datetime, listed_at: datetime) -> None:
        """This version of a known order listed every refund: those seen only before it do not count any more."""
        values = {"shop_id": shop_id, "order_id": order_id}
        values |= {"version_at": to_text(version_at), "listed_at": to_text(listed_at)}
        self._db.execute(SQL["list_refunds"], values)


def _flags(content: OrderSeen) -> dict[str, bool]:
    return {"is_fulfilled": content.is_fulfilled} | ({"is_in_bin": True} if content.is_in_bin else {})


def _text(moment: datetime | None) -> str | None:
    return to_text(moment) if moment else None


def _moment(text: str | None) -> datetime | None:
    return from_text(text) if text else None


def _order(row: dict[str, Any]) -> Order:
    detail = msgspec.json.decode(row["detail"])
    is_fulfilled, is_in_bin = bool(detail.pop("is_fulfilled")), bool(detail.pop("is_in_bin", False))
    times = {name: _moment(row[name]) for name in _TIMES}
    content = OrderSeen(
        **{name: row[name] for name in _TEXTS},
        version_at=from_text(row["version_at"]),
        stated_at=from_text(row["stated_at"]),
        created_at=from_text(row["created_at"]),
        state=OrderState(row["state"]),
        kind=OrderKind(row["kind"]),
        total_minor=row["total_minor"],
        base_total_minor=row["base_total_minor"],
        items=items_from_json(msgspec.json.decode(row["items"])),
        accepted_at=times["accepted_at"],
        paid_at=times["paid_at"],
        cancelled_at=times["cancelled_at"],
        fulfilled_at=times["fulfilled_at"],
        is_fulfilled=is_fulfilled,
        is_in_bin=is_in_bin,
        is_test=bool(row["is_test"]),
        detail=detail,
    )
    return Order(
        content=content,
        content_hash=row["content_hash"],
        first_version_at=from_text(row["first_version_at"]),
        first_content_hash=row["first_content_hash"],
        substance=row["substance"],
        first_substance=row["first_substance"],
        **times,
    )
