"""What the dashboard shows, and who may see it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping

from itsdangerous import URLSafeTimedSerializer

from collector.bootstrap.desk import Desk, open_desk
from collector.bootstrap.parts import clock, secret_keys
from collector.config import Config
from collector.domain.one_use_links import DASHBOARD, Standing, standing
from collector.domain.overview import Overview, ShopLine
from collector.domain.shop import Shop
from collector.domain.timestamps import from_text
from collector.storage.sqlite import reports
from collector.storage.sqlite.one_use_links import OneUseLinks
from collector.storage.sqlite.outbox import Outbox
from collector.web.dashboard import DashboardServices


def login_link(config: Config) -> str:
    """An address that logs somebody in, once. Raises Unready without a database."""
    token = secrets.token_urlsafe(32)
    with open_desk(config) as desk:
        OneUseLinks(desk.state).add(DASHBOARD, "", token, clock())
    return f"{config.base_url.rstrip('/')}/login/{token}"


def services(config: Config, not_ready: Callable[[], Mapping[str, str]], at: str) -> DashboardServices:
    return DashboardServices(
        at=at,
        overview=lambda: overview(config, not_ready()),
        looks_at=lambda token: _looks_at(config, token),
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


def _looks_at(config: Config, token: str) -> Standing:
    with open_desk(config) as desk:
        return standing(OneUseLinks(desk.state).find(token), DASHBOARD, clock())


def _uses_up(config: Config, token: str) -> Standing:
    with open_desk(config) as desk:
        links, now = OneUseLinks(desk.state), clock()
        found = standing(links.find(token), DASHBOARD, now)
        if found is Standing.GOOD and not links.use(token, now):
            return Standing.USED  # somebody else was a moment faster
        return found
