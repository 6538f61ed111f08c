"""Customers: the record, its tags, its consent. Since API 2025-01 the record carries neither of the two."""

from __future__ import annotations

from decimal import Decimal

from collector.domain.events import (
    CustomerCounted,
    CustomerSeen,
    CustomersMerged,
    EventType,
    Fact,
    Gone,
    TagsChanged,
)
from collector.domain.mapping import wanted_extras
from collector.domain.shop_facts import ReadAgain
from collector.domain.syncing import CUSTOMERS
from collector.sources.shopify import consent, fields, money
from collector.sources.shopify.consent import Subject
from collector.sources.shopify.fields import Json, Reader


def created(reader: Reader, customer: Json) -> list[Fact]:
    return _seen(reader, customer, EventType.CUSTOMER_CREATED)


def updated(reader: Reader, customer: Json) -> list[Fact]:
    return _seen(reader, customer, EventType.CUSTOMER_UPDATED)


def _seen(reader: Reader, customer: Json, kind: EventType) -> list[Fact]:
    customer_id = fields.required_id(customer, "id", "admin_graphql_api_id")
    address = fields.mapping(customer.get("default_address"))
    country = fields.country_code(address.get("country_code"))
    email = reader.email(customer.get("email"))
    phone = reader.phone(country, customer.get("phone"))
    currency = fields.currency_code(customer.get("currency")) or reader.shop.currency
    spent = customer.get("total_spent")
    record = CustomerSeen(
        type=kind,
        customer_id=customer_id,
        version_at=reader.version(customer),
        created_at=reader.moment(customer, "created_at"),
        email=email,
        phone=phone,
        first_name=fields.text(customer.get("first_name"), limit=255),
        last_name=fields.text(customer.get("last_name"), limit=255),
        company=fields.text(address.get("company"), limit=255),
        city=fields.text(address.get("city"), limit=255),
        region=fields.text(address.get("province"), limit=255),
        postcode=fields.text(address.get("zip"), limit=50),
        country=country,
        locale=fields.text(customer.get("locale"), limit=50),
        tags=fields.tags(customer.get("tags")),
        orders_count=fields.count(customer.get("orders_count"), "orders_count"),
        total_spent_minor=(
            money.minor(reader, spent, currency, "total_spent") if currency and money.stated(spent) else None
        ),
        last_order_at=reader.moment(customer, "last_order_at"),  # of a record read; no webhook says when
        currency=currency,
        extras=_extras(reader, customer, country),
        stated_at=reader.stated_at,
    )
    said = consent.of_customer(reader, customer, customer_id, email, phone)
    return [record, *said, *_rest_of(reader, customer, customer_id)]


def _rest_of(reader: Reader, customer: Json, customer_id: str) -> list[Fact]:
    """Bodies since API 2025-01 leave out tags, consent and counters; what they are now has to be asked."""
    has_consent = "email_marketing_consent" in customer or "accepts_marketing" in customer
    if has_consent and "tags" in customer and "orders_count" in customer:
        return []
    return [ReadAgain(reader.triggered_at, CUSTOMERS, customer_id)]


def _extras(reader: Reader, customer: Json, country: str) -> dict[str, str | int | float | bool] | None:
    """The metafields the shop's mapping reads; None when the body carries none: the webhook was not asked for them."""
    wanted = wanted_extras(reader.shop.policy.mapping, "shopify")
    if not wanted or not isinstance(customer.get("metafields"), list):
        return None
    found: dict[str, str | int | float | bool] = {}
    for one in fields.objects(customer["metafields"]):
        name = f"{fields.text(one.get('namespace'))}.{fields.text(one.get('key'))}"
        if name not in wanted:
            continue
        value = one.get("value")
        said = value if isinstance(value, bool) else str(value) if isinstance(value, Decimal) else fields.text(value)
        kept = reader.phone(country, said) if wanted[name] else said
        if kept or not wanted[name]:
            found[name] = kept
    return found


def deleted(reader: Reader, customer: Json) -> list[Fact]:
    return [Gone("customer", fields.required_id(customer, "id"), reader.received_at)]


def tags_added(reader: Reader, change: Json) -> list[Fact]:
    return _tags_changed(reader, change, is_added=True)


def tags_removed(reader: Reader, change: Json) -> list[Fact]:
    return _tags_changed(reader, change, is_added=False)


def _tags_changed(reader: Reader, change: Json, is_added: bool) -> list[Fact]:
    """`{customerId: gid, tags: [...], occurredAt}`: camelCase, unlike every other body."""
    customer_id = fields.required_id(change, "customerId", "customer_id")
    again = ReadAgain(reader.triggered_at, CUSTOMERS, customer_id)
    tags = fields.tags(change.get("tags")) or ()
    if not tags:
        return [again]
    return [
        TagsChanged(
            occurred_at=reader.moment(change, "occurredAt") or reader.triggered_at,
            customer_id=customer_id,
            added=tags if is_added else (),
            removed=() if is_added else tags,
        ),
        again,
    ]


def purchasing_summary(reader: Reader, change: Json) -> list[Fact]:
    """`{customerId: gid, numberOfOrders, amountSpent: {amount, currencyCode}, lastOrderId, occurredAt}`."""
    customer_id = fields.required_id(change, "customerId", "customer_id")
    spent = fields.mapping(change.get("amountSpent"))
    currency = fields.currency_code(spent.get("currencyCode")) or reader.shop.currency
    amount = spent.get("amount")
    return [
        CustomerCounted(
            occurred_at=reader.moment(change, "occurredAt") or reader.triggered_at,
            customer_id=customer_id,
            orders_count=fields.count(change.get("numberOfOrders"), "numberOfOrders"),
            total_spent_minor=(
                money.minor(reader, amount, currency, "amountSpent") if currency and money.stated(amount) else None
            ),
            currency=currency,
        )
    ]


def merged(reader: Reader, change: Json) -> list[Fact]:
    """`{admin_graphql_api_customer_kept_id, admin_graphql_api_customer_deleted_id, status, errors}`. A merge that was
    only asked for, or failed, has changed nothing."""
    kept = fields.required_id(change, "admin_graphql_api_customer_kept_id")
    gone = fields.required_id(change, "admin_graphql_api_customer_deleted_id")
    if fields.text(change.get("status"), limit=50).lower() not in ("completed", "") or kept == gone:
        return []
    return [CustomersMerged(reader.triggered_at, kept, gone), ReadAgain(reader.triggered_at, CUSTOMERS, kept)]


def email_consent(reader: Reader, change: Json) -> list[Fact]:
    """`{customer_id, email_address, email_marketing_consent: {state, opt_in_level, consent_updated_at}}`."""
    customer_id = fields.required_id(change, "customer_id")
    subject = Subject("email", reader.email(change.get("email_address")), "email")
    stated = fields.mapping(change.get("email_marketing_consent"))
    moment = reader.triggered_at
    return [*consent.recorded(reader, stated, subject, customer_id, moment, moment)]


def sms_consent(reader: Reader, change: Json) -> list[Fact]:
    """`{id, phone, sms_marketing_consent: {…}}`. The topic does not say so, but it is about SMS alone."""
    customer_id = fields.required_id(change, "id", "customer_id")
    subject = Subject("phone", reader.phone("", change.get("phone")), "sms")
    stated = fields.mapping(change.get("sms_marketing_consent"))
    moment = reader.triggered_at
    return [*consent.recorded(reader, stated, subject, customer_id, moment, moment)]
