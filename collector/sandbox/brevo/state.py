"""Everything the account holds, in memory, under one lock. Events are append-only: nothing is deduplicated."""

from __future__ import annotations

import itertools
import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from collector.sandbox.brevo.answers import Json
from collector.sandbox.brevo.attributes import Attributes
from collector.sandbox.brevo.blocks import Block
from collector.sandbox.brevo.dates import utc_now, written
from collector.sandbox.brevo.failures import Failures
from collector.sandbox.brevo.key_rights import Keys
from collector.sandbox.brevo.limits import Limits
from collector.sandbox.brevo.people import Contact, People

DEFAULT_KEY = "xkeysib-sandbox"
_REQUESTS_KEPT = 5_000
_NOTES_KEPT = 1_000


@dataclass(frozen=True, slots=True)
class Event:
    number: int
    name: str
    date: datetime
    received_at: datetime
    contact_id: int
    properties: Json
    object: Json | None
    was_blocked: bool = False  # its contact stood in the transactional platform's list: no automation mails

    def described(self) -> Json:
        body: Json = {
            "contact_id": self.contact_id,
            "event_name": self.name,
            "event_date": written(self.date),
            "event_properties": self.properties,
        }
        return body if self.object is None else body | {"object": self.object}


@dataclass(slots=True)
class List:
    id: int
    name: str
    folder_id: int
    created_at: datetime


@dataclass(slots=True)
class Collection:
    """A coupon collection and its codes."""

    id: str
    created_at: datetime
    body: Json
    coupons: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Call:
    """One request as received, without its key. `was_answered` is False when the caller got nothing."""

    number: int
    at: datetime
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: object
    status: int
    answer: object
    failure: str | None
    was_answered: bool

    def described(self) -> Json:
        return {
            "number": self.number,
            "at": written(self.at),
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "headers": self.headers,
            "body": self.body,
            "status": self.status,
            "answer": self.answer,
            "failure": self.failure,
            "was_answered": self.was_answered,
        }


class Account:
    """A Brevo account. Hold `lock` while reading or writing what `reset` replaces.

    keys             the API keys it accepts; all open the same account
    clock            aware UTC; limits, dates and the end of failures go by it
    tier             a name of `limits.TIERS`
    ecommerce_active False answers 403 on orders, products and categories until `/ecommerce/activate`
    reset_header_in_ms   `x-sib-ratelimit-reset` in milliseconds: documented as seconds, reported as both
    """

    def __init__(
        self,
        keys: tuple[str, ...] = (DEFAULT_KEY,),
        clock: Callable[[], datetime] = utc_now,
        tier: str = "general",
        *,
        ecommerce_active: bool = True,
        reset_header_in_ms: bool = False,
        company: str = "Local sandbox",
        owner_email: str = "owner@sandbox.example",
    ) -> None:
        self.lock = threading.RLock()
        self._starting_keys = keys
        self.clock = clock
        self.company = company
        self.owner_email = owner_email
        self.reset_header_in_ms = reset_header_in_ms
        self.failures = Failures()
        self._starts_active = ecommerce_active
        self._starting_tier = tier
        self.reset()

    def reset(self) -> None:
        """A fresh account: contacts, events, limits, failures and everything remembered are gone."""
        with self.lock:
            self.failures.clear()
            self.limits = Limits(self._starting_tier)
            self.keys = Keys(self._starting_keys)
            self.blocks: dict[str, Block] = {}  # by address
            self.import_takes = timedelta(0)
            self.imports: dict[int, tuple[datetime, datetime]] = {}  # process -> when it is worked on
            self.attributes = Attributes()
            self.people = People(self.note)
            self.events: list[Event] = []
            self.events_of: dict[int, list[Event]] = {}
            self.event_id_counts: Counter[str] = Counter()
            self.folders: dict[int, str] = {1: "Your first folder"}
            self.lists: dict[int, List] = {1: List(1, "Your first list", 1, self.clock())}
            self.orders: dict[str, Json] = {}
            self.products: dict[str, Json] = {}
            self.categories: dict[str, Json] = {}
            self.collections: dict[str, Collection] = {}
            self.webhooks: dict[int, Json] = {}
            self.confirmations: list[Json] = []  # mails that asked for one
            self.processes: dict[int, Json] = {}
            self.is_ecommerce_active = self._starts_active
            self.display_currency = "EUR"
            self.calls: deque[Call] = deque(maxlen=_REQUESTS_KEPT)
            self.status_counts: Counter[str] = Counter()
            self.violations: list[Json] = []
            self.notes: deque[Json] = deque(maxlen=_NOTES_KEPT)
            self.numbers = itertools.count(1000)  # ids of products, webhooks, processes and batches
            self.call_numbers = itertools.count(1)

    def note(self, kind: str, who: str, detail: str) -> None:
        """What Brevo does without telling: a dropped attribute, a contact subscribed by default, ..."""
        self.notes.append({"at": written(self.clock()), "kind": kind, "contact": who, "detail": detail})

    def violation(self, method: str, path: str, errors: list[str], found_by: str) -> None:
        """A request that may never be sent."""
        self.violations.append(
            {"at": written(self.clock()), "method": method, "path": path, "errors": errors, "found_by": found_by}
        )

    def add_event(self, event: Event) -> None:
        self.events.append(event)
        self.events_of.setdefault(event.contact_id, []).append(event)
        event_id = event.properties.get("event_id")
        if isinstance(event_id, str):
            self.event_id_counts[event_id] += 1

    def subscribers(self, list_id: int) -> list[Contact]:
        return [contact for contact in self.people.all() if list_id in contact.list_ids]

    def add_list(self, name: str, folder_id: int) -> int:
        list_id = max(self.lists, default=0) + 1
        self.lists[list_id] = List(list_id, name, folder_id, self.clock())
        return list_id
