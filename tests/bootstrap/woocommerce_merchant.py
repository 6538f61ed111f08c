"""What happens when a merchant connects a WooCommerce shop: the two pages, the shop's answers, its post of the keys."""

from __future__ import annotations

import html
import json
import re
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import requests
import responses
from flask.testing import FlaskClient
from requests.auth import _basic_auth_str
from werkzeug.test import TestResponse

from tests.bootstrap.link_pages import HERE, fields_of
from tests.bootstrap.shopify_desk import ShopifyDesk

HOME = "https://shop.example/store"
SETTINGS = f"public_url: {HERE}\nbrevo: {{api_key: xkeysib-0123456789abcdef}}\n"
KEY, SECRET = "ck_of-the-merchant", "cs_of-the-merchant"
STATUS = {
    "environment": {"version": "10.5.0", "wp_version": "6.9.1", "wp_multisite": False, "wp_cron": True},
    "settings": {"currency": "EUR", "HPOS_enabled": True},
}
INDEX = {"name": "Tea &amp; Mugs", "timezone_string": "Europe/Berlin", "home": HOME}
WRONG_KEY = {
    "code": "woocommerce_rest_cannot_view",
    "message": "Sorry, you cannot list resources.",
    "data": {"status": 401},
}


def shop_at(wire: responses.RequestsMock, home: str, key: str = KEY, *, drops_header: bool = False) -> None:
    """A shop that knows one pair of keys. `drops_header`: its host does that with Authorization."""

    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        asked = urlsplit(request.url or "")
        if asked.path.rstrip("/").endswith("/wp-json"):
            return 200, {}, json.dumps(INDEX)
        in_query = dict(parse_qsl(asked.query))
        if drops_header:
            is_known = (in_query.get("consumer_key"), in_query.get("consumer_secret")) == (key, SECRET)
        else:
            is_known = request.headers.get("Authorization") == _basic_auth_str(key, SECRET)
        if not is_known:
            return 401, {}, json.dumps(WRONG_KEY)
        return 200, {}, json.dumps(STATUS if asked.path.endswith("system_status") else [])

    for method in (responses.GET, responses.POST):
        wire.add_callback(method, re.compile(re.escape(home) + "/.*"), answer, content_type="application/json")


def to_the_shop(browser: FlaskClient, address: str, shop: str = "") -> dict[str, str]:
    """What the shop is asked, after the first two pages."""
    page = browser.get(address)
    assert page.status_code == 200, page.text
    going = browser.post("/install/woocommerce", data={**fields_of(page), "shop": shop}, base_url=HERE)
    assert going.status_code == 200, going.text
    (url,) = re.findall(r'content="0; url=([^"]+)"', going.text)
    asked = urlsplit(html.unescape(url))
    return {"at": f"{asked.scheme}://{asked.netloc}{asked.path}"} | {
        name: one for name, (one,) in parse_qs(asked.query).items()
    }


def keys(state: str, **more: Any) -> dict[str, Any]:
    """As the shop posts them, see payloads of one."""
    plain = {"key_id": 6, "user_id": state, "consumer_key": KEY, "consumer_secret": SECRET}
    return plain | {"key_permissions": "read_write"} | more


def post_keys(desk: ShopifyDesk, said: object) -> TestResponse:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    headers = {"Content-Type": "application/json;charset=UTF-8", "User-Agent": "WordPress/6.9.1; https://shop.example"}
    return desk.browser().post(f"{HERE}/install/woocommerce/callback", data=body, headers=headers)


def come_back(browser: FlaskClient, state: str, success: str = "1") -> TestResponse:
    query = urlencode({"success": success, "user_id": state})
    return browser.get(f"{HERE}/install/woocommerce/callback?{query}")
