"""Asking the stand-in without a port: one request, its keys in whatever way a test wants."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

from oauthlib.oauth1 import Client as OAuthClient
from werkzeug.test import Client as WsgiClient

from tests.woocommerce_shop.access import Key
from tests.woocommerce_shop.server import Network
from tests.woocommerce_shop.site import Site


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        found = self.json
        return str(found.get("code", "")) if isinstance(found, dict) else ""

    @property
    def ids(self) -> list[int]:
        return [one["id"] for one in self.json]


def basic(key: Key) -> dict[str, str]:
    pair = f"{key.consumer_key}:{key.consumer_secret}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}", "X-Forwarded-Proto": "https"}


def asked(
    network: Network, path: str, method: str = "GET", headers: dict[str, str] | None = None, body: Any = None
) -> Reply:
    """`path`: from the host on, with its query."""
    raw = json.dumps(body) if body is not None else None
    kind = "application/json" if body is not None else None
    answer = WsgiClient(network).open(path, method=method, headers=headers, data=raw, content_type=kind)
    return Reply(answer.status_code, answer.get_data(), dict(answer.headers))


def rest(
    network: Network,
    route: str,
    method: str = "GET",
    body: Any = None,
    key: Key | None = None,
    site: Site | None = None,
) -> Reply:
    """`route`: below wc/v3, with its query; with the site's own key over what counts as https."""
    site = site or network.main
    return asked(network, f"{site.path}/wp-json/wc/v3/{route}", method, basic(key or site.key), body)


def oauth(network: Network, route: str, key: Key, **how: Any) -> Reply:
    """Over http, signed by oauthlib into the query."""
    client = OAuthClient(
        key.consumer_key,
        key.consumer_secret,
        signature_method=how.pop("signature_method", "HMAC-SHA256"),
        signature_type="QUERY",
        **how,
    )
    url, _, _ = client.sign(f"{network.main.home}/wp-json/wc/v3/{route}")
    return asked(network, url.removeprefix(network.host))
