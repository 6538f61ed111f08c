"""A record we read ourselves says what the webhook about it says: the same facts, whichever way they came."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collector.domain.catalogue import CategorySeen, LevelSeen, ProductSeen
from collector.domain.door import Lane
from collector.domain.errors import Unparseable
from collector.domain.events import CustomerSeen, EventType, Fact, Gone, OrderKind, OrderSeen
from collector.domain.shop import Policy, Shop
from collector.domain.syncing import PRODUCTS
from collector.domain.timestamps import EPOCH
from collector.sources.shopify.deletions import gone_record
from collector.sources.shopify.source import ShopifySource
from collector.standards.addresses import StandardAddresses
from collector.standards.currencies import IsoCurrencies

from . import graphql_nodes as nodes
from .graphql_nodes import address, line, money
from .shopify_rows import RECEIVED_AT, SHOP, body_of, facts_of, row

Json = dict[str, Any]
ANNA = "gid://shopify/Customer/5510001"


def read(resource: str, node: Json, shop: Shop = SHOP, lane: Lane = Lane.LIVE) -> list[Fact]:
    arrived = replace(row(f"read/{resource}", node), lane=lane)
    return ShopifySource(IsoCurrencies(), StandardAddresses()).parse(arrived, shop)


def test_what_the_shop_has_not_is_gone_as_of_when_it_was_asked_for() -> None:
    asked_at = RECEIVED_AT - timedelta(minutes=1)
    record = gone_record(PRODUCTS, "7", asked_at.isoformat())
    arrived = replace(row(record.topic, json.loads(record.body)), facts=record.facts)
    assert ShopifySource(IsoCurrencies(), StandardAddresses()).parse(arrived, SHOP) == [Gone("product", "7", asked_at)]


@pytest.mark.parametrize("body", [{}, {"kind": "shop", "id": "7"}, {"kind": "product"}])
def test_what_names_nothing_takes_nothing_away(body: Json) -> None:
    with pytest.raises(Unparseable):
        ShopifySource(IsoCurrencies(), StandardAddresses()).parse(row("read/gone", body), SHOP)


# Customers: the body of 2024, which carries everything.


def webhook_customer(**changes: Any) -> Json:
    return body_of("customers__update.2024") | {"default_address": None, "locale": "de"} | changes


def read_customer(**changes: Any) -> Json:
    """The same customer as GraphQL tells it."""
    plain = {
        "id": ANNA,
        "firstName": "Anna",
        "lastName": None,
        "createdAt": "2024-02-01T09:00:00Z",
        "updatedAt": "2024-03-01T09:00:00Z",
        "locale": "de",
        "tags": ["VIP", "Newsletter"],
        "numberOfOrders": "4",
        "amountSpent": {"amount": "278.6", "currencyCode": "EUR"},
        "defaultEmailAddress": {
            "emailAddress": "anna.kuehn@example.com",
            "marketingState": "UNSUBSCRIBED",
            "marketingOptInLevel": "SINGLE_OPT_IN",
            "marketingUpdatedAt": "2024-02-20T11:00:00Z",
        },
        "defaultPhoneNumber": {
            "phoneNumber": "+4915123456789",
            "marketingState": "PENDING",
            "marketingOptInLevel": "CONFIRMED_OPT_IN",
            "marketingUpdatedAt": None,
        },
        "defaultAddress": None,
    }
    return plain | changes


PLACE = {"company": "Kühn & Töchter", "city": "Köln", "province": "NRW", "zip": "50667", "country_code": "DE"}
MAPPED = replace(SHOP, policy=Policy(mapping={"custom.size": "SIZE", "custom.member": "MEMBER:boolean"}))


def metafield(key: str, value: object, type_: str = "single_line_text_field") -> Json:
    return {"namespace": "custom", "key": key, "value": value, "type": type_}


@pytest.mark.parametrize(
    ("why", "of_webhook", "of_node", "shop"),
    [
        ("everything that is there", {}, {}, SHOP),
        (
            "with an address",
            {"default_address": PLACE},
            {"defaultAddress": address(company="Kühn & Töchter", province="NRW")},
            SHOP,
        ),
        (
            "protected data withheld: neither address nor number",
            {"email": None, "phone": None, "first_name": None},
            {"defaultEmailAddress": None, "defaultPhoneNumber": None, "firstName": None},
            SHOP,
        ),
        (
            "metafields the mapping reads, as text and as yes or no",
            {"metafields": [metafield("size", "M"), metafield("member", True), metafield("other", "x")]},
            {
                "metafields": {
                    "nodes": [
                        metafield("size", "M"),
                        metafield("member", "true", "boolean"),
                        metafield("other", "x"),
                    ]
                }
            },
            MAPPED,
        ),
        (
            "consent to text messages where the newer API has it",
            {
                "sms_marketing_consent": {
                    "state": "subscribed",
                    "opt_in_level": "single_opt_in",
                    "consent_updated_at": "2024-02-21T11:00:00Z",
                }
            },
            {
                "defaultPhoneNumber": {"phoneNumber": "+4915123456789"},
                "smsMarketingConsent": {
                    "state": "SUBSCRIBED",
                    "optInLevel": "SINGLE_OPT_IN",
                    "updatedAt": "2024-02-21T11:00:00Z",
                },
            },
            SHOP,
        ),
    ],
)
def test_a_customer_read_is_the_customer_told(why: str, of_webhook: Json, of_node: Json, shop: Shop) -> None:
    told = facts_of("customers/update", webhook_customer(**of_webhook), shop)
    assert read("customers", read_customer(**of_node), shop) == told, why
    assert isinstance(told[0], CustomerSeen)


@pytest.mark.parametrize(
    ("why", "lane", "installed_days_ago", "type_"),
    [
        ("made since the installation: its creation was missed", Lane.LIVE, 5000, EventType.CUSTOMER_CREATED),
        ("long there when the shop was connected", Lane.LIVE, 1, EventType.CUSTOMER_UPDATED),
        ("an import tells of no creations", Lane.HISTORY, 5000, EventType.CUSTOMER_UPDATED),
    ],
)
def test_which_read_customers_are_new(why: str, lane: Lane, installed_days_ago: int, type_: EventType) -> None:
    shop = replace(SHOP, installed_at=RECEIVED_AT - timedelta(days=installed_days_ago))
    [customer, *_] = read("customers", read_customer(), shop, lane)
    assert isinstance(customer, CustomerSeen)
    assert customer.type is type_, why


@pytest.mark.parametrize(
    ("why", "facts", "stated_at"),
    [
        ("a webhook's header", {"triggered_at": "2026-11-20T14:59:58.123Z"}, "2026-11-20T14:59:58.123Z"),
        ("when it was asked for, or a bulk read began", {"triggered_at": "2026-11-20T14:00:00Z"}, "2026-11-20T14:00Z"),
        ("no word of it: the arrival", {"triggered_at": None}, RECEIVED_AT.isoformat()),
        ("a clock that is ahead: the arrival", {"triggered_at": "2099-01-01T00:00:00Z"}, RECEIVED_AT.isoformat()),
        ("a result that was cut is older than any other", {"is_cut": True}, EPOCH.isoformat()),
    ],
)
def test_a_record_says_when_it_was_made(why: str, facts: Json, stated_at: str) -> None:
    sources = ShopifySource(IsoCurrencies(), StandardAddresses())
    bodies = [
        ("read/orders", read_order()),
        ("read/customers", read_customer()),
        ("orders/updated", body_of("orders__create")),
        ("customers/update", webhook_customer()),
    ]
    for topic, body in bodies:
        [record, *_] = sources.parse(row(topic, body, **facts), SHOP)
        assert isinstance(record, OrderSeen | CustomerSeen)
        assert record.stated_at == datetime.fromisoformat(stated_at), (why, topic)


def test_a_customer_read_says_when_the_last_order_was() -> None:
    """Also of one from before the 60 days of which orders may be read."""
    last = {"id": "gid://shopify/Order/9", "name": "#9", "createdAt": "2024-02-11T10:00:00Z"}
    for said, expected in ((last, datetime(2024, 2, 11, 10, tzinfo=UTC)), (None, None)):
        [customer, *_] = read("customers", read_customer(lastOrder=said))
        assert isinstance(customer, CustomerSeen)
        assert customer.last_order_at == expected


# Orders.


def read_order(**changes: Any) -> Json:
    """`orders__create` as GraphQL tells it."""
    plain = {
        "id": "gid://shopify/Order/820001",
        "name": "#1042",
        "number": 1042,
        "email": "Anna.Kuehn@example.com",
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
        "cartToken": "hWN1TmEwQ2FydFRva2VuMDAx",
        "checkoutToken": "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
        "displayFinancialStatus": "PAID",
        "displayFulfillmentStatus": "UNFULFILLED",
        "currencyCode": "EUR",
        "presentmentCurrencyCode": "USD",
        "discountCodes": ["ZEHN"],
        "paymentGatewayNames": ["shopify_payments"],
        "customerAcceptsMarketing": True,
        "totalPriceSet": money("40.9", "44.99"),
        "totalRefundedSet": money("0.0", "0.0"),
        "customAttributes": [{"key": "tajo_id", "value": "01JD0VISITOR0000000000001"}],
        "customer": {
            "id": ANNA,
            "firstName": "Anna",
            "lastName": "Kühn",
            "defaultEmailAddress": {"emailAddress": "anna.kuehn@example.com"},
            "defaultPhoneNumber": None,
        },
        "fulfillments": [],
        "billingAddress": address(),
        "shippingAddress": address(company="Kühn & Töchter", address2="Hinterhaus", phone="0221 555123"),
        "customerJourneySummary": {
            "lastVisit": {
                "landingPage": "https://toepferei-lind.test/?utm_source=brevo&utm_campaign=herbst",
                "referrerUrl": "https://example.org/",
            }
        },
        "refunds": [],
        "lineItems": {
            "nodes": [
                line(
                    1,
                    quantity=2,
                    variant={"id": "gid://shopify/ProductVariant/4410001"},
                    originalUnitPriceSet=money("20.0", "22.0"),
                    totalDiscountSet=money("0.0", "0.0"),
                    discountAllocations=[{"allocatedAmountSet": money("4.0", "4.4")}],
                ),
                # The webhook says its price in euros only, so nobody knows it in dollars; nor does this one.
                line(
                    2,
                    title="Geschenkpapier",
                    name="Geschenkpapier",
                    sku=None,
                    variantTitle=None,
                    product=None,
                    variant=None,
                    originalUnitPriceSet={"shopMoney": {"amount": "0.9", "currencyCode": "EUR"}},
                    totalDiscountSet=None,
                ),
            ],
            "pageInfo": {"hasNextPage": False},
        },
    }
    return plain | changes


NO_TOKENS = {"cart_token": None, "checkout_token": None}
NO_TOKEN_NODES = {"cartToken": None, "checkoutToken": None}
REFUND: Json = {
    "id": 99,
    "created_at": "2026-11-20T10:00:00Z",
    "transactions": [
        {
            "kind": "refund",
            "status": "success",
            "amount": "10.00",
            "amount_set": {
                "shop_money": {"amount": "10.00", "currency_code": "EUR"},
                "presentment_money": {"amount": "11.00", "currency_code": "USD"},
            },
        }
    ],
}
UNPAID_REFUND: Json = {
    "id": 98,
    "created_at": "2026-11-20T10:00:00Z",
    "transactions": [],
    "refund_line_items": [{"subtotal": "20.00", "total_tax": "3.80"}],
}
TAKEN_BACK = {
    "nodes": [{"subtotalSet": {"shopMoney": {"amount": "20.0", "currencyCode": "EUR"}}, "totalTaxSet": money("3.8")}]
}


EDITED: Json = {
    "id": 7,
    "product_id": 8800001,
    "variant_id": 88000011,
    "quantity": 2,
    "title": "Schale",
    "name": "Schale - Blau",
    "variant_title": "Blau",
    "sku": "SC-BL",
    "price": "20.00",
    "price_set": {
        "shop_money": {"amount": "20.00", "currency_code": "EUR"},
        "presentment_money": {"amount": "20.00", "currency_code": "EUR"},
    },
}


def told_refund(quantity: int, *, is_paid: bool) -> Json:
    return REFUND | {
        "transactions": REFUND["transactions"] if is_paid else [],
        "refund_line_items": [{"line_item_id": 7, "quantity": quantity, "restock_type": "cancel"}],
    }


def read_refund(quantity: int, *, is_paid: bool, is_whole: bool = True) -> Json:
    line_item = {"id": "gid://shopify/LineItem/7"}
    return {
        "id": "gid://shopify/Refund/99",
        "createdAt": "2026-11-20T10:00:00Z",
        "totalRefundedSet": money("10.0", "11.0") if is_paid else money("0.0", "0.0"),
        "refundLineItems": {
            "nodes": [{"quantity": quantity, "restockType": "CANCEL", "lineItem": line_item}],
            "pageInfo": {"hasNextPage": not is_whole},
        },
    }


def quantities(node: Json) -> list[int]:
    [order, *_] = read("orders", node)
    assert isinstance(order, OrderSeen)
    return [item.quantity for item in order.items]


@pytest.mark.parametrize(
    ("why", "refunds", "left"),
    [
        ("a bulk read has no lines of a refund: it may be what is missing", [{"totalRefundedSet": money("20.0")}], [3]),
        ("nor of one without money, which is an edit", [{"totalRefundedSet": money("0.0")}], [1]),
        ("nor has a page that is not the last all of them", [read_refund(1, is_paid=True, is_whole=False)], [3]),
        ("all of its lines", [read_refund(1, is_paid=True)], [2]),
        ("no refunds", [], [1]),
    ],
)
def test_how_many_are_left_where_lines_of_refunds_are_not_all_there(
    why: str, refunds: list[Json], left: list[int]
) -> None:
    lines = {"nodes": [line(7, quantity=3, currentQuantity=1)]}
    assert quantities(read_order(lineItems=lines, refunds=refunds)) == left, why


@pytest.mark.parametrize(
    ("why", "of_webhook", "of_node"),
    [
        ("a storefront order in two currencies", {}, {}),
        (
            "to be paid later, with a later version",
            {"financial_status": "pending", "updated_at": "2026-11-20T12:00:00+01:00"},
            {"displayFinancialStatus": "PENDING", "updatedAt": "2026-11-20T11:00:00Z"},
        ),
        (
            "cancelled",
            {"cancelled_at": "2026-11-20T11:00:00+01:00", "cancel_reason": "customer"},
            {"cancelledAt": "2026-11-20T10:00:00Z", "cancelReason": "CUSTOMER"},
        ),
        ("voided", {"financial_status": "voided"}, {"displayFinancialStatus": "VOIDED"}),
        ("authorised", {"financial_status": "authorized"}, {"displayFinancialStatus": "AUTHORIZED"}),
        (
            "shipped, with its parcels",
            {
                "fulfillment_status": "fulfilled",
                "fulfillments": [
                    {"created_at": "2026-11-20T12:00:00Z", "status": "success"},
                    {"created_at": "2026-11-20T13:00:00Z", "status": "cancelled"},
                ],
            },
            {
                "displayFulfillmentStatus": "FULFILLED",
                "fulfillments": [
                    {"createdAt": "2026-11-20T12:00:00Z", "status": "SUCCESS"},
                    {"createdAt": "2026-11-20T13:00:00Z", "status": "CANCELLED"},
                ],
            },
        ),
        ("partly shipped", {"fulfillment_status": "partial"}, {"displayFulfillmentStatus": "PARTIALLY_FULFILLED"}),
        (
            "money went back",
            {"financial_status": "partially_refunded", "refunds": [REFUND]},
            {
                "displayFinancialStatus": "PARTIALLY_REFUNDED",
                "refunds": [
                    {
                        "id": "gid://shopify/Refund/99",
                        "createdAt": "2026-11-20T10:00:00Z",
                        "totalRefundedSet": money("10.0", "11.0"),
                    }
                ],
            },
        ),
        (
            "taken back without money",
            {"refunds": [UNPAID_REFUND]},
            {
                "refunds": [
                    {
                        "id": "gid://shopify/Refund/98",
                        "createdAt": "2026-11-20T10:00:00Z",
                        "totalRefundedSet": money("0.0", "0.0"),
                        "refundLineItems": TAKEN_BACK,
                    }
                ]
            },
        ),
        (
            "fewer after an edit, which is listed as a refund without money",
            {"line_items": [EDITED | {"current_quantity": 1}], "refunds": [told_refund(1, is_paid=False)]},
            {
                "lineItems": {"nodes": [line(7, quantity=2, currentQuantity=1)]},
                "refunds": [read_refund(1, is_paid=False)],
            },
        ),
        (
            "given back, and no item less",
            {"line_items": [EDITED | {"current_quantity": 1}], "refunds": [told_refund(1, is_paid=True)]},
            {
                "lineItems": {"nodes": [line(7, quantity=2, currentQuantity=1)]},
                "refunds": [read_refund(1, is_paid=True)],
            },
        ),
        ("at the till", {"source_name": "pos", **NO_TOKENS}, {"sourceName": "pos", **NO_TOKEN_NODES}),
        (
            "a draft's invoice",
            {"source_name": "shopify_draft_order"},
            {"sourceName": "shopify_draft_order"},
        ),
        (
            "a renewal",
            {"source_name": "subscription_contract", **NO_TOKENS},
            {"sourceName": "subscription_contract", **NO_TOKEN_NODES},
        ),
        (
            "an app's renewal, by its tag",
            {"source_name": "1234", "tags": "Subscription Recurring Order, x", **NO_TOKENS},
            {"sourceName": "1234", "tags": ["Subscription Recurring Order", "x"], **NO_TOKEN_NODES},
        ),
        ("a test", {"test": True}, {"test": True}),
        (
            "no person on it",
            {"customer": None, "email": "", "contact_email": None},
            {"customer": None, "email": None},
        ),
        (
            "no addresses",
            {"billing_address": None, "shipping_address": []},
            {"billingAddress": None, "shippingAddress": None},
        ),
        (
            "nobody knows where the shopper came from",
            {"landing_site": None, "referring_site": None},
            {"customerJourneySummary": None},
        ),
    ],
)
def test_an_order_read_is_the_order_told(why: str, of_webhook: Json, of_node: Json) -> None:
    told = facts_of("orders/updated", body_of("orders__create") | of_webhook)
    assert read("orders", read_order(**of_node)) == told, why


def test_a_subscriptions_line_without_a_checkout_is_a_renewal() -> None:
    lines = {"nodes": [line(1, sellingPlan={"name": "monthly"})]}
    [order, *_] = read("orders", read_order(sourceName="9999", **NO_TOKEN_NODES, lineItems=lines))
    assert isinstance(order, OrderSeen)
    assert order.kind is OrderKind.RENEWAL


# Products.


def read_product(**changes: Any) -> Json:
    """`products__update` as GraphQL tells it."""

    def variant(number: int, item: int, title: str, sku: str, price: str, stock: int, **more: Any) -> Json:
        return nodes.variant(
            number,
            title=title,
            sku=sku,
            price=price,
            inventoryQuantity=stock,
            inventoryItem={"id": f"gid://shopify/InventoryItem/{item}", "tracked": True},
            **more,
        )

    red = "https://cdn.shopify.com/s/files/1/0001/products/schale-rot.png"
    first = "https://cdn.shopify.com/s/files/1/0001/products/schale.png?v=17"
    plain = {
        "id": "gid://shopify/Product/9675000111222",
        "title": 'Schale "Blau"',
        "handle": "schale-blau",
        "status": "ACTIVE",
        "vendor": "Töpferei Lind",
        "productType": "Schalen",
        "tags": ["Handarbeit", "Neu"],
        "createdAt": "2026-11-20T09:02:11Z",
        "updatedAt": "2026-11-20T14:31:00Z",
        "publishedAt": "2026-11-20T09:02:11Z",
        "featuredMedia": {"preview": {"image": {"url": first}}},
        "media": {"nodes": [{"id": "gid://shopify/MediaImage/777001", "image": {"url": first}}, {}]},
        "variants": {
            "nodes": [
                variant(49820000000001, 49820000001001, "Blau", "SC-BL", "24.00", 6, compareAtPrice="30.00"),
                variant(
                    49820000000002,
                    49820000001002,
                    "Rot",
                    "SC-RO",
                    "22.50",
                    4,
                    media={"nodes": [{"id": "gid://shopify/MediaImage/777002", "image": {"url": red}}]},
                ),
            ],
            "pageInfo": {"hasNextPage": False},
        },
    }
    return plain | changes


@pytest.mark.parametrize(
    ("why", "of_webhook", "of_node"),
    [
        ("with variants and pictures", {}, {}),
        ("a draft", {"status": "draft", "published_at": None}, {"status": "DRAFT", "publishedAt": None}),
        ("archived", {"status": "archived"}, {"status": "ARCHIVED"}),
        ("found by its link only", {"status": "unlisted"}, {"status": "UNLISTED"}),
        ("without a picture", {"image": None, "images": []}, None),
    ],
)
def test_a_product_read_is_the_product_told(why: str, of_webhook: Json, of_node: Json | None) -> None:
    node = read_product(**(of_node or {}))
    if of_node is None:
        bare = [each | {"media": None} for each in node["variants"]["nodes"]]
        node |= {"featuredMedia": None, "media": {"nodes": []}, "variants": {"nodes": bare}}
    told = facts_of("products/update", body_of("products__update") | of_webhook)
    assert read("products", node) == told, why


def test_a_product_read_names_its_collections_and_they_are_known_by_name() -> None:
    one = {"id": "gid://shopify/Collection/7", "title": "Neu", "handle": "neu", "updatedAt": "2026-11-01T00:00:00Z"}
    [product, category] = read("products", read_product(collections={"nodes": [one]}))
    assert isinstance(product, ProductSeen)
    assert isinstance(category, CategorySeen)
    assert product.category_ids == ("7",)
    assert (category.category_id, category.name, category.url) == ("7", "Neu", f"{SHOP.url}/collections/neu")


def test_a_page_of_collections_that_is_not_the_last_says_nothing() -> None:
    """Else the product would leave those that are not on it."""
    some = {"nodes": [{"id": "gid://shopify/Collection/7"}], "pageInfo": {"hasNextPage": True}}
    [product] = read("products", read_product(collections=some))
    assert isinstance(product, ProductSeen)
    assert product.category_ids is None


def test_what_hangs_together_may_come_as_edges_too() -> None:
    node = read_product()
    edges = {"edges": [{"node": each} for each in node["variants"]["nodes"]]}
    assert read("products", node | {"variants": edges}) == read("products", node)


# Stock.


def level(place: int, available: int | None, **changes: Any) -> Json:
    quantities = [] if available is None else [{"name": "available", "quantity": available, "updatedAt": None}]
    plain = {
        "location": {"id": f"gid://shopify/Location/{place}"},
        "isActive": True,
        "updatedAt": "2026-11-20T12:00:00Z",
        "quantities": [{"name": "on_hand", "quantity": 77}, *quantities],
    }
    return plain | changes


@pytest.mark.parametrize(
    ("why", "given", "expected"),
    [
        ("what is available, not what lies there", level(1, 5), ("1", 5)),
        ("oversold", level(1, -2), ("1", -2)),
        ("no longer stocked there", level(1, 5, isActive=False), ("1", 0)),
        ("not said", level(1, None), ("1", 0)),
        ("a place without a number is no place", level(1, 5, location=None), None),
    ],
)
def test_the_stock_of_an_item(why: str, given: Json, expected: tuple[str, int] | None) -> None:
    found = read("inventory", {"id": "gid://shopify/InventoryItem/3", "inventoryLevels": {"nodes": [given]}})
    levels = [fact for fact in found if isinstance(fact, LevelSeen) and fact.location_id]
    assert [(one.location_id, one.available) for one in levels] == ([expected] if expected else []), why
    assert all(one.item_id == "3" for one in levels)


@pytest.mark.parametrize("resource", ["customers", "orders", "products", "inventory"])
@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"null", b'{"id": 7}', b"\xff"])
def test_nonsense_is_unparseable_or_nothing_never_a_crash(resource: str, body: bytes) -> None:
    with suppress(Unparseable):
        facts_of(f"read/{resource}", body)
