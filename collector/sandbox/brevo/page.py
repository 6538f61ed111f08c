"""The page at `/`: mails as they would arrive, what happened per contact, who is known, and how we behaved.

Everything on it came from elsewhere: values are prepared as text here and escaped by the template; nothing is loaded
but the pictures the items name, and nothing runs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from collector.sandbox.brevo import webhooks
from collector.sandbox.brevo.answers import Json
from collector.sandbox.brevo.current import account
from collector.sandbox.brevo.mails import STOPPING, Mail, amount, mail_for
from collector.sandbox.brevo.people import Contact
from collector.sandbox.brevo.state import Account, Event

blueprint = Blueprint("page", __name__)

_MAILS, _CONTACTS, _EVENTS_EACH, _ORDERS, _VIOLATIONS, _NOTES = 20, 40, 15, 20, 10, 8
_VALUE_AT_MOST = 80
_REFRESH_S = 3
# What a reader wants to see of an event, best first.
_TELLING = (
    "name",
    "product_name",
    "title",
    "items",
    "total",
    "query",
    "id",
    "status",
    "stage",
    "step",
    "abandonment_id",
    "reason",
    "url",
)
_TOLD_AT_MOST = 4
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src http: https: data:; form-action 'self'; base-uri 'none'"
)


@dataclass(frozen=True, slots=True)
class ShownEvent:
    name: str
    time: str
    told: tuple[tuple[str, str], ...]
    everything: str  # JSON
    times_sent: int  # above 1: the same event_id arrived again
    stops: bool


@dataclass(frozen=True, slots=True)
class ShownContact:
    contact: Contact
    lists: tuple[str, ...]
    attributes: tuple[tuple[str, str], ...]
    events: tuple[ShownEvent, ...]
    event_count: int


@blueprint.get("/")
def inbox() -> Response:
    wanted = request.args.get("contact", "").strip()
    is_refreshing = request.args.get("refresh") == "1"
    of = account()
    people = _wanted(of, wanted)
    ids = {contact.id for contact in people}
    page = make_response(
        render_template(
            "inbox.html",
            company=of.company,
            wanted=wanted,
            refresh_s=_REFRESH_S if is_refreshing else None,
            other_refresh="?" + urlencode({"contact": wanted, "refresh": "" if is_refreshing else "1"}),
            link=lambda contact: "?" + urlencode({"contact": contact, "refresh": "1" if is_refreshing else ""}),
            mails=_mails(of, ids),
            contacts=[_shown(of, contact) for contact in people[:_CONTACTS]],
            contact_count=len(people),
            orders=_orders(of, ids, bool(wanted)),
            counts=sorted(of.status_counts.items()),
            limits=of.limits.described(of.clock()),
            tier=of.limits.tier,
            violations=of.violations[: -_VIOLATIONS - 1 : -1],
            violation_count=len(of.violations),
            notes=list(of.notes)[: -_NOTES - 1 : -1],
            failures=[failure.described() for failure in of.failures.all(of.clock())],
        )
    )
    page.headers["Content-Security-Policy"] = _POLICY
    page.headers["Cache-Control"] = "no-store"
    page.headers["X-Content-Type-Options"] = "nosniff"
    page.headers["Referrer-Policy"] = "no-referrer"
    return page


@blueprint.post("/unsubscribe")
def unsubscribe() -> AnyResponse:
    """The link at the end of a mail."""
    email = request.form.get("email", "")
    contact = account().people.find("email", email)
    if contact is not None:
        webhooks.unsubscribe(account(), contact)
    return redirect("/?" + urlencode({"contact": email}), 303)


def _wanted(of: Account, wanted: str) -> list[Contact]:
    """Newest event first; with a filter those whose id or identifier it is, else those whose name has it inside."""
    people = of.people.all()
    if wanted:
        exact = [
            one for one in people if wanted == str(one.id) or wanted.lower() in map(str.lower, one.identifiers.values())
        ]
        people = exact or [one for one in people if wanted.lower() in one.name.lower()]
    return sorted(people, key=lambda one: (_latest(of, one), one.id), reverse=True)


def _latest(of: Account, contact: Contact) -> int:
    events = of.events_of.get(contact.id)
    return events[-1].number if events else 0


def _mails(of: Account, ids: set[int]) -> list[Mail]:
    found: list[Mail] = []
    for event in reversed(of.events):
        if event.contact_id in ids and (mail := mail_for(of, event)) is not None:
            found.append(mail)
        if len(found) == _MAILS:
            break
    return found


def _shown(of: Account, contact: Contact) -> ShownContact:
    events = of.events_of.get(contact.id, [])
    return ShownContact(
        contact,
        tuple(of.lists[number].name for number in sorted(contact.list_ids) if number in of.lists),
        tuple((name, _text(value)) for name, value in sorted(contact.attributes.items())),
        tuple(_event(of, event) for event in reversed(events[-_EVENTS_EACH:])),
        len(events),
    )


def _event(of: Account, event: Event) -> ShownEvent:
    event_id = event.properties.get("event_id")
    return ShownEvent(
        event.name,
        event.date.strftime("%d %b %H:%M:%S"),
        tuple(_told(event.properties)),
        json.dumps(event.properties, ensure_ascii=False, indent=2),
        of.event_id_counts[event_id] if isinstance(event_id, str) else 1,
        event.name in STOPPING,
    )


def _told(properties: Mapping[str, Any]) -> list[tuple[str, str]]:
    names = [name for name in _TELLING if name in properties]
    names += [name for name, value in properties.items() if name not in names and not isinstance(value, (dict, list))]
    told = [(name, _value(name, properties)) for name in names]
    return [(name, value) for name, value in told if value][:_TOLD_AT_MOST]


def _value(name: str, properties: Mapping[str, Any]) -> str:
    value = properties[name]
    if name == "items" and isinstance(value, list):
        goods = [item for item in value if isinstance(item, dict)]
        return _text(", ".join(f"{item.get('quantity', 1)} × {item.get('name', '?')}" for item in goods))
    if name == "total":
        return _text(amount(properties, "total", properties))
    return _text(value)


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _VALUE_AT_MOST else text[: _VALUE_AT_MOST - 1] + "…"


def _orders(of: Account, ids: set[int], is_filtered: bool) -> list[Json]:
    found = []
    for order in reversed(of.orders.values()):
        contact = of.people.from_identifiers(order["identifiers"])
        if is_filtered and (contact is None or contact.id not in ids):
            continue
        who = contact.name if contact else ", ".join(map(str, order["identifiers"].values()))
        currency = order.get("metaInfo", {}).get("currency", "")
        found.append(order | {"who": who, "shown_amount": f"{order['amount']:,.2f} {currency}".strip()})
    return found[:_ORDERS]
