"""A shop: one storefront of one merchant, what may be done for it, and its secrets.

Two shops never share anything but the machine. `address` is the normalised name of a shop
(`store.myshopify.com`, `host[:port][/path]` for WooCommerce); (platform, address) is unique.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class Sending(StrEnum):
    """live: messages go out; observe: decided and logged, not sent; off: paused, nothing decided."""

    LIVE = "live"
    OBSERVE = "observe"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Secrets:
    """What must never be printed, logged or stored in the clear. Lists are oldest to newest (rotation)."""

    webhook: tuple[str, ...] = ()
    identity: tuple[str, ...] = ()
    hook_key: str = ""
    credentials: Mapping[str, str] = field(default_factory=dict)  # api_key, api_secret, consumer_key …

    def __repr__(self) -> str:
        return "Secrets(…)"


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings of one shop that rules need; made from the configuration (shop block over defaults)."""

    consent_mode: str = "required"  # required | implied
    domains: tuple[str, ...] = ()  # hosts its beacons may come from; none: any
    session_idle: timedelta = timedelta(minutes=30)
    session_longest: timedelta = timedelta(hours=24)
    cart_after: timedelta = timedelta(minutes=30)  # first step
    checkout_after: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Shop:
    """One row of `shops`, decrypted. `url` is the home address with scheme and without trailing slash."""

    id: int
    platform: str  # shopify | woocommerce
    address: str
    url: str
    site_key: str  # public, stands in the shop's pages
    sending: Sending = Sending.OBSERVE
    is_enabled: bool = True
    origin: str = "install"  # install | file
    installed_at: datetime | None = None
    activated_at: datetime | None = None
    uninstalled_at: datetime | None = None
    removed_at: datetime | None = None
    currency: str = ""
    policy: Policy = Policy()
    secrets: Secrets = Secrets()
