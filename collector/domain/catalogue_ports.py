"""The catalogue in the state as the pipeline sees it, and the destination it is told to.

Like `state_ports`: all parts of a transaction share it. Engines satisfy these by shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from collector.domain.catalogue import KnownCategory, KnownProduct, LevelSeen
from collector.domain.catalogue_entries import CategoryEntry, Entry
from collector.domain.coupons import Coupon, CouponSeen
from collector.domain.shop import Shop


@dataclass(frozen=True, slots=True)
class Named:
    """Under which names a shop's catalogue stands in its account. `rules`: by which it was told."""

    account: str
    prefix: str
    rules: str


@dataclass(frozen=True, slots=True)
class Held:
    """How an account stands. `until`: it takes no catalogue before; `categories_at`: when they went there last."""

    until: datetime | None = None
    reason: str = ""
    cure: str = ""
    categories_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DueRow:
    """A record to be looked at. `revision`: what it had when it was read."""

    row: int
    revision: int
    id: str


@dataclass(frozen=True, slots=True)
class Told:
    """What the destination has of an entry. `refused`: the fingerprint it would not take."""

    fingerprint: str = ""
    is_reduced: bool = False
    refused: str = ""


@dataclass(frozen=True, slots=True)
class DueCategory:
    row: int
    revision: int
    category: KnownCategory
    told: Told


class Products(Protocol):
    def find(self, shop_id: int, product_id: str) -> KnownProduct | None: ...

    def find_all(self, shop_id: int, product_ids: Iterable[str]) -> Mapping[str, KnownProduct]:
        """By id, those that are known."""
        ...

    def keep(self, shop_id: int, product: KnownProduct, due_at: datetime) -> None: ...

    def touch(self, shop_id: int, product_id: str, due_at: datetime) -> None: ...

    def touch_variants(self, shop_id: int, product_id: str, due_at: datetime) -> None: ...

    def keep_items(self, shop_id: int, product_id: str, items: Iterable[tuple[str, datetime]]) -> None:
        """(item of its stock, when it was counted)."""
        ...

    def products_of_item(self, shop_id: int, item_id: str) -> list[str]: ...

    def keep_level(self, shop_id: int, level: LevelSeen) -> None: ...

    def levels(self, shop_id: int, item_ids: Iterable[str]) -> dict[str, list[LevelSeen]]: ...


class Categories(Protocol):
    def find(self, shop_id: int, category_id: str) -> KnownCategory | None: ...

    def names(self, shop_id: int, category_ids: Iterable[str]) -> Mapping[str, str]:
        """By id, of those shoppers find."""
        ...

    def keep(self, shop_id: int, category: KnownCategory, due_at: datetime | None) -> None: ...


class Coupons(Protocol):
    def find(self, shop_id: int, coupon_id: str) -> Coupon | None: ...

    def keep(self, shop_id: int, coupon: Coupon, due_at: datetime) -> None: ...


class CatalogueTold(Protocol):
    """What the destination was told, and what has to be looked at."""

    def named(self, shop_id: int) -> Named | None: ...

    def is_plain_free(self, shop_id: int, account: str) -> bool:
        """Whether no other shop of the account uses ids without a prefix."""
        ...

    def keep_named(self, shop_id: int, named: Named) -> None: ...

    def look_again(self, shop_id: int, at: datetime) -> None:
        """Everything of the shop has to be looked at."""
        ...

    def forget(self, shop_id: int) -> None:
        """Nothing of the shop was told: it has another account."""
        ...

    def account(self, account: str) -> Held: ...

    def hold(self, account: str, until: datetime | None, reason: str, cure: str) -> None: ...

    def keep_categories_at(self, account: str, at: datetime) -> None: ...

    def has_due(self, shop_id: int, now: datetime) -> bool: ...

    def due_products(self, shop_id: int, now: datetime, limit: int, *, is_variant: bool) -> list[DueRow]: ...

    def settle(self, due: DueRow) -> None:
        """Nothing of it is left to tell; unless it changed since it was read."""
        ...

    def postpone(self, due: DueRow, at: datetime) -> None: ...

    def of_product(self, shop_id: int, product_id: str) -> dict[str, Told]:
        """By entry."""
        ...

    def of_parent(self, shop_id: int, product_id: str) -> Told:
        """Of the product's own entry."""
        ...

    def keep_told(self, shop_id: int, product_id: str, entry: Entry, at: datetime) -> None: ...

    def keep_refused(self, shop_id: int, product_id: str, entry: Entry, said: str, at: datetime) -> None: ...

    def due_categories(self, shop_id: int, now: datetime, limit: int) -> list[DueCategory]: ...

    def settle_category(self, due: DueCategory) -> None: ...

    def keep_told_category(self, due: DueCategory, fingerprint: str, at: datetime) -> None: ...

    def keep_refused_category(self, due: DueCategory, fingerprint: str, said: str) -> None: ...

    def is_on_its_way(self, shop_id: int, category_id: str) -> bool:
        """Whether a category is known, was never told and has not been refused."""
        ...

    def due_coupons(self, shop_id: int, now: datetime, limit: int) -> list[tuple[int, Coupon]]: ...

    def pooled_codes(self, shop_id: int, codes: Sequence[str]) -> set[str]:
        """Those of them that went into a pool before, under whatever coupon."""
        ...

    def settle_coupon(self, row: int, pooled_at: datetime | None, due_at: datetime | None) -> None:
        """`due_at`: when to look again, if ever."""
        ...


@dataclass(frozen=True, slots=True)
class Sold:
    """An entry as it goes out: under its name in the account. `is_reduced`: a former price was told before."""

    prefix: str
    entry: Entry
    is_reduced: bool = False


class CatalogueDestination(Protocol):
    """Everything raises DeliveryFailed: WAIT (no call is left), STOP (with a cure), RETRY, or GIVE_UP when the
    destination will never take this body. All of it may be sent twice."""

    def send_categories(self, account: str, some: Sequence[tuple[str, CategoryEntry]]) -> None:
        """(prefix, entry), at most 100, no id twice."""
        ...

    def send_products(self, account: str, some: Sequence[Sold]) -> None:
        """At most 100 in one scarce call, no id twice; what others refer to comes first."""
        ...

    def send_product(self, account: str, one: Sold) -> None:
        """One, by a call of which there are plenty."""
        ...

    def send_coupons(self, account: str, collection: str, codes: Sequence[str]) -> None:
        """At most 10,000 different codes into a collection, by id or name."""
        ...


class CouponReader(Protocol):
    """A platform that tells nobody when a code is used: right before codes are given away it is asked."""

    def read(self, shop: Shop, coupon_ids: Sequence[str]) -> Mapping[str, CouponSeen]:
        """At most 100, as they are at this moment, by id; those not there are left out. Raises SourceUnavailable."""
        ...
