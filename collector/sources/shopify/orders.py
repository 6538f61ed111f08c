"""Orders. On Shopify an order exists once the checkout accepted it, so `created_at` is the acceptance
(`processed_at` may be backdated by importers).

`total_price` is in the shop's currency; `total_price_set.presentment_money` is what the shopper saw.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from collector.domain.errors import Unparseable
from collector.domain.events import Fact, Gone, Item, OrderKind, OrderSeen, OrderState
from collector.domain.shop_facts import ReadAgain
from collector.domain.syncing import ORDERS
from collector.sources.shopify import consent, edits, fields, money, refunds
from collector.sources.shopify.consent import Subject
from collector.sources.shopify.fields import Json, Reader
from collector.sources.shopify.money import Prices

# financial_status -> state. An order with a word nobody knows is still an order: promised.
STATES = {
    "pending": OrderState.PROMISED,
    "partially_paid": OrderState.PROMISED,
    "authorized": OrderState.PAID,
    "paid": OrderState.PAID,
    "partially_refunded": OrderState.PAID,
    "refunded": OrderState.REFUNDED,
    "voided": OrderState.FAILED,
    "expired": OrderState.FAILED,
}

STOREFRONT_SOURCES = {"web", "580111", "shop_app", "checkout_next"}  # 580111: the Online Store's app id
DRAFT_SOURCE = "shopify_draft_order"
# Renewals come as subscription_contract, since 2025 as subscription_contract_checkout_one; the order
# that starts a subscription comes as web (seen in public code of several shops, read 2026-11-21).
RENEWAL_SOURCE = "subscription_contract"
# Subscription apps that make renewals under their own app id tag them.
RENEWAL_TAGS = {"subscription recurring order", "appstle_subscription_recurring_order"}


def seen(reader: Reader, order: Json) -> list[Fact]:
    order_id = fields.required_id(order, "id", "admin_graphql_api_id")
    created_at = reader.moment(order, "created_at")
    if created_at is None:
        raise Unparseable("bad_time", "created_at: not stated")
    version_at = reader.version(order)
    state, kind = state_of(reader, order), kind_of(order)
    base_currency, base_total, prices, total = _totals(reader, order)
    customer = fields.mapping(order.get("customer"))
    billing, shipping = (fields.mapping(order.get(f"{which}_address")) for which in ("billing", "shipping"))
    country = fields.country_code(shipping.get("country_code")) or fields.country_code(billing.get("country_code"))
    email = reader.email(order.get("email"), order.get("contact_email"), customer.get("email"))
    accepts = fields.boolean(order.get("buyer_accepts_marketing"))
    is_test = order.get("test") is True or reader.row.facts.get("test") is True
    is_fulfilled, fulfilled_at = _fulfilment(reader, order, version_at)
    order_seen = OrderSeen(
        order_id=order_id,
        version_at=version_at,
        created_at=created_at,
        state=state,
        kind=kind,
        status=fields.text(order.get("financial_status"), limit=50).lower(),
        currency=prices.currency,
        total_minor=total,
        items=_items(prices, order),
        number=fields.text(order.get("order_number"), limit=50) or fields.text(order.get("number"), limit=50),
        base_currency=base_currency,
        base_total_minor=base_total,
        email=email,
        phone=reader.phone(country, order.get("phone"), customer.get("phone")),
        customer_id=fields.identifier(customer.get("id")),
        visitor_id=fields.visitor_id(order.get("note_attributes"), order.get("attributes")),
        cart_token=fields.token(order.get("cart_token")),
        checkout_token=fields.token(order.get("checkout_token")),
        accepted_at=None if state is OrderState.FAILED else created_at,
        paid_at=version_at if state is OrderState.PAID else None,  # the body states no time of payment
        cancelled_at=reader.moment(order, "cancelled_at"),
        fulfilled_at=fulfilled_at,
        is_fulfilled=is_fulfilled,
        is_test=is_test,
        accepts_marketing=accepts,
        locale=fields.text(order.get("customer_locale"), limit=50),
        country=country,
        refunds=refunds.of_order(reader, order, order_id, base_currency, version_at),
        detail=_detail(order, customer, billing, shipping),
        stated_at=reader.stated_at,
    )
    if accepts and kind is OrderKind.STOREFRONT and not is_test:
        # Only a shopper's own tick: a renewal or an import repeats an old yes under a new date.
        return [
            order_seen,
            *consent.ticked(Subject("email", email, "email"), True, f"order:{order_id}", created_at),
        ]
    return [order_seen]


def deleted(reader: Reader, order: Json) -> list[Fact]:
    return [Gone("order", fields.required_id(order, "id"), reader.received_at)]


def edited(reader: Reader, change: Json) -> list[Fact]:
    """`{order_edit: {order_id, line_items: {additions, removals}, …}}`: a difference. The whole has to be asked for."""
    inner = fields.mapping(change.get("order_edit")) or change
    return [ReadAgain(reader.triggered_at, ORDERS, fields.required_id(inner, "order_id"))]


def state_of(reader: Reader, order: Json) -> OrderState:
    """Cancelled wins over what became of the money."""
    if reader.moment(order, "cancelled_at") is not None:
        return OrderState.CANCELLED
    return STATES.get(fields.text(order.get("financial_status")).lower(), OrderState.PROMISED)


def kind_of(order: Json) -> OrderKind:
    """By `source_name`: a channel's name or the id of the app that made the order."""
    source = fields.text(order.get("source_name"), limit=100).lower()
    has_token = bool(fields.token(order.get("cart_token")) or fields.token(order.get("checkout_token")))
    tags = {tag.lower() for tag in fields.tags(order.get("tags")) or ()}
    if source == "pos":
        return OrderKind.POS
    if source.startswith(RENEWAL_SOURCE) or tags & RENEWAL_TAGS:
        return OrderKind.RENEWAL
    if source == DRAFT_SOURCE:
        return OrderKind.OTHER  # also when its invoice was paid through a checkout
    if source in STOREFRONT_SOURCES or has_token:
        return OrderKind.STOREFRONT
    if any(line.get("selling_plan_allocation") for line in fields.objects(order.get("line_items"))):
        return OrderKind.RENEWAL  # a subscription's line that no checkout was opened for
    return OrderKind.OTHER


def _totals(reader: Reader, order: Json) -> tuple[str, int | None, Prices, int]:
    """(shop's currency, total in it, how to read lines, total as the shopper saw it)."""
    plain = order.get("total_price")
    base_currency = fields.currency_code(order.get("currency")) or reader.shop.currency
    if base := money.in_set(order, "total_price", "shop_money"):
        plain, base_currency = base
    shown, currency = money.in_set(order, "total_price", "presentment_money") or (plain, base_currency)
    if not currency:
        raise Unparseable("bad_money", f"currency: {fields.seen(order.get('currency'))}")
    total = money.minor(reader, shown, currency, "total_price")
    base_total = (
        money.minor(reader, plain, base_currency, "total_price") if base_currency and money.stated(plain) else None
    )
    return base_currency, base_total, Prices(reader, currency, is_plain=currency == base_currency), total


def _items(prices: Prices, order: Json) -> tuple[Item, ...]:
    found: list[Item] = []
    for line, quantity in edits.quantities(order):
        unit = prices.of(line, "price")
        # Discounts are those of all units, also of those that are gone.
        discount = money.share(prices.discount(line), quantity, money.line_quantity(line))
        item = money.item(line, unit, money.less(money.times(unit, quantity), discount), quantity)
        if item is not None:
            found.append(item)
    return tuple(found)


def _fulfilment(reader: Reader, order: Json, version_at: datetime) -> tuple[bool, datetime | None]:
    """Whether all of it was shipped, and when the last parcel was; this version's time if no parcel says."""
    status = fields.text(order.get("fulfillment_status")).lower()
    if status != "fulfilled" and reader.row.topic.lower() != "orders/fulfilled":
        return False, None
    parcels = [
        moment
        for parcel in fields.objects(order.get("fulfillments"))
        if parcel.get("status") not in ("cancelled", "error", "failure")
        and (moment := reader.moment(parcel, "created_at")) is not None
    ]
    return True, max(parcels, default=version_at)


def _detail(order: Json, customer: Json, billing: Json, shipping: Json) -> dict[str, Any]:
    """What messages and attribution may show. Only what is stated."""
    gateways = order.get("payment_gateway_names")
    found: dict[str, Any] = {
        "name": fields.text(order.get("name"), limit=100),
        "first_name": _first(customer, billing, shipping, key="first_name"),
        "last_name": _first(customer, billing, shipping, key="last_name"),
        "billing": _address(billing),
        "shipping": _address(shipping),
        "discount_codes": [
            code
            for entry in fields.objects(order.get("discount_codes"))
            if (code := fields.text(entry.get("code"), limit=255))
        ],
        "gateways": [
            name
            for entry in (gateways if isinstance(gateways, list) else [order.get("gateway")])
            if (name := fields.text(entry, limit=100))
        ],
        "landing_site": fields.text(order.get("landing_site"), limit=2000),
        "referring_site": fields.text(order.get("referring_site"), limit=2000),
        "source_name": fields.text(order.get("source_name"), limit=100),
        "fulfillment_status": fields.text(order.get("fulfillment_status"), limit=50),
        "cancel_reason": fields.text(order.get("cancel_reason"), limit=50),
    }
    return {key: value for key, value in found.items() if value}


def _first(*holders: Json, key: str) -> str:
    return next((name for holder in holders if (name := fields.text(holder.get(key), limit=255))), "")


def _address(address: Json) -> dict[str, str]:
    lines = (fields.text(address.get(key), limit=255) for key in ("address1", "address2"))
    found = {
        "company": fields.text(address.get("company"), limit=255),
        "address": ", ".join(line for line in lines if line),
        "city": fields.text(address.get("city"), limit=255),
        "region": fields.text(address.get("province"), limit=255),
        "postcode": fields.text(address.get("zip"), limit=50),
        "country": fields.country_code(address.get("country_code")),
        "phone": fields.text(address.get("phone"), limit=50),
    }
    return {key: value for key, value in found.items() if value}
