"""Which page of a shop is it? The host of a URL, whether it is the shop's or one it allows, whether it is a preview."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit

from collector.domain.shop import Shop

# Query names by which theme editors and page builders open a shop's pages for the merchant.
EDITOR_NAMES = frozenset(
    {
        "preview_theme_id",  # Shopify theme preview
        "oseid",  # Shopify theme editor
        "customize_changeset_uuid",  # WordPress customizer
        "customize_messenger_channel",
        "customize_theme",
        "elementor-preview",
        "et_fb",  # Divi
        "et_bfb",
        "fl_builder",  # Beaver Builder
        "brizy-edit",
        "brizy-edit-iframe",
        "vc_editable",  # WPBakery
        "vcv-editable",  # Visual Composer
        "ct_builder",  # Oxygen
        "tve",  # Thrive
        "siteorigin_panels_live_editor",
    }
)
EDITOR_VALUES = frozenset({("preview", "true"), ("bricks", "run")})
# Left in the address, without a value, by Shopify's "exit preview".
NEED_A_VALUE = frozenset({"preview_theme_id", "oseid"})
PREVIEW_HOST = ".shopifypreview.com"


def host_of(url: str) -> str:
    """The host in lower case, without port; "" when the text names none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:  # "http://[", characters that turn into delimiters
        return ""


def is_allowed_host(host: str, domains: Sequence[str]) -> bool:
    """With and without "www."; an entry covers subdomains only when it is written with a leading dot."""
    name = host.removeprefix("www.")
    if not name:
        return False
    for entry in domains:
        allowed = _entry_host(entry)
        if allowed.startswith("."):
            if host == allowed[1:] or host.endswith(allowed):
                return True
        elif name == allowed.removeprefix("www."):
            return True
    return False


def is_own_host(host: str, shop: Shop) -> bool:
    """Whether the shop itself is there: at its address, at its storefront, or at a domain of its settings."""
    return is_allowed_host(host, (host_of(shop.url), host_of(shop.storefront), *shop.policy.domains))


def at_home(url: str, shop: Shop) -> str:
    """An address we made of the shop's own, where shoppers know it; others as they are."""
    is_ours = bool(shop.storefront) and url.startswith(f"{shop.url}/")
    return shop.storefront + url.removeprefix(shop.url) if is_ours else url


def is_preview(url: str) -> bool:
    """Whether the merchant is looking at the page in an editor or a preview: no shopper."""
    if PREVIEW_HOST in url and host_of(url).endswith(PREVIEW_HOST):
        return True
    _path, mark, query = url.partition("?")
    if not mark:
        return False
    for name, value in parse_qsl(query.partition("#")[0], keep_blank_values=True):
        if (name in EDITOR_NAMES and (value or name not in NEED_A_VALUE)) or (name, value) in EDITOR_VALUES:
            return True
    return False


@lru_cache(maxsize=1024)
def _entry_host(entry: str) -> str:
    """An entry of `domains` as browsers write hosts: lower case, no port, punycode."""
    text = entry.strip().lower().rstrip(".")
    if "://" in text:
        text = host_of(text)
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    if text.isascii():
        return text
    dot = "." if text.startswith(".") else ""
    try:
        return dot + text.removeprefix(".").encode("idna").decode()
    except UnicodeError:  # not a host name: matches nothing a browser sends
        return text
