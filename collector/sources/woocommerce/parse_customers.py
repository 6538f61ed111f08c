"""customer.created | updated | restored -> CustomerSeen.

Fires for any WordPress user, whatever the role. Guests are not customers; they stand on orders only.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from collector.domain.events import CustomerSeen, EventType
from collector.domain.ports import Addresses
from collector.sources.woocommerce.parse_extras import extras
from collector.sources.woocommerce.parse_values import (
    as_object,
    moment,
    no_later,
    plain,
    required_id,
    text,
    version_at,
)

STAFF = {"administrator", "editor", "author", "contributor", "shop_manager"}


def country_of(*blocks: Mapping[str, Any]) -> str:
    """The first ISO 3166-1 alpha-2 code in these address blocks."""
    codes = (text(block.get("country")).upper() for block in blocks)
    return next((code for code in codes if len(code) == 2 and code.isascii() and code.isalpha()), "")


def customer(
    body: dict[str, Any], topic: str, arrived_at: datetime, addresses: Addresses, wanted: Mapping[str, bool]
) -> CustomerSeen:
    """Raises Unparseable without an id or a readable version. The times are UTC, written without Z.

    `wanted`: what is kept of the meta data and the shipping address, and whether it is a phone number.
    """
    billing, shipping = as_object(body.get("billing")), as_object(body.get("shipping"))
    place = billing if text(billing.get("country")) or text(billing.get("city")) else shipping
    country = country_of(place)
    email = addresses.email(text(body.get("email"))) or ""
    billing_email = addresses.email(text(billing.get("email"))) or ""
    created_at = moment(body, "date_created_gmt")
    role = text(body.get("role"), 100).lower()
    return CustomerSeen(
        type=EventType.CUSTOMER_CREATED if topic == "customer.created" else EventType.CUSTOMER_UPDATED,
        customer_id=required_id(body.get("id")),
        version_at=version_at(body),
        created_at=no_later(created_at, arrived_at) if created_at else None,
        email=email,
        phone=addresses.phone(text(billing.get("phone")), country_of(billing, shipping)) or "",
        first_name=plain(body.get("first_name")) or plain(billing.get("first_name")),
        last_name=plain(body.get("last_name")) or plain(billing.get("last_name")),
        company=plain(place.get("company")),
        city=plain(place.get("city")),
        region=plain(place.get("state")),
        postcode=plain(place.get("postcode")),
        country=country,
        role=role,
        is_staff=role in STAFF,
        billing_email=billing_email if billing_email != email else "",
        extras=extras(body, wanted, country_of(billing, shipping), addresses),
        stated_at=arrived_at,
    )
