"""The catalogue as shops report it: products with their variants, stock levels, categories. Facts, and how they merge.

Platforms send the same product many times, late and in any order. Each `merge` is commutative, associative and
idempotent: the newest version gives the content; a deletion holds unless the thing was seen to exist after it.
Items of carts and orders mention products too; they say nothing about the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from collector.domain.fingerprints import fingerprint, plain


@dataclass(frozen=True, slots=True)
class VariantSeen:
    """A variant as its product's record lists it. `name` is the variant's alone ("M, Red").

    `stock` None: not tracked, or not stated. `item_id`: what stock levels call it, "" where there are none.
    `sells_on`: it is sold when there is none, too.
    """

    variant_id: str
    name: str = ""
    sku: str = ""
    price_minor: int | None = None
    compare_minor: int | None = None
    stock: int | None = None
    item_id: str = ""
    image: str = ""
    url: str = ""
    sells_on: bool = False


@dataclass(frozen=True, slots=True)
class ProductSeen:
    """A product, or a variant with a record of its own (then `parent_id` names its product), at `version_at`.

    `stated_at`: when the platform made this body; of two with one version the later one counts.
    `is_visible`: a shopper finds it in the shop: published, not a draft, not in the bin. `status`: the platform's word.
    Prices are per piece, in the shop's base currency; `compare_minor` is the price it is reduced from, if it is.
    `variants`: those this body describes; `variant_ids`: all there are, None when it does not say.
    `category_ids` None: this body does not say. `labels`: names of categories, types and tags, for people.
    """

    product_id: str
    version_at: datetime
    stated_at: datetime
    status: str
    is_visible: bool
    name: str
    parent_id: str = ""
    is_new: bool = False  # a creation topic
    created_at: datetime | None = None
    currency: str = ""
    url: str = ""
    image: str = ""
    brand: str = ""
    sku: str = ""
    price_minor: int | None = None
    compare_minor: int | None = None
    stock: int | None = None
    item_id: str = ""
    sells_on: bool = False
    tags: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    category_ids: tuple[str, ...] | None = None
    variants: tuple[VariantSeen, ...] = ()
    variant_ids: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class LevelSeen:
    """What of an item is available at one place. The sum over all places is the stock.

    `location_id` "": the platform counted all places together, and nothing changed anywhere after `changed_at`.
    """

    item_id: str
    location_id: str
    changed_at: datetime
    available: int


@dataclass(frozen=True, slots=True)
class CategorySeen:
    """A category or collection at `version_at`; `stated_at` as for products."""

    category_id: str
    version_at: datetime
    stated_at: datetime
    name: str
    url: str = ""
    is_visible: bool = True


@dataclass(frozen=True, slots=True)
class Membership:
    """The categories of a product, by the newest body that names them."""

    version_at: datetime
    stated_at: datetime
    category_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VariantsSeen:
    """Variants as a body describes them that is older than the newest. `said`: its fingerprint, which with its times
    tells it from others. `is_whole`: it described all there were."""

    version_at: datetime
    stated_at: datetime
    said: str
    variants: tuple[VariantSeen, ...]
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class KnownProduct:
    """A product as all versions together tell it. `seen_at`: the last moment a body proves that it exists.

    `first_*`: the oldest version, by which later ones are told to be changes. `earlier`: where the newest body does not
    describe all variants, what older ones say of the others, the newest first, down to one that described them all.
    """

    content: ProductSeen
    content_hash: str
    seen_at: datetime
    first_version_at: datetime
    first_content_hash: str
    membership: Membership | None = None
    deleted_at: datetime | None = None
    earlier: tuple[VariantsSeen, ...] = ()

    @property
    def is_gone(self) -> bool:
        return self.deleted_at is not None and self.seen_at <= self.deleted_at

    @property
    def variants(self) -> list[tuple[VariantSeen, datetime]]:
        """All there are, as the newest body that describes each of them does, and when that was made."""
        content = self.content
        listed = None if content.variant_ids is None else set(content.variant_ids)
        older = [
            (variant, sight.stated_at)
            for sight in self.earlier
            for variant in sight.variants
            if listed is None or variant.variant_id in listed
        ]
        return [*((variant, content.stated_at) for variant in content.variants), *older]

    @property
    def item_ids(self) -> list[str]:
        """What its stock is counted by."""
        named = [self.content.item_id, *(variant.item_id for variant, _ in self.variants)]
        return [item_id for item_id in named if item_id]


@dataclass(frozen=True, slots=True)
class KnownCategory:
    """A category as all reports together tell it."""

    content: CategorySeen
    seen_at: datetime
    deleted_at: datetime | None = None

    @property
    def is_gone(self) -> bool:
        return self.deleted_at is not None and self.seen_at <= self.deleted_at

    @property
    def is_shown(self) -> bool:
        return self.content.is_visible and not self.is_gone


def describes_all(seen: ProductSeen) -> bool:
    """Whether it describes every variant it lists. One that does not say which there are may have left some out."""
    return seen.variant_ids is not None and set(seen.variant_ids) <= {one.variant_id for one in seen.variants}


def content_hash(seen: ProductSeen) -> str:
    """Equal for two bodies that say the same of the product. Stock does not count: it changes with every sale."""
    said = plain(seen)
    for moving in ("version_at", "stated_at", "is_new", "stock"):
        del said[moving]
    said["variants"] = [plain(variant) for variant in seen.variants]
    for variant in said["variants"]:
        del variant["stock"]
    return fingerprint(said)


def first_sight(seen: ProductSeen) -> KnownProduct:
    """The record of a product from one version alone."""
    its_hash = content_hash(seen)
    stated = None
    if seen.category_ids is not None:
        stated = Membership(seen.version_at, seen.stated_at, seen.category_ids)
    return KnownProduct(
        content=replace(seen, category_ids=None, is_new=False),
        content_hash=its_hash,
        seen_at=seen.stated_at,
        first_version_at=seen.version_at,
        first_content_hash=its_hash,
        membership=stated,
    )


def merge(one: KnownProduct, other: KnownProduct) -> KnownProduct:
    """Both sights of the same product together."""
    newest = max(one, other, key=_age)
    oldest = min(one, other, key=lambda product: (product.first_version_at, product.first_content_hash))
    return replace(
        newest,
        seen_at=max(one.seen_at, other.seen_at),
        first_version_at=oldest.first_version_at,
        first_content_hash=oldest.first_content_hash,
        membership=_newest_membership(one.membership, other.membership),
        deleted_at=latest(one.deleted_at, other.deleted_at),
        earlier=_earlier(newest.content, one, other),
    )


def _earlier(newest: ProductSeen, *some: KnownProduct) -> tuple[VariantsSeen, ...]:
    """What older bodies say of variants the newest does not describe. Nothing older than one that described all there
    were: a variant it does not have was taken away before."""
    if describes_all(newest):
        return ()
    sights = [sight for one in some for sight in (*_described(one.content), *one.earlier)]
    since = max((_said_at(sight) for sight in sights if sight.is_whole), default=None)
    taken = {variant.variant_id for variant in newest.variants}
    found: dict[tuple[datetime, datetime, str], VariantsSeen] = {}
    for sight in sorted(sights, key=_said_at, reverse=True):
        at = _said_at(sight)
        if since is not None and at < since:
            break
        left = [variant for variant in sight.variants if variant.variant_id not in taken]
        taken |= {variant.variant_id for variant in left}
        if at in found:  # the same body, of which either side knew some to be described anew
            left += found[at].variants
        if left or sight.is_whole:
            found[at] = replace(sight, variants=tuple(sorted(left, key=lambda variant: variant.variant_id)))
    return tuple(found.values())


def _described(content: ProductSeen) -> list[VariantsSeen]:
    """[] where a body neither describes a variant nor says that there are none."""
    is_whole = describes_all(content)
    if not content.variants and not is_whole:
        return []
    return [VariantsSeen(content.version_at, content.stated_at, fingerprint(content), content.variants, is_whole)]


def _said_at(sight: VariantsSeen) -> tuple[datetime, datetime, str]:
    return (sight.version_at, sight.stated_at, sight.said)


def _age(product: KnownProduct) -> tuple[datetime, datetime, str, str]:
    content = product.content
    # The hash, too: it tells bodies apart that differ in their categories alone.
    return (content.version_at, content.stated_at, fingerprint(content), product.content_hash)


def _newest_membership(*some: Membership | None) -> Membership | None:
    stated = [one for one in some if one is not None]
    return max(stated, key=lambda one: (one.version_at, one.stated_at, one.category_ids), default=None)


def category_sight(seen: CategorySeen) -> KnownCategory:
    return KnownCategory(seen, seen.stated_at)


def merge_categories(one: KnownCategory, other: KnownCategory) -> KnownCategory:
    newest = max(one, other, key=lambda category: _category_age(category.content))
    return KnownCategory(newest.content, max(one.seen_at, other.seen_at), latest(one.deleted_at, other.deleted_at))


def _category_age(seen: CategorySeen) -> tuple[datetime, datetime, str]:
    return (seen.version_at, seen.stated_at, fingerprint(seen))


def latest(*times: datetime | None) -> datetime | None:
    return max((time for time in times if time is not None), default=None)


def stock_now(counted: int | None, counted_at: datetime, levels: Sequence[LevelSeen]) -> int | None:
    """The stock of an item: what a body counted, or the newer count of all places, corrected by how the levels
    changed since, place by place.

    A place whose level before the count is not known cannot be corrected: the next count will say. None: not tracked.
    """
    if counted is None:
        return None
    places: dict[str, list[LevelSeen]] = {}
    for level in levels:
        places.setdefault(level.location_id, []).append(level)
    whole = max(places.pop("", []), key=lambda level: (level.changed_at, level.available), default=None)
    if whole is not None and whole.changed_at > counted_at:
        counted, counted_at = whole.available, whole.changed_at
    return counted + sum(_change_since(counted_at, known) for known in places.values())


def _change_since(counted_at: datetime, levels: Iterable[LevelSeen]) -> int:
    known = sorted(levels, key=lambda level: (level.changed_at, level.available))
    before = [level for level in known if level.changed_at <= counted_at]
    return known[-1].available - before[-1].available if before else 0
