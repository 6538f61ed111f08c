"""A list at the wire that changes before each answer, and nothing else of a shop: fast enough for many histories."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from requests.adapters import BaseAdapter

from collector.sources.woocommerce.known import Known
from collector.sources.woocommerce.rest import RestClient

HOME = "https://shop.example"
Json = dict[str, Any]


class ChangingList(BaseAdapter):
    """`records` by id. `before`: called before each answer. `states_total`: some hosts drop the headers."""

    def __init__(self, records: dict[int, Json], before: Callable[[], None], *, states_total: bool = True) -> None:
        super().__init__()
        self.records = records
        self.before = before
        self.states_total = states_total
        self.most = 100  # with more the host dies
        self.asked: list[dict[str, str]] = []

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        self.before()
        given = {name: values[-1] for name, values in parse_qs(urlsplit(request.url or "").query).items()}
        self.asked.append(given)
        response = requests.Response()
        response.headers["Content-Type"] = "application/json"
        size, offset = int(given["per_page"]), int(given["offset"])
        if size > self.most:
            response.status_code, response._content = 500, b'{"code":"internal_server_error","message":"memory"}'
            return response
        ids = sorted(self.records)
        response.status_code = 200
        response._content = json.dumps([self.records[one] for one in ids[offset : offset + size]]).encode()
        if self.states_total:
            response.headers["X-WP-Total"] = str(len(ids) if ids[offset:] else 0)  # as with HPOS past the end
        return response

    def close(self) -> None:
        """Nothing to close."""

    def client(self, size: int = 100) -> RestClient:
        """`size`: of the pages, as it was learnt."""
        session = requests.Session()
        session.mount("https://", self)
        sizes = {} if size == 100 else {"orders": size}
        return RestClient(session, HOME, "ck_1", "cs_1", known=Known(way="basic", sizes=sizes), sleep=lambda s: None)
