"""Does the database say of a WooCommerce site what the site says of itself? Record by record, worked out from the
site's own words and not by the product's parsers."""

from __future__ import annotations

import html
import json
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import Any

from tests.system.agreement import compared, first, moment
from tests.system.product import Product
from tests.woocommerce_shop.customers import STAFF
from tests.woocommerce_shop.kind import Json
from tests.woocommerce_shop.site import Site

STATES = {
    "pending": "started",
    "on-hold": "promised",
    "processing": "paid",
    "completed": "paid",
    "packing": "paid",
    "failed": "failed",
    "cancelled": "cancelled",
    "trash": "cancelled",
    "refunded": "refunded",
}
KINDS = {"checkout": "storefront", "store-api": "storefront", "subscription": "renewal"}


def check_agreement(product: Product, site: Site) -> None:
    assert (found := differences(product, site)) == [], found


def differences(product: Product, site: Site, gone: Collection[int] = ()) -> list[str]:
    """The first few, in words. `gone`: orders that were deleted for good, and may be known all the same."""
    with site.lock:
        return first(
            _customers(product, site), _orders(product, site, gone), _products(product, site), _coupons(product, site)
        )


def shop_id(product: Product, site: Site) -> int:
    address = site.home.partition("://")[2]
    number: int = product.row("select id from shops where address = ?", address)["id"]
    return number


def cents(money: str) -> int:
    return round(float(money) * 100)


def gmt(stated: str | None) -> datetime | None:
    return datetime.fromisoformat(stated).replace(tzinfo=UTC) if stated else None


def _plain(text: str) -> str:
    return html.unescape(text)


def _customers(product: Product, site: Site) -> Iterator[str]:
    query = "select * from customers where shop_id = ? and deleted_at is null and not is_staff"
    rows = product.rows(query, shop_id(product, site))
    for row in rows:
        row["created_at"] = moment(row["created_at"])
    yield from compared("customer", {row["customer_id"]: row for row in rows}, _of_customers(site))


def _of_customers(site: Site) -> Iterator[tuple[str, dict[str, Any]]]:
    for id_, record in site.customers.records():
        if record["role"] in STAFF.values():
            continue
        place = record["billing"]
        yield (
            str(id_),
            {
                "email": record["email"],
                "billing_email": place["email"] if place["email"] != record["email"] else "",
                "phone": place["phone"].replace(" ", ""),
                "first_name": record["first_name"],
                "last_name": _plain(record["last_name"]),
                "company": place["company"],
                "city": place["city"],
                "postcode": place["postcode"],
                "country": place["country"],
                "role": record["role"],
                "created_at": gmt(record["date_created_gmt"]),
            },
        )


def _orders(product: Product, site: Site, gone: Collection[int]) -> Iterator[str]:
    number = shop_id(product, site)
    refunds: dict[str, dict[str, int]] = {}
    for row in product.rows("select * from order_refunds where shop_id = ?", number):
        refunds.setdefault(row["order_id"], {})[row["refund_id"]] = row["amount_minor"]
    rows = product.rows("select * from orders where shop_id = ? and deleted_at is null", number)
    for row in rows:
        row["created_at"], row["paid_at"] = moment(row["created_at"]), moment(row["paid_at"])
        row["refunds"] = refunds.get(row["order_id"], {})
        row["items"] = [
            (item["product_id"], item.get("variant_id", ""), item["quantity"], item["line_total_minor"])
            for item in json.loads(row["items"])
        ]
    known = {row["order_id"]: row for row in rows if int(row["order_id"]) not in gone}
    yield from compared("order", known, _of_orders(site))


def _of_orders(site: Site) -> Iterator[tuple[str, dict[str, Any]]]:
    for id_, record in site.orders.records():
        if record["status"] in ("checkout-draft", "trash"):  # what is in the bin may or may not be known
            continue
        yield (
            str(id_),
            {
                "number": record["number"],
                "state": STATES[record["status"]],
                "status": record["status"],
                "kind": KINDS.get(record["created_via"], "other"),
                "created_at": gmt(record["date_created_gmt"]),
                "paid_at": gmt(record["date_paid_gmt"]),
                "is_test": 0,
                "currency": record["currency"],
                "total_minor": cents(record["total"]),
                "email": record["billing"]["email"],
                "customer_id": str(record["customer_id"] or ""),
                "items": [_item(line) for line in record["line_items"]],
                "refunds": {str(one["id"]): -cents(one["total"]) for one in record["refunds"]},
            },
        )


def _item(line: Json) -> tuple[str, str, int, int]:
    """With tax, as the shopper saw it."""
    total = cents(line["total"]) + cents(line["total_tax"])
    return str(line["product_id"]), str(line["variation_id"] or ""), line["quantity"], total


def _products(product: Product, site: Site) -> Iterator[str]:
    query = "select product_id, parent_id, content from products where shop_id = ? and deleted_at is null"
    contents = {row["product_id"]: json.loads(row["content"]) for row in product.rows(query, shop_id(product, site))}
    for content in contents.values():
        content["variant_ids"] = list(content.get("variant_ids") or ())
    yield from compared("product", contents, _of_products(site))


def _of_products(site: Site) -> Iterator[tuple[str, dict[str, Any]]]:
    for id_, record in site.products.records():
        if record["status"] != "trash":
            yield (
                str(id_),
                {
                    **_sold(record),
                    "name": _plain(record["name"]),
                    "variant_ids": [str(one) for one in record["variations"]],
                },
            )
    for id_, record in site.variations.records():
        parent = site.products.get(record["parent_id"])
        if parent is not None and parent["status"] != "trash":
            yield str(id_), {**_sold(record), "parent_id": str(record["parent_id"])}


def _sold(record: Json) -> dict[str, Any]:
    stock = record["stock_quantity"] if record["manage_stock"] else None
    return {"status": record["status"], "sku": record["sku"], "price_minor": cents(record["price"]), "stock": stock}


def _coupons(product: Product, site: Site) -> Iterator[str]:
    query = "select coupon_id, content from coupons where shop_id = ? and deleted_at is null"
    contents = {row["coupon_id"]: json.loads(row["content"]) for row in product.rows(query, shop_id(product, site))}
    for content in contents.values():
        content["expires_at"] = moment(content["expires_at"])
    yield from compared("coupon", contents, _of_coupons(site))


def _of_coupons(site: Site) -> Iterator[tuple[str, dict[str, Any]]]:
    for id_, record in site.coupons.records():
        if record["status"] != "trash":
            yield (
                str(id_),
                {
                    "code": record["code"],
                    "is_open": not record["email_restrictions"],
                    "expires_at": gmt(record["date_expires_gmt"]),
                    "usage_limit": record["usage_limit"],
                    "usage_count": record["usage_count"],
                },
            )
