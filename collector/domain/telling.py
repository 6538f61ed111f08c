"""What has to be known of a person, a browser or an order before anything is told about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class PersonDetails:
    """The shop's own record of whoever has an address; empty where it has none."""

    first_name: str = ""
    last_name: str = ""
    role: str = ""
    is_staff: bool = False
    customer_id: str = ""
    locale: str = ""
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ToldContact:
    """What one shop told a destination account of an address.

    `prefix` of its attributes; `ext_id` the name it gave the contact; `content` a hash of the attributes told last,
    `changes` how often they changed since; `lists` the roles of the lists it was ever put on, in order.
    """

    shop_id: int
    first_at: datetime
    prefix: str = ""
    ext_id: str = ""
    content: str = ""
    changes: int = 0
    lists: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Browser:
    """A visitor as a reminder sees it. `session_started_at`: of its newest session."""

    id: int
    consent: str
    suspicion: str
    last_seen_at: datetime | None
    session_started_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredEvent:
    type: str
    event_id: str
    occurred_at: datetime
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder decided for sending. `effect` is unique per shop: cart and generation, or session, and step."""

    effect: str
    abandonment_id: str
    kind: str  # cart | browse
    stage: str
    step: int
    email: str
    decided_at: datetime
    cart: int | None = None
    generation: int | None = None


@dataclass(frozen=True, slots=True)
class OpenCart:
    """An open cart among all of a person."""

    cart: int
    key: str
    stage: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class DueCart:
    cart: int
    key: str
    generation: int


@dataclass(frozen=True, slots=True)
class DueVisit:
    session: int
    visitor: int
    visitor_id: str
    started_at: datetime
    last_event_at: datetime
    product_views: int
    is_newest: bool
