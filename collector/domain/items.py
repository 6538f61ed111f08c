"""Items, pages and products as JSON: what the events table and the carts keep. Empty fields are left out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from collector.domain.events import Item, Page, Product

_ITEM_TEXTS = ("variant_id", "sku", "name", "variant_name", "url", "image")


def item_to_json(item: Item) -> dict[str, Any]:
    kept: dict[str, Any] = {"product_id": item.product_id, "quantity": item.quantity}
    for name in _ITEM_TEXTS:
        if value := getattr(item, name):
            kept[name] = value
    if item.unit_price_minor is not None:
        kept["unit_price_minor"] = item.unit_price_minor
    if item.line_total_minor is not None:
        kept["line_total_minor"] = item.line_total_minor
    if item.categories:
        kept["categories"] = list(item.categories)
    return kept


def items_to_json(items: Iterable[Item]) -> list[dict[str, Any]]:
    return [item_to_json(item) for item in items]


def items_from_json(kept: Iterable[dict[str, Any]]) -> tuple[Item, ...]:
    return tuple(Item(**{**one, "categories": tuple(one.get("categories", ()))}) for one in kept)


def page_to_json(page: Page) -> dict[str, str]:
    named = {"url": page.url, "referrer": page.referrer, "title": page.title, "locale": page.locale}
    return {name: value for name, value in named.items() if value}


def product_to_json(product: Product) -> dict[str, Any]:
    named: dict[str, Any] = {
        "id": product.id,
        "variant_id": product.variant_id,
        "sku": product.sku,
        "name": product.name,
        "price_minor": product.price_minor,
        "currency": product.currency,
        "url": product.url,
        "image": product.image,
        "categories": list(product.categories),
    }
    return {name: value for name, value in named.items() if value not in ("", None, [])}
