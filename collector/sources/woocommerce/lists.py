"""The lists a WooCommerce shop has, as both readers ask for them: where, with what, and which entries count.

Orders in the making (`checkout-draft`, an admin's `auto-draft`) are listed among the orders and are none. Staff are
listed among the customers and are none; their addresses are kept all the same, because they buy, too. A variation is
listed below its product, in newer versions of WooCommerce also among all variations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from collector.domain.shop import Shop
from collector.domain.syncing import COUPONS, CUSTOMERS, ORDERS, PRODUCTS, RawRecord
from collector.domain.timestamps import to_text
from collector.sources.woocommerce.parse_customers import STAFF
from collector.sources.woocommerce.parse_states import DRAFT, NOT_ORDERS, status_of
from collector.sources.woocommerce.parse_values import text
from collector.sources.woocommerce.reading_fields import CATEGORIES, VARIATIONS, VERSION, fields_of
from collector.sources.woocommerce.rest import Declined, RestClient
from collector.sources.woocommerce.walk import Json, all_of

PATHS = {
    CUSTOMERS: "customers",
    ORDERS: "orders",
    PRODUCTS: "products",
    VARIATIONS: "variations",
    CATEGORIES: "products/categories",
    COUPONS: "coupons",
}
# Without it only buyers with the role `customer` are listed; subscribers and others who bought are not.
PLAIN: Mapping[str, Mapping[str, str]] = {CUSTOMERS: {"role": "all"}, ORDERS: {"status": "any"}}
BIN = {"status": "trash"}  # hidden from the list of orders and products unless asked for


def asked(kind: str, shop: Shop, **more: Any) -> dict[str, Any]:
    """What a list is asked with."""
    return {**PLAIN.get(kind, {}), "_fields": fields_of(kind, shop), **more}


def counts(kind: str, record: Json) -> bool:
    """Whether it is one of those we mean."""
    if kind == ORDERS:
        status = status_of(record)
        return status != DRAFT and status not in NOT_ORDERS
    return kind != CUSTOMERS or not is_staff(record)


def is_staff(user: Json) -> bool:
    return text(user.get("role"), 100).lower() in STAFF


def role_of(user: Json) -> Json:
    """What has to be known of one of the staff: whose address it is, and that nobody is to be told of them."""
    return {name: user[name] for name in (*VERSION.split(","), "email", "role") if name in user}


def total(api: RestClient, kind: str, **params: Any) -> int | None:
    """How many there are by the shop's own count; None where it does not say. Raises SourceUnavailable.

    0 for a status or role the shop does not know.
    """
    asking = {**PLAIN.get(kind, {}), **params, "per_page": 1, "_fields": "id"}
    try:
        return api.page(PATHS[kind], **asking).total
    except Declined as declined:
        if declined.status == 400:
            return 0
        raise


def counted(api: RestClient, kind: str, listed: int | None, **params: Any) -> int | None:
    """Of a list with so many entries: those we mean. `params`: what it was asked with besides."""
    if listed is None:
        return None
    if kind == ORDERS:
        return listed - min(total(api, ORDERS, **{**params, "status": DRAFT}) or 0, listed)
    if kind == CUSTOMERS:
        staff = sum(total(api, CUSTOMERS, **{**params, "role": role}) or 0 for role in sorted(STAFF))
        return listed - min(staff, listed)
    return listed


def has_all_variations(api: RestClient) -> bool:
    """Whether there is a list of all of them. Raises SourceUnavailable."""
    try:
        api.page(PATHS[VARIATIONS], per_page=1, _fields="id")
    except Declined as declined:
        if declined.status != 404:
            raise
        return False
    return True


def variations_of(api: RestClient, shop: Shop, product_id: str) -> list[Json]:
    """Those of one product, as if listed among all: older versions leave out whose they are.

    Raises SourceUnavailable."""
    try:
        found = all_of(api, f"products/{product_id}/variations", {"_fields": fields_of(VARIATIONS, shop)})
    except Declined as declined:
        if declined.status != 404:
            raise
        return []  # the product went meanwhile
    return [{**record, "parent_id": int(product_id)} for record in found]


def is_variable(product: Json) -> bool:
    """Also of a plugin's type, such as variable-subscription."""
    return text(product.get("type"), 50).startswith("variable")


def raw(kind: str, records: Sequence[Json], read_at: datetime) -> list[RawRecord]:
    """For the inbox. `read_at`: when they were asked for; what a webhook said later is newer."""
    stated = {"triggered_at": to_text(read_at)}
    return [RawRecord(f"read/{kind}", msgspec.json.encode(record), stated) for record in records]
