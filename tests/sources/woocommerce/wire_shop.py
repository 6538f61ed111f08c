"""A WooCommerce shop at the wire: its rules about keys, and whatever a merchant's host does in between.

Mounted on `responses` for any address, so that https is played without certificates; over a real port by `serving`.
"""

from __future__ import annotations

import json
import re
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import responses
from requests import PreparedRequest

from .standins import REST
from .woo_rules import Denied, Gate, Php, php_query

KEY, SECRET = "ck_0123456789abcdef", "cs_hush0123456789"
JSON, HTML = "application/json; charset=UTF-8", "text/html; charset=UTF-8"
STATUS: dict[str, Any] = json.loads((REST / "system_status.body").read_bytes())
INDEX: dict[str, Any] = json.loads((REST / "index.wp_json.body").read_bytes())


@dataclass
class Answer:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def data(status: int, content: object, **headers: str) -> Answer:
    return Answer(status, json.dumps(content).encode(), {"Content-Type": JSON, **headers})


def page(status: int, content: str = "<html>a page</html>", **headers: str) -> Answer:
    return Answer(status, content.encode(), {"Content-Type": HTML, **headers})


def refusal(status: int, code: str, message: str = "Sorry.") -> Answer:
    return data(status, {"code": code, "message": message, "data": {"status": status}})


@dataclass
class Asked:
    method: str
    path: str
    params: Php
    headers: Mapping[str, str]
    body: bytes


Told = Answer | list[Answer] | Callable[[Asked], Answer]


@dataclass
class WireShop:
    """`says`: (method, path below the API's root) -> an answer in place of the shop's own, or several, one after the
    other, the last one for ever, or what makes one. `most`: records
    after which the host dies. `before`: what is printed first."""

    url: str = "https://shop.example"
    prefix: str = "/wp-json"
    strips_header: bool = False
    most: int = 100
    before: bytes = b""
    home_page: Answer | None = None
    everything: Answer | None = None
    status: dict[str, Any] = field(default_factory=lambda: json.loads(json.dumps(STATUS)))
    index: dict[str, Any] = field(default_factory=dict)
    lists: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    says: dict[tuple[str, str], Told] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    gate: Gate = field(init=False)

    def __post_init__(self) -> None:
        self.gate = Gate(self.url, KEY, SECRET, sees_https=self.url.startswith("https"))
        self.index = self.index or {**INDEX, "home": self.url, "url": self.url}
        self.status["environment"]["home_url"] = self.url
        for name in ("products", "customers", "orders", "webhooks"):
            self.lists.setdefault(f"wc/v3/{name}", [{"id": 1}])

    def answer(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        parts = urlsplit(url)
        path, params = parts.path.removeprefix(urlsplit(self.url).path), php_query(parts.query)
        self.asked.append(Asked(method, path, params, dict(headers), body))
        if path in ("", "/"):
            root = f'<{self.url}{self.prefix}/>; rel="https://api.w.org/"'
            return self.home_page or page(200, Link=root)
        if self.everything is not None:
            return self.everything
        if not path.startswith(f"{self.prefix}/"):
            return page(404)
        place = path.removeprefix(f"{self.prefix}/")
        told = self.says.get((method, place))
        if told is not None:
            return self._told(told)
        if not place:
            return data(200, self.index)
        passed = {
            name: value for name, value in headers.items() if not (self.strips_header and name == "Authorization")
        }
        try:
            self.gate.check(method, url, passed)
        except Denied as denied:
            return refusal(denied.status, denied.code, str(denied))
        answer = self._known(method, place, params)
        return Answer(answer.status, self.before + answer.body, answer.headers)

    def _told(self, told: Told) -> Answer:
        if isinstance(told, Answer):
            return told
        if isinstance(told, list):
            return told.pop(0) if len(told) > 1 else told[0]
        return told(self.asked[-1])

    def _known(self, method: str, place: str, params: Php) -> Answer:
        if place == "wc/v3/system_status":
            return data(200, self.status)
        if place == "wc/v3/webhooks/batch" and method == "POST":
            return data(200, [])
        if place in self.lists:
            records, size = self.lists[place], int(params.get("per_page", 10))
            start = int(params.get("offset", (int(params.get("page", 1)) - 1) * size))
            if size > self.most:
                return page(500, "There has been a critical error on this website.")
            counts = {"X-WP-Total": str(len(records)), "X-WP-TotalPages": str(-(-len(records) // size))}
            return data(200, records[start : start + size], **counts)
        return refusal(404, "rest_no_route", "No route was found matching the URL and request method.")

    @contextmanager
    def mounted(self) -> Iterator[WireShop]:
        with mounted(self):
            yield self

    def ways(self) -> list[str]:
        """How the keys travelled, request by request."""
        return [
            "query"
            if "consumer_key" in one.params
            else "oauth1"
            if "oauth_nonce" in one.params
            else "basic"
            if "Authorization" in one.headers
            else ""
            for one in self.asked
        ]


@contextmanager
def mounted(*shops: WireShop) -> Iterator[responses.RequestsMock]:
    """Shops on one wire, also below each other's paths."""

    def told(request: PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        body, url = request.body or b"", str(request.url)
        content = body.encode() if isinstance(body, str) else body
        shop = max((one for one in shops if f"{url}/".startswith(f"{one.url}/")), key=lambda one: len(one.url))
        answer = shop.answer(str(request.method), url, request.headers, content)
        return answer.status, answer.headers, answer.body

    anywhere = re.compile("|".join(f"{re.escape(shop.url)}(/|$)" for shop in shops))
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        for method in ("GET", "POST", "PUT", "DELETE"):
            wire.add_callback(method, anywhere, callback=told, content_type=None)
        yield wire


@contextmanager
def serving(shop: WireShop, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """The shop on a port of this machine; its address, which is the shop's own from then on."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one write for an answer

        def reply(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = shop.answer(self.command, f"{shop.url}{self.path}", dict(self.headers.items()), body)
            self.send_response(answer.status)
            for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = do_PUT = do_DELETE = reply

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    shop.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_address[1]}"
    shop.gate.home, shop.gate.sees_https = shop.url, tls is not None
    shop.index["home"] = shop.status["environment"]["home_url"] = shop.url
    try:
        yield shop.url
    finally:
        server.shutdown()
        server.server_close()
