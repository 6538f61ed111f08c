"""Everything stored about one address at the shops that know it. Read only.

Times are UTC text as in the database, so entries sort as they happened.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from collector.domain.events import EventType
from collector.storage.sqlite.statements import statements

_SQL = statements("explaining")

ORDER_EVENTS = [type_.value for type_ in EventType if type_.value.startswith("order_")]
CUSTOMER_EVENTS = [type_.value for type_ in EventType if type_.value.startswith("customer_")]
# At the same moment: first what happened, then what followed from it.
KINDS = ("link", "consent", "event", "decision", "delivery")


@dataclass(frozen=True, slots=True)
class Entry:
    """`kind`: link, consent, event, decision or delivery. `what` is the code of the kind (an event's type, an act's
    state, a decision's reason, a message's event or kind); `facts` are the stored columns."""

    at: str
    kind: str
    what: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class OpenCart:
    """`next_check_at`: when it is asked about next; None: nobody to tell, or everything is said."""

    key: str
    stage: str
    item_count: int
    changed_at: str
    next_check_at: str | None


@dataclass(frozen=True, slots=True)
class Block:
    """A contact that is blocked at a destination account. `is_ours`: made so by us, for want of a permission or by a
    no we knew."""

    is_ours: bool
    since: str


@dataclass(frozen=True, slots=True)
class Dossier:
    """One shop's knowledge of an address. `known_as`: everything of the same person, as `kind:value`.

    `is_cut`: there are older events than these.
    """

    shop_id: int
    platform: str
    shop: str
    known_as: tuple[str, ...]
    entries: tuple[Entry, ...]
    open_carts: tuple[OpenCart, ...]
    is_cut: bool


def dossiers(state: sqlite3.Connection, email: str, most_events: int) -> list[Dossier]:
    """One for each shop that knows the address; none: nobody does."""
    shops = state.execute(_SQL["shops_knowing"], {"email": email}).fetchall()
    return [_dossier(state, shop_id, platform, shop, email, most_events) for shop_id, platform, shop in shops]


def block_of(state: sqlite3.Connection, account: str, email: str) -> Block | None:
    """None: it is not, as far as we were told."""
    row = state.execute(_SQL["block"], {"account": account, "email": email}).fetchone()
    return Block(bool(row[0]), row[1]) if row else None


def _dossier(
    state: sqlite3.Connection, shop_id: int, platform: str, shop: str, email: str, most_events: int
) -> Dossier:
    own = state.execute(_SQL["nodes"], {"shop_id": shop_id, "email": email})
    nodes = sorted({f"{kind}:{value}" for kind, value in own} | {f"email:{email}"})
    given = {
        "shop_id": shop_id,
        "nodes": json.dumps(nodes),
        "emails": json.dumps([node.partition(":")[2] for node in nodes if node.startswith("email:")]),
        "order_events": json.dumps(ORDER_EVENTS),
        "customer_events": json.dumps(CUSTOMER_EVENTS),
        "limit": most_events + 1,
    }
    events = [_event(row) for row in state.execute(_SQL["events"], given)]
    entries = [
        *(_link(row) for row in state.execute(_SQL["links"], given)),
        *(_consent(row) for row in state.execute(_SQL["consent"], given)),
        *events[:most_events],
        *(_decision(row) for row in state.execute(_SQL["decisions"], given)),
        *(_delivery(row) for row in state.execute(_SQL["deliveries"], given)),
    ]
    return Dossier(
        shop_id,
        platform,
        shop,
        tuple(nodes),
        tuple(sorted(entries, key=lambda entry: (entry.at, KINDS.index(entry.kind), entry.facts.get("id", 0)))),
        tuple(OpenCart(*row) for row in state.execute(_SQL["open_carts"], given)),
        is_cut=len(events) > most_events,
    )


def _named(names: str, values: Iterable[Any]) -> dict[str, Any]:
    return dict(zip(names.split(), values, strict=True))


def _link(row: tuple[Any, ...]) -> Entry:
    a_kind, a_value, b_kind, b_value, strength, source, first_at, last_at = row
    facts = {"a": f"{a_kind}:{a_value}", "b": f"{b_kind}:{b_value}", "source": source, "last_at": last_at}
    return Entry(first_at, "link", strength, facts)


def _event(row: tuple[Any, ...]) -> Entry:
    facts = _named("event_id visitor_id cart detail", row[2:])
    return Entry(row[0], "event", row[1], facts | {"detail": json.loads(facts["detail"])})


def _consent(row: tuple[Any, ...]) -> Entry:
    at, kind, subject, channel, consent, act, source, recorded_at = row
    facts = {"subject": subject, "subject_kind": kind, "channel": channel, "act": act, "source": source}
    return Entry(at, "consent", consent, facts | {"recorded_at": recorded_at})


def _decision(row: tuple[Any, ...]) -> Entry:
    at, kind, step, outcome, reason, truth, cart, detail = row
    facts = {"about": kind, "step": step, "outcome": outcome, "truth": truth, "cart": cart}
    return Entry(at, "decision", reason, facts | {"detail": json.loads(detail)})


def _delivery(row: tuple[Any, ...]) -> Entry:
    at, number, kind, event_name, payload, state, reason, attempts, due_at, done_at = row
    facts = {"id": number, "state": state, "reason": reason, "attempts": attempts, "due_at": due_at}
    said = json.loads(payload)
    return Entry(at, "delivery", event_name or kind, facts | {"done_at": done_at, "payload": said})
