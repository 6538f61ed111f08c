"""Clients that send the way browsers and shops do: again and again, the same, until they are answered.

What was acknowledged is written down; what was not stays with its client. One seed, one stream.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.system.product import CHROME, Answer, read, woo_headers

PAUSE_S = 0.02
RETRY_S = 0.05
BUSY_S = 0.2  # after an answer that says "later"
LONGEST_S = 90.0  # for one request, all its tries together


@dataclass(frozen=True, slots=True)
class Sending:
    path: str
    body: bytes
    headers: dict[str, str]
    event_ids: tuple[str, ...] = ()  # of a beacon
    delivery: str = ""  # of a webhook: its body's digest


@dataclass
class Ledger:
    """What the product said yes to, and how often it was asked."""

    events: set[str] = field(default_factory=set)
    deliveries: set[str] = field(default_factory=set)
    tries: int = 0
    answered: int = 0
    refused: list[int] = field(default_factory=list)  # statuses that nobody expects
    gave_up: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def stream(seed: int, site_key: str) -> Iterator[Sending]:
    """Beacons of a few visitors and webhooks of a few orders and customers, without end."""
    pick = random.Random(seed)
    shop = "http://127.0.0.1:8081"
    orders: dict[int, int] = {}
    for number in range(10**9):
        if pick.random() < 0.7:
            yield _beacon(pick, site_key, shop, f"c{seed}n{number}")
        elif pick.random() < 0.7:
            order_id = seed * 1000 + pick.randrange(40)
            orders[order_id] = orders.get(order_id, 0) + 1
            yield _webhook("order.updated", _order(pick, order_id, orders[order_id]))
        else:
            customer = seed * 1000 + pick.randrange(30)
            body = {
                "id": customer,
                "email": f"visitor{customer % 30}@example.org",
                "date_modified_gmt": f"2026-11-21T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}",
                "first_name": f"N{number}",
                "role": "customer",
                "billing": {"country": "DE"},
            }
            yield _webhook("customer.updated", body)


def _beacon(pick: random.Random, site_key: str, shop: str, name: str) -> Sending:
    who = pick.randrange(60)
    visitor = f"visitor-{who:04}"  # shared by the clients: a browser has several tabs
    now = int(time.time() * 1000)
    events: list[dict[str, Any]] = []
    for place in range(pick.randint(1, 3)):
        at = now - pick.randrange(6 * 3600) * 1000
        page = {"url": f"{shop}/p/{pick.randrange(9)}?utm_source=s{pick.randrange(3)}", "referrer": ""}
        product = {"id": str(10 + pick.randrange(5)), "price": "12.50", "currency": "EUR"}
        event: dict[str, Any] = {"id": f"{name}e{place}-x", "at": at, "page": page}
        kind = pick.choice(("page_viewed", "product_viewed", "cart_updated", "checkout_started", "contact_submitted"))
        if kind == "product_viewed":
            event["product"] = product
        elif kind == "cart_updated":
            items = [{**product, "quantity": pick.randint(1, 3)}] if pick.random() < 0.8 else []
            event["cart"] = {"currency": "EUR", "items": items}
        elif kind == "contact_submitted":
            event["email"] = f"visitor{who // 2}@example.org"
        events.append({**event, "type": kind})
    beacon = {"v": 1, "visitor_id": visitor, "sent_at": now, "consent": "granted", "events": events}
    headers = {"Content-Type": "text/plain;charset=UTF-8", "User-Agent": CHROME, "Accept-Language": "de"}
    return Sending(f"/c/{site_key}", json.dumps(beacon).encode(), headers, tuple(event["id"] for event in events))


def _order(pick: random.Random, order_id: int, version: int) -> dict[str, Any]:
    status = ("checkout-draft", "pending", "failed", "processing", "completed")[min(version - 1, 4)]
    return {
        "id": order_id,
        "number": str(order_id),
        "status": status,
        "currency": "EUR",
        "created_via": "store-api",
        "date_created_gmt": "2026-11-21T10:00:00",
        "date_modified_gmt": f"2026-11-21T10:{version // 60 % 60:02}:{version % 60:02}",
        "total": f"{version}.00",
        "customer_id": order_id // 1000 * 1000 + order_id % 30 if order_id % 3 else 0,
        "billing": {"email": f"visitor{order_id % 60 // 2}@example.org", "country": "DE"},
        "line_items": [{"product_id": 10 + order_id % 5, "name": "Tea", "quantity": 1, "total": f"{version}.00"}],
        "refunds": [],
        "meta_data": [{"key": "_tajo_id", "value": f"visitor-{order_id % 60:04}"}],
    }


def _webhook(topic: str, body: dict[str, Any]) -> Sending:
    raw = json.dumps(body).encode()
    headers = woo_headers(topic, raw)
    return Sending("/webhooks/woocommerce", raw, headers, delivery=hashlib.sha256(topic.encode() + raw).hexdigest())


class Client(threading.Thread):
    """Sends its stream until told to stop; the last one too is sent until it is answered."""

    def __init__(
        self, port: int, sendings: Iterator[Sending], ledger: Ledger, stop: threading.Event, keep_alive: bool
    ) -> None:
        super().__init__(daemon=True)
        self._port = port
        self._sendings = sendings
        self._ledger = ledger
        self._stop_sending = stop
        self._keep_alive = keep_alive
        self._connection: http.client.HTTPConnection | None = None

    def run(self) -> None:
        for sending in self._sendings:
            if self._stop_sending.is_set():
                break
            self._deliver(sending)
            time.sleep(PAUSE_S)
        self._close()

    def _deliver(self, sending: Sending) -> None:
        end = time.monotonic() + LONGEST_S
        while time.monotonic() < end:
            with self._ledger.lock:
                self._ledger.tries += 1
            try:
                answer = self._send(sending)
            except (OSError, http.client.HTTPException):
                self._close()
                time.sleep(RETRY_S)
                continue
            if answer.status in (200, 204):
                with self._ledger.lock:
                    self._ledger.answered += 1
                    self._ledger.events |= set(sending.event_ids)
                    self._ledger.deliveries |= {sending.delivery} - {""}
                    if sending.event_ids and answer.headers.get("x-collector") != f"accepted={len(sending.event_ids)}":
                        self._ledger.refused.append(answer.status)
                return
            if answer.status != 503 or "retry-after" not in answer.headers:
                with self._ledger.lock:
                    self._ledger.refused.append(answer.status)
            time.sleep(BUSY_S)
        with self._ledger.lock:
            self._ledger.gave_up.append(sending.path)

    def _send(self, sending: Sending) -> Answer:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        headers = sending.headers if self._keep_alive else {**sending.headers, "Connection": "close"}
        self._connection.request("POST", sending.path, body=sending.body, headers=headers)
        answer = read(self._connection)
        if not self._keep_alive:
            self._close()
        return answer

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@contextlib.contextmanager
def flowing(port: int, site_key: str, clients: int, seed: int = 1) -> Iterator[Ledger]:
    """Traffic while the block runs; afterwards everything begun is answered."""
    ledger, stop = Ledger(), threading.Event()
    threads = [
        Client(port, stream(seed * 10 + each, site_key), ledger, stop, keep_alive=each % 2 == 0)
        for each in range(clients)
    ]
    for thread in threads:
        thread.start()
    try:
        yield ledger
    finally:
        stop.set()
        for thread in threads:
            thread.join(LONGEST_S + 30)
