"""Inbox rows and a shop for the Shopify tests, and facts as JSON. Run it to write the expectations again."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from collector.domain.door import InboxRow, Lane, RowKind
from collector.domain.events import Fact
from collector.domain.shop import Shop
from collector.domain.timestamps import to_text
from collector.sources.shopify.source import ShopifySource
from collector.standards.addresses import StandardAddresses
from collector.standards.currencies import IsoCurrencies

PAYLOADS = Path(__file__).parent / "payloads"
BODIES = sorted(path for path in PAYLOADS.glob("*.json") if not path.name.endswith(".events.json"))
RECEIVED_AT = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
SHOP = Shop(
    id=1,
    platform="shopify",
    address="toepferei-lind.myshopify.com",
    url="https://toepferei-lind.myshopify.com",
    site_key="k",
    currency="EUR",
)


def source() -> ShopifySource:
    return ShopifySource(IsoCurrencies(), StandardAddresses())


def row(topic: str, body: bytes | dict[str, Any], **facts: Any) -> InboxRow:
    return InboxRow(
        id=1,
        shop_id=SHOP.id,
        lane=Lane.LIVE,
        kind=RowKind.WEBHOOK,
        received_at=RECEIVED_AT,
        topic=topic,
        delivery_id="d",
        facts={"triggered_at": "2026-11-20T14:59:58.123456789Z", **facts},
        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
    )


def facts_of(topic: str, body: bytes | dict[str, Any], shop: Shop = SHOP, **facts: Any) -> list[Fact]:
    return source().parse(row(topic, body, **facts), shop)


def body_of(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_bytes())
    return loaded


def topic_of(path: Path) -> str:
    """`orders__create.2016.json` -> `orders/create`; the dot of customer.tags_added stays."""
    name = path.name.removesuffix(".json")
    if "__" not in name:
        return name
    resource, action = name.split("__")
    return f"{resource}/{action.split('.')[0]}"


def facts_of_file(path: Path) -> list[dict[str, Any]]:
    return as_json(facts_of(topic_of(path), path.read_bytes()))


def as_json(facts: Sequence[Fact]) -> list[dict[str, Any]]:
    """The facts with their names and only what differs from the default."""
    return [{"fact": type(fact).__name__, **_stated(fact)} for fact in facts]


def _stated(value: Any) -> dict[str, Any]:
    return {
        field.name: _plain(getattr(value, field.name))
        for field in dataclasses.fields(value)
        if field.default is dataclasses.MISSING or getattr(value, field.name) != field.default
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return to_text(value)
    if isinstance(value, tuple | list):
        return [_plain(entry) for entry in value]
    return _stated(value) if dataclasses.is_dataclass(value) else value


if __name__ == "__main__":
    for each in BODIES:
        expected = json.dumps(facts_of_file(each), indent=2, ensure_ascii=False)
        each.with_name(each.name.removesuffix(".json") + ".events.json").write_text(expected + "\n")
