"""Products we read ourselves. They name their collections, which webhooks about products do not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from collector.domain.catalogue import CategorySeen, ProductSeen
from collector.domain.events import Fact
from collector.sources.shopify import fields, parse_products
from collector.sources.shopify.fields import Json, Reader
from collector.sources.shopify.graphql_shape import is_whole, lower, nodes
from collector.sources.shopify.read_customers import is_news


def seen(reader: Reader, node: Json) -> list[Fact]:
    """The facts of a webhook about the same product, and its collections where all of them are here."""
    body = as_webhook(node)
    make = parse_products.created if is_news(reader, body) else parse_products.updated
    found = make(reader, body)
    if "collections" not in node or not is_whole(node["collections"]):
        return found
    categories = list(_categories(reader, node))
    numbers = tuple(dict.fromkeys(category.category_id for category in categories))
    products = [replace(one, category_ids=numbers) if isinstance(one, ProductSeen) else one for one in found]
    return [*products, *categories]


def as_webhook(node: Json) -> Json:
    pictures = [_picture(each) for each in nodes(node.get("media"))]
    variants = [(each, _own_picture(each)) for each in nodes(node.get("variants"))]
    featured = fields.mapping(fields.mapping(node.get("featuredMedia")).get("preview")).get("image")
    body: Json = {
        "id": node.get("id"),
        "title": node.get("title"),
        "handle": node.get("handle"),
        "status": lower(node.get("status")),
        "vendor": node.get("vendor"),
        "product_type": node.get("productType"),
        "tags": node.get("tags"),
        "created_at": node.get("createdAt"),
        "updated_at": node.get("updatedAt"),
        "published_at": node.get("publishedAt"),
        "image": {"src": fields.mapping(featured).get("url")},
        "images": [picture for picture in [*pictures, *(own for _, own in variants)] if picture],
    }
    if "variants" in node:
        body["variants"] = [_variant(each, own) for each, own in variants]
    return body


def _variant(node: Json, picture: Json | None) -> Json:
    item = fields.mapping(node.get("inventoryItem"))
    return {
        "id": node.get("id"),
        "title": node.get("title"),
        "sku": node.get("sku"),
        "price": node.get("price"),
        "compare_at_price": node.get("compareAtPrice"),
        "inventory_management": "shopify" if item.get("tracked") is True else None,
        "inventory_policy": lower(node.get("inventoryPolicy")),
        "inventory_quantity": node.get("inventoryQuantity"),
        "inventory_item_id": item.get("id"),
        "image_id": picture["id"] if picture else None,
    }


def _picture(media: Json) -> Json | None:
    """None for films and models, which have no picture of their own here."""
    url = fields.mapping(media.get("image")).get("url")
    return {"id": media.get("id"), "src": url} if url else None


def _own_picture(variant: Json) -> Json | None:
    if picture := next((found for each in nodes(variant.get("media")) if (found := _picture(each))), None):
        return picture
    image = fields.mapping(variant.get("image"))
    return {"id": image.get("id"), "src": image.get("url")} if image.get("url") else None


def _categories(reader: Reader, node: Json) -> Iterator[CategorySeen]:
    for each in nodes(node["collections"]):
        number = fields.identifier(each.get("id"))
        if not number:
            continue
        handle = fields.text(each.get("handle"), limit=255)
        version_at = reader.moment(each, "updatedAt") or reader.triggered_at
        yield CategorySeen(
            category_id=number,
            version_at=version_at,
            # As of its own last change: a webhook about this version, which knows whether it is published, counts more.
            stated_at=version_at,
            name=fields.text(each.get("title"), limit=500),
            url=f"{reader.shop.url}/collections/{handle}" if handle else "",
        )
