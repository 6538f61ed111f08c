"""What a shop says of itself: versions, currency, clock, whether its jobs run. From its status page and open index."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from collector.domain.errors import SourceUnavailable
from collector.sources.woocommerce.address import address_or_none
from collector.sources.woocommerce.rest import Declined, RestClient

STATUS_FIELDS = (
    "environment.home_url,environment.version,environment.wp_version,environment.wp_multisite,environment.wp_cron,"
    "settings.currency,settings.number_of_decimals,settings.HPOS_enabled"
)
INDEX_FIELDS = "name,home,timezone_string,gmt_offset,namespaces"
READS_CHANGES = (5, 8)  # `modified_after`; without it only webhooks tell


@dataclass(frozen=True, slots=True)
class Described:
    """None and "" for what it does not say, or does not let this key see.

    `has_order_tables`: orders in tables of their own (HPOS). `has_cron`: visits start its queue (WP-Cron).
    """

    name: str = ""
    version: str = ""
    wp_version: str = ""
    currency: str = ""
    decimals: int | None = None
    time_zone: str = ""
    home: str = ""
    is_multisite: bool | None = None
    has_order_tables: bool | None = None
    has_cron: bool | None = None
    namespaces: tuple[str, ...] = ()
    may_read_settings: bool = True

    @property
    def is_old(self) -> bool:
        number = re.match(r"(\d+)\.(\d+)", self.version)
        return number is not None and (int(number[1]), int(number[2])) < READS_CHANGES


def read_settings(client: RestClient) -> Mapping[str, Any] | None:
    """The status page; None for a key whose owner may not see it. Raises SourceUnavailable."""
    try:
        found = client.get("system_status", _fields=STATUS_FIELDS)
    except Declined as declined:
        if declined.status not in (403, 404):
            raise
        return None
    return found if isinstance(found, dict) else {}


def read_index(client: RestClient) -> Mapping[str, Any]:
    """WordPress's open index. Some shops close it: then nothing."""
    try:
        found = client.get_open(_fields=INDEX_FIELDS)
    except SourceUnavailable:
        return {}
    return found if isinstance(found, dict) else {}


def described(url: str, settings: Mapping[str, Any] | None, index: Mapping[str, Any]) -> Described:
    """`name` is the host where the shop has none to show."""
    status = settings or {}
    environment, chosen = _part(status, "environment"), _part(status, "settings")
    decimals, spaces = chosen.get("number_of_decimals"), index.get("namespaces")
    return Described(
        name=html.unescape(_text(index.get("name"))) or urlsplit(url).netloc,
        version=_text(environment.get("version")),
        wp_version=_text(environment.get("wp_version")),
        currency=_text(chosen.get("currency")).upper(),
        decimals=decimals if isinstance(decimals, int) and not isinstance(decimals, bool) else None,
        time_zone=_zone(index),
        home=_text(environment.get("home_url")) or _text(index.get("home")),
        is_multisite=_flag(environment.get("wp_multisite")),
        has_order_tables=_flag(chosen.get("HPOS_enabled")),
        has_cron=_flag(environment.get("wp_cron")),
        namespaces=tuple(_text(space) for space in spaces) if isinstance(spaces, list) else (),
        may_read_settings=settings is not None,
    )


def no_such_api(client: RestClient, problem: Declined, namespace: str) -> Declined | None:
    """A refusal for want of WooCommerce's API in better words, by what else the site has; None if it is no such one."""
    if problem.status != 404 or problem.code != "rest_no_route":
        return None
    spaces = described(client.url, {}, read_index(client)).namespaces
    if not spaces or namespace in spaces:
        return None
    older = [space for space in spaces if re.fullmatch(r"wc/v\d", space)]
    if older:
        what = f"WooCommerce at {client.url} has no API {namespace}, only {', '.join(sorted(older))}."
        return Declined(what, "Update WooCommerce (5.8 or newer is best).", problem.status, problem.code)
    what = f"{client.url} is WordPress, and WooCommerce is not active there."
    return Declined(what, "Activate WooCommerce (5.8 or newer is best).", problem.status, problem.code)


def calls_itself(url: str, shop: Described) -> str:
    """The address the shop has for itself, where it is another one than this."""
    own = address_or_none(shop.home) if shop.home else None
    return shop.home if own is not None and own != address_or_none(url) else ""


def _zone(index: Mapping[str, Any]) -> str:
    """A name, or a whole number of hours; half hours without a name have none."""
    name, offset = _text(index.get("timezone_string")), index.get("gmt_offset")
    try:
        if name:
            return ZoneInfo(name).key
    except (ValueError, OSError, LookupError):
        return ""
    if isinstance(offset, int | float | str):
        try:
            hours = float(offset)
        except ValueError:
            return ""
        if hours.is_integer() and -12 <= hours <= 14:
            return f"Etc/GMT{-int(hours):+d}" if hours else "UTC"
    return ""


def _part(status: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = status.get(name)
    return part if isinstance(part, dict) else {}


def _text(value: object) -> str:
    return " ".join(value.split())[:300] if isinstance(value, str) else ""


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None
