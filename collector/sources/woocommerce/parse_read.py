"""Records we read ourselves, as if a webhook had brought them: the body is the same, topic and time are told apart."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from collector.domain.catalogue import CategorySeen
from collector.domain.door import InboxRow, Lane
from collector.domain.shop import Shop
from collector.domain.shop_facts import ShopDescribed
from collector.domain.timestamps import from_text
from collector.sources.woocommerce.parse_values import moment, plain, required_id, text

# Topic of the row -> what a webhook about it is called. Categories have no webhooks.
KINDS = {
    "read/customers": "customer",
    "read/orders": "order",
    "read/products": "product",
    "read/variations": "product",
    "read/categories": "category",
    "read/coupons": "coupon",
}
SHOP = "read/shop"


def event_of(row: InboxRow, body: Mapping[str, Any], shop: Shop) -> str:
    """`created` where the record, read beside the webhooks, proves that it was made since the shop is connected; an
    import tells of what has long been there."""
    created_at = moment(body, "date_created_gmt")
    is_new = created_at is not None and shop.installed_at is not None and created_at >= shop.installed_at
    return "created" if row.lane is Lane.LIVE and is_new else "updated"


def read_at(row: InboxRow) -> datetime:
    """When the record was as it says: when it was asked for, which is before the row came."""
    stated = row.facts.get("triggered_at")
    return min(from_text(stated), row.received_at) if isinstance(stated, str) and stated else row.received_at


def category(body: Mapping[str, Any], at: datetime) -> CategorySeen:
    """Raises Unparseable without an id. It carries no version: it is as it was read."""
    return CategorySeen(required_id(body.get("id")), version_at=at, stated_at=at, name=plain(body.get("name")))


def shop_described(body: Mapping[str, Any], at: datetime) -> ShopDescribed:
    """What the shop said of itself when it was asked."""
    return ShopDescribed(
        version_at=at,
        name=plain(body.get("name"), 255),
        currency=text(body.get("currency"), 3).upper(),
        zone=text(body.get("zone"), 100),
    )
