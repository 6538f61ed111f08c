"""Connecting a shop in a browser, step by step. Whatever is wrong ends it before anything is stored or changed."""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from collector.domain.connecting import STATE_LIVES, ConnectedShops, Granted, NotConnected, OneClick
from collector.domain.errors import Misuse, SourceUnavailable
from collector.domain.one_use_links import OneUseLink, OneUseLinks, Standing, standing
from collector.domain.ports import Clock
from collector.domain.shop import Shop

log = logging.getLogger(__name__)

STILL_THERE = (
    "If the shop was connected, it still is: `tajo connectors list` shows it, and `tajo snippet` prints what to paste."
    " To give its Brevo key here, connect it again; nothing of it is lost."
)


@dataclass(frozen=True, slots=True)
class ConnectServices:
    """Both are opened for one request. `platforms`: those that can be connected so, by name. `base_url`: where browsers
    and shops reach this server."""

    clock: Clock
    links: Callable[[], OneUseLinks]
    shops: Callable[[], ConnectedShops]
    platforms: Mapping[str, OneClick]
    base_url: str


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the merchant is asked, and what the browser has to bring back."""

    url: str
    address: str
    state: str


def link_behind(services: ConnectServices, platform: str, token: str) -> OneUseLink:
    """A link that is still good. Looking does not use it up: programs look at links, too. Raises NotConnected."""
    one_click = _one_click(services, platform)
    link = services.links().find(token) if token else None
    found = standing(link, platform, services.clock())
    if link is None or found is Standing.UNKNOWN:
        raise NotConnected("no_link", "A shop is connected with a link from the command line; this is none.")
    if found is Standing.USED:
        raise _used(link)
    if found is Standing.EXPIRED:
        raise NotConnected("expired_link", "This link is older than 15 minutes.")
    what, cure = one_click.not_here(services.base_url)
    if what:
        raise NotConnected("not_here", what, cure)
    return link


def _used(link: OneUseLink) -> NotConnected:
    """Merchants come back to their link, and a shop that failed to send its keys leads nowhere else."""
    if link.returned_at is not None:
        return NotConnected("done_link", f"This link was used already, and {link.address} was connected with it.")
    why, cure = link.notes or ("", "")
    return NotConnected("used_link", f"This link was used already. {why}".strip(), cure)


def begin(services: ConnectServices, platform: str, token: str, typed: str, come_back_to: str) -> Begun:
    """Use the link. Raises NotConnected, or Misuse for a shop's name to be corrected, which uses nothing up."""
    link = link_behind(services, platform, token)
    one_click = services.platforms[platform]
    address = one_click.address(typed or link.address)
    if link.address and address != link.address:
        raise Misuse(
            f"this link is for {link.address}, not for {address}. Go on with that one, or ask for another link."
        )
    state = secrets.token_urlsafe(32)
    if not services.links().use(token, services.clock(), address=address, state=state):
        raise _used(link)
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
            "Allow cookies, and stay in one browser from the link to the end.",
        )
    is_same = hmac.compare_digest(found.state.encode(), brought["state"].encode())
    if not is_same or (found.address and found.address != brought["address"]):
        reason, what = ("other_shop", "another shop") if is_same else ("wrong_state", "another request")
        raise NotConnected(reason, f"This answer belongs to {what} than the one that was begun here.")
    if not found.grant:
        return _delivered_before(services, platform, found.state)
    if services.links().come_back(found.state, now) is None:
        raise NotConnected("used_state", "This answer was used already.", STILL_THERE)
    granted = one_click.take(found.address, found.grant)
    return _keep(services, platform, found.address, granted, now), list(granted.notes)


def take_delivery(services: ConnectServices, platform: str, body: bytes) -> Shop:
    """What a shop itself sends after the merchant's yes. It proves nothing by itself: only what was asked for a moment
    ago is taken, once, and only if it opens the shop that was asked. Raises NotConnected, SourceUnavailable, Misuse."""
    one_click, now = _one_click(services, platform), services.clock()
    found = one_click.delivered(body)
    link = services.links().begun(found.state) if found.state else None
    if link is None or link.purpose != platform or link.used_at is None:
        raise NotConnected("unknown_state", "Nobody asked for this.")
    if link.returned_at is not None:
        raise NotConnected("used_state", "This answer was used already.")
    if now >= link.used_at + STATE_LIVES:
        raise NotConnected("expired_state", "It was asked for more than ten minutes ago.")
    try:
        granted = one_click.take(link.address, found.grant)
    except (NotConnected, SourceUnavailable) as refused:
        # The shop shows the merchant an error of its own: what it was is said where the link is opened again.
        services.links().note(found.state, str(refused).removesuffix(refused.cure).strip(), refused.cure)
        raise
    if services.links().come_back(found.state, now, granted.notes) is None:  # the same came twice at once
        raise NotConnected("used_state", "This answer was used already.")
    return _keep(services, platform, link.address, granted, now)


def _delivered_before(services: ConnectServices, platform: str, state: str) -> tuple[Shop, list[str]]:
    """The browser comes back after the shop has delivered."""
    link = services.links().begun(state)
    shop = services.shops().at(platform, link.address) if link is not None and link.returned_at is not None else None
    if link is not None and shop is not None:
        return shop, list(link.notes)
    if link is not None and link.notes:
        raise NotConnected("not_taken", *link.notes)
    raise NotConnected(
        "not_delivered",
        "The shop agreed, but the keys it wanted to send did not arrive here.",
        f"Check that the shop's server reaches {services.base_url}.",
    )


def _keep(services: ConnectServices, platform: str, address: str, granted: Granted, now: datetime) -> Shop:
    shop = services.shops().keep(platform, address, granted, now)
    log.info("shop connected", extra={"shop_id": shop.id, "platform": platform, "address": shop.address})
    return shop


def _one_click(services: ConnectServices, platform: str) -> OneClick:
    found = services.platforms.get(platform)
    if found is None:
        cure = "Set `shopify_app.api_key` and `shopify_app.api_secret` on this server, and restart it."
        raise NotConnected("no_app", "This server has no Shopify app to connect shops with.", cure)
    return found


def connected(services: ConnectServices, platform: str, shop_id: object) -> Shop:
    """The shop of a browser that just connected it. Raises NotConnected."""
    shop = services.shops().find(shop_id) if isinstance(shop_id, int) else None
    if shop is None or shop.platform != platform or shop.removed_at is not None:
        raise NotConnected(
            "no_session",
            "This page belongs to connecting a shop, which took too long, or was done in another browser.",
            STILL_THERE,
        )
    return shop
