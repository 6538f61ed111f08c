"""/proxy/<platform>/…: the tracker and its beacons under the shop's own address, handed on by the platform.

GET  /proxy/shopify/<site_key>.js   the shop's tracker
POST /proxy/shopify/<site_key>      beacons; whom the platform says is logged in counts as signed

Shopify calls it an app proxy: `https://shop.example/apps/<name>/<rest>` comes here as `/proxy/shopify/<rest>`, signed
over the query. The shop is the one that signature names, and nothing is answered for another. To browsers it is the
shop's own address, so there is nothing to say about other origins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from flask import Blueprint, Response, abort, request

from collector.domain.errors import InvalidSignature
from collector.domain.ports import Clock
from collector.domain.shop import Shop
from collector.web.beacons import BeaconDoor


class ProxyingPlatform(Protocol):
    """A platform that hands requests on."""

    def proxied_shop(self, query: str) -> str | None:
        """The address of the shop a query names. Proves nothing."""
        ...

    def proxied_customer(self, query: str, secrets: tuple[str, ...], now: datetime) -> str:
        """Who is logged in there; "": nobody. Raises InvalidSignature."""
        ...


@dataclass(frozen=True, slots=True)
class ProxyServices:
    """`platforms`: by name. `shop_at`: a connected shop by platform and address."""

    clock: Clock
    platforms: Mapping[str, ProxyingPlatform]
    shop_at: Callable[[str, str], Shop | None]


def blueprint(services: ProxyServices, door: BeaconDoor, scripts: Callable[[str], Response]) -> Blueprint:
    """`scripts`: answers with the tracker of the shop with this site key."""
    views = Blueprint("shop_proxy", __name__, url_prefix="/proxy")

    def customer_in(platform: str, site_key: str) -> str:
        """401 unless the platform signed it for the shop with this site key."""
        speaks = services.platforms.get(platform)
        if speaks is None:
            abort(404)
        query = request.query_string.decode("ascii", "replace")
        address = speaks.proxied_shop(query)
        shop = services.shop_at(platform, address) if address else None
        if shop is None or not shop.is_enabled:
            abort(401)
        try:
            # The app's secret, which is also what signs its webhooks, unless those were made by hand.
            own = shop.secrets.credentials.get("api_secret", "")
            now = services.clock()
            customer = speaks.proxied_customer(query, (*shop.secrets.signing(now), own), now)
        except InvalidSignature:
            abort(401)
        if site_key != shop.site_key:
            abort(404)
        return customer

    @views.get("/<platform>/<site_key>.js")
    def script(platform: str, site_key: str) -> Response:
        customer_in(platform, site_key)
        return scripts(site_key)  # the same for all who ask: nothing in it is about who is logged in

    @views.post("/<platform>/<site_key>")
    def beacon(platform: str, site_key: str) -> Response:
        return door.receive(site_key, customer_in(platform, site_key))

    return views
