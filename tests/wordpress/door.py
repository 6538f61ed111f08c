"""The collector's door at the wire: the product's own judgement of each beacon, and what to answer instead."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, request

from collector.domain.door import BeaconRequest, NewRow
from collector.domain.shop import Policy, Secrets, Shop
from collector.pipeline.accept_beacon import accept_beacon
from collector.sources.tracker.verify import TrackerFormat
from collector.standards.user_agents import KnownUserAgents
from collector.web.answering import to_response
from tests.tracker.collector import serving

SHOP = Shop(
    1,
    "woocommerce",
    "shop.example",
    "https://shop.example",
    "site-key-1",
    secrets=Secrets(identity=("key-of-the-shop",)),
)
AGENTS = KnownUserAgents()


@dataclass
class Door:
    """`answers` are given first, one per beacon: (status, headers, body); None: as the product does."""

    address: str = ""
    shop: Shop = SHOP
    answers: list[tuple[int, dict[str, str], str] | None] = field(default_factory=list)
    rows: list[NewRow] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    calls: int = 0

    def clear(self) -> None:
        self.shop, self.calls = SHOP, 0
        for kept in (self.answers, self.rows, self.said):
            kept.clear()

    def implied(self) -> None:
        self.shop = replace(SHOP, policy=Policy(consent_mode="implied"))

    def take(self, site_key: str) -> Response:
        self.calls += 1
        if self.answers and (answer := self.answers.pop(0)) is not None:
            status, headers, text = answer
            return Response(text, status, headers)
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = BeaconRequest(site_key, headers, request.get_data())
        shop = self.shop if site_key == self.shop.site_key else None
        verdict = accept_beacon(asked, shop, datetime.now(UTC), TrackerFormat(), AGENTS)
        if verdict.row is not None:
            self.rows.append(verdict.row)
        answer_said = to_response(verdict.answer)
        self.said.append(f"{answer_said.status_code} {answer_said.headers.get('X-Collector', '')}".strip())
        return answer_said

    def beacons(self) -> list[dict[str, Any]]:
        """What was stored."""
        return [json.loads(row.body) for row in self.rows]

    def events(self) -> list[dict[str, Any]]:
        return [event for beacon in self.beacons() for event in beacon["events"]]

    def carts(self) -> list[list[tuple[str, str, int]]]:
        """The lines of each cart told: (product, variation or "", quantity)."""
        return [
            [(item["id"], item["variant_id"], item["quantity"]) for item in event["cart"]["items"]]
            for event in self.events()
            if event["type"] == "cart_updated"
        ]


@contextmanager
def open_door() -> Iterator[Door]:
    app, door = Flask("door"), Door()

    @app.post("/c/<site_key>")
    def take(site_key: str) -> Response:
        return door.take(site_key)

    @app.get("/healthz")
    def alive() -> Response:
        return Response("OK", content_type="text/plain")

    with serving(app) as address:
        door.address = address
        yield door
