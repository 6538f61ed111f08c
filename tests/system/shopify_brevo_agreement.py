"""Does Brevo say of a shop's customers, orders and products what the shop says? Record by record, worked out from the
shop's own words and not by the product's rules. For a shop whose records were imported, and whose customers, orders
and products nobody else told the account of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from tests.shopify_shop.naming import Json, number_of
from tests.shopify_shop.server import ShopifyShop
from tests.system.local_brevo import LocalBrevo
from tests.system.shopify_agreement import MOST, STATES, cents, moment

NO_ORDERS_HERE = ("VOIDED", "EXPIRED")  # never accepted: no order for Brevo's list


def check_told(brevo: LocalBrevo, shop: ShopifyShop) -> None:
    assert (found := untold(brevo, shop)) == [], found


def untold(brevo: LocalBrevo, shop: ShopifyShop) -> list[str]:
    """The first few differences, in words."""
    found: list[str] = []
    orders = [record for id_ in shop.shop.orders.ids() if (record := shop.shop.orders.get(id_)) is not None]
    for line in (*_contacts(brevo, shop, orders), *_orders(brevo, orders), *products_untold(brevo, shop)):
        found.append(line)
        if len(found) >= MOST:
            break
    return found


def _differing(kind: str, name: str, there: Json | None, wanted: Json) -> Iterator[str]:
    if there is None:
        yield f"{kind} {name} is not at Brevo"
        return
    for field, value in wanted.items():
        if there.get(field) != value:
            yield f"{kind} {name}: {field} is {there.get(field)!r} at Brevo, the shop says {value!r}"


def _contacts(brevo: LocalBrevo, shop: ShopifyShop, orders: Sequence[Json]) -> Iterator[str]:
    there, ticks = {one["email"]: one for one in brevo.said("contacts")["contacts"]}, _ticks(orders)
    for id_ in shop.shop.customers.ids():
        record = shop.shop.customers.get(id_)
        assert record is not None
        mail = record["defaultEmailAddress"]
        if mail is None:
            continue
        email = mail["emailAddress"]
        found = there.pop(email, None)
        flat = None if found is None else {**found["attributes"], "is_blocked": found["emailBlacklisted"]}
        is_blocked = {"is_blocked": not _agreed(mail, ticks.get(email))}
        yield from _differing("contact", email, flat, _attributes(record) | is_blocked)
    yield from (f"contact {email} is nobody in the shop" for email in there)


def _attributes(record: Json) -> Json:
    """By the mapping that holds where the merchant gives none; what Brevo has nothing of is left out here."""
    phone, orders = record["defaultPhoneNumber"], int(record["numberOfOrders"]({}))
    said: Json = {
        "FIRSTNAME": record["firstName"],
        "LASTNAME": record["lastName"],
        "TAGS": ", ".join(sorted(record["tags"])),
        "SMS": phone["phoneNumber"].removeprefix("+") if phone else "",
    }
    spent = cents(record["amountSpent"]({})) / 100
    counted: Json = {"ORDER_COUNT": orders, "TOTAL_SPENT": spent} if orders else {}
    return {name: value for name, value in said.items() if value} | counted


def _agreed(mail: Json, ticked_at: datetime | None) -> bool:
    """By what the shop records; where that is nothing, by a box ticked since, with an order. Who is asked to confirm
    has not yet, and who said no to the shop would have said yes to it, too."""
    state, said_at = mail["marketingState"], moment(mail["marketingUpdatedAt"])
    if state in ("SUBSCRIBED", "PENDING", "UNSUBSCRIBED"):
        return bool(state == "SUBSCRIBED")
    return ticked_at is not None and (said_at is None or ticked_at > said_at)


def _ticks(orders: Sequence[Json]) -> dict[str, datetime]:
    """Address -> when the box was ticked last, with an order from the shop's pages."""
    found: dict[str, datetime] = {}
    for record in orders:
        if record["email"] and record["customerAcceptsMarketing"] and not record["test"]:
            at = datetime.fromisoformat(record["createdAt"])
            found[record["email"]] = max(at, found.get(record["email"], at))
    return found


def _orders(brevo: LocalBrevo, orders: Sequence[Json]) -> Iterator[str]:
    there = {one["id"]: one for one in brevo.said("orders")["orders"]}
    for record in orders:
        number = str(record["number"])
        if record["test"] or not record["email"] or record["displayFinancialStatus"] in NO_ORDERS_HERE:
            continue
        found = there.pop(number, None)
        flat = None if found is None else _flat(found)
        yield from _differing("order", number, flat, _order(record))
    yield from (f"order {number} is none of the shop" for number in there)


def _flat(order: Json) -> Json:
    return {
        "email": order["identifiers"]["email_id"],
        "amount": order["amount"],
        "status": order["status"],
        "created_at": datetime.fromisoformat(order["createdAt"]),
        "products": [
            (one["productId"], one.get("variantId"), one["quantity"], one["price"]) for one in order["products"]
        ],
        "coupons": order.get("coupons", []),
        "currency": order["metaInfo"]["currency"],
    }


def _order(record: Json) -> Json:
    """In the shop's own currency, less what was given back."""
    total, back = cents(record["totalPriceSet"]["shopMoney"]), cents(record["totalRefundedSet"]["shopMoney"])
    return {
        "email": record["email"],
        "amount": (total - back) / 100,
        "status": _status(record),
        "created_at": datetime.fromisoformat(record["createdAt"]),
        "products": [_line(line) for line in record["lineItems"].all()],
        "coupons": record["discountCodes"],
        "currency": record["currencyCode"],
    }


def _status(record: Json) -> str:
    status = record["displayFinancialStatus"]
    if status == "REFUNDED":
        return "refunded"
    if record["cancelledAt"]:
        return "cancelled"
    if record["refunds"]:
        return "partially_refunded"
    return "fulfilled" if record["displayFulfillmentStatus"] == "FULFILLED" else STATES[status]


def _line(line: Json) -> tuple[str, str, int, float]:
    price = cents(line["originalUnitPriceSet"]["shopMoney"]) / 100
    return str(number_of(line["product"]["id"])), str(number_of(line["variant"]["id"])), line["quantity"], price


def products_untold(brevo: LocalBrevo, shop: ShopifyShop) -> Iterator[str]:
    """Each product shoppers see, and what can be chosen of it; of the others Brevo was told nothing or that they are
    gone."""
    there: dict[str, Any] = brevo.said("catalogue")["products"]
    shown: set[str] = set()
    for id_ in shop.shop.products.ids():
        record = shop.shop.products.get(id_)
        assert record is not None
        if record["status"] != "ACTIVE" or record["publishedAt"] is None:
            continue
        shown.add(str(id_))
        variants = record["variants"].all()
        price = min(float(one["price"]) for one in variants)
        wanted = {"name": record["title"], "brand": record["vendor"], "price": price, "isDeleted": False}
        wanted["url"] = record["onlineStoreUrl"]
        yield from _differing("product", str(id_), there.get(str(id_)), wanted)
        for one in variants if len(variants) > 1 else ():
            number = str(number_of(one["id"]))
            shown.add(number)
            wanted = {"parentId": str(id_), "sku": one["sku"], "price": float(one["price"]), "isDeleted": False}
            yield from _differing("variant", number, there.get(number), wanted)
    yield from (
        f"product {number} is on sale at Brevo, and not in the shop"
        for number, one in there.items()
        if number not in shown and not one["isDeleted"]
    )
