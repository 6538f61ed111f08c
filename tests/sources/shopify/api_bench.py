"""A shop's API at the wire, and everything around a client, on one clock that only waiting moves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from collector.domain.access_tokens import AccessToken
from collector.domain.shop import Policy, Secrets, Shop
from collector.sources.shopify.graphql import ShopifyApi
from collector.sources.shopify.pace import Pace
from collector.sources.shopify.tokens import Tokens

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ADDRESS = "lind.myshopify.com"
GRAPHQL = f"https://{ADDRESS}/admin/api/2026-07/graphql.json"
TOKENS = f"https://{ADDRESS}/admin/oauth/access_token"
PERMANENT = {"access_token": "shpat_1", "api_secret": "shpss_1"}
KEYS = {"api_key": "id-1", "api_secret": "shpss_1"}


def shop(credentials: dict[str, str] = PERMANENT, id_: int = 1, **policy: Any) -> Shop:
    secrets = Secrets(credentials=credentials)
    return Shop(id_, "shopify", ADDRESS, f"https://{ADDRESS}", "site", policy=Policy(**policy), secrets=secrets)


@dataclass
class VirtualClock:
    """Time that passes only where somebody waits. `slept`: how long each time."""

    now: datetime = NOON
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.slept.append(seconds)
        self.pass_(seconds)

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Kept:
    """domain.access_tokens.TokenStore and Leases for one process. `holders`: who has which lease."""

    tokens: dict[int, AccessToken] = field(default_factory=dict)
    holders: dict[str, str] = field(default_factory=dict)

    def read(self, shop_id: int) -> AccessToken | None:
        return self.tokens.get(shop_id)

    def keep(self, shop_id: int, token: AccessToken) -> None:
        self.tokens[shop_id] = token

    def forget(self, shop_id: int) -> None:
        self.tokens.pop(shop_id, None)

    def take(self, name: str, holder: str, now: datetime, length: timedelta) -> bool:
        return self.holders.setdefault(name, holder) == holder

    def release(self, name: str, holder: str) -> None:
        if self.holders.get(name) == holder:
            del self.holders[name]


@dataclass
class ApiBench:
    """`api` for one shop. Close it."""

    clock: VirtualClock = field(default_factory=VirtualClock)
    kept: Kept = field(default_factory=Kept)
    http: requests.Session = field(default_factory=requests.Session)

    def tokens(self) -> Tokens:
        return Tokens(self.http, self.kept, self.kept, clock=self.clock, sleep=self.clock.sleep)

    def api(self, of: Shop | None = None, *, patience_s: float = 60.0, pace: Pace | None = None) -> ShopifyApi:
        return ShopifyApi(
            self.http,
            of or shop(),
            self.tokens(),
            clock=self.clock,
            sleep=self.clock.sleep,
            patience_s=patience_s,
            pace=pace,
        )


def cost(requested: float, available: float, maximum: float = 2000.0, restore: float = 100.0) -> dict[str, Any]:
    """`extensions` of an answer."""
    status = {"maximumAvailable": maximum, "currentlyAvailable": available, "restoreRate": restore}
    return {"cost": {"requestedQueryCost": requested, "actualQueryCost": requested, "throttleStatus": status}}


def throttled(requested: float, available: float, **more: float) -> dict[str, Any]:
    error = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
    return {"errors": [error], "extensions": cost(requested, available, **more)}
