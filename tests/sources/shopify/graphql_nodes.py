"""Records as GraphQL gives them. Each is made from its number; a test names only what matters to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

Json = dict[str, Any]


def money(shop: str, shown: str | None = None, currency: str = "USD") -> Json:
    return {
        "shopMoney": {"amount": shop, "currencyCode": "EUR"},
        "presentmentMoney": {"amount": shown or shop, "currencyCode": currency if shown else "EUR"},
    }


def address(**changes: Any) -> Json:
    plain = {
        "firstName": "Anna",
        "lastName": "Kühn",
        "name": "Anna Kühn",
        "company": None,
        "address1": "Ringstraße 5",
        "address2": None,
        "city": "Köln",
        "province": "Nordrhein-Westfalen",
        "provinceCode": "NW",
        "zip": "50667",
        "country": "Germany",
        "countryCodeV2": "DE",
        "phone": None,
    }
    return plain | changes


def customer(number: int = 5510001, **changes: Any) -> Json:
    plain = {
        "id": f"gid://shopify/Customer/{number}",
        "legacyResourceId": str(number),
        "firstName": "Anna",
        "lastName": f"No {number}",
        "createdAt": "2024-02-01T09:00:00Z",
        "updatedAt": "2026-11-01T09:00:00Z",
        "state": "ENABLED",
        "locale": "de",
        "tags": ["VIP"],
        "numberOfOrders": "4",
        "amountSpent": {"amount": "278.6", "currencyCode": "EUR"},
        "defaultEmailAddress": {
            "emailAddress": f"anna.{number}@example.com",
            "marketingState": "SUBSCRIBED",
            "marketingOptInLevel": "SINGLE_OPT_IN",
            "marketingUpdatedAt": "2026-02-20T11:00:00Z",
        },
        "defaultPhoneNumber": None,
        "defaultAddress": address(),
        "lastOrder": None,
    }
    return plain | changes


def line(number: int, product: int | None = 8800001, quantity: int = 1, price: str = "20.00", **changes: Any) -> Json:
    plain = {
        "id": f"gid://shopify/LineItem/{number}",
        "title": "Schale",
        "name": "Schale - Blau",
        "variantTitle": "Blau",
        "sku": "SC-BL",
        "quantity": quantity,
        "currentQuantity": quantity,
        "product": {"id": f"gid://shopify/Product/{product}", "handle": "schale"} if product else None,
        "variant": {"id": f"gid://shopify/ProductVariant/{product}1"} if product else None,
        "image": None,
        "sellingPlan": None,
        "originalUnitPriceSet": money(price),
        "discountedTotalSet": money(price),
        "totalDiscountSet": money("0.0"),
        "discountAllocations": [],
        "customAttributes": [],
    }
    return plain | changes


def order(number: int = 820001, lines: list[Json] | None = None, **changes: Any) -> Json:
    """`lines` None: without the connection, as a bulk result has it."""
    plain = {
        "id": f"gid://shopify/Order/{number}",
        "legacyResourceId": str(number),
        "name": f"#{number}",
        "number": number,
        "email": f"anna.{number % 1000}@example.com",
        "phone": None,
        "createdAt": "2026-11-20T09:08:39Z",
        "processedAt": "2026-11-20T09:08:37Z",
        "updatedAt": "2026-11-20T09:08:42Z",
        "cancelledAt": None,
        "cancelReason": None,
        "test": False,
        "sourceName": "web",
        "customerLocale": "de-DE",
        "tags": [],
        "cartToken": f"cart-{number}",
        "checkoutToken": f"checkout-{number}",
        "displayFinancialStatus": "PAID",
        "displayFulfillmentStatus": "UNFULFILLED",
        "currencyCode": "EUR",
        "presentmentCurrencyCode": "EUR",
        "discountCodes": [],
        "paymentGatewayNames": ["shopify_payments"],
        "customerAcceptsMarketing": False,
        "totalPriceSet": money("20.00"),
        "totalRefundedSet": money("0.0"),
        "customAttributes": [],
        "customer": {"id": f"gid://shopify/Customer/{number % 1000 + 1}", "firstName": "Anna", "lastName": "Kühn"},
        "fulfillments": [],
        "billingAddress": address(),
        "shippingAddress": address(),
        "customerJourneySummary": None,
        "refunds": [],
    }
    connection = {} if lines is None else {"lineItems": {"nodes": lines, "pageInfo": {"hasNextPage": False}}}
    return plain | connection | changes


def variant(number: int, **changes: Any) -> Json:
    plain = {
        "id": f"gid://shopify/ProductVariant/{number}",
        "title": "Blau",
        "sku": f"SC-{number}",
        "price": "24.00",
        "compareAtPrice": None,
        "inventoryQuantity": 6,
        "inventoryPolicy": "DENY",
        "inventoryItem": {"id": f"gid://shopify/InventoryItem/{number}9", "tracked": True},
        "image": None,
    }
    return plain | changes


def product(number: int = 8800001, **changes: Any) -> Json:
    plain = {
        "id": f"gid://shopify/Product/{number}",
        "title": f"Schale {number}",
        "handle": f"schale-{number}",
        "status": "ACTIVE",
        "vendor": "Töpferei Lind",
        "productType": "Schalen",
        "tags": ["Handarbeit"],
        "createdAt": "2026-11-20T09:02:11Z",
        "updatedAt": "2026-11-20T14:31:00Z",
        "publishedAt": "2026-11-20T09:02:11Z",
        "onlineStoreUrl": None,
        "featuredMedia": None,
    }
    return plain | changes


# Lines of bulk results, made as they are asked for.


def below(parent: Json, child: Json) -> Json:
    return child | {"__parentId": parent["id"]}


def jsonl(count: int, make: Callable[[int], tuple[Json, list[Json]]], apart: int = 100) -> Iterator[bytes]:
    """`apart` records, then what is below them: parents come first and their children not next to them."""
    waiting: list[Json] = []
    for number in range(1, count + 1):
        parent, children = make(number)
        yield json.dumps(parent, ensure_ascii=False).encode()
        waiting += [below(parent, child) for child in children]
        if number % apart == 0 or number == count:
            yield from (json.dumps(child, ensure_ascii=False).encode() for child in waiting)
            waiting.clear()


def customers(count: int) -> Iterator[bytes]:
    return jsonl(count, lambda number: (customer(number), []))


def orders(count: int) -> Iterator[bytes]:
    return jsonl(count, lambda number: (order(number), [line(number * 10), line(number * 10 + 1, product=8800002)]))


def products(count: int) -> Iterator[bytes]:
    def make(number: int) -> tuple[Json, list[Json]]:
        collection = {"id": "gid://shopify/Collection/7", "title": "Neu", "handle": "neu", "updatedAt": None}
        return product(number), [variant(number * 10), variant(number * 10 + 1, title="Rot"), collection]

    return jsonl(count, make)
