"""The shop on a port of this machine: its API, its tokens, its bulk results; and what can go wrong with each.

with shop_open(numbers, clock, folder) as shop:
    shop.url                    # where its API is
    shop.life.order_placed(…)   # things happen
    shop.deliveries.send_due()  # and are told
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from flask import Flask, Response, redirect, request
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.wrappers import Response as AnyResponse

from tests.shopify_shop import versions
from tests.shopify_shop.access import Access
from tests.shopify_shop.answering import Answering, Asked
from tests.shopify_shop.bucket import Bucket
from tests.shopify_shop.bulk import Bulk
from tests.shopify_shop.deliveries import Deliveries
from tests.shopify_shop.life import Life
from tests.shopify_shop.numbers import Numbers
from tests.shopify_shop.reading import Gap
from tests.shopify_shop.roots import Roots
from tests.shopify_shop.search import BadSearch
from tests.shopify_shop.shop import Shop
from tests.shopify_shop.subscriptions import Subscriptions
from tests.stand_ins.clock import Clock, Wall
from tests.stand_ins.serving import handler_on, running

CHUNK = 64 * 1024
BAD_TOKEN = "[API] Invalid API key or access token (unrecognized login or wrong password)"
# trouble -> (status, type, body). All requests meet it until it is over.
TROUBLES = {
    "frozen": (402, "application/json", '{"errors":"Unavailable Shop"}'),
    "locked": (423, "application/json", '{"errors":"Locked"}'),
    "not_a_shop": (404, "application/json", '{"errors":"Not Found"}'),
    "page": (200, "text/html; charset=utf-8", "<!doctype html><title>Shopify</title><p>One moment, please."),
    "broken": (503, "text/html; charset=utf-8", "<!doctype html><title>503</title>"),
    "too_many": (429, "application/json", '{"errors":"Exceeded 2 calls per second for api client."}'),
}


class ShopifyShop:
    """One shop, one app installed on it."""

    def __init__(self, numbers: Numbers, clock: Clock, folder: Path) -> None:
        self.numbers, self.clock = numbers, clock
        self.shop = Shop(numbers, clock)
        self.access = Access(clock)
        self.bucket = Bucket(clock)
        self.subscriptions = Subscriptions(clock)
        self.deliveries = Deliveries(numbers.address, self.access, self.subscriptions, clock)
        self.life = Life(self.shop, self.deliveries)
        self.roots = Roots(self.shop, self.subscriptions)
        self.answering = Answering(self.roots, self.bucket)
        self.bulk = Bulk(
            clock,
            folder,
            lambda: self.url,
            lambda document, version, granted: self.answering.plan(document, version, granted, self.access.sees_people),
            self.shop.lock,
            lambda body: self.deliveries.emit("bulk_operations/finish", body, ""),
        )
        self.roots.bulk = self.bulk
        self.trouble = ""  # one of TROUBLES
        self.troubles_left: int | None = None  # None: until it is taken away
        self.drop_bulk_after: list[int] = []  # bytes after which the next downloads break off
        self.faults: list[str] = []  # what no client should do
        self.asked: list[tuple[str, dict[str, Any]]] = []  # (operation, variables)
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def check(self) -> None:
        """Nothing was asked that this shop has no answer for, nothing was done that no client should do."""
        assert self.answering.gaps == [], self.answering.gaps
        assert self.faults == [], self.faults
        broken = {one.broke for one in self.bulk.operations.values()} - {""}
        assert not broken, broken

    def met_trouble(self) -> Response | None:
        if not self.trouble or self.troubles_left == 0:
            return None
        if self.troubles_left is not None:
            self.troubles_left -= 1
        status, kind, body = TROUBLES[self.trouble]
        return Response(body, status, content_type=kind)


def app_of(shop: ShopifyShop) -> Flask:
    app = Flask("shopify_shop", static_folder=None)

    @app.post("/admin/api/<asked>/graphql.json")
    def graphql(asked: str) -> Response:
        if (trouble := shop.met_trouble()) is not None:
            return trouble
        version = versions.served(asked, shop.roots.supported)
        if version is None:
            return _json({"errors": "Not Found"}, 404)
        grant = shop.access.grant(request.headers.get("X-Shopify-Access-Token", ""))
        if grant is None:
            return _json({"errors": BAD_TOKEN}, 401, version)
        stated: dict[str, Any] = request.get_json(force=True)
        shop.asked.append((_name_of(stated["query"]), stated.get("variables") or {}))
        try:
            with shop.shop.lock:
                body = shop.answering.answer(
                    stated["query"],
                    stated.get("variables") or {},
                    stated.get("operationName"),
                    Asked(version, grant.scopes, shop.access.sees_people),
                )
        except (Gap, BadSearch) as gap:
            body = {"errors": [{"message": f"the sandbox has no answer: {gap}"}]}
        return _json(body, 200, version)

    @app.post("/admin/oauth/access_token")
    def access_token() -> Response:
        if (trouble := shop.met_trouble()) is not None:
            return trouble
        stated = request.get_json(silent=True) or request.form.to_dict()
        with shop.shop.lock:
            status, body = shop.access.answer({name: str(value) for name, value in stated.items()})
        return _json(body, status)

    @app.get("/admin/oauth/authorize")
    def authorize() -> AnyResponse:
        """The merchant agrees at once."""
        back = urlsplit(request.args["redirect_uri"])
        shop.access.is_installed = True
        query = shop.access.signed_query(
            code=shop.access.code(), shop=shop.numbers.address, state=request.args.get("state", ""), host="YWRtaW4"
        )
        more = urlencode(parse_qs(back.query), doseq=True)
        return redirect(urlunsplit(back._replace(query="&".join(filter(None, (more, query))))))

    @app.get("/bulk/<name>")
    def bulk_result(name: str) -> Response:
        if "X-Shopify-Access-Token" in request.headers or "Authorization" in request.headers:
            shop.faults.append("a token was sent to the storage of bulk results")
            return Response("<Error><Code>InvalidArgument</Code></Error>", 400, content_type="application/xml")
        path = shop.bulk.path_of(name)
        if path is None:
            return Response("<Error><Code>AccessDenied</Code></Error>", 403, content_type="application/xml")
        breaks_at = shop.drop_bulk_after.pop(0) if shop.drop_bulk_after else None
        return Response(_pieces(path, breaks_at), content_type="application/jsonl")

    return app


def _name_of(query: str) -> str:
    """Of the operation, for tests that look at what was asked."""
    found = re.match(r"\s*(?:query|mutation)\s+(\w+)", query)
    return found.group(1) if found else ""


def _json(body: Any, status: int, version: str = "") -> Response:
    response = Response(json.dumps(body, ensure_ascii=False), status, content_type="application/json; charset=utf-8")
    if version:
        response.headers["X-Shopify-API-Version"] = version
    return response


class BrokenOff(Exception):
    """The connection ends in the middle of a file."""


def _pieces(path: Path, breaks_at: int | None) -> Iterator[bytes]:
    given = 0
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            if breaks_at is not None and given + len(piece) > breaks_at:
                yield piece[: max(0, breaks_at - given)]
                raise BrokenOff
            given += len(piece)
            yield piece


@contextlib.contextmanager
def shop_open(numbers: Numbers, folder: Path, clock: Clock | None = None) -> Iterator[ShopifyShop]:
    """`folder`: for results of bulk operations."""
    shop = ShopifyShop(numbers, clock or Wall(), folder)
    handler = handler_on(shop.clock)
    server: BaseWSGIServer = make_server("127.0.0.1", 0, app_of(shop), threaded=True, request_handler=handler)
    shop.port = server.server_port
    with running(server):
        try:
            yield shop
        finally:
            shop.deliveries.stop()
            for operation in shop.bulk.operations.values():
                operation.is_cancelled = operation.is_cancelled or not operation.is_written


def recent(clock: Clock, **counts: Any) -> Numbers:
    """Records of the last fifty days; none of them younger than a day."""
    began = (clock.now() - timedelta(days=50)).astimezone(UTC).replace(microsecond=0)
    return Numbers(began=began, span=timedelta(days=49), **counts)
