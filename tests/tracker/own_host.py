"""A shop that has the collector under an address of its own, by a small reverse proxy, and the collector behind it.

The collector is the product's own application. It calls itself https://collect.example, which nobody reaches here:
a beacon arrives only if the script worked out the way it came itself.
"""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from flask import Flask, Response, request

from collector.domain.door import NewRow
from collector.domain.shop import Policy, Shop
from collector.web.app import create_app
from collector.web.tracker import TrackerServices
from tests.tracker.collector import BUILT, serving
from tests.web.door_app import Inbox, Limits, PerPeriod, services

NOWHERE = "https://collect.example"
SITE_KEY = "site-key"
OWN_PATH = "/apps/hello"
OWN_SHOP = Shop(7, "shopify", "own.example", "https://own.example", SITE_KEY, policy=Policy(consent_mode="implied"))
# What a proxy hands on of a request, besides who asked.
HANDED_ON = ("Accept-Encoding", "Content-Type", "If-None-Match", "Origin", "Referer", "User-Agent")


class Shops:
    def by_site_key(self, site_key: str) -> Shop | None:
        return OWN_SHOP if site_key == SITE_KEY else None

    def by_hook_key(self, platform: str, hook_key: str) -> Shop | None:
        return None

    def by_address(self, platform: str, address: str) -> Shop | None:
        return None

    def all(self) -> Sequence[Shop]:
        return [OWN_SHOP]


@dataclass
class Collected:
    """What the collector took in."""

    inbox: Inbox = field(default_factory=Inbox)

    def rows(self) -> list[NewRow]:
        return list(self.inbox.rows)

    def reasons(self) -> list[str]:
        return [reason for _, door, reason in self.inbox.counted if door == "beacon"]


@contextmanager
def collecting_for_real(collected: Collected, per_address: PerPeriod | None = None) -> Iterator[str]:
    """The product's doors and tracker on a free port; its address. A proxy on this machine is trusted."""
    limits = Limits() if per_address is None else Limits(per_address=per_address)
    doors = services(collected.inbox, shops=Shops(), limits=limits, trusted_proxies=("127.0.0.0/8",))
    with serving(create_app(doors, TrackerServices(Shops(), BUILT, NOWHERE))) as address:
        yield address


@dataclass
class OwnShop:
    """What its page shows; who the proxy says is asking; what went through the proxy."""

    page: str = ""
    shopper: str = "203.0.113.7"
    passed: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


@contextmanager
def own_shop(shop: OwnShop, collector: str) -> Iterator[str]:
    """Its pages, with OWN_PATH/… handed on to the collector's /c/…; its address."""
    app = Flask("own-shop")

    @app.route(f"{OWN_PATH}/<path:rest>", methods=["GET", "POST"])
    def hand_on(rest: str) -> Response:
        with shop.lock:
            shop.passed.append(f"{request.method} {rest}")
        headers = {name: request.headers[name] for name in HANDED_ON if name in request.headers}
        headers["X-Forwarded-For"] = shop.shopper
        status, got, body = _ask(f"{collector}/c/{rest}", request.method, headers, request.get_data())
        kept = {name: value for name, value in got.items() if name.lower() not in ("connection", "server", "date")}
        return Response(body, status, kept)

    @app.get("/", defaults={"path": ""})
    @app.get("/<path:path>")
    def page(path: str) -> Response:
        if path == "cart.js":
            return Response('{"token": "", "items": []}', content_type="application/json")
        if path.endswith(".js"):
            # A plugin that keeps copies of other people's scripts, under names of its own.
            _, _, script = _ask(f"{collector}/c/{SITE_KEY}.js", "GET", {}, b"")
            return Response(script, content_type="text/javascript")
        return Response(shop.page, content_type="text/html; charset=utf-8")

    with serving(app) as address:
        yield address


def _ask(address: str, method: str, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
    asked = urllib.request.Request(address, body if method == "POST" else None, dict(headers), method=method)
    try:
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, dict(refused.headers), refused.read()
