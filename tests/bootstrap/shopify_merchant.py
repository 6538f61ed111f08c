"""What happens when a merchant connects a Shopify shop: the two pages, Shopify's answers, the signed way back."""

from __future__ import annotations

import hashlib
import hmac
import html
import re
import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import responses
from flask.testing import FlaskClient

from tests.bootstrap.link_pages import HERE, fields_of
from tests.bootstrap.shopify_desk import APP_SECRET

NEW = "new.myshopify.com"
SCOPES = "read_customers,write_orders,read_products,read_inventory"
TOKENS = {
    "access_token": "shpua_secret",
    "scope": SCOPES,
    "expires_in": 3600,
    "refresh_token": "shprt_secret",
    "refresh_token_expires_in": 7776000,
}
SHOP = {
    "shop": {
        "name": "New <b>Store</b>",
        "currencyCode": "EUR",
        "myshopifyDomain": NEW,
        "ianaTimezone": "Europe/Berlin",
        "primaryDomain": {"url": "https://www.new-shop.example"},
    },
    "currentAppInstallation": {"accessScopes": [{"handle": scope} for scope in SCOPES.split(",")]},
}


def shopify_says(wire: responses.RequestsMock, address: str = NEW, **answer: Any) -> None:
    wire.add(responses.POST, f"https://{address}/admin/oauth/access_token", **(answer or {"json": TOKENS}))
    wire.add(responses.POST, f"https://{address}/admin/api/2026-07/graphql.json", json={"data": SHOP})


def to_shopify(browser: FlaskClient, address: str, shop: str = NEW) -> dict[str, str]:
    """What Shopify is asked, after the first two pages."""
    page = browser.get(address)
    assert page.status_code == 200, page.text
    going = browser.post("/install/shopify", data={**fields_of(page), "shop": shop}, base_url=HERE)
    assert going.status_code == 200, going.text
    (url,) = re.findall(r'content="0; url=([^"]+)"', going.text)
    asked = urlsplit(html.unescape(url))
    return {"host": asked.netloc, "path": asked.path} | {name: one for name, (one,) in parse_qs(asked.query).items()}


def way_back(state: str, secret: str = APP_SECRET, **more: str) -> str:
    said = {
        "code": "code-1",
        "host": "YWRtaW4",
        "shop": NEW,
        "state": state,
        "timestamp": str(int(time.time())),
        **more,
    }
    text = urlencode(sorted(said.items()))
    signature = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    return f"{HERE}/install/shopify/callback?{text}&hmac={signature}"
