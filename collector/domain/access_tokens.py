"""Tokens that end: what opens a platform's API for a while, and what buys the next one.

The tokens of one shop change while we run, so they lie apart from its credentials, encrypted as those are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from collector.domain.shop import Shop

CLIENT_CREDENTIALS, EXPIRING = "client_credentials", "expiring"


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What one shop's API is opened with now.

    `kind`: client_credentials (asked for again with key and secret) or expiring (renewed with `refresh`, which changes
    each time; `previous` is the one before, kept for a reply that was lost). `client`: a fingerprint of the app it was
    given to; another app's token is not ours to use. `scopes` as granted with it.
    """

    token: str = field(repr=False)
    kind: str
    expires_at: datetime
    obtained_at: datetime
    client: str = ""
    scopes: tuple[str, ...] = ()
    refresh: str = field(default="", repr=False)
    refresh_expires_at: datetime | None = None
    previous: str = field(default="", repr=False)


class TokenStore(Protocol):
    """By shop id; each call is a transaction of its own."""

    def read(self, shop_id: int) -> AccessToken | None: ...

    def keep(self, shop_id: int, token: AccessToken) -> None:
        """All of it at once, in place of the one before."""
        ...

    def forget(self, shop_id: int) -> None: ...


class Renewing(Protocol):
    """What keeps the tokens of a platform's shops alive."""

    def renew_idle(self, shop: Shop, older_than: timedelta) -> bool:
        """Renew a token that dies of not being renewed, if it was not for so long. Whether it was. Raises
        SourceUnavailable where it cannot be had any more."""
        ...


class Leases(Protocol):
    """Who does something alone."""

    def take(self, name: str, holder: str, now: datetime, length: timedelta) -> bool: ...

    def release(self, name: str, holder: str) -> None: ...
