"""Does Brevo say of a WooCommerce site's customers, guests, orders and products what the site says? Record by record,
worked out from the site's own words and not by the product's rules. For a site that was imported and lives alone.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tests.system.agreement import compared, first
from tests.system.local_brevo import LocalBrevo
from tests.system.woocommerce_agreement import STATES, cents, gmt
from tests.woocommerce_shop.customers import STAFF
from tests.woocommerce_shop.kind import Json
from tests.woocommerce_shop.site import Site

NO_ORDERS_HERE = ("checkout-draft", "pending", "failed", "trash")  # never accepted: no order for Brevo's list
BOUGHT = ("on-hold", "processing", "completed", "packing", "refunded")


def check_told(brevo: LocalBrevo, site: Site) -> None:
    assert (found := untold(brevo, site)) == [], found


def untold(brevo: LocalBrevo, site: Site) -> list[str]:
    """The first few differences, in words."""
    return first(_contacts(brevo, site), _orders(brevo, site), products_untold(brevo, site))


def _contacts(brevo: LocalBrevo, site: Site) -> Iterator[str]:
    there: dict[str, dict[str, Any]] = {}
    for one in brevo.said("contacts")["contacts"]:
        there[one["email"]] = {**one["attributes"], "is_blocked": one["emailBlacklisted"]}
    yield from compared("contact", there, _people(site))


def _people(site: Site) -> Iterator[tuple[str, dict[str, Any]]]:
    """Accounts, then whoever ordered without one; who only tried to is nobody yet. Nobody ticked a box: they are
    there, and blocked for mails."""
    bought = _bought(site)
    met = set()
    for _, record in site.customers.records():
        if record["role"] not in STAFF.values():
            met.add(record["email"])
            orders = bought.get(record["email"], [])
            place = record["billing"]
            if not record["first_name"] and orders:  # an account that says nothing of itself: as it ordered last
                record, place = orders[-1]["billing"] | {"email": record["email"]}, orders[-1]["billing"]
            names = {"FIRSTNAME": record["first_name"], "LASTNAME": html.unescape(record["last_name"])}
            yield record["email"], {**names, **_counted(orders, place)}
    for email, orders in bought.items():
        if email and email not in met and any(one["status"] not in NO_ORDERS_HERE for one in orders):
            place = orders[-1]["billing"]
            names = {"FIRSTNAME": place["first_name"], "LASTNAME": place["last_name"]}
            yield email, {**names, **_counted(orders, place)}


def _bought(site: Site) -> dict[str, list[Json]]:
    """Address -> its orders, drafts aside, oldest first. One without an address is its customer's all the same."""
    found: dict[str, list[Json]] = {}
    accounts = set(site.customers.ids())
    for _, record in site.orders.records():
        if record["status"] not in ("checkout-draft", "trash"):
            owner = record["customer_id"]
            email = site.customers.copied(owner)["email"] if owner in accounts else record["billing"]["email"]
            found.setdefault(email, []).append(record)
    return found


def _counted(orders: list[Json], place: Json) -> dict[str, Any]:
    """Orders in another currency carry no rate: with one of them there is no sum. Without orders nothing is counted."""
    said = {"SMS": place["phone"].replace(" ", "").removeprefix("+"), "is_blocked": True}
    counted = [one for one in orders if one["status"] in BOUGHT]
    if not counted:
        return said
    paid = [one for one in counted if one["status"] != "on-hold"]
    has_sum = all(one["currency"] == "EUR" for one in paid)
    return said | {"ORDER_COUNT": len(counted), "TOTAL_SPENT": sum(map(_kept, paid)) / 100 if has_sum else ""}


def _kept(order: Json) -> int:
    return cents(order["total"]) + sum(cents(one["total"]) for one in order["refunds"])


def _orders(brevo: LocalBrevo, site: Site) -> Iterator[str]:
    there = {one["id"]: _flat(one) for one in brevo.said("orders")["orders"]}
    yield from compared("order", there, _of_orders(site))


def _flat(order: Json) -> dict[str, Any]:
    return {
        "email": order["identifiers"]["email_id"],
        "amount": order["amount"],
        "status": order["status"],
        "created_at": datetime.fromisoformat(order["createdAt"]),
        "products": [
            (one["productId"], one.get("variantId", ""), one["quantity"], one["price"]) for one in order["products"]
        ],
        "currency": order["metaInfo"]["currency"],
    }


def _of_orders(site: Site) -> Iterator[tuple[str, dict[str, Any]]]:
    for _, record in site.orders.records():
        if record["status"] in NO_ORDERS_HERE or not record["billing"]["email"]:
            continue
        if record["currency"] != site.numbers.currency:
            continue
        yield (
            record["number"],
            {
                "email": record["billing"]["email"],
                "amount": _kept(record) / 100,
                "status": _status(record),
                "created_at": gmt(record["date_created_gmt"]),
                "products": [_line(line) for line in record["line_items"]],
                "currency": record["currency"],
            },
        )


def _status(order: Json) -> str:
    if order["status"] not in ("refunded", "cancelled") and order["refunds"]:
        return "partially_refunded"
    return "fulfilled" if order["status"] == "completed" else STATES[order["status"]]


def _line(line: Json) -> tuple[str, str, int, float]:
    """The price of one, with tax."""
    total = cents(line["subtotal"]) + cents(line["subtotal_tax"])
    return (
        str(line["product_id"]),
        str(line["variation_id"] or ""),
        line["quantity"],
        round(total / line["quantity"]) / 100,
    )


def products_untold(brevo: LocalBrevo, site: Site) -> Iterator[str]:
    """Each product shoppers see, and its variations; of the others Brevo was told nothing or that they are gone."""
    there: dict[str, Any] = brevo.said("catalogue")["products"]
    shown = {number: one for number, one in there.items() if not one["isDeleted"]}
    yield from compared("product", shown, _of_products(site))


def _of_products(site: Site) -> Iterator[tuple[str, dict[str, Any]]]:
    for id_, record in site.products.records():
        if record["status"] == "publish":
            name = html.unescape(record["name"])
            yield str(id_), {"name": name, "sku": record["sku"], "price": float(record["price"])}
            for one in record["variations"]:
                variation = site.variations.copied(one)
                wanted = {"parentId": str(id_), "sku": variation["sku"], "price": float(variation["price"])}
                yield str(one), wanted
