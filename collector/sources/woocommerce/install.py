"""The first read with a merchant's keys: do they work, and what shop is it?"""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests

from collector.domain.errors import Misuse, SourceUnavailable
from collector.sources.woocommerce.rest import Declined, Reader

STATUS_FIELDS = (
    "environment.version,environment.wp_version,environment.wp_multisite,"
    "settings.currency,settings.number_of_decimals,settings.HPOS_enabled"
)


@dataclass(frozen=True, slots=True)
class WooCommerceShop:
    """What the read found out. `currency` "" when the key may not read the settings.

    `detail`: `auth` (basic | query | oauth1: how the keys must travel), `may_read_settings`, and where read
    `version`, `wp_version`, `is_multisite`, `decimals`, `has_order_tables`, `time_zone`.
    """

    name: str
    currency: str
    detail: Mapping[str, Any]


def read_shop(
    http: requests.Session, url: str, credentials: Mapping[str, str], verify_ssl: bool = True
) -> WooCommerceShop:
    """Try `consumer_key` and `consumer_secret` on the shop at `url` (home address, no slash at the end).

    The timeouts are the session's. Raises SourceUnavailable, one line with the cure; Misuse without keys.
    """
    key, secret = credentials.get("consumer_key", ""), credentials.get("consumer_secret", "")
    if not key or not secret:
        raise Misuse("consumer_key and consumer_secret are both needed. Give the two that belong together.")
    reader = Reader(http, url.rstrip("/"), key, secret, verify_ssl)
    status = _status(reader)
    environment, settings = _part(status, "environment"), _part(status, "settings")
    name, time_zone = _name(reader)
    detail: dict[str, Any] = {"auth": reader.auth, "may_read_settings": status is not None}
    known = {
        "version": environment.get("version"),
        "wp_version": environment.get("wp_version"),
        "is_multisite": environment.get("wp_multisite"),
        "decimals": settings.get("number_of_decimals"),
        "has_order_tables": settings.get("HPOS_enabled"),
        "time_zone": time_zone,
    }
    detail |= {field: value for field, value in known.items() if value not in (None, "")}
    currency = settings.get("currency")
    return WooCommerceShop(name, currency.upper() if isinstance(currency, str) else "", detail)


def _status(reader: Reader) -> object:
    """The shop's settings; None for a key that may only read orders, which is what we really need."""
    try:
        return reader.read("system_status", _fields=STATUS_FIELDS)
    except Declined as declined:
        if declined.status not in (403, 404):
            raise
    reader.read("orders", per_page="1", _fields="id")
    return None


def _name(reader: Reader) -> tuple[str, str]:
    """(name, time zone) from WordPress's open index. Some shops close it: then the host is name enough."""
    host = urlsplit(reader.url).netloc
    try:
        index = reader.read_open("wp-json/", _fields="name,timezone_string")
    except SourceUnavailable:
        return host, ""
    found = index if isinstance(index, dict) else {}
    name, zone = found.get("name"), found.get("timezone_string")
    return (html.unescape(name) if isinstance(name, str) and name else host), zone if isinstance(zone, str) else ""


def _part(status: object, name: str) -> dict[str, Any]:
    part = status.get(name) if isinstance(status, dict) else None
    return part if isinstance(part, dict) else {}
