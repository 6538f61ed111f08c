"""A valid beacon, shop and request; a row of a table changes what matters to it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from collector.domain.door import BeaconRequest
from collector.domain.shop import Policy, Secrets, Shop
from collector.domain.signatures import hex_sha256

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
NOW_MS = 1_795_262_400_000
IDENTITY_KEY = "identity-key"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
BROWSER = {
    "user-agent": CHROME,
    "accept-language": "de-DE,de;q=0.9",
    "content-type": "text/plain;charset=UTF-8",
    "origin": "https://shop.example",
}


def a_shop(policy: Policy | None = None, **changes: Any) -> Shop:
    shop = Shop(
        id=7,
        platform="woocommerce",
        address="shop.example",
        url="https://shop.example",
        site_key="site-key",
        currency="EUR",
        policy=policy or Policy(),
        secrets=Secrets(webhook=("old", "new"), identity=(IDENTITY_KEY,), hook_key="hook"),
    )
    return replace(shop, **changes)


def an_event(**changes: Any) -> dict[str, Any]:
    return {"id": "event-0001", "type": "page_viewed", "at": NOW_MS - 500, **changes}


def a_beacon(**changes: Any) -> dict[str, Any]:
    return {
        "v": 1,
        "visitor_id": "visitor-0001",
        "sent_at": NOW_MS,
        "consent": "granted",
        "page": {"url": "https://shop.example/p/mug", "title": "Mug", "locale": "de-DE"},
        "events": [an_event()],
        **changes,
    }


def a_request(
    beacon: dict[str, Any] | bytes | None = None, headers: dict[str, str] | None = None, **changes: Any
) -> BeaconRequest:
    body = beacon if isinstance(beacon, bytes) else json.dumps(beacon or a_beacon()).encode()
    merged = {**BROWSER, **(headers or {})}
    return replace(BeaconRequest("site-key", {k: v for k, v in merged.items() if v}, body, "192.0.2.0/24"), **changes)


def a_server_request(beacon: dict[str, Any], key: str = IDENTITY_KEY, **changes: Any) -> BeaconRequest:
    """What the shop's own server sends: signed, no browser headers."""
    body = json.dumps(beacon).encode()
    headers = {
        "content-type": "application/json",
        "user-agent": "WordPress/6.8; https://shop.example",
        "x-tajo-signature": hex_sha256(key, body),
    }
    return replace(BeaconRequest("site-key", headers, body), **changes)
