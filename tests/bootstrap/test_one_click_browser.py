"""The whole way in a real browser without scripts, on a phone: pages, cookies and redirects as browsers take them."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask, Response, jsonify, request
from markupsafe import escape
from playwright.sync_api import Browser

from collector.domain.shop import OWN_KEY
from tests.bootstrap.merchant_browser import collector_in, merchant
from tests.bootstrap.shopify_desk import APP_SECRET, ShopifyDesk
from tests.tracker.collector import serving

NEW, SCOPES = "new.myshopify.com", "read_customers,read_orders,read_products,read_inventory"


def stand_in() -> Flask:
    """Shopify's pages and Brevo's account, as far as connecting needs them."""
    app = Flask("shopify and brevo")

    @app.get("/admin/oauth/authorize")
    def agree() -> str:
        said = {"code": "c", "shop": NEW, "state": request.args["state"], "timestamp": str(int(time.time()))}
        text = urlencode(sorted(said.items()))
        signature = hmac.new(APP_SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
        return f'<a href="{escape(request.args["redirect_uri"] + "?" + text + "&hmac=" + signature)}">Install app</a>'

    @app.post("/admin/oauth/access_token")
    def token() -> Response:
        return jsonify(access_token="a", scope=SCOPES, expires_in=3600, refresh_token="r")

    @app.post("/admin/api/2026-07/graphql.json")
    def shop() -> Response:
        scopes = [{"handle": one} for one in SCOPES.split(",")]
        found = {"name": "<i>New</i>", "currencyCode": "EUR", "myshopifyDomain": NEW, "ianaTimezone": "Europe/Berlin"}
        return jsonify(data={"shop": found, "currentAppInstallation": {"accessScopes": scopes}})

    @app.get("/v3/account")
    def account() -> tuple[Response, int]:
        is_good = request.headers["api-key"] == "good-key"
        return (jsonify(companyName="New"), 200) if is_good else (jsonify(code="unauthorized", message="no"), 401)

    return app


@pytest.fixture
def shopify() -> Iterator[str]:
    with serving(stand_in()) as address:
        yield address


@pytest.fixture
def collector(shopify: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ShopifyDesk]:
    app = f"shopify_app: {{api_key: app-key, api_secret: {APP_SECRET}, api_url: '{shopify}'}}"
    with collector_in(tmp_path, monkeypatch, f"brevo: {{api_url: '{shopify}/v3'}}\n{app}\n") as desk:
        yield desk


def test_a_merchant_connects_a_shop_on_a_phone_without_scripts(browser: Browser, collector: ShopifyDesk) -> None:
    with merchant(browser) as one:
        one.opens(collector.tajo("connectors", "link").stdout.strip())
        one.types("Address of the shop", "shop.example")
        one.presses("Go to Shopify")
        assert ".myshopify.com address" in one.alert
        one.looks()
        assert one.page.evaluate("document.activeElement.id") == "shop", "what is to be corrected has the keyboard"
        one.page.keyboard.press("Control+A")
        one.page.keyboard.type("new")
        one.page.keyboard.press("Enter")  # the page in between goes on by itself
        one.page.get_by_text("Install app").click()
        one.types("API key of your Brevo account", "bad-key")
        one.presses("Try this key")
        assert "Copy it again" in one.alert
        one.looks()
        assert one.page.get_by_label("API key of your Brevo account").input_value() == ""
        one.types("API key of your Brevo account", "good-key")
        one.presses("Try this key")
        assert one.heading == "Done. What comes next"
        one.looks()
        assert "code=" not in one.page.url
        shop = collector.shop(NEW)
        assert shop is not None
        assert shop.secrets.credentials[OWN_KEY] == "good-key"
        snippet = one.page.get_by_label("Snippet for the theme").input_value()
        assert shop.site_key in snippet
        assert "{{ customer.id | json }}" in snippet, "as it is to be pasted, not escaped"
