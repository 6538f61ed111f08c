"""The whole way in a real browser without scripts, on a phone: pages, cookies and redirects as browsers take them."""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask, Response, jsonify, request
from markupsafe import escape
from playwright.sync_api import Browser, ViewportSize
from werkzeug.serving import make_server

from collector.domain.shop import OWN_KEY
from tests.bootstrap.shopify_desk import APP_SECRET, ShopifyDesk, migrated
from tests.ports import free_port
from tests.tracker.collector import serving

NEW, SCOPES = "new.myshopify.com", "read_customers,read_orders,read_products,read_inventory"
PHONE = ViewportSize(width=390, height=760)


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
    """It has to know its own port before it is started."""
    port = free_port()
    migrated(
        tmp_path,
        f"bind: 127.0.0.1:{port}\nallow_insecure_upstreams: true\nbrevo: {{api_url: '{shopify}/v3'}}\n"
        f"shopify_app: {{api_key: app-key, api_secret: {APP_SECRET}, api_url: '{shopify}'}}\n",
    )
    monkeypatch.chdir(tmp_path)
    desk = ShopifyDesk()
    server = make_server("127.0.0.1", port, desk.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield desk
    server.shutdown()
    thread.join()


def test_a_merchant_connects_a_shop_on_a_phone_without_scripts(browser: Browser, collector: ShopifyDesk) -> None:
    link = collector.tajo("connectors", "link").stdout.strip()
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda line: refused.append(line.text) if "Content Security Policy" in line.text else None)
    page.goto(link)
    page.get_by_label("Address of the shop").fill("shop.example")
    page.get_by_role("button").click()
    assert ".myshopify.com address" in page.get_by_role("alert").inner_text()
    page.get_by_label("Address of the shop").fill("new")
    page.get_by_role("button").click()  # the page in between goes on by itself
    page.get_by_text("Install app").click()
    page.get_by_label("API key of your Brevo account").fill("bad-key")
    page.get_by_role("button").click()
    assert "Copy it again" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("API key of your Brevo account").input_value() == ""
    page.get_by_label("API key of your Brevo account").fill("good-key")
    page.get_by_role("button").click()
    assert page.get_by_role("heading").first.inner_text() == "Done. What comes next"
    assert "code=" not in page.url
    shop = collector.shop(NEW)
    assert shop is not None
    assert shop.secrets.credentials[OWN_KEY] == "good-key"
    for box in (page.locator(one).first.bounding_box() for one in ("main", "textarea", "ol")):
        assert box is not None
        assert box["x"] + box["width"] <= PHONE["width"], "nothing is wider than the phone"
    snippet = page.get_by_label("Snippet for the theme").input_value()
    assert shop.site_key in snippet
    assert "{{ customer.id | json }}" in snippet, "as it is to be pasted, not escaped"
    assert refused == []
    context.close()
