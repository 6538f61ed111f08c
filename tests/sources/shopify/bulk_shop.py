"""A shop at the other end of the wire: bulk operations with their files, and pages of what changed. Real HTTP.

It answers what the product asks by the name of the question and knows nothing of GraphQL; the questions are proven
against Shopify's own schema elsewhere. What goes wrong is asked for: see the fields of `BulkShop`.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]
MADE_AT = "2026-11-21T10:00:00Z"
NAME = re.compile(r"(?:query|mutation)\s+(\w+)")
ROOT = re.compile(r"\b(customers|orders|products)\(")
SINCE = re.compile(r"updated_at:>='([^']+)'")
UNTIL = re.compile(r"updated_at:<'([^']+)'")


@dataclass(slots=True)
class Operation:
    resource: str
    text: str
    looks: int = 0


@dataclass(slots=True)
class BulkShop:
    """`lines`: the file of each kind. `changes`: records by kind, for pages and by number.

    `busy`: so many operations are refused first. `runs_for`: looks until one is done. `ends`: how operations end, one
    after the other (COMPLETED for all others). `breaks_at`: the download of the file breaks off after that line, once
    for each number; `cuts_at` the same, ending as if it were whole. `gone`: so many requests for files say 403.
    `takes`: called for each answer, to let time pass. `odd`: in place of what it says of products that are there.
    """

    lines: Mapping[str, Callable[[], Iterator[bytes]]] = field(default_factory=dict)
    changes: Mapping[str, list[Json]] = field(default_factory=dict)
    scopes: tuple[str, ...] = ("read_customers", "read_orders", "read_products", "read_inventory")
    counts: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # records, lines
    busy: int = 0
    runs_for: int = 0
    ends: list[tuple[str, str]] = field(default_factory=list)
    breaks_at: list[int] = field(default_factory=list)
    cuts_at: list[int] = field(default_factory=list)
    gone: int = 0
    page: int = 100
    odd: Json = field(default_factory=dict)
    takes: Callable[[], object] = lambda: None
    url: str = ""
    operations: dict[str, Operation] = field(default_factory=dict)
    asked: list[tuple[str, Json]] = field(default_factory=list)
    downloads: int = 0
    lines_sent: int = 0

    def answer(self, text: str, variables: Json) -> Json:
        found = NAME.search(text)
        name = found.group(1) if found else ""
        self.asked.append((name, variables))
        self.takes()
        if name == "start_bulk":
            return self._start(variables["text"])
        if name == "watch_bulk":
            return {"bulkOperation": self._watch(variables["id"])}
        if name == "shop":
            return self._scopes()
        resource, _, what = name.partition("_")
        if what == "changed":
            return {resource: self._page(resource, variables)}
        if what == "there":
            has = {node["id"] for node in self.changes.get(resource, [])}
            nodes = [{"id": number} if number in has else None for number in variables["ids"]]
            return {"nodes": nodes, **self._scopes()} | self.odd
        if what.startswith("by_id"):
            by_id = {node["id"]: node for node in self.changes[resource]}
            return {"nodes": [by_id.get(number) for number in variables["ids"]]}
        if name == "order_lines":
            return {"order": {"lineItems": self.more_lines(variables["id"], variables["after"])}}
        raise LookupError(name)

    def _scopes(self) -> Json:
        return {"currentAppInstallation": {"accessScopes": [{"handle": scope} for scope in self.scopes]}}

    def more_lines(self, number: str, after: str) -> Json:
        node = next(node for node in self.changes["orders"] if node["id"] == number)
        rest = node["_more"]
        at = int(after)
        is_last = at + 1 >= len(rest)
        return {"nodes": rest[at], "pageInfo": {"hasNextPage": not is_last, "endCursor": str(at + 1)}}

    def _start(self, text: str) -> Json:
        if self.busy:
            self.busy -= 1
            error = {"field": None, "message": "A bulk query is in progress.", "code": "OPERATION_IN_PROGRESS"}
            return {"bulkOperationRunQuery": {"bulkOperation": None, "userErrors": [error]}}
        root = ROOT.search(text)
        assert root, text
        number = f"gid://shopify/BulkOperation/{len(self.operations) + 1}"
        self.operations[number] = Operation(root.group(1), text)
        made = {"id": number, "status": "CREATED", "createdAt": MADE_AT}
        return {"bulkOperationRunQuery": {"bulkOperation": made, "userErrors": []}}

    def _watch(self, number: str) -> Json | None:
        operation = self.operations.get(number)
        if operation is None:
            return None
        operation.looks += 1
        plain = {"id": number, "createdAt": MADE_AT, "completedAt": None, "errorCode": None, "partialDataUrl": None}
        records, lines = self.counts.get(operation.resource, (0, 0))
        if operation.looks <= self.runs_for:
            said = {"status": "RUNNING", "objectCount": "3", "rootObjectCount": "2", "url": None}
            return plain | said
        place = int(number.rsplit("/", 1)[1])
        status, why = self.ends[place - 1] if place <= len(self.ends) else ("COMPLETED", "")
        url = f"{self.url}/file/{operation.resource}?key={operation.looks}"
        said = {"status": status, "errorCode": why or None, "objectCount": str(lines), "rootObjectCount": str(records)}
        if status != "COMPLETED":
            return plain | said | {"url": None, "partialDataUrl": url if why == "INTERNAL_SERVER_ERROR" else None}
        return plain | said | {"url": url if records else None}

    def _page(self, resource: str, variables: Json) -> Json:
        since, until = SINCE.search(variables["search"]), UNTIL.search(variables["search"])
        assert since, variables
        assert until, variables
        nodes = [
            {"id": node["id"], "updatedAt": node["updatedAt"]}
            for node in sorted(self.changes.get(resource, []), key=lambda node: str(node["updatedAt"]))
            if moment(since.group(1)) <= moment(node["updatedAt"]) < moment(until.group(1))
        ]
        start = int(variables.get("after") or 0)
        end = start + min(self.page, variables["first"])
        return {"nodes": nodes[start:end], "pageInfo": {"hasNextPage": end < len(nodes), "endCursor": str(end)}}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@contextmanager
def standing(shop: BulkShop) -> Iterator[BulkShop]:
    """The shop behind a port of its own; `url` says where."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = 65536  # heads and bodies leave together

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            cost = {"requestedQueryCost": 10, "actualQueryCost": 5}
            status = {"maximumAvailable": 2000.0, "currentlyAvailable": 1990.0, "restoreRate": 100.0}
            data = shop.answer(body["query"], body.get("variables") or {})
            said = {"data": data, "extensions": {"cost": cost | {"throttleStatus": status}}}
            raw = json.dumps(said).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("X-Shopify-API-Version", "2026-07")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def do_GET(self) -> None:
            assert "X-Shopify-Access-Token" not in self.headers, "a file's address is its own key"
            if shop.gone:
                shop.gone -= 1
                self.send_response(403)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            resource = self.path.split("?")[0].rsplit("/", 1)[1]
            shop.downloads += 1
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self._send_file(shop.lines[resource]())

        def _send_file(self, lines: Iterator[bytes]) -> None:
            chunk = bytearray()
            for sent, line in enumerate(lines, start=1):
                chunk += line + b"\n"
                shop.lines_sent += 1
                is_broken, is_cut = sent in shop.breaks_at, sent in shop.cuts_at
                if len(chunk) > 65536 or is_broken or is_cut:
                    self._send_chunk(bytes(chunk))
                    chunk.clear()
                if is_broken:
                    self.wfile.flush()
                    shop.breaks_at.remove(sent)
                    self.close_connection = True
                    return
                if is_cut:
                    shop.cuts_at.remove(sent)
                    break
            if chunk:
                self._send_chunk(bytes(chunk))
            self.wfile.write(b"0\r\n\r\n")

        def _send_chunk(self, chunk: bytes) -> None:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))

        def handle(self) -> None:
            try:
                super().handle()
            except (BrokenPipeError, ConnectionResetError):
                return  # the reader was killed: that is what the test is about

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    shop.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield shop
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
