"""Codes for coupon collections: those of the merchant's groups, each into the collection of its group; else nothing.

A collection is a pool that mails take codes out of. Nothing can be taken back from it, so a code goes there once, and
codes that nobody can use any more, or that are meant for certain people, never do.
"""

from __future__ import annotations

import logging
from datetime import datetime

from collector.domain import coupons
from collector.domain.catalogue_ports import CatalogueDestination
from collector.domain.coupons import Coupon
from collector.domain.errors import DeliveryFailed, Remedy
from collector.domain.retries import FAMILY_PROBE
from collector.domain.shop import Shop
from collector.domain.state_ports import StateStore

log = logging.getLogger(__name__)

MOST = 10_000  # codes in one call


def fill_pools(state: StateStore, destination: CatalogueDestination, shop: Shop, now: datetime) -> int:
    """How many codes of the shop went into its collections. Raises DeliveryFailed, but not for a wrong collection:
    that is the merchant's to mend and holds up nothing else."""
    with state.read() as tx:
        due = tx.catalogue.due_coupons(shop.id, now, MOST)
    pools: dict[str, list[tuple[int, Coupon]]] = {}
    for row, coupon in due:
        collection = coupons.collection_of(coupon, shop.policy.catalogue.coupon_groups, now)
        pools.setdefault(collection, []).append((row, coupon))
    _settle(state, pools.pop("", []), None, None)
    sent = 0
    for collection, some in pools.items():
        codes = coupons.codes([coupon for _, coupon in some])
        try:
            destination.send_coupons(shop.policy.account, collection, codes)
        except DeliveryFailed as failure:
            if failure.reason != "no_collection" and failure.remedy is not Remedy.GIVE_UP:
                raise
            extra = {"shop_id": shop.id, "said": str(failure), "cure": failure.cure}
            log.error("coupon codes are not taken", extra=extra)
            _settle(state, some, None, now + FAMILY_PROBE)
            continue
        _settle(state, some, now, None)
        sent += len(codes)
    return sent


def _settle(
    state: StateStore, some: list[tuple[int, Coupon]], pooled_at: datetime | None, due_at: datetime | None
) -> None:
    if some:
        with state.write() as tx:
            for row, _ in some:
                tx.catalogue.settle_coupon(row, pooled_at, due_at)
