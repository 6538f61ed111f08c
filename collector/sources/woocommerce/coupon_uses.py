"""Coupons as the shop has them at this moment (domain.catalogue_ports.CouponReader).

WooCommerce counts a use in post meta alone: no webhook tells of it, and the coupon keeps its version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from collector.domain.coupons import CouponSeen
from collector.domain.errors import Unparseable
from collector.domain.ports import Clock
from collector.domain.shop import Shop
from collector.domain.syncing import COUPONS
from collector.sources.woocommerce import lists
from collector.sources.woocommerce.parse_products import coupon
from collector.sources.woocommerce.rest import RestClient
from collector.sources.woocommerce.walk import Json, by_numbers


class WooCommerceCoupons:
    """For one thread, as its api is."""

    def __init__(self, api: Callable[[Shop], RestClient], clock: Clock) -> None:
        self._api = api
        self._clock = clock

    def read(self, shop: Shop, coupon_ids: Sequence[str]) -> Mapping[str, CouponSeen]:
        """By id; without those that are not listed, or not understood. Raises SourceUnavailable."""
        asked_at, numbers = self._clock(), sorted(map(int, coupon_ids))
        listed = by_numbers(self._api(shop), lists.PATHS[COUPONS], lists.asked(COUPONS, shop), numbers)
        found = (_seen(record, asked_at) for record in listed)
        return {one.coupon_id: one for one in found if one is not None}


def _seen(record: Json, asked_at: datetime) -> CouponSeen | None:
    try:
        return coupon(record, "coupon.updated", asked_at)
    except Unparseable:
        return None
