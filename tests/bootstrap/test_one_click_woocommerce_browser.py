"""The whole way of a WooCommerce shop in a real browser without scripts, on a phone; the shop posts its keys itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from flask import Flask, Response, jsonify, redirect, request
from markupsafe import escape
from playwright.sync_api import Browser
from werkzeug.wrappers import Response as Redirect

from tests.bootstrap.merchant_browser import collector_in, merchant
from tests.bootstrap.shopify_desk import ShopifyDesk
from tests.tracker.collector import serving

KEY, SECRET = "ck_of-the-merchant", "cs_of-the-merchant"


def stand_in() -> Flask:
    """A shop's pages and API, and Brevo's account, as far as connecting needs them."""
    app = Flask("woocommerce and brevo")

    @app.get("/wc-auth/v1/authorize")
    def ask() -> str:
        yes, no = (f"/answer?yes={yes}&{request.query_string.decode()}" for yes in (1, 0))
        return f'<a href="{escape(yes)}">Approve</a> <a href="{escape(no)}">No, thanks</a>'

    @app.get("/answer")
    def answer() -> Redirect | tuple[str, int]:
        said = request.args
        if said["yes"] == "1":
            keys = {"consumer_key": KEY, "consumer_secret": SECRET, "key_permissions": said["scope"], "key_id": 6}
            posted = requests.post(said["callback_url"], json={"user_id": said["user_id"], **keys}, timeout=30)
            if posted.status_code != 200:  # WooCommerce takes its keys back and says that much
                return "An error occurred in the request", 401
        return redirect(f"{said['return_url']}?success={said['yes']}&user_id={said['user_id']}")

    @app.get("/wp-json/")
    def index() -> Response:
        return jsonify(name="Tea", timezone_string="Europe/Berlin", home=request.url_root.rstrip("/"))

    @app.route("/wp-json/wc/v3/<path:path>", methods=["GET", "POST"])
    def api(path: str) -> tuple[Response, int]:
        if "oauth_consumer_key" not in request.args:  # over http keys are signed
            return jsonify(code="woocommerce_rest_cannot_view", data={"status": 401}), 401
        environment = {"version": "10.5.0", "wp_version": "6.9.1", "wp_cron": True}
        return jsonify(environment=environment, settings={"currency": "EUR"}), 200

    @app.get("/v3/account")
    def account() -> Response:
        return jsonify(companyName="Tea")

    return app


@pytest.fixture
def shop() -> Iterator[str]:
    with serving(stand_in()) as address:
        yield address


@pytest.fixture
def collector(shop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ShopifyDesk]:
    with collector_in(tmp_path, monkeypatch, f"brevo: {{api_url: '{shop}/v3'}}\n") as desk:
        yield desk


def test_a_merchant_says_no_and_then_yes(browser: Browser, collector: ShopifyDesk, shop: str) -> None:
    with merchant(browser) as one:
        one.opens(collector.tajo("connectors", "link", "--store-url", shop).stdout.strip())
        one.presses("Go to your shop")  # the page in between goes on by itself
        one.page.get_by_text("No, thanks").click()
        assert "turned down there" in one.alert
        one.looks()
        assert "no shop" in collector.tajo("connectors", "list").output.lower()

        one.opens(collector.tajo("connectors", "link", "woocommerce").stdout.strip())
        one.types("Address of the shop", "my shop")
        one.presses("Go to your shop")
        assert "is no address" in one.alert
        one.types("Address of the shop", shop)
        one.presses("Go to your shop")
        one.page.get_by_text("Approve").click()
        assert one.heading == "The shop is connected. Now Brevo"
        one.looks()
        assert "user_id" not in one.page.url
        one.types("API key of your Brevo account", "good-key")
        one.presses("Try this key")
        assert one.heading == "Done. What comes next"
        one.looks()
        snippet = one.page.get_by_label("Snippet for WordPress").input_value()
        assert "add_action" in snippet, "as it is to be pasted, not escaped"
        assert one.page.get_by_role("textbox").count() == 1, "the checkout needs nothing of its own"
