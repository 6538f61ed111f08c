"""Which shops are kept live, by which jobs, and what `tajo check` hears of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from collector.bootstrap import Desk, clock, open_desk
from collector.bootstrap.live import keep_subscriptions, live_jobs, subscription_troubles, writer
from collector.bootstrap.shops import new_shop
from collector.config import load
from collector.domain.events import EventType
from collector.domain.jobs import DESCRIPTION, SUBSCRIPTIONS, of_shop
from collector.domain.shop import Policy, Secrets, Shop
from collector.domain.stock import StockRules
from collector.domain.timestamps import to_text
from collector.pipeline.guarding import NO_PUBLIC_URL
from collector.storage.sqlite.inbox import InboxWriter
from collector.storage.sqlite.jobs import Jobs
from collector.storage.sqlite.state import SqliteState

KEYS = {"api_key": "id-1", "api_secret": "shpss_1"}
WOO = Secrets(("whsec",), (), "key", {"consumer_key": "ck_1", "consumer_secret": "cs_1"})
STOCK = Policy(stock=StockRules(is_followed=True))
ONE = Shop(
    7, "shopify", "lind.myshopify.com", "https://lind.myshopify.com", "site", secrets=Secrets((), (), "key", KEYS)
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(load({}, tmp_path), may_create=True) as opened:
        yield opened


@pytest.mark.parametrize(
    ("why", "shop", "names"),
    [
        ("connected", ONE, ["subscriptions:7", "description:7", "rereading:7", "recency:7"]),
        (
            "its stock is followed, too",
            replace(ONE, policy=STOCK),
            ["subscriptions:7", "description:7", "rereading:7", "stock:7", "recency:7"],
        ),
        ("nothing to ask with", replace(ONE, secrets=Secrets()), ["rereading:7", "recency:7"]),
        (
            "WooCommerce",
            replace(ONE, platform="woocommerce", secrets=WOO),
            ["subscriptions:7", "description:7", "rereading:7", "recency:7"],
        ),
        ("WooCommerce without keys", replace(ONE, platform="woocommerce"), ["rereading:7", "recency:7"]),
        ("disabled", replace(ONE, is_enabled=False), []),
        ("removed", replace(ONE, removed_at=datetime(2026, 11, 22, tzinfo=UTC)), []),
        ("the app was removed", replace(ONE, uninstalled_at=datetime(2026, 11, 22, tzinfo=UTC)), []),
    ],
)
def test_a_live_shop_has_its_jobs(desk: Desk, why: str, shop: Shop, names: list[str]) -> None:
    with requests.Session() as http, closing(writer(desk)) as inbox:
        jobs = live_jobs(desk.config, desk, lambda: [shop], http, inbox.append_many)
        assert [job.name for job in jobs()] == names, why


def test_without_a_public_address_an_installation_says_so(desk: Desk) -> None:
    with requests.Session() as http:
        assert keep_subscriptions(desk.config, desk, ONE, http) == [NO_PUBLIC_URL]
        assert keep_subscriptions(desk.config, desk, replace(ONE, platform="woocommerce"), http) == [NO_PUBLIC_URL]


def test_an_installation_is_not_undone_by_webhooks_that_cannot_be_made(tmp_path: Path) -> None:
    config = load({"TAJO_PUBLIC_URL": "https://collect.example"}, tmp_path)
    with open_desk(config, may_create=True) as desk, requests.Session() as http:
        (said,) = keep_subscriptions(config, desk, replace(ONE, secrets=Secrets()), http)
    assert "could not be registered" in said
    assert "tries again" in said


def connected(desk: Desk) -> Shop:
    return desk.shops.install(new_shop("shopify", ONE.address, ONE.url), datetime(2026, 1, 1, tzinfo=UTC))


def test_what_the_guardian_found_is_said_until_it_is_mended(desk: Desk) -> None:
    shop, jobs, now = connected(desk), Jobs(desk.state), clock()
    name = of_shop(SUBSCRIPTIONS, shop.id)
    assert subscription_troubles(desk) == []
    jobs.keep(name, now, {"problems": ["The app lacks read_orders."]}, now, "")
    ((what, _),) = subscription_troubles(desk)
    assert what == "webhooks of lind.myshopify.com: The app lacks read_orders."
    jobs.failed(name, now, "Revoked: the token is not taken any more")
    assert any("Revoked" in what for what, _ in subscription_troubles(desk))
    jobs.keep(name, now, {"problems": []}, now, "")
    assert subscription_troubles(desk) == []


@pytest.mark.parametrize(
    ("why", "theme_hours", "beacon_hours", "is_said"),
    [
        ("pages are looked at since", 48, 1, False),
        ("none since", 48, 72, True),
        ("none for a moment", 1, 5, False),
        ("none ever: the snippet was never pasted", 48, None, False),
    ],
)
def test_a_theme_without_the_snippet_is_noticed(
    desk: Desk, why: str, theme_hours: int, beacon_hours: int | None, is_said: bool
) -> None:
    shop, now = connected(desk), clock()
    at = now - timedelta(hours=theme_hours)
    with SqliteState(desk.state).write() as tx:
        tx.visits.add_event(shop.id, f"theme:{to_text(at)}", EventType.THEME_PUBLISHED, at, at, {})
    if beacon_hours is not None:
        looked_at = now - timedelta(hours=beacon_hours)
        with closing(InboxWriter(desk.locations.inbox, lambda: looked_at)) as inbox:
            inbox.count(shop.id, "beacon", "accepted")
    said = [what for what, cure in subscription_troubles(desk) if "tajo snippet shopify" in cure]
    assert bool(said) == is_said, why


def test_what_a_shop_said_is_wrong_with_its_api_is_said_until_it_is_mended(desk: Desk) -> None:
    shop, jobs, now = connected(desk), Jobs(desk.state), clock()
    name = of_shop(DESCRIPTION, shop.id)
    jobs.keep(name, now, {"problems": [["It answered with API 2026-10.", "Set api_version: 2026-10"]]}, now, "")
    assert subscription_troubles(desk) == [
        ("lind.myshopify.com: It answered with API 2026-10.", "Set api_version: 2026-10")
    ]
    jobs.keep(name, now, {"problems": []}, now, "")
    assert subscription_troubles(desk) == []
