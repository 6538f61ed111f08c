"""Everything held about one person in the state file: found, taken out, and what stays to recognise them by."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import sqlite3
import zlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from collector.domain.erasing import ErasureRecord, Tombstone, fate_of
from collector.domain.events import EventType, MessageConsent
from collector.domain.identity import Node
from collector.domain.timestamps import from_text, to_text
from collector.domain.visitors import denial_mark
from collector.storage.sqlite.erasing_export import exported
from collector.storage.sqlite.statements import statements

SQL = statements("erasing")
CUSTOMER_EVENTS = [type_.value for type_ in EventType if type_.value.startswith("customer_")]

# What goes, by the kind it is counted under, in an order the tables' references allow.
STEPS = (
    ("events", "drop_events_of_visits"),
    ("events", "drop_events_of_carts"),
    ("sessions", "drop_sessions"),
    ("browsers", "drop_visitors"),
    ("reminders", "drop_reminders"),
    ("reminders", "drop_reminders_of_carts"),
    ("reminders", "drop_cart_told"),
    ("checkouts", "drop_checkouts"),
    ("checkouts", "drop_checkouts_of_carts"),
    ("carts", "drop_carts"),
    ("", "blank_cart_keys"),
    ("decisions", "drop_decisions_of_carts"),
    ("decisions", "drop_decisions_of_person"),
    ("customer records", "drop_customers"),
    ("customer records", "drop_customers_of_email"),
    ("", "drop_tags"),
    ("orders without the person", "blank_orders"),
    ("", "drop_order_nodes"),
    ("consents", "drop_consent"),
    ("consents", "drop_consent_of_numbers"),
    ("marks of imports", "drop_marks"),
    ("marks of imports", "drop_marks_of_orders"),
    ("contacts told", "drop_account_contacts"),
)


class Erasing:
    """domain.erasing.Erasing, inside whatever transaction its connection is in."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def mark(self, node: Node) -> str:
        if not (key := self._key()):
            self._db.execute(SQL["make_key"], {"key": secrets.token_hex(32)})
            key = self._key()
        return hmac.new(key, f"{node.kind}:{node.value}".encode(), hashlib.sha256).hexdigest()

    def _key(self) -> bytes:
        """Nothing until somebody is erased."""
        row = self._db.execute(SQL["key"]).fetchone()
        return bytes.fromhex(row[0]) if row else b""

    def is_used(self, shop_id: int) -> bool:
        return self._db.execute(SQL["is_used"], {"shop_id": shop_id}).fetchone() is not None

    def tombstone(self, shop_id: int, node: Node) -> Tombstone | None:
        if not self._key():
            return None
        given = {"shop_id": shop_id, "mark": self.mark(node)}
        row = self._db.execute(SQL["tombstone"], given).fetchone()
        return Tombstone(from_text(row[0]), _moment(row[1]), _moment(row[2])) if row else None

    def is_asleep(self, email: str) -> bool:
        """Erased in some shop, and not back since."""
        if not self._key():
            return False
        return self._db.execute(SQL["is_asleep"], {"mark": self.mark(Node("email", email))}).fetchone() is not None

    def opt_out_of(self, shop_id: int, email: str) -> datetime | None:
        """The no of somebody who was erased; a shop that is newer than that hears of the others'."""
        if not self._key():
            return None
        stone = self.tombstone(shop_id, Node("email", email))
        if stone is not None:
            return stone.opted_out_at
        (found,) = self._db.execute(SQL["no_elsewhere"], {"mark": self.mark(Node("email", email))}).fetchone()
        return _moment(found)

    def bury(self, shop_id: int, nodes: Iterable[Node], at: datetime, opted_out: Mapping[str, datetime | None]) -> None:
        for node in nodes:
            said_no = opted_out.get(node.value) if node.kind == "email" else None
            given = {"shop_id": shop_id, "mark": self.mark(node), "at": to_text(at)}
            self._db.execute(SQL["bury"], given | {"opted_out_at": to_text(said_no) if said_no else None})

    def silences(self, shop_id: int, act: MessageConsent) -> bool:
        node = Node(act.subject_kind, act.subject)
        stone = self.tombstone(shop_id, node)
        if stone is None:
            return False
        fate = fate_of(act, stone)
        if fate == "hash":
            given = {"shop_id": shop_id, "mark": self.mark(node), "at": to_text(act.occurred_at)}
            self._db.execute(SQL["keep_opt_out"], given)
        elif fate == "afresh":
            self.begin_afresh(shop_id, [node], act.occurred_at)
        return fate in ("hash", "drop")

    def begin_afresh(self, shop_id: int, nodes: Iterable[Node], at: datetime) -> None:
        marks = json.dumps([self.mark(node) for node in nodes])
        self._db.execute(SQL["begin_afresh"], {"shop_id": shop_id, "marks": marks, "at": to_text(at)})

    def newest_opt_out(self, shop_id: int, account: str, email: str) -> datetime | None:
        given = {"shop_id": shop_id, "account": account, "email": email}
        (found,) = self._db.execute(SQL["newest_opt_out"], given).fetchone()
        return _moment(found)

    def take_out(self, shop_id: int, nodes: Collection[Node], orders: Collection[str] = ()) -> dict[str, int]:
        self._db.execute("pragma secure_delete = on")  # from here on the freed pages are overwritten, too
        given = self._given(shop_id, nodes, orders)
        for visitor_id, at in self._db.execute(SQL["denials"], given).fetchall():
            self._db.execute(SQL["keep_denials"], {"shop_id": shop_id, "id": denial_mark(visitor_id), "at": at})
        counts: dict[str, int] = {}
        for kind, statement in STEPS:
            _count(counts, kind, self._db.execute(SQL[statement], given).rowcount)
        for about in (
            f"{type_}:{node.value}" for type_ in CUSTOMER_EVENTS for node in nodes if node.kind == "customer"
        ):
            rows = self._db.execute(SQL["drop_events_of_customer"], {"shop_id": shop_id, "about": about}).rowcount
            _count(counts, "events", rows)
        for node in nodes:
            place = {"shop_id": shop_id, "kind": node.kind, "value": node.value}
            for statement in ("drop_links", "drop_links_back"):
                _count(counts, "links", self._db.execute(SQL[statement], place).rowcount)
            self._db.execute(SQL["drop_node"], place)
        self._db.execute(SQL["drop_people"], given)
        return counts

    def look_through(
        self, text: str, shop_id: int, holds: Callable[[str], bool], after: int, limit: int
    ) -> tuple[list[int], int, int]:
        (newest,) = self._db.execute(SQL[f"newest_{text}"]).fetchone()
        until = after + limit
        rows = self._db.execute(SQL[f"read_{text}"], {"after": after, "until": until, "shop_id": shop_id})
        found, busy = [], 0
        for number, is_busy, body, said in rows:
            if not holds(said) and not (body and holds(_unpacked(body))):
                continue
            if is_busy:
                busy += 1
            else:
                found.append(number)
        return found, until if until < newest else 0, busy

    def clear(self, text: str, rows: Sequence[int], emails: Collection[str], at: datetime) -> int:
        given = {"rows": json.dumps(list(rows))}
        if text != "outbox":
            return self._db.execute(SQL[f"clear_{text}"], given).rowcount
        self._db.execute(SQL["drop_calls_of"], given)
        for number, key in self._db.execute(SQL["outbox_keys"], given).fetchall():
            for email in emails:
                key = key.replace(email, self.mark(Node("email", email)))
            for one in (key, f"{key}:{number}"):  # erased, back and erased again
                told = {"id": number, "key": one, "at": to_text(at)}
                if self._db.execute(SQL["clear_outbox"], told).rowcount:
                    break
        return len(rows)

    def is_known_elsewhere(self, account: str, shop_ids: Collection[int], email: str) -> bool:
        if self._db.execute(SQL["known_to_account"], {"account": account, "email": email}).fetchone():
            return True
        return any(
            self._db.execute(SQL["known_to_shop"], {"shop_id": shop_id, "email": email}).fetchone()
            for shop_id in shop_ids
        )

    def forget_account(self, account: str, email: str) -> None:
        for statement in ("drop_blocks", "drop_asked", "drop_numbers"):
            self._db.execute(SQL[statement], {"account": account, "email": email})

    def record(self, record: ErasureRecord) -> None:
        given = {"shop_id": record.shop_id, "mark": record.mark, "at": to_text(record.at), "by_whom": record.by_whom}
        self._db.execute(SQL["record"], given | {"counts": json.dumps(dict(record.counts), sort_keys=True)})

    def records(self, limit: int) -> list[ErasureRecord]:
        rows = self._db.execute(SQL["records"], {"limit": limit})
        return [
            ErasureRecord(shop, mark, from_text(at), who, json.loads(counts)) for shop, mark, at, who, counts in rows
        ]

    def everything(
        self, shop_id: int, nodes: Collection[Node], orders: Collection[str] = ()
    ) -> dict[str, list[dict[str, Any]]]:
        return exported(self._db, self._given(shop_id, nodes, orders))

    def _given(self, shop_id: int, nodes: Collection[Node], orders: Collection[str]) -> dict[str, Any]:
        """What the statements ask for, by name."""
        by_kind = {
            f"{kind}s": json.dumps(sorted(node.value for node in nodes if node.kind == kind))
            for kind in ("email", "phone", "customer", "visitor", "cart")
        }
        given: dict[str, Any] = {"shop_id": shop_id} | by_kind
        for name, statement in (
            ("visits", "visits"),
            ("baskets", "baskets"),
            ("orders", "order_ids"),
            ("people", "people"),
        ):
            given[name] = json.dumps([row[0] for row in self._db.execute(SQL[statement], given)])
        given["orders"] = json.dumps(sorted({*json.loads(given["orders"]), *orders}))
        return given


def _count(counts: dict[str, int], kind: str, rows: int) -> None:
    if kind and rows > 0:
        counts[kind] = counts.get(kind, 0) + rows


def _moment(text: str | None) -> datetime | None:
    return from_text(text) if text else None


def _unpacked(body: bytes) -> str:
    try:
        return zlib.decompress(body).decode("utf-8", "replace")
    except zlib.error:  # the quarantine keeps bodies as they came
        return body.decode("utf-8", "replace")
