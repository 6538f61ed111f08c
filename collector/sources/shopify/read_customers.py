"""Customers we read ourselves: with what webhooks of today do not carry: tags, consent, counters, the last order."""

from __future__ import annotations

from typing import Any

from collector.domain.door import Lane
from collector.domain.events import Fact
from collector.sources.shopify import customers, fields
from collector.sources.shopify.fields import Json, Reader
from collector.sources.shopify.graphql_shape import address, lower, nodes


def seen(reader: Reader, node: Json) -> list[Fact]:
    """The facts of a webhook about the same customer."""
    body = as_webhook(node)
    if is_news(reader, body):
        return customers.created(reader, body)
    return customers.updated(reader, body)


def is_news(reader: Reader, body: Json) -> bool:
    """Whether this record, read beside the webhooks, proves that it was made since the shop is connected. An import
    tells of what has long been there."""
    created_at, installed_at = reader.moment(body, "created_at"), reader.shop.installed_at
    is_live = reader.row.lane is Lane.LIVE
    return is_live and created_at is not None and installed_at is not None and created_at >= installed_at


def as_webhook(node: Json) -> Json:
    mail, phone = (fields.mapping(node.get(f"default{kind}")) for kind in ("EmailAddress", "PhoneNumber"))
    spent = fields.mapping(node.get("amountSpent"))
    body: Json = {
        "id": node.get("id"),
        "created_at": node.get("createdAt"),
        "updated_at": node.get("updatedAt"),
        "first_name": node.get("firstName"),
        "last_name": node.get("lastName"),
        "email": mail.get("emailAddress"),
        "phone": phone.get("phoneNumber"),
        "locale": node.get("locale"),
        "tags": node.get("tags"),
        "orders_count": node.get("numberOfOrders"),
        "total_spent": spent.get("amount"),
        "last_order_at": fields.mapping(node.get("lastOrder")).get("createdAt"),
        "currency": spent.get("currencyCode"),
        "default_address": address(node.get("defaultAddress")),
        "email_marketing_consent": _consent(mail),
        "sms_marketing_consent": _text_consent(node) or _consent(phone),
    }
    if "metafields" in node:
        body["metafields"] = [_metafield(each) for each in nodes(node["metafields"])]
    return body


def _consent(holder: Json) -> Json | None:
    state = lower(holder.get("marketingState"))
    if state is None:
        return None
    return {
        "state": state,
        "opt_in_level": lower(holder.get("marketingOptInLevel")),
        "consent_updated_at": holder.get("marketingUpdatedAt"),
    }


def _text_consent(node: Json) -> Json | None:
    """`smsMarketingConsent`, which takes the place of the phone number's own fields from 2026-10 on."""
    stated = fields.mapping(node.get("smsMarketingConsent"))
    state = lower(stated.get("state"))
    if state is None:
        return None
    return {
        "state": state,
        "opt_in_level": lower(stated.get("optInLevel")),
        "consent_updated_at": stated.get("updatedAt"),
    }


def _metafield(node: Json) -> Json:
    """GraphQL says every value as text; webhooks write yes and no as such."""
    value: Any = node.get("value")
    if node.get("type") == "boolean" and value in ("true", "false"):
        value = value == "true"
    return {"namespace": node.get("namespace"), "key": node.get("key"), "value": value}
