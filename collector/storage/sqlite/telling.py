"""What messages need to know and what is remembered of them: consent acts, reminders, who was told, the outbox."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from collector.domain.consent import ERASURE, Act, Proofs
from collector.domain.decisions import DecisionRow
from collector.domain.outbox import NewMessage
from collector.domain.telling import Browser, DueCart, DueVisit, OpenCart, PersonDetails, Reminder, StoredEvent
from collector.domain.timestamps import from_text, to_text
from collector.storage.sqlite.customers import Customers
from collector.storage.sqlite.decisions import Decisions
from collector.storage.sqlite.erasing import Erasing
from collector.storage.sqlite.outbox import Outbox
from collector.storage.sqlite.statements import statements

SQL = statements("telling")


class Telling:
    """Reads and writes inside whatever transaction its connection is in."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._erasing = Erasing(connection)
        self._outbox = Outbox(connection)
        self._decisions = Decisions(connection)
        self._customers = Customers(connection)

    def acts(self, shop_id: int, email: str) -> list[Act]:
        rows = self._db.execute(SQL["acts"], {"shop_id": shop_id, "email": email})
        acts = [Act(state, act, source, from_text(at)) for state, act, source, at in rows]
        if (said_no_at := self._erasing.opt_out_of(shop_id, email)) is not None:
            acts.append(Act("opted_out", "erased", ERASURE, said_no_at))
        return acts

    def proofs(self, shop_id: int, email: str, notice_since: datetime | None) -> Proofs:
        given = {"shop_id": shop_id, "email": email}
        country = self._db.execute(SQL["country"], given).fetchone()
        ordered = self._one("newest_paid_order", given)[0]
        return Proofs(
            has_paid_order=ordered is not None,
            has_order_since_notice=bool(ordered and notice_since and ordered >= to_text(notice_since)),
            is_confirmed=self._one("is_confirmed", given) is not None,
            country=country[0] if country else "",
        )

    def details(self, shop_id: int, email: str) -> PersonDetails:
        """From the customer record, else from the newest order."""
        given = {"shop_id": shop_id, "email": email}
        row = self._db.execute(SQL["person_details"], given).fetchone()
        if row:
            tags = self._customers.tags(shop_id, row[4]).present
            return PersonDetails(row[0], row[1], row[2], bool(row[3]), row[4], row[5], tags)
        ordered = self._db.execute(SQL["newest_name_on_order"], given).fetchone()
        if ordered:
            named = json.loads(ordered[0])
            return PersonDetails(named.get("first_name", ""), named.get("last_name", ""), locale=ordered[1])
        return PersonDetails()

    def browser(self, shop_id: int, visitor_id: str) -> Browser | None:
        row = self._db.execute(SQL["browser"], {"shop_id": shop_id, "visitor_id": visitor_id}).fetchone()
        if row is None:
            return None
        started = self._db.execute(SQL["session_start"], {"visitor": row[0]}).fetchone()
        return Browser(row[0], row[1], row[2], _moment(row[3]), from_text(started[0]) if started else None)

    def newest_views(self, visitor: int, since: datetime, limit: int) -> list[StoredEvent]:
        """Oldest first."""
        given = {"visitor": visitor, "since": to_text(since), "limit": limit}
        rows = self._db.execute(SQL["newest_views"], given).fetchall()
        return [StoredEvent(type_, id_, from_text(at), json.loads(detail)) for type_, id_, at, detail in reversed(rows)]

    def reminders_since(self, shop_id: int, emails: Iterable[str], since: datetime) -> list[datetime]:
        given = {"shop_id": shop_id, "emails": json.dumps(sorted(emails)), "since": to_text(since)}
        return [from_text(at) for (at,) in self._db.execute(SQL["remembered"], given)]

    def add_reminder(self, shop_id: int, reminder: Reminder) -> bool:
        """False: this very reminder was decided before."""
        given = {
            "shop_id": shop_id,
            "effect": reminder.effect,
            "abandonment_id": reminder.abandonment_id,
            "kind": reminder.kind,
            "stage": reminder.stage,
            "step": reminder.step,
            "cart": reminder.cart,
            "generation": reminder.generation,
            "email": reminder.email,
            "decided_at": to_text(reminder.decided_at),
        }
        return bool(self._db.execute(SQL["add_reminder"], given).fetchall())

    def steps_taken(self, shop_id: int, cart: int, generation: int, since: datetime) -> int:
        """Reminders of this content: those decided since its last change."""
        given = {"shop_id": shop_id, "cart": cart, "generation": generation, "since": to_text(since)}
        (n,) = self._db.execute(SQL["steps_taken"], given).fetchone()
        return int(n)

    def unrecovered(self, cart: int, generation: int) -> list[tuple[int, str, str]]:
        """(reminder, abandonment id, address) of reminders of this generation not yet followed by an order."""
        rows = self._db.execute(SQL["reminded_of_cart"], {"cart": cart, "generation": generation})
        return [(row[0], row[1], row[2]) for row in rows]

    def keep_recovery(self, reminder: int, at: datetime) -> None:
        self._db.execute(SQL["keep_recovery"], {"id": reminder, "at": to_text(at)}).fetchall()

    def add_told(self, shop_id: int, cart: int, generation: int, email: str, at: datetime) -> None:
        given = {"shop_id": shop_id, "cart": cart, "generation": generation, "email": email, "at": to_text(at)}
        self._db.execute(SQL["add_told"], given)

    def told(self, cart: int, generation: int) -> list[str]:
        return [email for (email,) in self._db.execute(SQL["told"], {"cart": cart, "generation": generation})]

    def heard_of_cart(self, shop_id: int, ordering: str, cart: int, generation: int) -> bool:
        """Whether anything about it left in this ordering, or is leaving this moment."""
        given = {"shop_id": shop_id, "ordering": ordering, "cart": cart, "generation": generation}
        given["events"] = json.dumps(["cart_created", "cart_updated", "checkout_started"])
        return self._one("heard_of_cart", given) is not None

    def newest_of_cart(self, shop_id: int, ordering: str, event: str, cart: int, generation: int) -> str:
        """The key of the last such event about it that was decided in this ordering; "": none was."""
        given = {"shop_id": shop_id, "ordering": ordering, "begin": f"event:{event}:{cart}:{generation}"}
        found = self._one("newest_of_cart", given)
        return str(found[0]) if found else ""

    def contact_left(self, shop_id: int, email: str) -> bool:
        """Whether the destination heard of this address; so it did when what was told is too old to stand here."""
        return bool(self._one("contact_left", {"shop_id": shop_id, "email": email})[0] != 0)

    def was_observed(self, cart: int) -> bool:
        """Whether anybody but the platform told of this cart: then a beacon did, and its browser agreed."""
        return self._one("was_observed", {"cart": cart}) is not None

    def carts_ordered_by(self, shop_id: int, order_id: str) -> list[tuple[int, int]]:
        """(cart, generation) of every cart this order closed."""
        rows = self._db.execute(SQL["carts_ordered_by"], {"shop_id": shop_id, "order_id": order_id})
        return [(cart, generation) for cart, generation in rows]

    def open_carts_of(self, person: int) -> list[OpenCart]:
        rows = self._db.execute(SQL["carts_of_person"], {"person": person})
        return [OpenCart(cart, key, stage, from_text(at)) for cart, key, stage, at, _ in rows]

    def newest_order_of(self, person: int) -> datetime | None:
        row = self._db.execute(SQL["orders_of_person_since"], {"person": person}).fetchone()
        return _moment(row[0])

    def refunds(self, shop_id: int, order_id: str) -> list[tuple[str, int, str, datetime]]:
        """(refund id, minor units, currency, time), oldest first; without those that were deleted again."""
        rows = self._db.execute(SQL["refunds"], {"shop_id": shop_id, "order_id": order_id})
        return [(id_, amount, currency, from_text(at)) for id_, amount, currency, at in rows]

    def unpaid_refunds(self, shop_id: int, order_id: str) -> set[str]:
        """Those for which no money was given back: lines were taken off the order."""
        rows = self._db.execute(SQL["unpaid_refunds"], {"shop_id": shop_id, "order_id": order_id})
        return {refund_id for (refund_id,) in rows}

    def had_refunds(self, shop_id: int, order_id: str) -> bool:
        """Whether any was ever listed, deleted ones included."""
        return self._one("had_refunds", {"shop_id": shop_id, "order_id": order_id}) is not None

    def has_order_feed(self, shop_id: int) -> bool:
        return self._one("has_order_feed", {"shop_id": shop_id}) is not None

    def due_carts(self, shop_id: int, now: datetime, limit: int) -> list[DueCart]:
        """Open carts whose deadline has passed, longest first."""
        given = {"shop_id": shop_id, "now": to_text(now), "limit": limit}
        return [DueCart(*row) for row in self._db.execute(SQL["due_carts"], given)]

    def due_visits(self, shop_id: int, now: datetime, limit: int) -> list[DueVisit]:
        given = {"shop_id": shop_id, "now": to_text(now), "limit": limit}
        return [
            DueVisit(row[0], row[1], row[2], from_text(row[3]), from_text(row[4]), row[5], bool(row[6]))
            for row in self._db.execute(SQL["due_visits"], given)
        ]

    def set_cart_check(self, cart: int, generation: int, at: datetime | None) -> None:
        given = {"cart": cart, "generation": generation, "at": to_text(at) if at else None}
        self._db.execute(SQL["set_cart_check"], given)

    def set_visit_check(self, session: int, at: datetime | None) -> None:
        self._db.execute(SQL["set_visit_check"], {"session": session, "at": to_text(at) if at else None})

    def set_visit_deadline(self, visitor: int, after_s: float) -> None:
        """The newest session of a known visitor: its last event plus `after_s`, unless asked and answered."""
        self._db.execute(SQL["set_visit_deadline"], {"visitor": visitor, "after_s": after_s})

    def message_state(self, shop_id: int, message_key: str) -> str | None:
        """waiting | done | dead | skipped | unknown; None: never queued, or long gone."""
        found = self._one("message_state", {"shop_id": shop_id, "message_key": message_key})
        return str(found[0]) if found else None

    def conflict_of(self, person: int) -> str:
        found = self._one("conflict", {"person": person})
        return str(found[0]) if found else ""

    def queue(self, message: NewMessage) -> tuple[int, bool]:
        """(row, whether it is new): one effect, one key. A contact that did not arrive is tried once more for it."""
        row, is_new = self._outbox.append(message)
        if is_new and message.needs is not None:
            self._db.execute(SQL["revive_contact"], {"id": message.needs, "now": to_text(message.created_at)})
        return row, is_new

    def supersede(self, shop_id: int, ordering: str, kinds: Collection[str], reason: str, now: datetime) -> None:
        self._outbox.supersede(shop_id, ordering, kinds, reason, now)

    def throw_away(self, shop_id: int, ordering: str, events: Collection[str], reason: str, now: datetime) -> None:
        self._outbox.throw_away(shop_id, ordering, events, reason, now)

    def note(self, decision: DecisionRow) -> None:
        """Append to the log."""
        self._decisions.append(decision)

    def decide(self, decision: DecisionRow) -> None:
        """Append to the log, unless the same was said last about the same thing."""
        given = {
            "shop_id": decision.shop_id,
            "kind": decision.kind,
            "cart": decision.cart,
            "generation": decision.generation,
            "step": decision.step,
            "session": str(decision.detail.get("session", "")),
        }
        last = self._one("last_decision_of_session" if decision.cart is None else "last_decision_of_cart", given)
        if last != (decision.outcome, decision.reason):
            self._decisions.append(decision)

    def _one(self, statement: str, given: dict[str, Any]) -> Any:
        return self._db.execute(SQL[statement], given).fetchone()


def _moment(text: str | None) -> datetime | None:
    return from_text(text) if text else None
