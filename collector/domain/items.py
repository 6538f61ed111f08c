"""Items, pages and products as JSON: what the events table and the carts keep. Empty fields are left out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from collector.domain.events import Item, Page, Product

MOST_PROPERTIES = 20
LONGEST_NAME, LONGEST_VALUE = 100, 500
_ITEM_TEXTS = ("variant_id", "sku", "name", "variant_name", "url", "image")


def line_properties(stated: object) -> tuple[tuple[str, str], ...]:
    """Properties of a line as pages and platforms state them: an object, or a list of names and values. Those that
    begin with `_` are the shop's own business, which shoppers never see."""
    if isinstance(stated, dict):
        pairs = list(stated.items())
    elif isinstance(stated, list):
        pairs = [(one.get("name"), one.get("value")) for one in stated if isinstance(one, dict)]
    else:
        return ()
    plain = ((_plain(name)[:LONGEST_NAME], _plain(value)[:LONGEST_VALUE]) for name, value in pairs)
    return tuple((name, value) for name, value in plain if name and value and name[0] != "_")[:MOST_PROPERTIES]


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).replace("\0", "").strip() if isinstance(value, str | int | float) else ""


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
    if item.properties:
        kept["properties"] = [list(pair) for pair in item.properties]
    return kept


def items_to_json(items: Iterable[Item]) -> list[dict[str, Any]]:
    return [item_to_json(item) for item in items]


def items_from_json(kept: Iterable[dict[str, Any]]) -> tuple[Item, ...]:
    return tuple(map(_item, kept))


def _item(kept: dict[str, Any]) -> Item:
    properties = tuple((name, value) for name, value in kept.get("properties", ()))
    return Item(**{**kept, "categories": tuple(kept.get("categories", ())), "properties": properties})


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
