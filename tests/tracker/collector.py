"""A collector that records: it serves the tracker as the product does and keeps the beacons it is sent.

Every beacon is read by the product's own wire format; one that does not pass is answered 400, and kept apart.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from werkzeug.serving import make_server

from collector.domain.errors import Invalid
from collector.domain.shop import Policy, Shop
from collector.sources.tracker.wire import decode
from collector.web import tracker

BUILT = Path(__file__).parents[2] / "static" / "tracker" / "dist"
LONGEST_WAIT_S = 20
ASKED = Shop(1, "shopify", "asked.example", "https://asked.example", "shopify-asked")
IMPLIED = Policy(consent_mode="implied")
SHOPS = {
    shop.site_key: shop
    for shop in (
        ASKED,
        replace(ASKED, id=2, platform="woocommerce", site_key="woocommerce-asked"),
        replace(ASKED, id=3, address="implied.example", site_key="shopify-implied", policy=IMPLIED),
        replace(ASKED, id=4, platform="woocommerce", site_key="woocommerce-implied", policy=IMPLIED),
        replace(ASKED, id=5, platform="woocommerce", site_key="woocommerce-typed", policy=IMPLIED),
    )
}


class Shops:
    def by_site_key(self, site_key: str) -> Shop | None:
        return SHOPS.get(site_key)

    def all(self) -> list[Shop]:
        return list(SHOPS.values())


@dataclass
class Recorder:
    """What arrived. `answers` are given first, one per beacon: (status, headers); afterwards 204.

    While `is_answering` is cleared, what arrives is kept and its answer waits."""

    beacons: list[dict[str, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    requests: list[Mapping[str, str]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    is_answering: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.is_answering.set()

    def clear(self) -> None:
        with self.lock:
            for kept in (self.beacons, self.refused, self.requests, self.answers):
                kept.clear()

    def take(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, dict[str, str]]:
        with self.lock:
            self.requests.append(headers)
            try:
                decode(body)
            except Invalid as problem:
                self.refused.append(f"{problem.field} {problem.value!r}: {problem.error}")
                return 400, {}
            if self.answers:
                return self.answers.pop(0)
            self.beacons.append(json.loads(body))
            return 204, {}

    def events(self) -> list[dict[str, Any]]:
        """Each once, in the order they came."""
        with self.lock:
            seen = {event["id"]: event for beacon in self.beacons for event in beacon["events"]}
        return list(seen.values())

    def types(self) -> list[str]:
        return [event["type"] for event in self.events()]

    def only(self, event_type: str) -> dict[str, Any]:
        [found] = [event for event in self.events() if event["type"] == event_type]
        return found


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


@contextmanager
def collecting(recorder: Recorder) -> Iterator[str]:
    """A collector on a free port; its address."""
    app = Flask("recording")

    @app.post("/c/<site_key>")
    def take(site_key: str) -> Response:
        status, headers = recorder.take(request.get_data(), dict(request.headers))
        recorder.is_answering.wait(LONGEST_WAIT_S)
        answer = Response("", status, headers)
        answer.headers["Access-Control-Allow-Origin"] = "*"
        answer.headers["Access-Control-Expose-Headers"] = "X-Collector, Retry-After"
        return answer

    with serving(app) as address:
        # The blueprint needs the address, so it comes after the port is known and before anybody calls.
        app.register_blueprint(tracker.blueprint(tracker.TrackerServices(Shops(), BUILT, address)))
        yield address
