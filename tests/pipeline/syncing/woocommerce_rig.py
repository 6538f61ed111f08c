"""Reading a WooCommerce shop over real HTTP into real files, on a clock that only waiting moves."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import _basic_auth_str

from collector.domain.door import InboxRow, Lane, NewRow, RowKind
from collector.domain.shop import Secrets, Shop
from collector.sources.woocommerce.changes import WooCommerceChanges
from collector.sources.woocommerce.history import WooCommerceHistory
from collector.sources.woocommerce.known import Known
from collector.sources.woocommerce.pace import Pace
from collector.sources.woocommerce.rest import RestClient
from tests.pipeline.syncing.reading_rig import ReadingRig
from tests.pipeline.telling_bench import LIVE_WOO, TellingBench
from tests.stand_ins.clock import Virtual
from tests.woocommerce_shop.server import Network


class _Way(HTTPAdapter):
    """As a proxy that speaks TLS to the outside: signatures of OAuth hold by the machine's clock, not by ours here.

    `is_old`: the shop's version has no list of all variations. `broken`: orders it fails on when
    their lines are asked for. `unlisted`: products a plugin leaves out of the list; asked for by its number such a one
    is answered with `single`, or 200 for itself.
    """

    def __init__(self, authorization: str) -> None:
        super().__init__()
        self._authorization = authorization
        self.is_old = False
        self.broken: set[int] = set()
        self.unlisted: set[int] = set()
        self.single: tuple[int, bytes] = (200, b"")

    def send(self, request: requests.PreparedRequest, *more: Any, **how: Any) -> requests.Response:
        parts = urlsplit(request.url or "")
        if self.is_old and parts.path.endswith("/wc/v3/variations"):
            return _answer(404, b'{"code":"rest_no_route","message":"No route","data":{"status":404}}')
        query = urlencode([pair for pair in parse_qsl(parts.query) if not pair[0].startswith("oauth_")])
        request.url = urlunsplit(parts._replace(query=query))
        request.headers.update({"X-Forwarded-Proto": "https", "Authorization": self._authorization})
        response = super().send(request, *more, **how)
        if self.unlisted and "/products" in parts.path:
            return self._without_unlisted(parts.path, response)
        if not self.broken:
            return response
        answered = json.loads(response.content)
        named = {one.get("id") for one in (answered if isinstance(answered, list) else [answered])}
        if self.broken & named and "line_items" in query:
            return _answer(500, b'{"code":"internal_server_error","message":"critical error"}')
        return response

    def _without_unlisted(self, path: str, response: requests.Response) -> requests.Response:
        if path.endswith("/products"):
            kept = [one for one in json.loads(response.content) if one["id"] not in self.unlisted]
            listed = _answer(200, json.dumps(kept).encode())
            listed.headers.update({"X-WP-Total": str(len(kept)), "X-WP-TotalPages": "1"})
            return listed
        status, body = self.single
        is_one = path.rpartition("/")[2] in map(str, self.unlisted)
        return _answer(status, body) if is_one and status != 200 else response


def _answer(status: int, body: bytes) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.headers["Content-Type"] = "application/json"
    response._content = body
    return response


class WooRig(ReadingRig):
    """One live shop, the main site of `network`, whose clock is ours. `policy`: what differs from the plain one."""

    def __init__(self, bench: TellingBench, network: Network, clock: Virtual, folder: Path, **policy: object) -> None:
        self.network = network
        self.there = network.main
        self.clock = clock
        self.http, self.learnt, key = requests.Session(), Known(), self.there.key
        self.looks_at_all = False
        self.way = _Way(_basic_auth_str(key.consumer_key, key.consumer_secret))
        self.http.mount("http://", self.way)
        credentials = {"consumer_key": key.consumer_key, "consumer_secret": key.consumer_secret}
        plain = replace(LIVE_WOO, url=self.there.home, secrets=Secrets(credentials=credentials))
        shop = replace(plain, policy=replace(plain.policy, **policy))  # type: ignore[arg-type]
        super().__init__(
            bench,
            shop,
            folder,
            clock.now,
            lambda: WooCommerceHistory(self.api, clock.now),
            lambda: WooCommerceChanges(self.api, clock.now, looks_at_all=self.looks_at_all),
        )

    def api(self, shop: Shop) -> RestClient:
        keys = shop.secrets.credentials
        return RestClient(
            self.http,
            shop.url,
            keys["consumer_key"],
            keys["consumer_secret"],
            known=self.learnt,
            remember=self._learn,
            pace=Pace(share=0),
            clock=self.clock.now,
            monotonic=self.clock.time,
            sleep=self.clock.sleep,
        )

    def _learn(self, known: Known) -> None:
        self.learnt = known

    def happen(self, topic: str, number: int) -> None:
        """A webhook comes in time."""
        resource, _, event = topic.partition(".")
        body = json.dumps(self.there.told(resource, number, event)).encode()
        row = NewRow(self.shop.id, Lane.LIVE, RowKind.WEBHOOK, self.clock.now(), body, topic=topic)
        self.bench.happen(row)

    def live_rows(self, topic: str) -> list[InboxRow]:
        return [row for row in self.rows(Lane.LIVE) if row.topic == topic]

    def wait(self, seconds: float) -> None:
        self.clock.sleep(seconds)

    def close(self) -> None:
        self.http.close()
        super().close()
