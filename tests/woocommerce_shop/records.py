"""The kinds of a site, for whoever needs them all."""

from __future__ import annotations

from typing import NamedTuple

from tests.woocommerce_shop.kind import Kind


class Records(NamedTuple):
    customers: Kind
    orders: Kind
    products: Kind
    variations: Kind
    coupons: Kind
