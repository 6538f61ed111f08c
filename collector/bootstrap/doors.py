"""The web application."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from flask import Flask

from collector.bootstrap import dashboard
from collector.bootstrap.connecting import connect_pages
from collector.bootstrap.figures import figures
from collector.bootstrap.log_lines import start_logging
from collector.bootstrap.parts import clock, locations, make_sources, secret_box, shipped
from collector.bootstrap.privacy import privacy_door
from collector.bootstrap.shops import policies
from collector.config import load
from collector.destinations.brevo import webhooks
from collector.domain.errors import Unready
from collector.domain.notices import NoticeFormat
from collector.domain.ports import Source
from collector.pipeline.accept_notice import NoticeServices
from collector.pipeline.services import DoorServices
from collector.sources.shopify.source import ShopifySource
from collector.sources.tracker.verify import TrackerFormat
from collector.standards.countries import COUNTRIES
from collector.standards.user_agents import KnownUserAgents
from collector.storage.sqlite import reports
from collector.storage.sqlite.account_hooks import HookDirectory
from collector.storage.sqlite.connection import Locations, open_inbox, open_state
from collector.storage.sqlite.directory import ShopDirectory
from collector.storage.sqlite.inbox import InboxWriter
from collector.web.app import create_app as web_app
from collector.web.metrics import MetricsServices
from collector.web.shop_proxy import ProxyingPlatform, ProxyServices
from collector.web.tracker import TrackerServices


def create_app(dashboard_at: str = "/") -> Flask:
    """The web application, by the settings of the environment. Raises Misuse, Unready."""
    config = load(os.environ, Path.cwd())
    start_logging(config)
    where, sources = locations(config), make_sources()
    inbox = InboxWriter(where.inbox, clock)
    shops = ShopDirectory(where.state, secret_box(config), policies(config, sources), time.monotonic)

    def readiness() -> dict[str, str]:
        return not_ready(where, inbox.trouble())

    return web_app(
        DoorServices(
            clock=clock,
            shops=shops,
            inbox=inbox,
            sources=sources,
            beacons=TrackerFormat(),
            user_agents=KnownUserAgents(),
            limits=config.limits,
            trusted_proxies=config.trusted_proxies,
            path=config.tracker.path,
            readiness=readiness,
        ),
        TrackerServices(
            shops=shops,
            folder=shipped("static", "tracker", "dist"),
            versions=shipped("static", "tracker", "versions"),
            base_url=config.base_url,
            path=config.tracker.path,
            capture=config.tracker.capture,
            honours_gpc=config.tracker.gpc,
            honours_dnt=config.tracker.dnt,
            countries=COUNTRIES,
        ),
        NoticeServices(
            clock=clock,
            hooks=HookDirectory(where.state, secret_box(config), time.monotonic),
            shops=shops.all,
            inbox=inbox,
            form=NoticeFormat(webhooks.topic, webhooks.is_echo),
        ),
        dashboard.services(config, readiness, dashboard_at),
        privacy_door(config, sources),
        connect_pages(config),
        ProxyServices(clock, proxying(sources), shops.by_address),
        MetricsServices(lambda: figures(config, readiness()), config.api_key),
    )


def proxying(sources: Mapping[str, Source]) -> dict[str, ProxyingPlatform]:
    """Those that hand requests on under a shop's own address."""
    return {name: source for name, source in sources.items() if isinstance(source, ShopifySource)}


def not_ready(where: Locations, trouble: str) -> dict[str, str]:
    """What is not ready and why; empty when all is well. `trouble`: why rows are refused, found out by trying."""
    if trouble:
        return {"database": trouble}
    try:
        open_inbox(where.inbox).close()
        with closing(open_state(where.state)) as state:
            workers = reports.live_workers(state, clock())
    except Unready as error:
        return {"database": str(error)}
    except sqlite3.Error as error:
        return {"database": f"{where.state}: {error}"}
    return {} if workers else {"worker": "no worker is alive; start `tajo worker`"}
