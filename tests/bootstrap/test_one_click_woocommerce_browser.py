"""The whole way of a WooCommerce shop in a real browser without scripts, on a phone; the shop posts its keys itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from flask import Flask, Response, jsonify, redirect, request
from markupsafe import escape
from playwright.sync_api import Browser, Page, ViewportSize
from werkzeug.serving import make_server
from werkzeug.wrappers import Response as Redirect

from tests.bootstrap.shopify_desk import ShopifyDesk, migrated, step_into
from tests.ports import free_port
from tests.tracker.collector import serving

PHONE = ViewportSize(width=390, height=760)
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
    """It has to know its own port before it is started."""
    port = free_port()
    migrated(
        tmp_path,
        f"bind: 127.0.0.1:{port}\nallow_insecure_upstreams: true\nbrevo: {{api_url: '{shop}/v3'}}\n",
    )
    step_into(tmp_path, monkeypatch)
    desk = ShopifyDesk()
    server = make_server("127.0.0.1", port, desk.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield desk
    server.shutdown()
    thread.join()


def test_a_merchant_says_no_and_then_yes(browser: Browser, collector: ShopifyDesk, shop: str, tmp_path: Path) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda line: refused.append(line.text) if "Content Security Policy" in line.text else None)

    page.goto(collector.tajo("connectors", "link", "--store-url", shop).stdout.strip())
    seen(page, tmp_path, "start")
    page.get_by_role("button").click()  # the page in between goes on by itself
    page.get_by_text("No, thanks").click()
    assert "turned down there" in page.get_by_role("alert").inner_text()
    seen(page, tmp_path, "no")
    assert "no shop" in collector.tajo("connectors", "list").output.lower()

    page.goto(collector.tajo("connectors", "link", "woocommerce").stdout.strip())
    page.get_by_label("Address of the shop").fill("my shop")
    page.get_by_role("button").click()
    assert "is no address" in page.get_by_role("alert").inner_text()
    page.get_by_label("Address of the shop").fill(shop)
    seen(page, tmp_path, "address")
    page.get_by_role("button").click()
    page.get_by_text("Approve").click()
    assert page.get_by_role("heading").first.inner_text() == "The shop is connected. Now Brevo"
    assert "user_id" not in page.url
    seen(page, tmp_path, "account")
    page.get_by_label("API key of your Brevo account").fill("good-key")
    page.get_by_role("button").click()
    assert page.get_by_role("heading").first.inner_text() == "Done. What comes next"
    seen(page, tmp_path, "done")
    snippet = page.get_by_label("Snippet for the theme").input_value()
    assert "add_action" in snippet, "as it is to be pasted, not escaped"
    assert page.get_by_role("textbox").count() == 1, "the checkout needs nothing of its own"
    assert refused == []
    context.close()


def seen(page: Page, folder: Path, name: str) -> None:
    """Nothing is wider than the phone; a picture of it lies in the test's folder."""
    page.screenshot(path=folder / f"{name}.png", full_page=True)
    for element in page.locator("main, form, input, textarea, ol, .note").all():
        box = element.bounding_box()
        assert box is None or box["x"] + box["width"] <= PHONE["width"] + 0.5, (name, element.inner_html()[:80])
