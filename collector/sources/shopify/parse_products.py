"""products/*, inventory_levels/update and collections/* -> the catalogue.

A product comes whole, with up to 100 of its variants; `variant_gids` lists all. Its prices are in the shop's currency.
`products/update` also follows each sale. Which products a collection holds is in none of these bodies.
Source: shopify.dev, webhook topics of API 2026-07 (read 2026-11-21).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from collector.domain.catalogue import CategorySeen, LevelSeen, ProductSeen, VariantSeen, describes_all
from collector.domain.errors import Unparseable
from collector.domain.events import Fact, Gone
from collector.domain.rereading import INVENTORY
from collector.domain.shop_facts import ReadAgain
from collector.domain.syncing import PRODUCTS
from collector.sources.shopify import fields, money
from collector.sources.shopify.fields import Json, Reader

ONLY_VARIANT = "Default Title"  # of a product without options: no variant anybody chooses
PUBLISHED_SCOPES = ("", "web", "global")
WHOLE = re.compile(r"-?[0-9]{1,9}", re.ASCII)


def created(reader: Reader, body: Json) -> list[Fact]:
    return [_product(reader, body, is_new=True)]


def announced(reader: Reader, body: Json) -> list[Fact]:
    """A webhook about a new product names neither its collections nor more than 100 variants: they are asked for."""
    product = _product(reader, body, is_new=True)
    return [product, ReadAgain(reader.triggered_at, PRODUCTS, product.product_id)]


def changed(reader: Reader, body: Json) -> list[Fact]:
    """A webhook about a product with more variants than it describes: the others are asked for."""
    product = _product(reader, body, is_new=False)
    if describes_all(product):
        return [product]
    return [product, ReadAgain(reader.triggered_at, PRODUCTS, product.product_id)]


def updated(reader: Reader, body: Json) -> list[Fact]:
    return [_product(reader, body, is_new=False)]


def deleted(reader: Reader, body: Json) -> list[Fact]:
    return [Gone("product", fields.required_id(body, "id", "admin_graphql_api_id"), reader.triggered_at)]


def level(reader: Reader, body: Json) -> list[Fact]:
    """`available` is null where a place does not stock the item."""
    item, place = fields.required_id(body, "inventory_item_id"), fields.required_id(body, "location_id")
    available = _whole(body.get("available")) or 0
    return [LevelSeen(item, place, reader.version(body), available)]


def level_gone(reader: Reader, body: Json) -> list[Fact]:
    """A place does not stock the item any more: `{inventory_item_id, location_id}`."""
    item, place = fields.required_id(body, "inventory_item_id"), fields.required_id(body, "location_id")
    return [LevelSeen(item, place, reader.version(body), 0), ReadAgain(reader.triggered_at, INVENTORY, item)]


def stock_hint(reader: Reader, body: Json) -> list[Fact]:
    """A variant came into stock or ran out, in the shop's own reckoning. It says nothing of how many, and was seen not
    to come at all: only a reason to count."""
    item = fields.identifier(body.get("inventory_item_id"))
    return [ReadAgain(reader.triggered_at, INVENTORY, item)] if item else []


def collection(reader: Reader, body: Json) -> list[Fact]:
    handle = fields.text(body.get("handle"), limit=255)
    return [
        CategorySeen(
            category_id=fields.required_id(body, "id", "admin_graphql_api_id"),
            version_at=reader.version(body),
            stated_at=reader.triggered_at,
            name=fields.text(body.get("title"), limit=500),
            url=f"{reader.shop.url}/collections/{handle}" if handle else "",
            is_visible=_is_published(reader, body),
        )
    ]


def collection_deleted(reader: Reader, body: Json) -> list[Fact]:
    return [Gone("category", fields.required_id(body, "id", "admin_graphql_api_id"), reader.triggered_at)]


def _product(reader: Reader, body: Json, *, is_new: bool) -> ProductSeen:
    number = fields.required_id(body, "id", "admin_graphql_api_id")
    if "title" not in body and "variants" not in body:  # some apps' bodies name a product and say nothing of it
        raise Unparseable("not_a_product", fields.seen(sorted(body))[:200])
    handle = fields.text(body.get("handle"), limit=255)
    url = f"{reader.shop.url}/products/{handle}" if handle else ""
    images = _images(body)
    variants = [_variant(reader, each, url, images) for each in fields.objects(body.get("variants"))]
    known = [variant for variant in variants if variant is not None]
    listed = list(fields.objects(body.get("variant_gids")))
    numbers = [variant.variant_id for variant in known]
    numbers += [found for each in listed if (found := fields.identifier(each.get("admin_graphql_api_id")))]
    everything = tuple(dict.fromkeys(numbers))
    is_plain = len(everything) == 1 and len(known) == 1 and known[0].name == ONLY_VARIANT
    cheapest = min((one for one in known if one.price_minor is not None), key=_price, default=None)
    tags = fields.tags(body.get("tags")) or ()
    return ProductSeen(
        product_id=number,
        version_at=reader.version(body),
        stated_at=reader.triggered_at,
        status=fields.text(body.get("status"), limit=50).lower() or "active",
        is_visible=_is_visible(reader, body),
        name=fields.text(body.get("title"), limit=500),
        is_new=is_new,
        created_at=reader.moment(body, "created_at"),
        currency=reader.shop.currency,
        url=url,
        image=_first_image(body, images),
        brand=fields.text(body.get("vendor"), limit=255),
        sku=known[0].sku if is_plain else "",
        price_minor=cheapest.price_minor if cheapest else None,
        compare_minor=cheapest.compare_minor if cheapest else None,
        stock=_sum_of_stock(known) if len(known) == len(everything) else None,
        item_id=known[0].item_id if is_plain else "",
        sells_on=known[0].sells_on if is_plain else False,
        tags=tags,
        labels=tuple(dict.fromkeys(filter(None, [fields.text(body.get("product_type"), limit=255), *tags]))),
        variants=() if is_plain else tuple(known),
        variant_ids=() if is_plain else everything if "variants" in body else None,
    )


def _variant(reader: Reader, body: Json, url: str, images: dict[str, str]) -> VariantSeen | None:
    number = fields.identifier(body.get("id") or body.get("admin_graphql_api_id"))
    if not number:
        return None
    is_tracked = bool(fields.text(body.get("inventory_management"), limit=100))
    return VariantSeen(
        variant_id=number,
        name=fields.text(body.get("title"), limit=255),
        sku=fields.text(body.get("sku"), limit=255),
        price_minor=_amount(reader, body, "price"),
        compare_minor=_amount(reader, body, "compare_at_price"),
        stock=_whole(body.get("inventory_quantity")) if is_tracked else None,
        item_id=fields.identifier(body.get("inventory_item_id")),
        image=images.get(fields.identifier(body.get("image_id")), ""),
        url=f"{url}?variant={number}" if url else "",
        sells_on=fields.text(body.get("inventory_policy"), limit=50).lower() == "continue",
    )


def _amount(reader: Reader, body: Json, key: str) -> int | None:
    """None where it is not stated or no amount: a product without a price is still one."""
    if not money.stated(body.get(key)):
        return None
    try:
        return money.minor(reader, body.get(key), reader.shop.currency, key)
    except Unparseable:
        return None


def _price(variant: VariantSeen) -> int:
    return variant.price_minor or 0


def _sum_of_stock(variants: Iterable[VariantSeen]) -> int | None:
    """None as soon as one of them is not tracked: then it is always available."""
    counted = [variant.stock for variant in variants]
    known = [stock for stock in counted if stock is not None]
    return sum(known) if known and len(known) == len(counted) else None


def _is_visible(reader: Reader, body: Json) -> bool:
    """Active and published. UNLISTED is reached by its link only, so it is recommended to nobody."""
    return fields.text(body.get("status"), limit=50).lower() in ("active", "") and _is_published(reader, body)


def _is_published(reader: Reader, body: Json) -> bool:
    scope = fields.text(body.get("published_scope"), limit=50).lower()
    published_at = fields.read_time(body.get("published_at"))
    is_published = "published_at" not in body or (published_at is not None and published_at <= reader.received_at)
    return is_published and scope in PUBLISHED_SCOPES


def _images(body: Json) -> dict[str, str]:
    """Address by id."""
    return {
        fields.identifier(each.get("id")): image_url(each.get("src")) for each in fields.objects(body.get("images"))
    }


def _first_image(body: Json, images: dict[str, str]) -> str:
    own = image_url(fields.mapping(body.get("image")).get("src"))
    return own or next((url for url in images.values() if url), "")


def image_url(value: object) -> str:
    """An absolute address; Shopify's sometimes begin with //."""
    found = fields.text(value, limit=2000)
    if found.startswith("//"):
        found = f"https:{found}"
    return found if re.fullmatch(r"https?://[^\s/]+/\S*", found) else ""


def _whole(value: object) -> int | None:
    digits = fields.text(value, limit=20)
    return int(digits) if WHOLE.fullmatch(digits) else None
