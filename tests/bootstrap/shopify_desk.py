"""A collector with a Shopify shop, as its settings make it: the real doors, files and jobs, in one process."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from collector.bootstrap import clock, locations, make_sources, open_desk, policies, secret_box, start_logging
from collector.bootstrap.connecting import connect_pages
from collector.bootstrap.doors import proxying
from collector.bootstrap.folding import fold_services
from collector.bootstrap.privacy import privacy_door, privacy_job
from collector.cli import main
from collector.config import load
from collector.domain.door import Lane, NewRow
from collector.domain.jobs import Next
from collector.domain.shop import Sending, Shop
from collector.domain.signatures import base64_sha256
from collector.pipeline.fold import fold_some
from collector.pipeline.services import DoorServices
from collector.sources.tracker.verify import TrackerFormat
from collector.standards.user_agents import KnownUserAgents
from collector.storage.sqlite.directory import ShopDirectory
from collector.storage.sqlite.inbox import InboxWriter
from collector.web.app import create_app
from collector.web.shop_proxy import ProxyServices
from tests.in_process import step_into
from tests.pipeline.row_builders import at, for_shop

USER_AGENTS = KnownUserAgents()
APP_SECRET, SHOP_SECRET = "app-secret", "shop-secret"
STORE, OTHER = "store.myshopify.com", "other.myshopify.com"
SETTINGS = f"""
public_url: https://collect.example
brevo: {{api_key: xkeysib-0123456789abcdef}}
shopify_app: {{api_key: app-key, api_secret: {APP_SECRET}}}
connectors:
  shopify:
    - {{shop_url: {STORE}, access_token: shpat_1, api_secret: {SHOP_SECRET}, site_key: site-key-1}}
    - {{shop_url: {OTHER}, access_token: shpat_2, api_secret: other-secret, site_key: site-key-2}}
"""


class ShopifyDesk:
    """Everything by its real name, in the current folder; only the clock of jobs is given."""

    @cached_property
    def app(self) -> Flask:
        """As `bootstrap.doors` makes it, without the tracker's scripts, whose compression takes its time."""
        config = load({}, Path.cwd())
        start_logging(config)
        where, sources = locations(config), make_sources()
        services = DoorServices(
            clock=clock,
            shops=ShopDirectory(where.state, secret_box(config), policies(config, sources), time.monotonic),
            inbox=InboxWriter(where.inbox, clock),
            sources=sources,
            beacons=TrackerFormat(),
            user_agents=USER_AGENTS,
            limits=config.limits,
        )
        return create_app(
            services,
            privacy=privacy_door(config, sources),
            connect=connect_pages(config),
            proxy=ProxyServices(clock, proxying(sources), services.shops.by_address),
        )

    def tajo(self, *arguments: str, stdin: str = "") -> Result:
        return CliRunner().invoke(main, arguments, input=stdin)

    def browser(self) -> FlaskClient:
        return self.app.test_client()

    def shop(self, address: str = STORE) -> Shop | None:
        with open_desk(load({}, Path.cwd())) as desk:
            return desk.shops.find("shopify", address)

    def happen(self, *rows: NewRow, address: str = STORE) -> None:
        with open_desk(load({}, Path.cwd())) as desk:
            stored = desk.shops.find("shopify", address)
            assert stored is not None
            shop = replace(stored, sending=Sending.LIVE, activated_at=at(-10_000))
            with closing(InboxWriter(desk.locations.inbox, lambda: at(0))) as inbox:
                for row in for_shop(shop.id, rows):
                    inbox.append(row)
                    fold_some(fold_services(desk), shop, Lane.LIVE, row.received_at)

    def uninstall(self, when: datetime, address: str = STORE) -> None:
        with open_desk(load({}, Path.cwd())) as desk:
            shop = desk.shops.find("shopify", address)
            assert shop is not None
            desk.shops.uninstalled(shop.id, when)

    def hook(self, topic: str, body: Mapping[str, Any] | bytes, secret: str = APP_SECRET, **more: str) -> TestResponse:
        """One webhook of Shopify's. `path`, `shop`, `delivery`, `triggered_at` may differ."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {
            "X-Shopify-Topic": topic,
            "X-Shopify-Shop-Domain": more.get("shop", STORE),
            "X-Shopify-Hmac-Sha256": base64_sha256(secret, raw),
            "X-Shopify-Webhook-Id": more.get("delivery", f"{topic}-1"),
            "X-Shopify-API-Version": "2026-07",
        }
        if "triggered_at" in more:
            headers["X-Shopify-Triggered-At"] = more["triggered_at"]
        return self.browser().post(more.get("path", "/webhooks/shopify"), data=raw, headers=headers)

    def answer_requests(self, now: datetime) -> Next:
        """A turn of the job."""
        config = load({}, Path.cwd())
        with open_desk(config) as desk, requests.Session() as http:
            return privacy_job(config, desk, http, sleep=lambda seconds: None).run({}, now)

    def requests(self) -> list[dict[str, Any]]:
        result = self.tajo("privacy", "requests", "list", "--json")
        assert result.exit_code == 0, result.output
        found: list[dict[str, Any]] = json.loads(result.stdout)
        return found

    def count(self, table: str, where: str = "1 = 1") -> int:
        with open_desk(load({}, Path.cwd())) as desk:
            (found,) = desk.state.execute(f"select count(*) from {table} where {where}").fetchone()
        return int(found)


def migrated(folder: Path, settings: str = SETTINGS) -> None:
    (folder / "tajo.yml").write_text(settings)
    with pytest.MonkeyPatch.context() as patch:
        step_into(folder, patch)
        done = CliRunner().invoke(main, ["migrate"])
    assert done.exit_code == 0, done.output
