"""What the shops sell (products, stock, categories, coupons), for one batch in hand.

Nothing is told here: a record that changed gets a time by which somebody looks whether it has to be. That time is a
moment later, so that the many bodies about one sale or one edit are looked at once.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from collector.domain import catalogue, coupons
from collector.domain.catalogue import CategorySeen, KnownProduct, LevelSeen, ProductSeen
from collector.domain.catalogue_entries import category_entry
from collector.domain.coupons import CouponSeen
from collector.domain.events import EventType, Gone
from collector.domain.jobs import REREADING, STOCK, of_shop
from collector.domain.rereading import INVENTORY, SETTLES
from collector.domain.shop import Shop
from collector.domain.state_ports import StateTransaction
from collector.pipeline.recording import Recording

SETTLE = timedelta(seconds=2)
COUPONS_SETTLE = timedelta(seconds=60)  # codes are made by the hundred, and one call takes 10,000
KINDS = ("product", "category", "coupon")  # of `Gone`


class ProductsInHand:
    def __init__(self, tx: StateTransaction, shop: Shop) -> None:
        self._tx = tx
        self._shop_id = shop.id
        self._follows_stock = shop.policy.stock.is_followed
        self._events = Recording(tx, shop.id)

    def product(self, fact: ProductSeen, received_at: datetime) -> None:
        sight = catalogue.first_sight(fact)
        known = self._tx.products.find(self._shop_id, fact.product_id)
        if known is None:
            deleted_at = self._tx.visits.tombstone(self._shop_id, "product", fact.product_id)
            product = replace(sight, deleted_at=deleted_at)
        else:
            product = catalogue.merge(known, sight)
        if product != known:
            self._keep(product, known, received_at)
        detail = {"product_id": fact.product_id, **({"parent_id": fact.parent_id} if fact.parent_id else {})}
        if fact.is_new:
            at = fact.created_at or fact.version_at
            event_id = f"product_added:{fact.product_id}"
            self._events.event(EventType.PRODUCT_ADDED, event_id, at, received_at, detail)
        self._events.versions(
            EventType.PRODUCT_UPDATED,
            f"product_updated:{fact.product_id}",
            (fact.version_at, sight.content_hash),
            None if known is None else (known.first_version_at, known.first_content_hash),
            received_at,
            detail,
        )

    def level(self, fact: LevelSeen, received_at: datetime) -> None:
        self._count_if_unknown(fact, received_at)
        self._tx.products.keep_level(self._shop_id, fact)
        for product_id in self._tx.products.products_of_item(self._shop_id, fact.item_id):
            self._tx.products.touch(self._shop_id, product_id, received_at + SETTLE)
            self._look_at_stock(product_id, received_at)

    def _count_if_unknown(self, fact: LevelSeen, received_at: datetime) -> None:
        """The first word of a place says what is there, not by how much it changed: all places have to be counted."""
        if not self._follows_stock or not fact.location_id:
            return
        known = self._tx.products.levels(self._shop_id, [fact.item_id]).get(fact.item_id, [])
        if any(level.location_id == "" and level.changed_at >= fact.changed_at for level in known):
            return
        if all(level.location_id != fact.location_id for level in known):
            self._tx.rereads.note(self._shop_id, INVENTORY, fact.item_id, received_at + SETTLES)
            self._tx.jobs.bring_forward(of_shop(REREADING, self._shop_id), received_at + SETTLES)

    def _look_at_stock(self, product_id: str, received_at: datetime) -> None:
        if self._follows_stock:
            self._tx.stock.look(self._shop_id, product_id, received_at + SETTLE)
            self._tx.jobs.bring_forward(of_shop(STOCK, self._shop_id), received_at + SETTLE)

    def category(self, fact: CategorySeen, received_at: datetime) -> None:
        sight = catalogue.category_sight(fact)
        known = self._tx.categories.find(self._shop_id, fact.category_id)
        if known is None:
            deleted_at = self._tx.visits.tombstone(self._shop_id, "category", fact.category_id)
            category = replace(sight, deleted_at=deleted_at)
        else:
            category = catalogue.merge_categories(known, sight)
        if category != known:
            # Every body of a WooCommerce product names its categories: most of them as they were.
            is_same = known is not None and category_entry(known).fingerprint == category_entry(category).fingerprint
            self._tx.categories.keep(self._shop_id, category, None if is_same else received_at + SETTLE)

    def coupon(self, fact: CouponSeen, received_at: datetime) -> None:
        sight = coupons.first_sight(fact)
        known = self._tx.coupons.find(self._shop_id, fact.coupon_id)
        if known is None:
            deleted_at = self._tx.visits.tombstone(self._shop_id, "coupon", fact.coupon_id)
            coupon = replace(sight, deleted_at=deleted_at)
        else:
            coupon = coupons.merge(known, sight)
        if coupon != known:
            self._tx.coupons.keep(self._shop_id, coupon, received_at + COUPONS_SETTLE)
        if fact.is_new:
            at = fact.created_at or fact.version_at
            detail = {"coupon_id": fact.coupon_id, "code": fact.code}
            self._events.event(EventType.COUPON_CREATED, f"coupon_created:{fact.coupon_id}", at, received_at, detail)

    def gone(self, fact: Gone, received_at: datetime) -> None:
        """WooCommerce says `product.deleted` of coupons, too: of an id not known under its kind a mark is kept."""
        at, due_at = fact.occurred_at, received_at + SETTLE
        if fact.kind == "product":
            product = self._tx.products.find(self._shop_id, fact.id)
            if product is not None:
                gone = replace(product, deleted_at=catalogue.latest(product.deleted_at, at))
                self._keep(gone, product, received_at)
                return
        elif fact.kind == "category":
            category = self._tx.categories.find(self._shop_id, fact.id)
            if category is not None:
                gone_category = replace(category, deleted_at=catalogue.latest(category.deleted_at, at))
                self._tx.categories.keep(self._shop_id, gone_category, due_at)
                return
        else:
            coupon = self._tx.coupons.find(self._shop_id, fact.id)
            if coupon is not None:
                gone_coupon = replace(coupon, deleted_at=catalogue.latest(coupon.deleted_at, at))
                self._tx.coupons.keep(self._shop_id, gone_coupon, due_at)
                return
        self._tx.visits.add_tombstone(self._shop_id, fact.kind, fact.id, at)

    def _keep(self, product: KnownProduct, known: KnownProduct | None, received_at: datetime) -> None:
        content, due_at = product.content, received_at + SETTLE
        self._tx.products.keep(self._shop_id, product, due_at)
        self._look_at_stock(content.product_id, received_at)
        counted = [(content.item_id, content.stated_at)]
        counted += [(variant.item_id, stated_at) for variant, stated_at in product.variants]
        self._tx.products.keep_items(self._shop_id, content.product_id, [one for one in counted if one[0]])
        is_same = known is not None and (
            (product.content_hash, product.membership, product.is_gone)
            == (known.content_hash, known.membership, known.is_gone)
        )
        if not content.parent_id and not is_same:  # names, pictures, whether it is seen: variants take them over
            self._tx.products.touch_variants(self._shop_id, content.product_id, due_at)
