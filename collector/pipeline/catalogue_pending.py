"""What of the catalogue has to be told now: changed records become entries that differ from what was told last."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from collector.domain.catalogue import KnownProduct
from collector.domain.catalogue_entries import DELETED, Entry, Pricing, entries, gone_since
from collector.domain.catalogue_ports import DueRow, Sold, Told
from collector.domain.shop import Shop
from collector.domain.state_ports import StateTransaction
from collector.pipeline.storefront_pages import at_home

log = logging.getLogger(__name__)

# What a fault of ours, met by one record, looks like. The store's own errors concern every record and are not here.
FAULTS = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError, RecursionError)
AFTER_FAULT = timedelta(hours=1)
ENTRIES = 1000  # looked for at once; what is more comes next
ROWS = 1000
PARENT_SOON = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Pending:
    """An entry to be told, and the record it comes from."""

    shop_id: int
    record: DueRow
    sold: Sold
    had_refusal: bool = False

    @property
    def id(self) -> str:
        """In the account."""
        return self.sold.prefix + self.sold.entry.id

    @property
    def parent_id(self) -> str:
        """In the account; "" for none."""
        entry = self.sold.entry
        return self.sold.prefix + entry.parent_id if entry.parent_id else ""


@dataclass(slots=True)
class Found:
    """One look. `unchanged`: records that need no call. `later`: those that wait for a category or their product.
    `is_cut`: there is more than was looked for."""

    pending: list[Pending] = field(default_factory=list)
    unchanged: list[DueRow] = field(default_factory=list)
    later: list[tuple[DueRow, datetime]] = field(default_factory=list)
    is_cut: bool = False


def needs_telling(fingerprint: str, told: Told) -> bool:
    """Whether it differs from what is there. What is gone and was never told is nobody's business; what was refused
    as it is now will be refused again."""
    if fingerprint in (told.fingerprint, told.refused):
        return False
    return fingerprint != DELETED or told.fingerprint != ""


class Looking:
    """One look at what is due, over the shops of one account. Products before variants with records of their own."""

    def __init__(
        self,
        tx: StateTransaction,
        shops: Mapping[int, tuple[Shop, str]],
        major: Callable[[int, str], float],
        categories_at: datetime,
        now: datetime,
    ) -> None:
        self._tx = tx
        self._shops = shops
        self._major = major
        self._categories_at = categories_at  # when categories go out next
        self._now = now
        self._ids: set[str] = set()
        self.found = Found()

    def look(self) -> Found:
        for is_variant in (False, True):
            for shop, prefix in self._shops.values():
                rows = self._tx.catalogue.due_products(shop.id, self._now, ROWS, is_variant=is_variant)
                self.found.is_cut |= len(rows) == ROWS
                for row in rows:
                    if len(self.found.pending) >= ENTRIES:
                        self.found.is_cut = True
                        return self.found
                    self._guarded(shop, prefix, row)
        return self.found

    def _guarded(self, shop: Shop, prefix: str, row: DueRow) -> None:
        """A record that makes our own rules fail is pushed forward: it must not stop the others."""
        try:
            self._record(shop, prefix, row)
        except FAULTS:
            log.exception("record met a fault", extra={"shop_id": shop.id, "product_id": row.id})
            self.found.later.append((row, self._now + AFTER_FAULT))

    def _record(self, shop: Shop, prefix: str, row: DueRow) -> None:
        product = self._tx.products.find(shop.id, row.id)
        if product is None:
            return
        parent_id = product.content.parent_id
        parent = self._tx.products.find(shop.id, parent_id) if parent_id else None
        told = self._tx.catalogue.of_product(shop.id, row.id)
        current = self._entries(shop, product, parent)
        there = [one for one, its in told.items() if its.fingerprint not in ("", DELETED)]
        current += gone_since(product, there, current, shop.policy.catalogue) if not parent_id else []
        wanted = [one for one in current if needs_telling(one.fingerprint, told.get(one.id, Told()))]
        wanted = [one for one in wanted if not self._is_orphan(shop, one, told, wanted)]
        if not wanted:
            self.found.unchanged.append(row)
        elif self._waits_for_category(shop, wanted):
            self.found.later.append((row, self._categories_at))
        elif parent_id and not self._is_parent_there(shop, prefix, parent_id):
            self.found.later.append((row, self._now + PARENT_SOON))
        else:
            for entry in wanted:
                self._add(shop, prefix, row, entry, told.get(entry.id, Told()))

    def _entries(self, shop: Shop, product: KnownProduct, parent: KnownProduct | None) -> list[Entry]:
        rules = shop.policy.catalogue
        levels = self._tx.products.levels(shop.id, product.item_ids if rules.with_stock else ())
        found = entries(product, parent, levels, rules, Pricing(self._major, shop.currency))
        return [replace(one, url=at_home(one.url, shop)) for one in found]

    def _is_orphan(self, shop: Shop, entry: Entry, told: Mapping[str, Told], wanted: Sequence[Entry]) -> bool:
        """A variant whose product the destination refuses: it waits until that is mended."""
        if not entry.parent_id or entry.deleted_at is not None:
            return False
        if any(one.id == entry.parent_id for one in wanted):
            return False
        above = told.get(entry.parent_id) or self._tx.catalogue.of_parent(shop.id, entry.parent_id)
        return above.fingerprint == "" and above.refused != ""

    def _waits_for_category(self, shop: Shop, wanted: Sequence[Entry]) -> bool:
        named = {one for entry in wanted if entry.deleted_at is None for one in entry.category_ids or ()}
        return any(self._tx.catalogue.is_on_its_way(shop.id, one) for one in sorted(named))

    def _is_parent_there(self, shop: Shop, prefix: str, parent_id: str) -> bool:
        return prefix + parent_id in self._ids or self._tx.catalogue.of_parent(shop.id, parent_id).fingerprint != ""

    def _add(self, shop: Shop, prefix: str, row: DueRow, entry: Entry, told: Told) -> None:
        """Once: an id twice in one call spoils the call."""
        name = prefix + entry.id
        if name not in self._ids:
            self._ids.add(name)
            sold = Sold(prefix, entry, told.is_reduced)
            self.found.pending.append(Pending(shop.id, row, sold, bool(told.refused)))
