"""Records written through the API. What WooCommerce works out for itself of an order is left to `life.py`."""

from __future__ import annotations

from typing import Any

from tests.woocommerce_shop.kind import Json, Kind
from tests.woocommerce_shop.numbers import both
from tests.woocommerce_shop.replies import ApiError, bad_parameter, invalid_id
from tests.woocommerce_shop.site import Site

POST_TYPES = {"orders": "shop_order", "products": "product", "coupons": "shop_coupon"}


def create(site: Site, kind: str, stated: Json) -> Json:
    if kind == "customers":
        if not stated.get("email"):
            raise bad_parameter("email", "email is a required property.", "rest_missing_callback_param")
        if any(site.customers.copied(id_)["email"] == stated["email"] for id_ in site.customers.ids()):
            raise ApiError(400, "registration-error-email-exists", "An account is already registered with your email.")
        id_ = site.life.customer_signs_up(stated["email"], **{k: v for k, v in stated.items() if k != "email"})
    elif kind == "coupons":
        id_ = site.life.coupon_made(stated["code"], **{k: v for k, v in stated.items() if k != "code"})
    elif kind == "products":
        id_ = site.life.product_made(**stated)
    else:
        site.gaps.append(f"{kind} made through the API")
        raise ApiError(501, "sandbox_gap", f"the sandbox makes no {kind} through the API")
    return _kind(site, kind).copied(id_)


def update(site: Site, kind: str, id_: int, stated: Json) -> Json:
    records = _kind(site, kind)
    if records.get(id_) is None:
        raise invalid_id(POST_TYPES.get(kind, "customer"))
    fields: dict[str, Any] = {name: value for name, value in stated.items() if name != "id"}
    before = records.copied(id_)
    for name in ("billing", "shipping"):
        if name in fields:
            fields[name] = before[name] | fields[name]
    records.put(before | both("date_modified", site.now()) | fields)
    site.deliveries.emit(f"{kind.removesuffix('s')}.updated", id_)
    return records.copied(id_)


def delete(site: Site, kind: str, id_: int, is_forced: bool) -> Json:
    records, life = _kind(site, kind), site.life
    if records.get(id_) is None:
        raise invalid_id(POST_TYPES.get(kind, "customer"))
    before = records.copied(id_)
    if kind == "customers":
        if not is_forced:
            raise ApiError(501, "woocommerce_rest_trash_not_supported", "Customers do not support trashing.")
        life.delete_customer(id_)
    elif is_forced:
        records.delete(id_)
    else:
        {"orders": life.trash_order, "products": life.trash_product, "coupons": life.trash_coupon}[kind](id_)
    return before


def _kind(site: Site, name: str) -> Kind:
    found: Kind = getattr(site, name)
    return found
