"""What the pipeline needs from outside, said in domain words. Adapters satisfy these by shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from collector.domain.delivery_calls import Call
from collector.domain.door import InboxRow, Lane, NewRow, WebhookRequest
from collector.domain.events import Fact
from collector.domain.messages import EventMessage, Message
from collector.domain.shop import Shop


class Clock(Protocol):
    """Now, aware UTC."""

    def __call__(self) -> datetime: ...


class Currencies(Protocol):
    def exponent(self, code: str) -> int:
        """Decimals of an ISO 4217 code (JPY 0, EUR 2, KWD 3); 2 for codes nobody knows."""
        ...


class Addresses(Protocol):
    def email(self, text: str) -> str | None:
        """The address in lower case, trimmed; None if it is not one. No DNS."""
        ...

    def phone(self, text: str, country: str) -> str | None:
        """E.164, reading national formats by ISO country; None if it is not a possible number."""
        ...


class UserAgents(Protocol):
    def is_named_bot(self, user_agent: str) -> bool: ...


class ShopDirectory(Protocol):
    """The shops as the doors know them: in memory, at most a second or two old."""

    def by_site_key(self, site_key: str) -> Shop | None: ...

    def by_hook_key(self, platform: str, hook_key: str) -> Shop | None: ...

    def by_address(self, platform: str, address: str) -> Shop | None: ...


class InboxWriter(Protocol):
    def append(self, row: NewRow) -> None:
        """Returns when the row is on disk. Raises StorageRefused. Concurrent appends share a transaction."""
        ...

    def count(self, shop_id: int | None, door: str, reason: str) -> None:
        """Count an answer (door: beacon | webhook). In memory at once, on disk within seconds."""
        ...


class InboxReader(Protocol):
    def generation(self) -> str:
        """The inbox's random identity; changes when the file is replaced."""
        ...

    def next_rows(self, shop_id: int, lane: Lane, after: int, limit: int) -> Sequence[InboxRow]:
        """Rows behind the cursor `after`, oldest first."""
        ...

    def oldest_after(self, shop_id: int, lane: Lane, after: int) -> datetime | None:
        """When the oldest row behind the cursor arrived; None: everything is folded."""
        ...


class Source(Protocol):
    """A shop platform. One object per platform, without state; see collector/sources/__init__.py."""

    name: str

    def normalise_address(self, text: str) -> tuple[str, str]:
        """What a merchant typed -> (address, url). Raises Misuse naming the value and the cure."""
        ...

    def is_ping(self, request: WebhookRequest) -> bool:
        """The platform's unsigned hello, answered 200 and not kept."""
        ...

    def proposed_address(self, headers: Mapping[str, str]) -> str | None:
        """The normalised shop address the headers name, if any. Proves nothing."""
        ...

    def named_address(self, body: bytes) -> str | None:
        """The normalised shop address the (verified) body itself names, if it does."""
        ...

    def verify(self, request: WebhookRequest, secrets: Sequence[str]) -> None:
        """Check the signature over the raw bytes. Raises InvalidSignature, also when it is missing."""
        ...

    def describe(self, request: WebhookRequest) -> tuple[str, str, dict[str, Any]]:
        """(topic, delivery id, facts) from headers and raw body, for the inbox row. Never raises."""
        ...

    def parse(self, row: InboxRow, shop: Shop) -> list[Fact]:
        """Facts of one webhook row. [] for topics we do not use. Raises Unparseable, nothing else."""
        ...


class ConnectedShop(Protocol):
    """What the one read call of `install` found out."""

    @property
    def name(self) -> str: ...

    @property
    def currency(self) -> str: ...

    @property
    def detail(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Delivered:
    """The destination took it. `answer`: a few words for lists (status, request id); `calls`: every request made
    for it, for the delivery log."""

    answer: Mapping[str, Any]
    calls: Sequence[Call] = ()


class Destination(Protocol):
    """Where messages go. Knows its vendor's words, limits and moods; decides what each failure means."""

    def calls(self, shop: Shop, message: Message) -> str:
        """The family of calls this message needs: whose budget it takes from."""
        ...

    def send(self, shop: Shop, message: Message) -> Delivered:
        """Raises DeliveryFailed (what it means is in it) or OutcomeUnknown (it may have arrived)."""
        ...

    def was_received(self, shop: Shop, message: EventMessage) -> bool | None:
        """Ask whether an event arrived; None: it cannot be told. Raises DeliveryFailed."""
        ...
