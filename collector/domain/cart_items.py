"""What lies in a cart: when two contents are equal, what covers what, and what descriptions add to each other. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from collector.domain.events import Item

EMPTY = "empty"


def content_hash(items: Iterable[Item]) -> str:
    """What is in the cart and how many of each; not its prices, names or order."""
    amounts: dict[tuple[str, str], int] = {}
    for item in items:
        amounts[_name(item)] = amounts.get(_name(item), 0) + item.quantity
    lines = sorted(f"{product}\x1f{variant}\x1f{n}" for (product, variant), n in amounts.items() if n > 0)
    return hashlib.sha256("\x1e".join(lines).encode("utf-8", "surrogatepass")).hexdigest()[:32] if lines else EMPTY


def _name(item: Item) -> tuple[str, str]:
    """What tells it from other items of a cart."""
    return (item.product_id or item.sku or item.name, item.variant_id)


def described(items: Sequence[Item], others: Iterable[Item]) -> tuple[Item, ...]:
    """The items, with what only another description of the same content says for people. Not its prices: two
    descriptions may be in two currencies."""
    known: dict[tuple[str, str], Item] = {}
    for one in others:
        known[_name(one)] = _filled(known[_name(one)], one) if _name(one) in known else one
    return tuple(_filled(item, known[_name(item)]) if _name(item) in known else item for item in items)


def chosen(items: Sequence[Item], others: Sequence[Item]) -> tuple[Item, ...]:
    """The items with the properties that the others have: a new text for the same product is no other content. Of a
    product in several lines nobody knows which is which."""
    lines = Counter(map(_name, (*items, *others)))
    found = {_name(one): one.properties for one in others if one.properties and lines[_name(one)] == 2}
    return tuple(replace(item, properties=found[_name(item)]) if _name(item) in found else item for item in items)


def _filled(item: Item, other: Item) -> Item:
    return replace(
        item,
        sku=item.sku or other.sku,
        name=item.name or other.name,
        variant_name=item.variant_name or other.variant_name,
        url=item.url or other.url,
        image=item.image or other.image,
        categories=item.categories or other.categories,
    )


def covers(bought: Sequence[Item], content: Sequence[Item]) -> bool:
    """Whether everything in `content` was bought, at least as many of each."""
    stock: dict[tuple[str, str], int] = {}
    for item in bought:
        stock[item.product_id, item.variant_id] = stock.get((item.product_id, item.variant_id), 0) + item.quantity
    for item in content:
        left = stock.get((item.product_id, item.variant_id), 0) - item.quantity
        if left < 0:
            return False
        stock[item.product_id, item.variant_id] = left
    return True


def shares_product(some: Iterable[Item], others: Iterable[Item]) -> bool:
    return bool({item.product_id for item in some if item.product_id} & {item.product_id for item in others})
