"""Events: what is sent to POST /events, and how to ask whether one arrived."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from collector.destinations.brevo.client import Exchange
from collector.destinations.brevo.limits import EVENTS, LOOKUPS, OTHER
from collector.destinations.brevo.values import fitting, properties, text
from collector.domain.errors import DeliveryFailed, Remedy
from collector.domain.messages import EventMessage
from collector.domain.timestamps import to_text

MOST_BYTES = 50_000
AROUND = timedelta(seconds=1)
PAGE = 1000


def send(exchange: Exchange, message: EventMessage, names: Mapping[str, str]) -> None:
    """Raises DeliveryFailed, OutcomeUnknown. Brevo appends events and never merges them."""
    answer = exchange.post(EVENTS, "/events", body(message, names))
    if not answer.is_good:
        raise exchange.failed(answer, EVENTS)


def body(message: EventMessage, names: Mapping[str, str]) -> dict[str, Any]:
    shown = {**properties(message.properties), "event_id": text(message.event_id)}
    return {
        "event_name": name_of(message.event, names),
        "event_date": to_text(message.occurred_at),
        "identifiers": {"email_id": text(message.email)},
        "event_properties": fitting(shown, MOST_BYTES),
    }


def name_of(event: str, names: Mapping[str, str]) -> str:
    """What Brevo calls it. Raises DeliveryFailed for a name it does not take; the message waits for the cure."""
    name = names.get(event, event)
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", name):
        raise DeliveryFailed(
            f"brevo.event_names: {name!r} is no name for {event}",
            remedy=Remedy.RETRY,
            reason="event_name",
            cure="Use letters, digits, _ and - only, then restart.",
            retry_after_s=300,
        )
    return name


def was_received(exchange: Exchange, message: EventMessage, names: Mapping[str, str]) -> bool | None:
    """Whether an event with our id is there. None: too many others at the same moment to tell.

    `GET /events` knows custom events only, so a cart event could be missing there and have arrived; that it is
    listed at all is what this relies on. Newest first, by the event's own date.
    """
    exchange.spend(LOOKUPS)
    found = exchange.get(
        OTHER,
        "/events",
        event_name=name_of(message.event, names),
        startDate=to_text(message.occurred_at - AROUND),
        endDate=to_text(message.occurred_at + AROUND),
        limit=PAGE,
    )
    listed = found.get("events") if isinstance(found, dict) else None
    events = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    if any(_is(one, message) for one in events):
        return True
    return False if len(events) < PAGE else None


def _is(event: Mapping[str, Any], message: EventMessage) -> bool:
    """Shops of one account may have orders of the same number, and so events of the same id."""
    shown = event.get("event_properties")
    if not isinstance(shown, dict):
        return False
    return shown.get("event_id") == message.event_id and shown.get("shop") == message.properties.get("shop")
