"""The name of a shop: `store.myshopify.com`, whatever the merchant typed or a header says; and where shoppers are."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from collector.domain.errors import Misuse

DOMAIN = ".myshopify.com"
# Stricter than Shopify's own check: no underscores, no trailing newline, no other Shopify domains.
ADDRESS = re.compile(r"\A[a-z0-9][a-z0-9-]{0,80}\.myshopify\.com\Z")
BARE_NAME = re.compile(r"\A[a-z0-9][a-z0-9-]{0,80}\Z")
HOST = re.compile(r"\A[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+\Z")

CURE = "Give the shop's .myshopify.com address, shown in the Shopify admin under Settings → Domains."


def valid_address(value: object) -> str | None:
    """The address in lower case if `value` is one, else None."""
    if not isinstance(value, str):
        return None
    lowered = value.lower()
    return lowered if ADDRESS.match(lowered) else None


def storefront_of(stated: object) -> str:
    """The shop's main domain, as a host or an address, as the home address of its storefront:
    `https://www.mugs.example`; "" for what is neither."""
    if not isinstance(stated, str):
        return ""
    try:
        host = urlsplit(stated if "://" in stated else f"https://{stated}").hostname or ""
        plain = host.encode("idna").decode().rstrip(".")
    except ValueError:  # a broken IPv6 address; no name of a host
        return ""
    return f"https://{plain}" if len(plain) <= 253 and HOST.match(plain) else ""


def normalise_address(text: str) -> tuple[str, str]:
    """What a merchant types -> (`store.myshopify.com`, `https://store.myshopify.com`).

    Understands links into the shop or its admin (`https://store.myshopify.com/admin`,
    `https://admin.shopify.com/store/store/orders`) and the bare name. Raises Misuse.
    """
    address = _address_in(text.strip())
    if address is None:
        raise Misuse(f"{text!r} is not the address of a Shopify shop. {CURE}")
    return address, f"https://{address}"


def _address_in(typed: str) -> str | None:
    if BARE_NAME.match(typed.lower()):
        return typed.lower() + DOMAIN
    try:
        parts = urlsplit(typed if "://" in typed else f"https://{typed}")
        host, port = parts.hostname or "", parts.port
    except ValueError:  # a broken port or IPv6 address
        return None
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or port not in (None, 80, 443):
        return None
    if host == "admin.shopify.com":
        steps = parts.path.split("/")
        is_store_link = len(steps) > 2 and steps[1] == "store"
        return valid_address(steps[2] + DOMAIN) if is_store_link else None
    if address := valid_address(host):
        return address
    if "." in host:
        raise Misuse(f"{typed!r} is a shop's own domain, or no shop at all. {CURE}")
    return None
