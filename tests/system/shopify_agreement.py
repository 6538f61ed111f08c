"""Does the database say of a shop what the shop says of itself? Record by record, worked out from the shop's own
words and not by the product's parsers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.shopify_shop.naming import Json, number_of
from tests.shopify_shop.server import ShopifyShop
from tests.system.agreement import MOST, compared, first, moment
from tests.system.product import Product

__all__ = ["MOST", "STATES", "cents", "check_agreement", "differences", "moment", "shop_id"]

STATES = {
    "PENDING": "promised",
    "AUTHORIZED": "paid",
    "PAID": "paid",
    "PARTIALLY_REFUNDED": "paid",
    "REFUNDED": "refunded",
    "VOIDED": "failed",
}
KINDS = {"web": "storefront", "pos": "pos", "shopify_draft_order": "other"}


def check_agreement(product: Product, shop: ShopifyShop) -> None:
    assert (found := differences(product, shop)) == [], found


def differences(product: Product, shop: ShopifyShop) -> list[str]:
    """The first few, in words."""
    return first(_customers(product, shop), _orders(product, shop), _products(product, shop))


def shop_id(product: Product, shop: ShopifyShop) -> int:
    number: int = product.row("select id from shops where address = ?", shop.numbers.address)["id"]
    return number


def cents(money: Json) -> int:
    return round(float(money["amount"]) * 100)


def _customers(product: Product, shop: ShopifyShop) -> Iterator[str]:
    number = shop_id(product, shop)
    rows = product.rows("select * from customers where shop_id = ? and deleted_at is null", number)
    changes: dict[str, list[dict[str, Any]]] = {}
    for row in product.rows("select * from customer_tags where shop_id = ? order by changed_at", number):
        changes.setdefault(row["customer_id"], []).append(row)
    for row in rows:
        row["created_at"] = moment(row["created_at"])
        row["tags"] = _tags(row, changes.get(row["customer_id"], []))
    yield from compared("customer", {row["customer_id"]: row for row in rows}, _of_customers(shop))


def _tags(customer: dict[str, Any], changes: list[dict[str, Any]]) -> set[str]:
    """The whole list, and what was added and removed since."""
    tags = set(json.loads(customer["tags"]))
    for change in changes:
        if change["changed_at"] > customer["tagged_at"]:
            (tags.add if change["is_present"] else tags.discard)(change["tag"])
    return tags


def _of_customers(shop: ShopifyShop) -> Iterator[tuple[str, dict[str, Any]]]:
    for id_ in shop.shop.customers.ids():
        record = shop.shop.customers.get(id_)
        assert record is not None
        mail, phone, place = record["defaultEmailAddress"], record["defaultPhoneNumber"], record["defaultAddress"] or {}
        yield (
            str(id_),
            {
                "email": mail["emailAddress"] if mail else "",
                "phone": phone["phoneNumber"] if phone else "",
                "first_name": record["firstName"],
                "last_name": record["lastName"],
                "company": place.get("company") or "",
                "city": place.get("city", ""),
                "postcode": place.get("zip", ""),
                "country": place.get("countryCodeV2", ""),
                "created_at": moment(record["createdAt"]),
                "tags": set(record["tags"]),
                "orders_count": int(record["numberOfOrders"]({})),
                "total_spent_minor": cents(record["amountSpent"]({})),
                "currency": shop.numbers.currency,
            },
        )


def _orders(product: Product, shop: ShopifyShop) -> Iterator[str]:
    number = shop_id(product, shop)
    refunds: dict[str, dict[str, int]] = {}
    for row in product.rows("select * from order_refunds where shop_id = ?", number):
        refunds.setdefault(row["order_id"], {})[row["refund_id"]] = row["amount_minor"]
    rows = product.rows("select * from orders where shop_id = ? and deleted_at is null", number)
    for row in rows:
        row["created_at"], row["cancelled_at"] = moment(row["created_at"]), moment(row["cancelled_at"])
        row["refunds"] = refunds.get(row["order_id"], {})
        row["items"] = [
            (
                item["product_id"],
                item["variant_id"],
                item["quantity"],
                item["unit_price_minor"],
                item["line_total_minor"],
            )
            for item in json.loads(row["items"])
        ]
    yield from compared("order", {row["order_id"]: row for row in rows}, _of_orders(shop))


def _of_orders(shop: ShopifyShop) -> Iterator[tuple[str, dict[str, Any]]]:
    for id_ in shop.shop.orders.ids():
        record = shop.shop.orders.get(id_)
        assert record is not None
        source, total = record["sourceName"], record["totalPriceSet"]
        yield (
            str(id_),
            {
                "number": str(record["number"]),
                "state": "cancelled" if record["cancelledAt"] else STATES[record["displayFinancialStatus"]],
                "status": record["displayFinancialStatus"].lower(),
                "kind": KINDS.get(source, "renewal"),
                "created_at": moment(record["createdAt"]),
                "cancelled_at": moment(record["cancelledAt"]),
                "is_test": int(record["test"]),
                "currency": total["presentmentMoney"]["currencyCode"],
                "total_minor": cents(total["presentmentMoney"]),
                "base_currency": total["shopMoney"]["currencyCode"],
                "base_total_minor": cents(total["shopMoney"]),
                "email": record["email"] or "",
                "customer_id": str(record["customer_id_"] or ""),
                "cart_token": record["cartToken"] or "",
                "checkout_token": record["checkoutToken"] or "",
                "items": [_item(line) for line in record["lineItems"].all()],
                "refunds": {
                    str(number_of(one["id"])): cents(one["totalRefundedSet"]["presentmentMoney"])
                    for one in record["refunds"]
                    if not record["test"]  # test orders are kept, but nothing follows from them
                },
            },
        )


def _item(line: Json) -> tuple[str, str, int, int, int]:
    unit, total = line["originalUnitPriceSet"]["presentmentMoney"], line["discountedTotalSet"]["presentmentMoney"]
    return (
        str(number_of(line["product"]["id"])),
        str(number_of(line["variant"]["id"])),
        line["quantity"],
        cents(unit),
        cents(total),
    )


def _products(product: Product, shop: ShopifyShop) -> Iterator[str]:
    rows = product.rows(
        "select product_id, content from products where shop_id = ? and parent_id = '' and deleted_at is null",
        shop_id(product, shop),
    )
    contents = {row["product_id"]: json.loads(row["content"]) for row in rows}
    for content in contents.values():
        content["tags"] = set(content["tags"])
        content["sold"] = _sold(content)
    yield from compared("product", contents, _of_products(shop))


def _sold(content: Json) -> set[tuple[str, int]]:
    """(sku, price) of what can be chosen."""
    variants = content["variants"] or [content]
    return {(one["sku"], one["price_minor"]) for one in variants}


def _of_products(shop: ShopifyShop) -> Iterator[tuple[str, dict[str, Any]]]:
    for id_ in shop.shop.products.ids():
        record = shop.shop.products.get(id_)
        assert record is not None
        variants = record["variants"].all()
        yield (
            str(id_),
            {
                "name": record["title"],
                "status": record["status"].lower(),
                "brand": record["vendor"],
                "tags": set(record["tags"]),
                "sold": {(one["sku"], round(float(one["price"]) * 100)) for one in variants},
            },
        )
