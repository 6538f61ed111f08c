"""A strict Brevo at the wire: it keeps what it took, refuses what Brevo refuses, counts calls, and has moods."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import requests
import responses

URL = "https://brevo.example/v3"
KEY = "xkeysib-test"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FAMILIES = {"events": (10, 36_000), "contacts": (10, 36_000), "orders": (5, 18_000), "other": (None, 100)}

Reply = tuple[int, dict[str, str], str]
Mood = Callable[["Call"], Reply | Exception | None]


@dataclass
class Clock:
    """A clock somebody sets."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **some: float) -> None:
        self.now += timedelta(**some)


@dataclass(frozen=True)
class Call:
    at: datetime
    method: str
    path: str
    query: dict[str, list[str]]
    body: Any
    headers: dict[str, str]

    @property
    def family(self) -> str:
        if self.path.startswith("/contacts"):
            return "contacts"
        posts = {"/events": "events", "/orders/status": "orders"}
        return posts.get(self.path, "other") if self.method == "POST" else "other"


@dataclass
class Contact:
    blocked: bool
    attributes: dict[str, Any] = field(default_factory=dict)
    lists: set[int] = field(default_factory=set)
    no_texts: bool = False


@dataclass
class Brevo:
    """`moods` answer the next calls, one each, in place of it; `mood` all calls, when it answers at all."""

    clock: Clock = field(default_factory=Clock)
    contacts: dict[str, Contact] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    lists: dict[int, str] = field(default_factory=lambda: {5: "All customers", 6: "Buyers", 7: "Abandoned cart"})
    attributes: dict[str, str] = field(default_factory=lambda: {"FIRSTNAME": "text", "LASTNAME": "text"})
    folders: dict[int, str] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    refused: list[Call] = field(default_factory=list)  # 429
    moods: deque[Reply | Exception | Mood] = field(default_factory=deque)
    mood: Mood | None = None
    is_counting: bool = False
    rtt: timedelta = timedelta(0)

    def answer(self, request: requests.PreparedRequest) -> Reply:
        self.clock.now += self.rtt
        parts = urlsplit(request.url or "")
        raw = request.body
        body = json.loads(raw) if raw else None
        query = parse_qs(parts.query)
        call = Call(
            self.clock.now,
            request.method or "",
            parts.path[3:],
            query,
            body,
            dict(request.headers.items()),
        )
        self.calls.append(call)
        said: Reply | Exception | None = None
        if self.moods:
            mood = self.moods.popleft()
            said = mood(call) if callable(mood) else mood
        elif self.mood is not None:
            said = self.mood(call)
        if said is None and self.is_counting and self._is_too_much(call):
            self.refused.append(call)
            said = (429, {"x-sib-ratelimit-reset": "1"}, "")
        if said is None:
            said = self.take(call)
        if isinstance(said, Exception):
            raise said
        return said

    def take(self, call: Call) -> Reply:
        """What Brevo itself would answer."""
        if call.headers.get("api-key") != KEY:
            return refusal(401, "unauthorized", "Key not found")
        path, method = call.path, call.method
        if (method, path) == ("POST", "/events"):
            return self._event(call.body)
        if (method, path) == ("GET", "/events"):
            return good({"events": self._found(call.query), "count": len(self.events)})
        if (method, path) == ("POST", "/contacts"):
            return self._create(call.body)
        if (method, path) == ("POST", "/orders/status"):
            self.orders[call.body["id"]] = call.body
            return (204, {}, "")
        if (method, path) == ("GET", "/account"):
            return good({"companyName": "Mugs & More", "email": "owner@mugs.example"})
        if found := re.fullmatch(r"/contacts/lists/(\d+)/contacts/(add|remove)", path):
            return self._change(int(found[1]), found[2], call.body["emails"])
        if path in ("/contacts/lists", "/contacts/folders"):
            return self._named(call, self.lists if path.endswith("lists") else self.folders, path.rpartition("/")[2])
        if path == "/contacts/attributes":
            return good(
                {"attributes": [{"name": n, "type": t, "category": "normal"} for n, t in self.attributes.items()]}
            )
        if found := re.fullmatch(r"/contacts/attributes/normal/([A-Z_]+)", path):
            if found[1] in self.attributes:
                return refusal(400, "invalid_parameter", "Attribute name must be unique")
            self.attributes[found[1]] = call.body["type"]
            return (201, {}, "")
        if method == "PUT" and (found := re.fullmatch(r"/contacts/([^/]+)", path)):
            return self._update(unquote(found[1]), call.body)
        return refusal(404, "document_not_found", f"no {method} {path}")

    def _event(self, body: dict[str, Any]) -> Reply:
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,255}", body["event_name"])
        assert body["identifiers"]["email_id"]
        self.events.append(body)
        return (204, {"sib-request-id": f"req-{len(self.events)}"}, "")

    def _found(self, query: dict[str, list[str]]) -> list[dict[str, Any]]:
        begin, end = query["startDate"][0], query["endDate"][0]
        some = [one for one in self.events if one["event_name"] in query["event_name"]]
        return [one for one in some if begin <= one["event_date"] <= end][: int(query["limit"][0])]

    def _create(self, body: dict[str, Any]) -> Reply:
        assert body["updateEnabled"] is False
        assert isinstance(body["emailBlacklisted"], bool)
        if body["email"] in self.contacts:
            return duplicate("email")
        if refused := self._unfit(body["email"], body):
            return refused
        self.contacts[body["email"]] = Contact(body["emailBlacklisted"])
        return self._write(body["email"], body, 201, '{"id": 1}')

    def _update(self, email: str, body: dict[str, Any]) -> Reply:
        assert body.get("emailBlacklisted") is not False, "that would subscribe somebody again"
        if email not in self.contacts:
            return refusal(404, "document_not_found", "Contact does not exist")
        return self._unfit(email, body) or self._write(email, body, 204, "")

    def _unfit(self, email: str, body: dict[str, Any]) -> Reply | None:
        number = body.get("attributes", {}).get("SMS")
        if number and not re.fullmatch(r"\+?\d{8,15}", number):
            return refusal(400, "invalid_parameter", "Invalid phone number")
        others = [one.attributes.get("SMS") for name, one in self.contacts.items() if name != email]
        if number and number in others:
            return duplicate("SMS", "invalid_parameter")
        if set(body.get("listIds", [])) - set(self.lists):
            return refusal(400, "invalid_parameter", "List ids are not valid")
        return None

    def _write(self, email: str, body: dict[str, Any], status: int, text: str) -> Reply:
        contact = self.contacts[email]
        contact.attributes |= body.get("attributes", {})
        contact.blocked = body.get("emailBlacklisted", contact.blocked)
        contact.no_texts = body.get("smsBlacklisted", contact.no_texts)
        contact.lists |= set(body.get("listIds", []))
        contact.lists -= set(body.get("unlinkListIds", []))
        return (status, {}, text)

    def _change(self, number: int, change: str, emails: list[str]) -> Reply:
        if number not in self.lists:
            return refusal(404, "document_not_found", "List does not exist")
        lists = self.contacts[emails[0]].lists
        if (number in lists) == (change == "add"):
            return refusal(400, "invalid_parameter", "Contact already in list and/or does not exist")
        lists ^= {number}
        return good({"contacts": {"success": emails, "failure": []}}, 201)

    def _named(self, call: Call, all_of: dict[int, str], name: str) -> Reply:
        if call.method == "POST":
            number = max(all_of, default=0) + 1
            all_of[number] = call.body["name"]
            return good({"id": number}, 201)
        offset, limit = int(call.query["offset"][0]), int(call.query["limit"][0])
        some = [{"id": n, "name": text} for n, text in all_of.items()][offset : offset + limit]
        return good({"count": len(all_of), name: some})

    def _is_too_much(self, call: Call) -> bool:
        """More than a family's limit in the second or hour before this call, wherever they begin."""
        earlier = [one.at for one in self.calls[:-1] if one.family == call.family and one not in self.refused]
        a_second, an_hour = FAMILIES[call.family]
        in_second = sum(1 for at in earlier[-20:] if call.at - at < timedelta(seconds=1))
        in_hour = sum(1 for at in earlier if call.at - at < timedelta(hours=1))
        return (a_second is not None and in_second >= a_second) or in_hour >= (an_hour or 0)

    def taken(self) -> list[tuple[str, str]]:
        """(address, event) in the order they were taken."""
        return [(one["identifiers"]["email_id"], one["event_name"]) for one in self.events]

    def said(self) -> list[str]:
        return [f"{call.method} {call.path}" for call in self.calls]


def good(body: Any, status: int = 200) -> Reply:
    return (status, {"content-type": "application/json"}, json.dumps(body))


def refusal(status: int, code: str, message: str, **more: Any) -> Reply:
    return (status, {"sib-request-id": "req-no"}, json.dumps({"code": code, "message": message, **more}))


def duplicate(identifier: str, code: str = "duplicate_parameter") -> Reply:
    message = f"Unable to create contact, {identifier} is already associated with another Contact"
    return refusal(400, code, message, metadata={"duplicate_identifiers": [identifier]})


def page(status: int) -> Reply:
    return (status, {"content-type": "text/html"}, "<html><h1>Bad Gateway</h1></html>")


@contextmanager
def on_the_wire(brevo: Brevo) -> Iterator[Brevo]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        for method in ("GET", "POST", "PUT", "DELETE"):
            wire.add_callback(method, re.compile(re.escape(URL) + "/.*"), callback=brevo.answer)
        yield brevo
