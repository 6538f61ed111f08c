"""Asking the shop as a client does, for the tests of the shop itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

from tests.shopify_shop.clock import Virtual
from tests.shopify_shop.naming import Json
from tests.shopify_shop.server import ShopifyShop

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def virtual() -> Virtual:
    return Virtual(NOON)


@dataclass
class Client:
    shop: ShopifyShop
    token: str = ""
    version: str = "2026-07"

    def __post_init__(self) -> None:
        self.token = self.token or self.shop.access.permanent()

    def post(self, query: str, /, **variables: Any) -> requests.Response:
        return requests.post(
            f"{self.shop.url}/admin/api/{self.version}/graphql.json",
            json={"query": query, "variables": variables},
            headers={"X-Shopify-Access-Token": self.token},
            timeout=30,
        )

    def ask(self, query: str, /, **variables: Any) -> Json:
        """The whole answer."""
        found: Json = self.post(query, **variables).json()
        return found

    def data(self, query: str, /, **variables: Any) -> Json:
        answer = self.ask(query, **variables)
        assert "errors" not in answer, answer["errors"]
        data: Json = answer["data"]
        return data

    def buy(self, **asked: str) -> requests.Response:
        """A token."""
        app = {"client_id": self.shop.access.client_id, "client_secret": self.shop.access.client_secret}
        return requests.post(f"{self.shop.url}/admin/oauth/access_token", json={**app, **asked}, timeout=30)


@dataclass
class Met:
    headers: dict[str, str]
    body: bytes


@dataclass
class Listener:
    """Somebody webhooks are sent to. `answers`: the next statuses; then 200."""

    url: str = ""
    met: list[Met] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def topics(self) -> list[str]:
        return [one.headers["x-shopify-topic"] for one in self.met]


@contextmanager
def listening() -> Iterator[Listener]:
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            listener.met.append(Met({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(listener.answers.pop(0) if listener.answers else 200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.url = f"http://127.0.0.1:{server.server_port}/hooks"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
