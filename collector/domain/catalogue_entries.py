"""What a destination is told of the catalogue: one entry for each product and variant. Pure.

An entry nobody may see is told as deleted, and only if it was ever told. Whether anything has to be told at all is
decided by comparing fingerprints: what has not changed costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from collector.domain import fingerprints
from collector.domain.catalogue import KnownCategory, KnownProduct, LevelSeen, VariantSeen, stock_now
from collector.domain.coupons import CouponGroup

DELETED = "deleted"  # the fingerprint of everything that is not there any more
LONGEST_TAGS = 2000  # characters


@dataclass(frozen=True, slots=True)
class CatalogueRules:
    """A merchant's switches. `statuses`: the platform's words, none: any that is visible."""

    is_told: bool = True
    with_variants: bool = True
    with_images: bool = True
    with_tags: bool = True
    with_stock: bool = False
    statuses: frozenset[str] = frozenset()
    excluded_tags: frozenset[str] = frozenset()
    coupon_groups: tuple[CouponGroup, ...] = ()  # the first that fits a code; none: it goes nowhere


@dataclass(frozen=True, slots=True)
class Entry:
    """One product or variant. Prices in major units of the shop's base currency; what is not known is left empty."""

    id: str
    name: str
    parent_id: str = ""
    url: str = ""
    image: str = ""
    brand: str = ""
    sku: str = ""
    price: float | None = None
    compare_price: float | None = None
    stock: int | None = None
    category_ids: tuple[str, ...] | None = None
    tags: str = ""
    deleted_at: datetime | None = None

    @property
    def fingerprint(self) -> str:
        return DELETED if self.deleted_at is not None else fingerprints.fingerprint(self)


@dataclass(frozen=True, slots=True)
class CategoryEntry:
    """One category or collection."""

    id: str
    name: str
    url: str = ""
    deleted_at: datetime | None = None

    @property
    def fingerprint(self) -> str:
        return DELETED if self.deleted_at is not None else fingerprints.fingerprint(self)


@dataclass(frozen=True, slots=True)
class Pricing:
    """How amounts are written: minor units and currency -> major units. `currency`: where a body names none."""

    major: Callable[[int, str], float]
    currency: str

    def of(self, minor: int | None, currency: str) -> float | None:
        return None if minor is None else self.major(minor, currency or self.currency)

    def reduced_from(self, price: int | None, compare: int | None, currency: str) -> float | None:
        """The former price, if it was higher: a lower or equal one means no reduction."""
        return self.of(compare, currency) if price is not None and compare is not None and compare > price else None


def is_shown(product: KnownProduct, rules: CatalogueRules) -> bool:
    """Whether shoppers find it and the merchant wants it told."""
    content = product.content
    return (
        content.is_visible
        and not product.is_gone
        and (not rules.statuses or content.status.casefold() in rules.statuses)
        and not any(tag.casefold() in rules.excluded_tags for tag in content.tags)
    )


def entries(
    product: KnownProduct,
    parent: KnownProduct | None,
    levels: Mapping[str, Sequence[LevelSeen]],
    rules: CatalogueRules,
    pricing: Pricing,
) -> list[Entry]:
    """The product's own entry first, then those of its variants. `parent`: of a variant with a record of its own;
    without it nothing is known about whether anybody sees the variant: no entry. `levels` by item."""
    if product.content.parent_id:
        return [_own_variant(product, parent, rules, pricing)] if parent is not None else []
    content = product.content
    shown = is_shown(product, rules)
    category_ids = product.membership.category_ids if product.membership else None
    price, compare = _price(product)
    one = Entry(
        id=content.product_id,
        name=name_of(content.name, content.sku, content.product_id),
        url=content.url,
        image=content.image if rules.with_images else "",
        brand=content.brand,
        sku=content.sku,
        price=pricing.of(price, content.currency),
        compare_price=pricing.reduced_from(price, compare, content.currency),
        stock=_stock(product, levels, rules),
        category_ids=category_ids,
        tags=joined(content.labels) if rules.with_tags else "",
        deleted_at=None if shown else _hidden_at(product),
    )
    listed = [_listed_variant(product, *variant, one, levels, rules, pricing) for variant in product.variants]
    if not rules.with_variants:
        listed = [_hidden(variant, product) for variant in listed]
    return [one, *listed]


def gone_since(
    product: KnownProduct, entry_ids: Sequence[str], current: Sequence[Entry], rules: CatalogueRules
) -> list[Entry]:
    """Entries told before of variants that the product does not have any more, or that go with it: a variant which is
    only listed stays as it was told while its product is shown."""
    known = {entry.id for entry in current}
    if rules.with_variants and is_shown(product, rules):
        known |= set(product.content.variant_ids or ())
    name = name_of(product.content.name, product.content.sku, product.content.product_id)
    return [
        Entry(id=one, name=name, parent_id=product.content.product_id, deleted_at=_hidden_at(product))
        for one in entry_ids
        if one not in known
    ]


def category_entry(category: KnownCategory) -> CategoryEntry:
    content = category.content
    gone_at = None if category.is_shown else (category.deleted_at if category.is_gone else content.version_at)
    name = name_of(content.name, "", content.category_id)
    return CategoryEntry(content.category_id, name, content.url, gone_at)


def name_of(name: str, sku: str, number: str) -> str:
    """A name is needed: that of the product, else its number in the shop's own books, else its id."""
    return name or sku or number


def joined(labels: Sequence[str]) -> str:
    """`"Tea, Gifts"`, as many as fit."""
    found = ""
    for label in labels:
        longer = f"{found}, {label}" if found else label
        if len(longer) > LONGEST_TAGS:
            break
        found = longer
    return found


def _price(product: KnownProduct) -> tuple[int | None, int | None]:
    """Its own and what that is reduced from; where the newest body leaves variants out, the cheapest may be one."""
    own = (product.content.price_minor, product.content.compare_minor)
    if not product.earlier:
        return own
    some = [own, *((variant.price_minor, variant.compare_minor) for variant, _ in product.variants)]
    priced = [(price, compare) for price, compare in some if price is not None]
    return min(priced, key=lambda one: one[0], default=own)


def _listed_variant(
    product: KnownProduct,
    variant: VariantSeen,
    stated_at: datetime,
    one: Entry,
    levels: Mapping[str, Sequence[LevelSeen]],
    rules: CatalogueRules,
    pricing: Pricing,
) -> Entry:
    currency = product.content.currency
    stock = None
    if rules.with_stock:
        stock = stock_now(variant.stock, stated_at, levels.get(variant.item_id, ()))
    return replace(
        one,
        id=variant.variant_id,
        parent_id=one.id,
        name=f"{one.name} - {variant.name}" if variant.name else one.name,
        url=variant.url or one.url,
        image=(variant.image or one.image) if rules.with_images else "",
        sku=variant.sku,
        price=pricing.of(variant.price_minor, currency),
        compare_price=pricing.reduced_from(variant.price_minor, variant.compare_minor, currency),
        stock=stock,
    )


def _own_variant(product: KnownProduct, parent: KnownProduct, rules: CatalogueRules, pricing: Pricing) -> Entry:
    content, above = product.content, parent.content
    listed = above.variant_ids
    # A variant newer than what we know of its product may be missing in the product's list only for now.
    is_member = listed is None or content.product_id in listed or content.version_at > above.version_at
    is_seen = rules.with_variants and is_member and is_shown(parent, rules) and not product.is_gone
    is_seen = is_seen and content.is_visible
    own_name = content.name or above.name
    if above.name and not own_name.startswith(above.name):  # the list of variations has "M, Red" only
        own_name = f"{above.name} - {own_name}"
    hidden_at = parent.deleted_at if parent.is_gone else max(content.version_at, above.version_at)
    if product.is_gone:
        hidden_at = product.deleted_at
    return Entry(
        id=content.product_id,
        parent_id=content.parent_id,
        name=name_of(own_name, content.sku, content.product_id),
        url=content.url or above.url,
        image=(content.image or above.image) if rules.with_images else "",
        brand=content.brand or above.brand,
        sku=content.sku,
        price=pricing.of(content.price_minor, content.currency),
        compare_price=pricing.reduced_from(content.price_minor, content.compare_minor, content.currency),
        stock=content.stock if rules.with_stock else None,
        category_ids=parent.membership.category_ids if parent.membership else None,
        tags=joined(above.labels) if rules.with_tags else "",
        deleted_at=None if is_seen else hidden_at,
    )


def _stock(product: KnownProduct, levels: Mapping[str, Sequence[LevelSeen]], rules: CatalogueRules) -> int | None:
    """Of a product whose variants are told, the variants carry the stock: a sale then changes one entry, not two."""
    content = product.content
    if not rules.with_stock or (product.variants and rules.with_variants):
        return None
    return stock_now(content.stock, content.stated_at, levels.get(content.item_id, ()))


def _hidden_at(product: KnownProduct) -> datetime:
    if product.is_gone and product.deleted_at is not None:
        return product.deleted_at
    return product.content.version_at


def _hidden(variant: Entry, product: KnownProduct) -> Entry:
    return replace(variant, deleted_at=variant.deleted_at or _hidden_at(product))
