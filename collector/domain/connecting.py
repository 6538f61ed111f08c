"""Connecting a shop by one click: a link that is good once, the platform's question to the merchant, the way back.

The link (`one_use_links`) comes from the command line and stands for whoever may connect shops here. It opens a page;
from there the merchant's browser goes to the platform and comes back. What opens the shop's API comes with the browser
(a code, to be traded in) or, before it, straight from the shop (keys). What ties the parts together is `state`: known
to that browser (a signed cookie) and the platform alone, good once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from collector.domain.errors import CollectorError
from collector.domain.shop import Shop

STATE_LIVES = timedelta(minutes=10)  # from the button to the way back
SETTING_UP = timedelta(minutes=30)  # from then on, for the pages that follow


class NotConnected(CollectorError):
    """Nothing was connected and nothing is changed. `reason`: a short code; `cure`: what the merchant does
    before asking for a new link, "" where that is all."""

    def __init__(self, reason: str, message: str, cure: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.cure = cure


@dataclass(frozen=True, slots=True)
class Granted:
    """A shop as it is after the merchant agreed. `credentials` are the shop's, `answer` what opens its API for now, in
    the platform's own words. `storefront`: see Shop. `webhook_secrets`: where the platform says them; else they are
    ours. `learnt`: of the API while the shop was read, for the calls to come; {} where that is nothing. `notes`:
    sentences for the merchant."""

    name: str
    currency: str
    zone: str
    credentials: Mapping[str, str] = field(repr=False)
    webhook_secrets: Sequence[str] = field(default=(), repr=False)
    answer: Mapping[str, Any] = field(default_factory=dict, repr=False)
    storefront: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    learnt: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Returned:
    """What came back. `address`: the shop it proves, "" where it proves none. `grant`: what `take` makes a connection
    of; empty with the browser where the shop itself delivers it."""

    state: str
    address: str = ""
    grant: Mapping[str, str] = field(default_factory=dict, repr=False)


class OneClick(Protocol):
    """A platform's side of it."""

    def not_here(self, base_url: str) -> tuple[str, str]:
        """(why it cannot be done with this server under this address, the cure); two "" where it can."""
        ...

    def address(self, typed: str) -> str:
        """The shop, written as the platform is asked there. Raises Misuse."""
        ...

    def question(self, address: str, state: str, come_back_to: str) -> str:
        """Where the merchant is asked. What the shop delivers itself goes to `come_back_to`, too."""
        ...

    def way_back(self, query: str, now: datetime) -> Returned:
        """What the browser brings. Raises NotConnected."""
        ...

    def delivered(self, body: bytes) -> Returned:
        """What the shop itself posts. Raises NotConnected; always where the platform does no such thing."""
        ...

    def take(self, address: str, grant: Mapping[str, str]) -> Granted:
        """Trade in or try what came, and read the shop. Raises NotConnected, SourceUnavailable."""
        ...


class ConnectedShops(Protocol):
    """Where connected shops are kept."""

    def keep(self, platform: str, address: str, granted: Granted, now: datetime) -> Shop:
        """A new shop observes at first; one that is known keeps its keys, data and what it sends."""
        ...

    def find(self, shop_id: int) -> Shop | None: ...

    def at(self, platform: str, address: str) -> Shop | None: ...

    def has_general_account(self) -> bool:
        """Whether a destination account is set for all shops."""
        ...

    def try_account(self, key: str) -> str:
        """Whose account the key opens; "" where it may not say. Raises DeliveryFailed."""
        ...

    def keep_account(self, shop: Shop, key: str) -> None: ...

    def snippet(self, shop: Shop) -> tuple[str, str]:
        """(where it goes, what to paste)."""
        ...

    def checkout_snippet(self, shop: Shop) -> tuple[str, str] | None:
        """The same for the pages of the checkout; None where these need nothing of their own."""
        ...
