"""The doors as an application, with shops in memory and an inbox one can look into."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from collector.domain.door import InboxRow, NewRow, WebhookRequest
from collector.domain.errors import InvalidSignature, StorageRefused
from collector.domain.events import Fact
from collector.domain.shop import Policy, Secrets, Shop
from collector.domain.signatures import matches_base64
from collector.pipeline.services import DoorServices
from collector.sources.tracker.verify import TrackerFormat
from collector.standards.user_agents import KnownUserAgents

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
NOW_MS = 1_795_262_400_000
BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
    "Accept-Language": "de",
    "Content-Type": "text/plain;charset=UTF-8",
    "Origin": "https://shop.example",
}
SHOP = Shop(
    7,
    "platform",
    "shop.example",
    "https://shop.example",
    "site-key",
    policy=Policy(),
    secrets=Secrets(webhook=("whsec",), identity=("identity-key",), hook_key="hook-key"),
)
AGENTS = KnownUserAgents()


@dataclass(frozen=True)
class PerPeriod:
    amount: int
    per: timedelta


@dataclass(frozen=True)
class Limits:
    per_address: PerPeriod = PerPeriod(10_000, timedelta(minutes=1))
    per_shop: PerPeriod = PerPeriod(100_000, timedelta(seconds=60))
    new_addresses_per_visitor: PerPeriod = PerPeriod(3, timedelta(days=1))
    new_addresses_per_network: PerPeriod = PerPeriod(20, timedelta(hours=1))


class Shops:
    def by_site_key(self, site_key: str) -> Shop | None:
        return SHOP if site_key == SHOP.site_key else None

    def by_hook_key(self, platform: str, hook_key: str) -> Shop | None:
        return SHOP if (platform, hook_key) == (SHOP.platform, SHOP.secrets.hook_key) else None

    def by_address(self, platform: str, address: str) -> Shop | None:
        return SHOP if (platform, address) == (SHOP.platform, SHOP.address) else None


@dataclass
class Inbox:
    rows: list[NewRow] = field(default_factory=list)
    counted: list[tuple[int | None, str, str]] = field(default_factory=list)
    is_full: bool = False

    def append(self, row: NewRow) -> None:
        if self.is_full:
            raise StorageRefused("disk full")
        self.rows.append(row)

    def count(self, shop_id: int | None, door: str, reason: str) -> None:
        self.counted.append((shop_id, door, reason))


class Platform:
    name = "platform"

    def normalise_address(self, text: str) -> tuple[str, str]:
        return text, f"https://{text}"

    def is_ping(self, request: WebhookRequest) -> bool:
        return request.body.startswith(b"webhook_id=")

    def proposed_address(self, headers: Mapping[str, str]) -> str | None:
        return headers.get("x-shop")

    def named_address(self, body: bytes) -> str | None:
        return None

    def verify(self, request: WebhookRequest, secrets: Sequence[str]) -> None:
        if not matches_base64(secrets, request.body, request.headers.get("x-signature", "")):
            raise InvalidSignature("x-signature")

    def describe(self, request: WebhookRequest) -> tuple[str, str, dict[str, Any]]:
        return request.headers.get("x-topic", ""), "", {}

    def parse(self, row: InboxRow, shop: Shop) -> list[Fact]:
        return []


def services(inbox: Inbox, **changes: Any) -> DoorServices:
    given: dict[str, Any] = {
        "clock": lambda: NOW,
        "shops": Shops(),
        "inbox": inbox,
        "sources": {"platform": Platform()},
        "beacons": TrackerFormat(),
        "user_agents": AGENTS,
        "limits": Limits(),
        **changes,
    }
    return DoorServices(**given)


def a_beacon(**changes: Any) -> bytes:
    event = {"id": "event-0001", "type": "page_viewed", "at": NOW_MS}
    said = {"v": 1, "visitor_id": "visitor-0001", "sent_at": NOW_MS, "consent": "granted", "events": [event]}
    return json.dumps({**said, **changes}).encode()
