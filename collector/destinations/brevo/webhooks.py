"""Brevo's webhooks: reading what they tell, and registering ours.

Brevo signs nothing. It calls the address we registered, whose last part is a secret, and sends the token we gave it.
A body is one event or a list of them. Source: developers.brevo.com, "Marketing webhooks", "Transactional webhooks"
and the change log (read November 2026); fields that are not documented are looked for under every name they could
have, and what is missed comes by the daily reading (blocked.py).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from collector.destinations.brevo.client import Exchange
from collector.destinations.brevo.limits import OTHER
from collector.domain.door import InboxRow
from collector.domain.errors import DeliveryFailed, Unparseable
from collector.domain.events import Fact, ListJoined, MessageConsent
from collector.domain.timestamps import EPOCH, from_ms

SOURCE = "brevo"
# Brevo's event, of campaigns and of the transactional platform -> what we write into the ledger behind "brevo:".
OPT_OUTS = {
    "unsubscribe": "unsubscribed",
    "unsubscribed": "unsubscribed",
    "spam": "spam",
    "complaint": "spam",
    "hard_bounce": "hard_bounce",
    "hardBounce": "hard_bounce",
    "invalid": "invalid_address",
    "invalid_email": "invalid_address",
    "blocked": "blocked",  # on the transactional block list
}
UPDATED = ("contact_updated", "contactUpdated")
JOINED = ("list_addition", "listAddition")
# How a changed contact may say that it is blocked now.
BLOCKED_FIELDS = ("emailBlacklisted", "email_blacklisted", "emailBlocklisted", "email_blocklisted", "blacklisted")

# What we ask to be told, by kind of webhook.
EVENTS = {
    "marketing": ("unsubscribed", "spam", "hardBounce", "contactUpdated", "contactDeleted"),
    "transactional": ("unsubscribed", "spam", "hardBounce", "blocked", "invalid"),
}
LIST_ADDITION = "listAddition"  # where a double opt-in is configured: every list we write to tells, too
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)

Email = Callable[[str], str | None]


def is_echo(body: bytes) -> bool:
    """Whether all it tells are changes made through the API: ours, or another program's, which the next reading
    brings. Brevo names the key of such a change, and nothing where somebody clicked."""
    try:
        told = list(_told(body))
    except Unparseable:
        return False
    return bool(told) and all(_is_made_by_api(one) for one in told)


def topic(body: bytes) -> str:
    """The event's name for the log; `batch` for several. Never raises."""
    try:
        told = list(_told(body))
    except Unparseable:
        return "unknown"
    return str(told[0].get("event", "unknown"))[:100] if len(told) == 1 else "batch"


def parse(row: InboxRow, email: Email) -> list[Fact]:
    """Raises Unparseable. `email` gives an address in the form we compare, None for what is none."""
    return [fact for one in _told(row.body) for fact in _facts(one, row.received_at, email)]


def _told(body: bytes) -> Iterator[Mapping[str, Any]]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as problem:
        raise Unparseable("not_json", str(problem)[:200]) from None
    told = content if isinstance(content, list) else [content]
    if not all(isinstance(one, dict) for one in told):
        raise Unparseable("not_a_notice", type(content).__name__)
    yield from told


def _is_made_by_api(told: Mapping[str, Any]) -> bool:
    return told.get("event") in (*UPDATED, *JOINED) and bool(told.get("api_key_name"))


def _facts(told: Mapping[str, Any], received_at: datetime, email: Email) -> Iterator[Fact]:
    event, at = str(told.get("event", "")), _moment(told, received_at)
    if _is_made_by_api(told):
        return
    for address in _addresses(told.get("email"), email):
        if event in OPT_OUTS:
            yield _opt_out(address, OPT_OUTS[event], at, told)
        elif event in UPDATED and _is_blocked_now(told):
            yield _opt_out(address, "blocklisted", at, told)
        elif event in JOINED:
            numbers = told.get("list_id", told.get("listId"))
            found = numbers if isinstance(numbers, list) else [numbers]
            yield ListJoined(at, address, tuple(one for one in found if isinstance(one, int)))


def _opt_out(address: str, what: str, at: datetime, told: Mapping[str, Any]) -> MessageConsent:
    reason = told.get("reason")
    detail = reason[:200] if isinstance(reason, str) else ""
    return MessageConsent(at, "email", address, "email", "opted_out", f"brevo:{what}", SOURCE, detail)


def _addresses(given: Any, email: Email) -> list[str]:
    """One address, or a list of them where several contacts changed at once."""
    texts = given if isinstance(given, list) else [given]
    return [address for text in texts if isinstance(text, str) and (address := email(text)) is not None]


def _is_blocked_now(told: Mapping[str, Any]) -> bool:
    """A changed contact carries what changed in `content`: a map or a list of them."""
    content = told.get("content")
    places = [told, *(content if isinstance(content, list) else [content])]
    return any(isinstance(one, dict) and any(one.get(name) in (True, 1) for name in BLOCKED_FIELDS) for one in places)


def _moment(told: Mapping[str, Any], received_at: datetime) -> datetime:
    """`ts_event` and `ts_epoch` are UTC, in seconds and milliseconds; `ts` may be an hour or two ahead. Whatever it
    says, it has happened when it arrives."""
    for name, unit_ms in (("ts_event", 1000), ("ts_epoch", 1), ("ts", 1000)):
        value = told.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value * unit_ms < 10**14:
            at = from_ms(value * unit_ms)
            if at >= EARLIEST:
                return min(at, received_at)
    return max(received_at, EPOCH)


def register(exchange: Exchange, url: str, token: str, *, with_lists: bool) -> int:
    """Have Brevo tell us at this address; what is registered there already is brought up to date, and addresses of
    ours with another key go (`url` up to its last part). Returns the webhooks made or changed. Raises DeliveryFailed.
    """
    changed = 0
    ours = url.rpartition("/")[0] + "/"
    for kind, events in EVENTS.items():
        wanted = [*events, LIST_ADDITION] if with_lists and kind == "marketing" else list(events)
        body = {
            "url": url,
            "description": "Tajo Collector: opt-outs",
            "events": wanted,
            "auth": {"type": "bearer", "token": token},
        }
        there = [one for one in _registered(exchange, kind) if str(one.get("url", "")).startswith(ours)]
        same = next((one for one in there if one.get("url") == url), None)
        for one in there:
            if one is not same:
                _need_good(exchange, "DELETE", f"/webhooks/{int(one['id'])}", None)
        if same is None:
            _need_good(exchange, "POST", "/webhooks", {**body, "type": kind, "channel": "email"})
        elif set(same.get("events", ())) != set(wanted) or same.get("auth", {}).get("token", token) != token:
            _need_good(exchange, "PUT", f"/webhooks/{int(same['id'])}", body)
        else:
            continue
        changed += 1
    return changed


def unregister(exchange: Exchange, path: str) -> int:
    """Have Brevo tell us no more at addresses that end so; how many webhooks went. Raises DeliveryFailed."""
    found = [one for kind in EVENTS for one in _registered(exchange, kind) if str(one.get("url", "")).endswith(path)]
    for one in found:
        _need_good(exchange, "DELETE", f"/webhooks/{int(one['id'])}", None)
    return len(found)


def registered(exchange: Exchange, url: str) -> bool:
    """Whether Brevo tells us at this address, for both kinds. Raises DeliveryFailed."""
    return all(any(one.get("url") == url for one in _registered(exchange, kind)) for kind in EVENTS)


def _registered(exchange: Exchange, kind: str) -> list[dict[str, Any]]:
    try:
        found = exchange.get(OTHER, "/webhooks", type=kind)
    except DeliveryFailed as failed:
        if failed.answer.get("code") == "document_not_found":  # how Brevo says that there is none
            return []
        raise
    listed = found.get("webhooks") if isinstance(found, dict) else None
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _need_good(exchange: Exchange, method: str, path: str, body: Mapping[str, Any] | None) -> None:
    answer = exchange.call(method, OTHER, path, body, "/webhooks")
    if not answer.is_good:
        raise exchange.failed(answer, OTHER)
