"""What the dashboard shows, and who may see it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta

from itsdangerous import BadData, URLSafeTimedSerializer

from collector.bootstrap.desk import Desk, open_desk
from collector.bootstrap.parts import clock, secret_keys
from collector.config import Config
from collector.domain.overview import Overview, ShopLine
from collector.domain.shop import Shop
from collector.domain.timestamps import from_text
from collector.storage.sqlite import reports
from collector.storage.sqlite.leases import Leases
from collector.storage.sqlite.outbox import Outbox
from collector.web.dashboard import DashboardServices

LINK_LASTS = timedelta(minutes=15)


def login_link(config: Config) -> str:
    """An address that logs somebody in, once."""
    return f"{config.base_url.rstrip('/')}/login/{_links(config).dumps(secrets.token_urlsafe(16))}"


def services(config: Config, not_ready: Callable[[], Mapping[str, str]], at: str) -> DashboardServices:
    return DashboardServices(
        at=at,
        overview=lambda: overview(config, not_ready()),
        admits=lambda token: _admits(config, token),
        uses_up=lambda token: _uses_up(config, token),
        sessions=URLSafeTimedSerializer(secret_keys(config), salt="dashboard session"),
        is_https=config.base_url.startswith("https:"),
    )


def overview(config: Config, not_ready: Mapping[str, str]) -> Overview:
    """As it is now; of a database that does not answer, only that."""
    now = clock()
    if "database" in not_ready:
        return Overview(now, not_ready)
    with open_desk(config) as desk:
        outbox = Outbox(desk.state)
        shops = [_line(desk, shop) for shop in desk.shops.all()]
        return Overview(now, not_ready, outbox.stopped(), outbox.states(), shops)


def _line(desk: Desk, shop: Shop) -> ShopLine:
    counts = reports.counts_of_shop(desk.state, shop.id)
    return ShopLine(
        title=desk.shops.display_name(shop.id) or shop.address,
        platform=shop.platform,
        address=shop.address,
        sending=shop.sending,
        is_enabled=shop.is_enabled,
        uninstalled_at=shop.uninstalled_at,
        last_event_at=from_text(counts.last_event_at) if counts.last_event_at else None,
        quarantined=counts.quarantined,
    )


def _links(config: Config) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret_keys(config), salt="dashboard login")


def _admits(config: Config, token: str) -> bool:
    if not _is_ours(config, token):
        return False
    with open_desk(config) as desk:
        return Leases(desk.state).holder(_use_of(token), clock()) is None


def _uses_up(config: Config, token: str) -> bool:
    """A link that was used is a lease nobody gives back, until the link itself is too old."""
    if not _is_ours(config, token):
        return False
    with open_desk(config) as desk:
        return Leases(desk.state).take(_use_of(token), secrets.token_hex(16), clock(), 2 * LINK_LASTS)


def _is_ours(config: Config, token: str) -> bool:
    try:
        _links(config).loads(token, max_age=LINK_LASTS // timedelta(seconds=1))
    except BadData:
        return False
    return True


def _use_of(token: str) -> str:
    return f"login:{hashlib.sha256(token.encode()).hexdigest()}"
