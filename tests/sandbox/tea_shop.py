"""The demo shop inside a test: a clock set by hand, a collector that only writes down, browsers with cookies."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from flask.testing import FlaskClient
from requests.adapters import BaseAdapter
from requests_oauthlib import OAuth1
from werkzeug.serving import make_server

from collector.sandbox.shop.app import create_demo_shop
from collector.sandbox.shop.rest_bodies import webhook_body
from collector.sandbox.shop.settings import ShopSettings

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
SECRET = "whsec-demo"
KEY, KEY_SECRET = "ck_demo", "cs_demo"
MIA = {
    "billing_email": "mia@example.com",
    "billing_first_name": "Mia",
    "billing_last_name": "Sommer",
    "billing_address_1": "Am Park 7",
    "billing_postcode": "10115",
    "billing_city": "Berlin",
}


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Hook(BaseAdapter):
    """The collector's end of the wire: keeps every request, answers `status`."""

    def __init__(self) -> None:
        super().__init__()
        self.status = 200
        self.got: list[requests.PreparedRequest] = []

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        self.got.append(request)
        response = requests.Response()
        response.status_code, response.request, response.url = self.status, request, str(request.url)
        return response

    def close(self) -> None:
        pass

    def topics(self) -> list[str]:
        return [request.headers.get("X-WC-Webhook-Topic", "ping") for request in self.got]


def settings(url: str = "http://localhost") -> ShopSettings:
    return ShopSettings(
        url=url,
        collector_url="http://127.0.0.1:8000",
        site_key="site-key-1",
        consumer_key=KEY,
        consumer_secret=KEY_SECRET,
        webhook_secret=SECRET,
        identity_key="identity-key-0123456789",
    )


@dataclass
class TeaShop:
    url: str = "http://localhost"
    clock: Clock = field(default_factory=Clock)
    hook: Hook = field(default_factory=Hook)

    def __post_init__(self) -> None:
        http = requests.Session()
        http.mount("http://", self.hook)
        self.app, self.shop = create_demo_shop(settings(self.url), self.clock, http)
        self.deliver(2)
        self.hook.got.clear()

    def browser(self, consent: str = "", visitor_id: str = "") -> FlaskClient:
        """`consent`: allow | deny; `visitor_id`: the tracker's cookie."""
        client = self.app.test_client()
        if consent:
            client.set_cookie("wp_consent_marketing", consent)
        if visitor_id:
            client.set_cookie("tajo_id", visitor_id)
        return client

    def deliver(self, after_s: float = 2.0) -> int:
        """Time goes by, then the queue runs once."""
        self.clock.move(after_s)
        return self.shop.announcer.deliver_due(lambda topic, thing: webhook_body(self.shop, topic, thing))


def add(browser: FlaskClient, number: int = 13, **more: Any) -> dict[str, Any]:
    """Into the cart through the Store API."""
    nonce = browser.get("/wp-json/wc/store/v1/cart").headers["Nonce"]
    answer = browser.post("/wp-json/wc/store/v1/cart/add-item", json={"id": number} | more, headers={"Nonce": nonce})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.get_json()
    return body


def type_email(browser: FlaskClient, email: str) -> None:
    nonce = browser.get("/wp-json/wc/store/v1/cart").headers["Nonce"]
    body = {"billing_address": {"email": email}}
    answer = browser.post("/wp-json/wc/store/v1/cart/update-customer", json=body, headers={"Nonce": nonce})
    assert answer.status_code == 200, answer.text


def check_out(browser: FlaskClient, method: str = "card", **more: str) -> str:
    """Opens the checkout and places the order; where the shop sends the browser, "" when it stays."""
    browser.get("/checkout/")
    return browser.post("/checkout/", data=MIA | {"payment_method": method} | more).headers.get("Location", "")


@contextmanager
def serving(shop: TeaShop) -> Iterator[None]:
    """The shop on the port its address names."""
    server = make_server("127.0.0.1", int(shop.url.rpartition(":")[2]), shop.app, threaded=True)
    loop = threading.Thread(target=server.serve_forever, args=(0.02,))
    loop.start()
    try:
        yield
    finally:
        server.shutdown()
        loop.join()
        server.server_close()


def signed(client: FlaskClient, path: str, method: str = "GET", key: str = KEY, secret: str = KEY_SECRET) -> str:
    """The path with its OAuth 1.0a query, signed by requests-oauthlib as our own reader does it."""
    auth = OAuth1(key, secret, signature_method="HMAC-SHA256", signature_type="QUERY")
    prepared = requests.Request(method, f"http://localhost{path}", auth=auth).prepare()
    return str(prepared.url).removeprefix("http://localhost")
