"""Every setting of the program: name, kind, default, meaning. The README's table is printed from here.

Durations are timedeltas, amounts of money Decimals in the shop's currency, secrets are left out of `repr`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from collector.config import kinds
from collector.config.apps import ShopifyApp
from collector.config.declaring import blocks, section, setting
from collector.config.kinds import Bind, Rate
from collector.config.rules import (
    Abandonment,
    Brevo,
    Consent,
    Exclude,
    Mail,
    TimeWindow,
)
from collector.config.shops import ShopifyBlock, WooCommerceBlock


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Rates are counted in each web process."""

    per_address: Rate = setting(kinds.rate, "120/m", "Beacons from one network address.")
    per_shop: Rate = setting(kinds.rate, "600/s", "Beacons for one shop.")
    new_addresses_per_visitor: Rate = setting(kinds.rate, "3/d", "New e-mail addresses typed in one browser.")
    new_addresses_per_network: Rate = setting(
        kinds.rate, "20/h", "New e-mail addresses typed from one network (/24, /64)."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracker:
    path: str = setting(kinds.url_path, "/c", "Where the tracker and its beacons are served.")
    gpc: bool = setting(kinds.flag, True, "Take the browser's Global Privacy Control as a no.")
    dnt: bool = setting(kinds.flag, False, "Take the browser's Do Not Track as a no.")
    capture: str = setting(kinds.choice("typed", "submitted"), "submitted", "When a checkout e-mail leaves the page.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    views: bool = setting(kinds.flag, True, "Tell Brevo about page, product, collection views and searches.")
    carts: bool = setting(kinds.flag, True, "Tell Brevo about carts and checkouts.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    idle: timedelta = setting(kinds.positive_duration, "30m", "How long without an event ends a session.")
    longest: timedelta = setting(kinds.positive_duration, "24h", "A session never lasts longer.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    raw: timedelta = setting(
        kinds.positive_duration, "30d", "Beacons and webhooks as they arrived, once folded; what was sent to Brevo."
    )
    events: timedelta = setting(kinds.positive_duration, "400d", "What happened in the shop.")
    anonymous: timedelta = setting(kinds.positive_duration, "30d", "Visitors nobody ever got to know.")
    unconsented_email: timedelta = setting(
        kinds.positive_duration, "72h", "An address typed without a basis for messages."
    )
    ip: timedelta = setting(kinds.duration, "0d", "Network addresses; 0d: never stored.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sync:
    window: TimeWindow = section(TimeWindow, "When bulk work may run; empty: at any time.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    mode: str = setting(
        kinds.choice("live", "dry_run"), "live", "dry_run decides and logs every message and sends none."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Connectors:
    shopify: tuple[ShopifyBlock, ...] = blocks(ShopifyBlock, "A Shopify shop, or a list of them.")
    woocommerce: tuple[WooCommerceBlock, ...] = blocks(WooCommerceBlock, "A WooCommerce shop, or a list of them.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The settings in force. `file` is None without one; `directory` is what paths are relative to."""

    public_url: str = setting(
        kinds.optional_url, "", "Where the internet reaches this server; required unless bound to loopback."
    )
    bind: Bind = setting(kinds.bind, "127.0.0.1:8000", "Where the web server listens.")
    database: str = setting(
        kinds.database,
        "sqlite:///tajo.db",
        "The state; inbox <stem>.inbox.db and key <stem>.key lie beside it.",
    )
    secret_key: tuple[str, ...] = setting(
        kinds.many(kinds.text),
        [],
        "Encrypts secrets at rest; a list (oldest first) while rotating.",
        secret=True,
    )
    api_key: str = setting(kinds.text, "", "Opens the JSON API and, from other machines, /metrics.", secret=True)
    trusted_proxies: tuple[str, ...] = setting(kinds.many(kinds.network), [], "Networks whose X-Forwarded-For counts.")
    limits: Limits = section(Limits, "What one sender may send.")
    tracker: Tracker = section(Tracker, "The script in the shop's pages.")
    brevo: Brevo = section(Brevo, "The Brevo account.")
    forward: Forward = section(Forward, "What Brevo is told besides reminders and orders.")
    sessions: Sessions = section(Sessions, "When a visit ends.")
    abandonment: Abandonment = section(Abandonment, "When something counts as abandoned.")
    consent: Consent = section(Consent, "May this browser be observed?")
    mail: Mail = section(Mail, "May this person be messaged?")
    exclude: Exclude = section(Exclude, "People who never get a message.")
    retention: Retention = section(Retention, "How long things are kept.")
    sync: Sync = section(Sync, "Bulk imports.")
    delivery: Delivery = section(Delivery, "Whether messages leave.")
    allow_insecure_upstreams: bool = setting(
        kinds.flag, False, "Allow http:// and private addresses for shops and Brevo, for tests."
    )
    shopify_app: ShopifyApp = section(ShopifyApp, "An app of your own that merchants connect with by one click.")
    connectors: Connectors = section(Connectors, "The shops.")
    file: Path | None = None
    directory: Path = Path()

    @property
    def base_url(self) -> str:
        """The public address, or the bound one while there is none."""
        return self.public_url or f"http://{self.bind}"
