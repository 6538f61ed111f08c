"""The shop's own record of a product, for the items of messages: what it is called, its link, its picture, its shelves.

A browser may say anything, and a platform's cart often says little: where there is a record, that counts. An order is a
record itself, of what was sold: it only lacks something. Prices are never replaced: a record knows no market, no
customer's own price and not whether the shopper sees them with tax.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from collector.domain.catalogue import KnownProduct
from collector.domain.events import Item


@dataclass(frozen=True, slots=True)
class Recorded:
    """A product, or one of its variants; what the record does not say is empty."""

    name: str
    variant_name: str = ""
    sku: str = ""
    url: str = ""
    image: str = ""
    price_minor: int | None = None
    currency: str = ""
    categories: tuple[str, ...] = ()
    is_above: bool = False  # of a variant nothing is known: this is its product


@dataclass(frozen=True, slots=True)
class Records:
    """Those of some products, by id, with variants that have records of their own. `categories`: their names, by id,
    as far as shoppers find them."""

    products: Mapping[str, KnownProduct] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)

    def of(self, product_id: str, variant_id: str) -> Recorded | None:
        """None where the shop has no such product, or has it no more. An unknown variant is shown as its product, but
        keeps a link and a picture of its own."""
        product = self.products.get(product_id)
        if product is None or product.is_gone:
            return None
        above = product.content
        shelves = product.membership.category_ids if product.membership else ()
        found = Recorded(
            name=above.name,
            sku="" if variant_id and above.variants else above.sku,
            url=above.url,
            image=above.image,
            # Of a product with variants it is the cheapest one's.
            price_minor=above.price_minor if len(above.variant_ids or ()) < 2 and not above.variants else None,
            currency=above.currency,
            categories=tuple(name for one in shelves if (name := self.categories.get(one, ""))),
        )
        return self._variant(found, product, variant_id) if variant_id else found

    def _variant(self, found: Recorded, product: KnownProduct, variant_id: str) -> Recorded:
        listed = next((one for one, _ in product.variants if one.variant_id == variant_id), None)
        if listed is not None:
            name, price = listed.name, listed.price_minor
            sku, url, image = listed.sku, listed.url, listed.image
        else:
            own = self.products.get(variant_id)
            if own is None or own.is_gone or own.content.parent_id != product.content.product_id:
                is_only = tuple(product.content.variant_ids or ()) == (variant_id,)
                return found if is_only else replace(found, is_above=True)
            said = own.content
            name, price = said.name.removeprefix(found.name).removeprefix(" - "), said.price_minor
            sku, url, image = said.sku, said.url, said.image
        return replace(
            found,
            variant_name=name,
            sku=sku,
            url=url or found.url,
            image=image or found.image,
            price_minor=price,
        )


def ids_in(items: Iterable[Item]) -> set[str]:
    """Of everything whose record may say something of these items."""
    return {id_ for item in items for id_ in (item.product_id, item.variant_id) if id_}


def as_recorded(item: Item, records: Records, currency: str) -> Item:
    """An item of a cart, as its record shows it. `currency`: that of the cart."""
    found = records.of(item.product_id, item.variant_id)
    if found is None:
        return item
    shown = replace(
        item,
        name=found.name or item.name,
        variant_name=found.variant_name or item.variant_name,
        url=item.url if item.url and found.is_above else found.url or item.url,
        image=item.image if item.image and found.is_above else found.image or item.image,
        categories=found.categories or item.categories,
    )
    return _filled(shown, found, currency)


def completed(item: Item, records: Records, currency: str) -> Item:
    """A line of an order: what the order says stays."""
    found = records.of(item.product_id, item.variant_id)
    return item if found is None else _filled(item, found, currency)


def look_as_recorded(product: Mapping[str, Any], records: Records) -> dict[str, Any]:
    """A product somebody looked at (`items.product_to_json`), as its record shows it."""
    found = records.of(str(product.get("id", "")), str(product.get("variant_id", "")))
    shown = dict(product)
    if found is None:
        return shown
    said = {"name": found.name, "url": found.url, "image": found.image, "categories": list(found.categories)}
    stays = ("url", "image") if found.is_above else ()
    shown |= {name: value for name, value in said.items() if value and not (name in stays and shown.get(name))}
    if found.sku and not shown.get("sku"):
        shown["sku"] = found.sku
    if shown.get("price_minor") is None and found.price_minor is not None and found.currency:
        shown |= {"price_minor": found.price_minor, "currency": found.currency}
    return shown


def _filled(item: Item, found: Recorded, currency: str) -> Item:
    filled = replace(
        item,
        name=item.name or found.name,
        variant_name=item.variant_name or found.variant_name,
        sku=item.sku or found.sku,
        url=item.url or found.url,
        image=item.image or found.image,
        categories=item.categories or found.categories,
    )
    is_unpriced = item.unit_price_minor is None and item.line_total_minor is None
    if not is_unpriced or found.price_minor is None or found.currency != currency:
        return filled
    return replace(filled, unit_price_minor=found.price_minor, line_total_minor=found.price_minor * item.quantity)
