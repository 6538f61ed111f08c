"""Connecting a shop in a browser, step by step. Whatever is wrong ends it before anything is stored or changed."""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from collector.domain.connecting import (
    STATE_LIVES,
    ConnectedShops,
    ConnectLink,
    ConnectLinks,
    Granted,
    NotConnected,
    OneClick,
)
from collector.domain.errors import DeliveryFailed, Misuse
from collector.domain.ports import Clock
from collector.domain.shop import Shop

log = logging.getLogger(__name__)

NEW_LINK = "Ask for a new link: `tajo connectors link` prints one. It is good once and for 15 minutes."
LONGEST_KEY = 300
WHERE_KEYS_ARE = "Brevo > SMTP & API > API keys"


@dataclass(frozen=True, slots=True)
class ConnectServices:
    """Both are opened for one request. `platforms`: those that can be connected so, by name. `base_url`: where browsers
    and shops reach this server."""

    clock: Clock
    links: Callable[[], ConnectLinks]
    shops: Callable[[], ConnectedShops]
    platforms: Mapping[str, OneClick]
    base_url: str


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the merchant is asked, and what the browser has to bring back."""

    url: str
    address: str
    state: str


def link_behind(services: ConnectServices, platform: str, token: str) -> ConnectLink:
    """A link that is still good. Looking does not use it up: programs look at links, too. Raises NotConnected."""
    link = services.links().find(token) if token else None
    if link is None or link.platform != platform:
        raise NotConnected("no_link", "A shop is connected with a link from the command line.", NEW_LINK)
    if link.used_at is not None:
        raise NotConnected("used_link", "This link was used already.", NEW_LINK)
    if services.clock() >= link.expires_at:
        raise NotConnected("expired_link", "This link is older than 15 minutes.", NEW_LINK)
    what, cure = _one_click(services, platform).not_here(services.base_url)
    if what:
        raise NotConnected("not_here", what, cure)
    return link


def begin(services: ConnectServices, platform: str, token: str, typed: str, come_back_to: str) -> Begun:
    """Use the link. Raises NotConnected, or Misuse for a shop's name to be corrected, which uses nothing up."""
    link = link_behind(services, platform, token)
    one_click = services.platforms[platform]
    address = one_click.address(typed or link.address)
    if link.address and address != link.address:
        raise Misuse(f"this link is for {link.address}, not for {address}")
    state = secrets.token_urlsafe(32)
    if not services.links().use(token, state, address, services.clock()):
        raise NotConnected("used_link", "This link was used already.", NEW_LINK)
    log.info("connecting a shop", extra={"platform": platform, "address": address})
    return Begun(one_click.question(address, state, come_back_to), address, state)


def finish(
    services: ConnectServices, platform: str, query: str, brought: Mapping[str, str] | None
) -> tuple[Shop, list[str]]:
    """The way back: the shop, connected, and what the merchant should know. `brought`: `address` and `state` of this
    browser's cookie, None without one. Raises NotConnected, SourceUnavailable, Misuse."""
    one_click, now = _one_click(services, platform), services.clock()
    found = one_click.way_back(query, now)
    if brought is None:
        raise NotConnected(
            "no_cookie",
            "This browser did not begin here, or it took more than ten minutes.",
            f"Allow cookies. {NEW_LINK}",
        )
    is_same = hmac.compare_digest(found.state.encode(), brought["state"].encode())
    if not is_same or (found.address and found.address != brought["address"]):
        reason, what = ("other_shop", "another shop") if is_same else ("wrong_state", "another request")
        raise NotConnected(reason, f"This answer belongs to {what} than the one that was begun here.", NEW_LINK)
    if not found.grant:
        return _delivered_before(services, platform, found.state)
    if services.links().come_back(found.state, now) is None:
        raise NotConnected("used_state", "This answer was used already.", NEW_LINK)
    granted = one_click.take(found.address, found.grant)
    return _keep(services, platform, found.address, granted, now), list(granted.notes)


def take_delivery(services: ConnectServices, platform: str, body: bytes) -> Shop:
    """What a shop itself sends after the merchant's yes. It proves nothing by itself: only what was asked for a moment
    ago is taken, once, and only if it opens the shop that was asked. Raises NotConnected, SourceUnavailable, Misuse."""
    one_click, now = _one_click(services, platform), services.clock()
    found = one_click.delivered(body)
    link = services.links().begun(found.state) if found.state else None
    if link is None or link.platform != platform or link.used_at is None:
        raise NotConnected("unknown_state", "Nobody asked for this.", NEW_LINK)
    if link.returned_at is not None:
        raise NotConnected("used_state", "This answer was used already.", NEW_LINK)
    if now >= link.used_at + STATE_LIVES:
        raise NotConnected("expired_state", "It was asked for more than ten minutes ago.", NEW_LINK)
    granted = one_click.take(link.address, found.grant)
    if services.links().come_back(found.state, now, granted.notes) is None:  # the same came twice at once
        raise NotConnected("used_state", "This answer was used already.", NEW_LINK)
    return _keep(services, platform, link.address, granted, now)


def _delivered_before(services: ConnectServices, platform: str, state: str) -> tuple[Shop, list[str]]:
    """The browser comes back after the shop has delivered."""
    link = services.links().begun(state)
    shop = services.shops().at(platform, link.address) if link is not None and link.returned_at is not None else None
    if link is None or shop is None:
        raise NotConnected(
            "not_delivered",
            "The shop agreed, but what it wanted to send did not arrive here.",
            f"Check that it reaches {services.base_url} from where it is. {NEW_LINK}",
        )
    return shop, list(link.notes)


def _keep(services: ConnectServices, platform: str, address: str, granted: Granted, now: datetime) -> Shop:
    shop = services.shops().keep(platform, address, granted, now)
    log.info("shop connected", extra={"shop_id": shop.id, "platform": platform, "address": shop.address})
    return shop


def _one_click(services: ConnectServices, platform: str) -> OneClick:
    found = services.platforms.get(platform)
    if found is None:
        raise NotConnected("no_app", "This server has no app for that.", "Set shopify_app.api_key and .api_secret.")
    return found


def connected(services: ConnectServices, platform: str, shop_id: object) -> Shop:
    """The shop of a browser that just connected it. Raises NotConnected."""
    shop = services.shops().find(shop_id) if isinstance(shop_id, int) else None
    if shop is None or shop.platform != platform or shop.removed_at is not None:
        raise NotConnected("no_session", "This page belongs to connecting a shop, which took too long.", NEW_LINK)
    return shop


def take_account(services: ConnectServices, shop: Shop, key: str) -> str:
    """Try a key for the destination, then keep it in place of the one before. Why not; "": it is kept."""
    key = key.strip()
    if not key:
        return (
            "" if services.shops().has_general_account() else "Give the key: without one nothing can be told to Brevo."
        )
    if len(key) > LONGEST_KEY or not key.isascii() or not key.isprintable() or " " in key:
        return "This holds characters no key has; copy it again."
    try:
        services.shops().try_account(key)
    except DeliveryFailed as failed:
        if failed.reason == "key_refused":
            return f"Brevo does not know this key. Copy it again from {WHERE_KEYS_ARE}."
        return f"The key could not be tried ({failed.reason}). {failed.cure}".strip()
    services.shops().keep_account(shop, key)
    log.info("destination account kept", extra={"shop_id": shop.id})
    return ""


def may_go_without(services: ConnectServices) -> bool:
    return services.shops().has_general_account()
