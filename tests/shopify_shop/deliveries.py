"""Webhooks on their way: signed, and as unreliable as the real ones where a test asks for it.

Each delivery has a Webhook-Id of its own, kept by its retries; all of one action share their Event-Id. What is not
answered with 2xx comes again, eight times within four hours; then its subscription is deleted.
"""

from __future__ import annotations

import json
import random
import threading
import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tests.shopify_shop import topics
from tests.shopify_shop.access import Access
from tests.shopify_shop.naming import Json
from tests.shopify_shop.subscriptions import Subscription, Subscriptions
from tests.stand_ins.clock import Clock
from tests.stand_ins.posting import Pump, post

RETRIES = 8
PAUSES = (60, 180, 420, 900, 1800, 2700, 3600, 4740)  # seconds; four hours in all


def _narrowed(body: Json, subscription: Subscription) -> Json:
    """Without metafields nobody asked for; with the fields that were asked for."""
    spaces, fields = subscription.metafield_namespaces, subscription.include_fields
    narrowed = {name: value for name, value in body.items() if not fields or name in fields}
    if "metafields" in narrowed:
        narrowed["metafields"] = [one for one in narrowed["metafields"] if one["namespace"] in spaces]
        if not spaces:
            del narrowed["metafields"]
    return narrowed


@dataclass
class Unreliable:
    """Shares of the deliveries, 0 to 1: that come twice, and that come up to `late_s` late. `order`: mixed up."""

    twice: float = 0.0
    late: float = 0.0
    late_s: float = 1.0
    is_mixed: bool = False
    seed: int = 1


@dataclass
class Delivery:
    topic: str  # as the header names it
    uri: str
    body: bytes
    webhook_id: str
    event_id: str
    triggered_at: str
    due_at: datetime
    subscription: Subscription | None
    tries: int = 0
    answers: list[int] = field(default_factory=list)  # 0: none came


class Deliveries:
    """`send_due` delivers what is due by the clock; `pump` does so in a thread."""

    def __init__(self, address: str, access: Access, subscriptions: Subscriptions, clock: Clock) -> None:
        self._address = address
        self._access = access
        self._subscriptions = subscriptions
        self._clock = clock
        self._lock = threading.RLock()
        self._waiting: list[Delivery] = []
        self._pick = random.Random(1)
        self._pump = Pump(self.send_due)
        self.behaviour = Unreliable()
        self.sent: list[Delivery] = []  # answered with 2xx, or given up
        self.lost: list[Delivery] = []
        self.is_silent = False  # nothing is even triggered: what a shop's outage loses

    def behave(self, behaviour: Unreliable) -> None:
        self.behaviour = behaviour
        self._pick = random.Random(behaviour.seed)

    def emit(self, topic: str, body: Json, event_id: str) -> None:
        """To whoever subscribed to it. `topic` as in the header."""
        if self.is_silent:
            return
        for subscription in self._subscriptions.of(topics.ENUMS[topic]):
            narrowed = _narrowed(body, subscription)
            self.post(topic, narrowed, subscription.uri, event_id, subscription)

    def post(
        self, topic: str, body: Json, uri: str, event_id: str = "", subscription: Subscription | None = None
    ) -> Delivery:
        """To this address, subscribed or not: the compliance topics are in the app's settings."""
        now = self._clock.now()
        late = self._pick.random() < self.behaviour.late
        wait_s = self._pick.random() * self.behaviour.late_s if late else 0.0
        delivery = Delivery(
            topic,
            uri,
            json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
            str(uuid.UUID(int=self._pick.getrandbits(128), version=4)),
            event_id or str(uuid.uuid4()),
            now.isoformat().replace("+00:00", "Z"),
            now + timedelta(seconds=wait_s),
            subscription,
        )
        with self._lock:
            self._waiting.append(delivery)
        return delivery

    def repeat(self, sent: Delivery) -> Delivery:
        """The same once more, of the same moment, under another Webhook-Id."""
        again = replace(sent, webhook_id=str(uuid.uuid4()), due_at=self._clock.now(), tries=0, answers=[])
        with self._lock:
            self._waiting.append(again)
        return again

    def waiting(self) -> int:
        with self._lock:
            return len(self._waiting)

    def send_due(self, everything: bool = False) -> int:
        """How many were sent. `everything`: also what is not due yet."""
        with self._lock:
            now = self._clock.now()
            due = [one for one in self._waiting if everything or one.due_at <= now]
            self._waiting = [one for one in self._waiting if not (everything or one.due_at <= now)]
            if self.behaviour.is_mixed:
                self._pick.shuffle(due)
            again = [self._pick.random() < self.behaviour.twice for _ in due]
        for delivery, is_twice in zip(due, again, strict=True):
            self._send(delivery)
            if is_twice:
                self._call(delivery)
        return len(due)

    def _send(self, delivery: Delivery) -> None:
        status = self._call(delivery)
        delivery.answers.append(status)
        subscription = delivery.subscription
        if 200 <= status < 300:
            if subscription is not None:
                subscription.failures = 0
            self.sent.append(delivery)
            return
        delivery.tries += 1
        if subscription is not None:
            subscription.failures += 1
            if subscription.failures >= RETRIES:
                self._subscriptions.drop(subscription)
        if delivery.tries > RETRIES:
            self.lost.append(delivery)
            return
        delivery.due_at = self._clock.now() + timedelta(seconds=PAUSES[delivery.tries - 1])
        with self._lock:
            self._waiting.append(delivery)

    def _call(self, delivery: Delivery) -> int:
        """The status; 0 without an answer."""
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Shopify-Captain-Hook",
            "X-Shopify-Topic": delivery.topic,
            "X-Shopify-Hmac-Sha256": self._access.sign(delivery.body),
            "X-Shopify-Shop-Domain": self._address,
            "X-Shopify-API-Version": self._subscriptions.version,
            "X-Shopify-Webhook-Id": delivery.webhook_id,
            "X-Shopify-Event-Id": delivery.event_id,
            "X-Shopify-Triggered-At": delivery.triggered_at,
        }
        return post(delivery.uri, delivery.body, headers)

    def retry_soon(self) -> None:
        """What failed is due now: hours are over."""
        with self._lock:
            for one in self._waiting:
                one.due_at = self._clock.now()

    def pump(self) -> None:
        """Send what is due, all the time, until `stop`."""
        self._pump.start()

    def stop(self) -> None:
        self._pump.stop()
