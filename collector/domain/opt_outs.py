"""What a destination says of its own block lists, in our words, and what that makes of the ledger. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, Protocol, TypeVar

from collector.domain.events import MessageConsent

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OptOut:
    """An entry of a block list. `what`: a short word ("unsubscribed", "hard_bounce")."""

    email: str
    what: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ContactState:
    """A contact as the destination has it."""

    email: str
    is_blocked: bool
    modified_at: datetime
    lists: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of them. `read`: entries in it, those that are not understood too; `count`: all there are."""

    items: Sequence[T]
    read: int
    count: int
    is_last: bool


class ReadBack(Protocol):
    """What can be read of a destination account. All raise DeliveryFailed."""

    source: str

    def block_list(self, account: str, since: date | None, until: date, offset: int) -> Page[OptOut]:
        """Addresses nobody may be sent to, blocked on these days; None: whenever."""
        ...

    def contacts(self, account: str, since: datetime | None, offset: int) -> Page[ContactState]:
        """Contacts that changed since; None: all."""
        ...


def entry(found: OptOut, source: str) -> MessageConsent:
    """An opt-out for the ledger."""
    return MessageConsent(found.at, "email", found.email, "email", "opted_out", f"{source}:{found.what}", source)
