"""The dashboard and its login in a real browser, on a phone, without scripts, by day and by night."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser

from collector.bootstrap import dashboard
from collector.bootstrap.doors import create_app
from collector.config import load
from collector.web import front
from tests.bootstrap.merchant_browser import merchant
from tests.bootstrap.shopify_desk import migrated
from tests.in_process import step_into
from tests.tracker.collector import serving

SHOPS = """
connectors:
  woocommerce: {store_url: 'https://a-shop-with-a-long-name.shop.example/with/a/path/that/goes/on/and/on'}
  shopify: {shop_url: store.myshopify.com, access_token: shpat_1, api_secret: secret}
"""
# What stands before each value of a row on a narrow screen, where the heads of the columns are not.
LABELS = """() => [...document.querySelectorAll('td[data-label]')]
  .filter((cell) => getComputedStyle(cell, '::before').content.includes(cell.dataset.label))
  .map((cell) => cell.dataset.label)"""


def test_somebody_logs_in_looks_and_logs_out(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    migrated(tmp_path, f"brevo: {{api_key: xkeysib-0123456789abcdef}}\n{SHOPS}")
    step_into(tmp_path, monkeypatch)
    path = urlsplit(dashboard.login_link(load({}, tmp_path))).path
    with serving(create_app()) as address, merchant(browser) as one:
        one.opens(address)
        assert "tajo login" in one.page.locator("main").inner_text()
        one.opens(address + path)
        one.presses("Log in")
        assert "No worker is alive; start tajo worker" in one.page.locator(".bad").inner_text(), (
            "no worker runs, and it is said"
        )
        assert one.page.evaluate(LABELS) == ["Messages", "Last heard of", "Not understood"] * 2
        one.looks()
        one.presses("Log out")
        one.opens(address + path)
        assert "used already" in one.alert


def test_the_first_page_of_the_demo_looks_as_the_others(browser: Browser) -> None:
    app = Flask("collector.web", static_folder=None)
    app.register_blueprint(front.blueprint("http://127.0.0.1:1/", "http://127.0.0.1:2/", "/a/long/path/of/a/tajo.yml"))
    with serving(app) as address, merchant(browser) as one:
        one.opens(address)
        assert one.heading == "Tajo Collector: the demo"
        assert [link.get_attribute("href") for link in one.page.get_by_role("link").all()][:2] == [
            "http://127.0.0.1:1/",
            "http://127.0.0.1:2/",
        ]
