"""Codes for coupon collections: those of the merchant's groups, each into the collection of its group; else nothing.

A collection is a pool that mails take codes out of. Nothing can be taken back from it, so a code goes there once, and
codes that nobody can use any more, or that are meant for certain people, never do. What is known of a code may be old
(a shop that was observed for months; WooCommerce does not tell of uses), so the shop is asked right before.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from collector.domain import coupons
from collector.domain.coupons import Coupon
from collector.domain.errors import DeliveryFailed, Remedy, SourceUnavailable
from collector.domain.retries import FAMILY_PROBE
from collector.domain.shop import Shop
from collector.domain.state_ports import StateStore
from collector.pipeline.catalogue_services import AccountInHand

log = logging.getLogger(__name__)

MOST = 10_000  # codes in one call
AT_ONCE = 100  # coupons in one question to the shop
ASKS_AGAIN = timedelta(minutes=5)

Due = tuple[int, Coupon]  # a row, and what it says


def fill_pools(hand: AccountInHand, shop: Shop) -> int:
    """How many codes of the shop went into its collections. Raises DeliveryFailed, but not for a wrong collection:
    that is the merchant's to mend and holds up nothing else."""
    state, now = hand.services.state, hand.now
    with state.read() as tx:
        due = tx.catalogue.due_coupons(shop.id, now, MOST)
    meant = _by_collection(shop, due, now)
    _settle(state, meant.pop("", []), None, None)
    new = _not_pooled(state, shop, [one for some in meant.values() for one in some])
    pools = _by_collection(shop, _as_they_are(hand, shop, new), now)
    _settle(state, pools.pop("", []), None, None)
    sent = 0
    for collection, some in pools.items():
        codes = coupons.codes([coupon for _, coupon in some])
        try:
            hand.services.destination.send_coupons(shop.policy.account, collection, codes)
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


def _by_collection(shop: Shop, some: Sequence[Due], now: datetime) -> dict[str, list[Due]]:
    """ "": those that belong in none."""
    pools: dict[str, list[Due]] = {}
    for row, coupon in some:
        collection = coupons.collection_of(coupon, shop.policy.catalogue.coupon_groups, now)
        pools.setdefault(collection, []).append((row, coupon))
    return pools


def _not_pooled(state: StateStore, shop: Shop, some: Sequence[Due]) -> list[Due]:
    """Without codes that went into a pool before, under a coupon that was deleted and made again."""
    if not some:
        return []
    with state.read() as tx:
        taken = tx.catalogue.pooled_codes(shop.id, coupons.codes([coupon for _, coupon in some]))
    new, again = list[Due](), list[Due]()
    for row, coupon in some:
        (again if coupon.content.code in taken else new).append((row, coupon))
    _settle(state, again, None, None)
    return new


def _as_they_are(hand: AccountInHand, shop: Shop, some: Sequence[Due]) -> list[Due]:
    """As many of them as the shop can be asked about in this turn. Those it cannot be asked about wait."""
    reader, found = hand.services.coupons.get(shop.platform), list[Due]()
    if reader is None:
        return list(some)
    for start in range(0, len(some), AT_ONCE):
        if found and hand.is_over():
            break
        asked = some[start : start + AT_ONCE]
        try:
            seen = reader.read(shop, [coupon.content.coupon_id for _, coupon in asked])
        except SourceUnavailable as trouble:
            extra = {"shop_id": shop.id, "codes": len(some) - start, "said": str(trouble), "cure": trouble.cure}
            log.warning("coupon codes wait until their shop can be asked", extra=extra)
            _settle(hand.services.state, some[start:], None, hand.now + ASKS_AGAIN)
            break
        at = hand.services.clock()
        found += [(row, coupons.as_it_is(coupon, seen.get(coupon.content.coupon_id), at)) for row, coupon in asked]
    return found


def _settle(state: StateStore, some: Sequence[Due], pooled_at: datetime | None, due_at: datetime | None) -> None:
    if some:
        with state.write() as tx:
            for row, _ in some:
                tx.catalogue.settle_coupon(row, pooled_at, due_at)
