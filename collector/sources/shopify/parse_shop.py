"""What Shopify says of the shop and of our app: its name and currency, its theme, our permissions, our bulk reads."""

from __future__ import annotations

from collector.domain.events import Fact
from collector.domain.shop_facts import ShopDescribed, ShopNoticed
from collector.sources.shopify import fields
from collector.sources.shopify.address import storefront_of
from collector.sources.shopify.fields import Json, Reader


def described(reader: Reader, shop: Json) -> list[Fact]:
    """`shop/update`: the whole shop. `domain` is its main one, where its storefront is."""
    return [
        ShopDescribed(
            version_at=reader.version(shop),
            name=fields.text(shop.get("name"), limit=255),
            currency=fields.currency_code(shop.get("currency")),
            zone=fields.text(shop.get("iana_timezone"), limit=100),
            storefront=storefront_of(shop.get("domain")),
        )
    ]


def scopes_changed(reader: Reader, change: Json) -> list[Fact]:
    """`{previous: [...], current: [...], updated_at}`. What is missing now is found out by asking."""
    return [ShopNoticed(reader.version(change), "permissions")]


def theme_published(reader: Reader, theme: Json) -> list[Fact]:
    """The main theme is another one: what was pasted into the old one may be gone."""
    if fields.text(theme.get("role"), limit=50).lower() not in ("main", ""):
        return []
    return [ShopNoticed(reader.triggered_at, "theme", fields.identifier(theme.get("id")))]


def bulk_finished(reader: Reader, _operation: Json) -> list[Fact]:
    """Its body is in small letters, and it may not come at all: the operation itself is asked."""
    return [ShopNoticed(reader.triggered_at, "import")]
