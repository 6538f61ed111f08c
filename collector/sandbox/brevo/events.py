"""/events: what happened, append-only.

Not documented, decided here: an event for somebody unknown creates a contact, subscribed, as any contact is that comes
without `emailBlacklisted`; it is noted, so that it does not go unseen. `GET /events` answers
`{"events": [{contact_id, event_name, event_date, event_properties}], "count"}`, newest first; `email` and `event_id`
are our additions to its filters.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request

from collector.sandbox.brevo import dates
from collector.sandbox.brevo.answers import Json, Refusal, empty, invalid, said
from collector.sandbox.brevo.checks import (
    a_moment,
    a_text,
    an_email,
    an_integer,
    check,
    event_name,
    event_properties,
    map_of,
    shaped,
)
from collector.sandbox.brevo.current import account, body, contract, page
from collector.sandbox.brevo.people import KINDS, Contact, Wish
from collector.sandbox.brevo.state import Account, Event

blueprint = Blueprint("events", __name__)

_IDENTIFIERS = {
    "contact_id": an_integer,
    "email_id": an_email,
    "phone_id": a_text,
    "whatsapp_id": a_text,
    "landline_number_id": a_text,
    "ext_id": a_text,
}
_EVENT = shaped(
    {
        "event_name": event_name,
        "event_date": a_moment,
        "identifiers": shaped(_IDENTIFIERS, at_least=1),
        "contact_properties": map_of(str, int, float, bool),
        "event_properties": event_properties,
        "object": shaped({"type": a_text, "identifiers": shaped({"ext_id": a_text, "id": a_text})}),
    },
    required=("event_name", "identifiers"),
)
_BATCH_AT_MOST = 200
_BATCH_BYTES_AT_MOST = 512 * 1024


@blueprint.post("/events")
def create() -> Response:
    _record(account(), check(body(), _EVENT))
    return empty()


@blueprint.post("/events/batch")
def create_batch() -> Response:
    given = body()
    batch = given.get("events") if isinstance(given, dict) and given.keys() == {"events"} else None
    if not isinstance(batch, list) or not 1 <= len(batch) <= _BATCH_AT_MOST:
        raise invalid(f'Body must be {{"events": [...]}} with 1 to {_BATCH_AT_MOST} events')
    if len(request.get_data()) > _BATCH_BYTES_AT_MOST:
        raise invalid("Body must be at most 512 KB")
    refused: list[Json] = []
    for index, one in enumerate(batch):
        try:
            if (rules := contract()) and (wrong := rules.errors("POST", "/events", one)):
                raise invalid("; ".join(wrong))
            _record(account(), check(one, _EVENT))
        except Refusal as refusal:
            refused.append({"eventIndex": [index], "message": refusal.message})
    if not refused:
        message = "Batch accepted. Valid events have been added to the processing queue."
        return said({"message": message, "count": len(batch)}, 202)
    errors = [f"event {one['eventIndex'][0]}: {one['message']}" for one in refused]
    account().violation("POST", "/v3/events/batch", errors, "checks")
    is_partial = len(refused) < len(batch)
    return said(
        {
            "status": "partial_success" if is_partial else "failed",
            "total_events": len(batch),
            "successful_events": len(batch) - len(refused),
            "failed_events": len(refused),
            "errors": refused,
        },
        207 if is_partial else 400,
    )


@blueprint.get("/events")
def find() -> Response:
    wanted = page(at_most=10_000, usual=100)
    found = select(account(), request.args.get)
    return said({"events": [event.described() for event in found[wanted]], "count": len(found)})


def select(of: Account, filters: Callable[[str], str | None]) -> list[Event]:
    """Events that fit the query, newest first. Raises Refusal for a date that is none."""
    start, end = _day("startDate", filters), _day("endDate", filters)
    name, event_id = filters("event_name"), filters("event_id")
    events = of.events
    if any(filters(key) for key in ("contact_id", "email")):
        contact = _contact(of, filters)
        events = [] if contact is None else of.events_of.get(contact.id, [])
    return [
        event
        for event in reversed(events)
        if (name is None or event.name == name)
        and (event_id is None or event.properties.get("event_id") == event_id)
        and (start is None or event.date >= start)
        and (end is None or event.date <= end)
    ]


def _contact(of: Account, filters: Callable[[str], str | None]) -> Contact | None:
    contact_id, email = filters("contact_id"), filters("email")
    if contact_id is not None:
        if not (contact_id.isascii() and contact_id.isdecimal()):
            raise invalid("contact_id should be a whole number")
        return of.people.get(int(contact_id))
    return of.people.find("email", email or "")


def _day(name: str, filters: Callable[[str], str | None]) -> datetime | None:
    text = filters(name)
    moment = None if text is None else dates.read_day(text)
    if text is not None and moment is None:
        raise invalid(f"{name} should be a date")
    return moment


def _record(of: Account, given: Json) -> None:
    now = of.clock()
    identifiers: dict[str, Any] = given["identifiers"]
    contact = of.people.from_identifiers(identifiers)
    values, dropped = of.attributes.accept(given.get("contact_properties", {}))
    named = {KINDS[name]: str(value) for name, value in identifiers.items() if name in KINDS}
    if contact is None:
        if not named:
            raise Refusal(400, "invalid_parameter", "Contact does not exist")
        contact = of.people.create(Wish(named, values), now)
        contact.is_from_event = True
        of.note("contact made by an event", contact.name, given["event_name"])
    elif values:
        of.people.change(contact, Wish({}, values), now)
    for line in dropped:
        of.note("attribute dropped", contact.name, line)
    date = dates.read(given["event_date"]) if "event_date" in given else now
    number = len(of.events) + 1
    of.add_event(
        Event(
            number,
            given["event_name"],
            date or now,
            now,
            contact.id,
            given.get("event_properties", {}),
            given.get("object"),
            contact.email in of.blocks,
        )
    )
