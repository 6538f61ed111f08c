"""Codes for a coupon collection: unused codes for a single use, into the collection the merchant named; else nothing.

A collection is a pool that mails take codes out of. Nothing can be taken back from it, so a code goes there once, and
codes that anybody may use, that were used, or that are meant for certain people never do.
"""

from __future__ import annotations

import logging
from datetime import datetime

from collector.domain.catalogue_ports import CatalogueDestination
from collector.domain.coupons import is_for_pool, pool
from collector.domain.errors import DeliveryFailed, Remedy
from collector.domain.retries import FAMILY_PROBE
from collector.domain.shop import Shop
from collector.domain.state_ports import StateStore

log = logging.getLogger(__name__)

MOST = 10_000  # codes in one call


def fill_pools(state: StateStore, destination: CatalogueDestination, shop: Shop, now: datetime) -> int:
    """How many codes of the shop went into its collection. Raises DeliveryFailed, but not for a wrong collection:
    that is the merchant's to mend and holds up nothing else."""
    collection = shop.policy.catalogue.coupon_collection
    with state.read() as tx:
        due = tx.catalogue.due_coupons(shop.id, now, MOST)
    wanted = [(row, coupon) for row, coupon in due if collection and is_for_pool(coupon, now)]
    codes = pool([coupon for _, coupon in wanted], now)
    if codes:
        try:
            destination.send_coupons(shop.policy.account, collection, codes)
        except DeliveryFailed as failure:
            if failure.reason != "no_collection" and failure.remedy is not Remedy.GIVE_UP:
                raise
            extra = {"shop_id": shop.id, "said": str(failure), "cure": failure.cure}
            log.error("coupon codes are not taken", extra=extra)
            with state.write() as tx:
                for row, _ in wanted:
                    tx.catalogue.settle_coupon(row, None, now + FAMILY_PROBE)
            return 0
    sent = {row for row, _ in wanted}
    if due:
        with state.write() as tx:
            for row, _ in due:
                tx.catalogue.settle_coupon(row, now if row in sent else None, None)
    return len(codes)
