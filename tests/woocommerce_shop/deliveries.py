"""Webhooks on their way, as WooCommerce's queue sends them.

A job says "this webhook, this record": while one waits, more of the same are not added. The body is made when the job
runs. Nothing is ever repeated. What fails counts against the webhook. The delivery id is a hash of webhook and second.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.stand_ins.clock import Clock
from tests.stand_ins.posting import Pump, post
from tests.woocommerce_shop.kind import Json
from tests.woocommerce_shop.replies import text_of
from tests.woocommerce_shop.webhooks import Webhook, Webhooks

AGENT = "WooCommerce/10.5.0 Hookshot (WordPress/6.9.1)"


@dataclass
class Unreliable:
    """Shares of the jobs, 0 to 1: sent twice; run up to `late_s` late; `stale`: late, with the body of when they were
    made. `is_mixed`: jobs that are due run in any order."""

    twice: float = 0.0
    late: float = 0.0
    stale: float = 0.0
    late_s: float = 1.0
    is_mixed: bool = False
    seed: int = 1


@dataclass
class Job:
    webhook: Webhook
    resource_id: int
    due_at: datetime
    body: bytes = b""  # made already, where it is to be stale


@dataclass(frozen=True)
class Sent:
    topic: str
    body: bytes
    delivery_id: str
    status: int  # 0: no answer


@dataclass
class Deliveries:
    """`is_silent`: nothing is even put into the queue. `has_cron`: whether the queue ever runs by itself."""

    webhooks: Webhooks
    told: Callable[[str, int, str], Json]
    home: Callable[[], str]
    clock: Clock
    lock: threading.RLock
    behaviour: Unreliable = field(default_factory=Unreliable)
    sent: list[Sent] = field(default_factory=list)
    pings: list[int] = field(default_factory=list)  # the status each was answered with
    is_silent: bool = False
    has_cron: bool = True
    _waiting: list[Job] = field(default_factory=list)
    _pick: random.Random = field(default_factory=lambda: random.Random(1))
    _running: int = 0

    def __post_init__(self) -> None:
        self._pump = Pump(self._run_by_cron)

    def behave(self, behaviour: Unreliable) -> None:
        self.behaviour = behaviour
        self._pick = random.Random(behaviour.seed)

    def emit(self, topic: str, id_: int) -> None:
        """To whoever listens, once the queue runs."""
        if self.is_silent:
            return
        with self.lock:
            for webhook in self.webhooks.of(topic):
                if not any(one.webhook is webhook and one.resource_id == id_ and not one.body for one in self._waiting):
                    self._waiting.append(self._job(webhook, id_))

    def _job(self, webhook: Webhook, id_: int) -> Job:
        how = self.behaviour
        is_stale, is_late = self._pick.random() < how.stale, self._pick.random() < how.late
        wait_s = self._pick.random() * how.late_s if is_late or is_stale else 0.0
        body = self._body(webhook, id_) if is_stale else b""
        return Job(webhook, id_, self.clock.now() + timedelta(seconds=wait_s), body)

    def _body(self, webhook: Webhook, id_: int) -> bytes:
        return text_of(self.told(webhook.resource, id_, webhook.event)).encode()

    def waiting(self) -> int:
        """Jobs that wait or are being done."""
        with self.lock:
            return len(self._waiting) + self._running

    def run(self, everything: bool = False) -> int:
        """The jobs that are due, one after another; how many. `everything`: also those that are not due yet."""
        with self.lock:
            now = self.clock.now()
            due = [one for one in self._waiting if everything or one.due_at <= now]
            self._waiting = [one for one in self._waiting if not (everything or one.due_at <= now)]
            self._running += len(due)
            if self.behaviour.is_mixed:
                self._pick.shuffle(due)
            again = [self._pick.random() < self.behaviour.twice for _ in due]
        for job, is_twice in zip(due, again, strict=True):
            if job.webhook.status == "active" and job.webhook.id in self.webhooks.all:
                with self.lock:
                    body = job.body or self._body(job.webhook, job.resource_id)
                for _ in range(1 + is_twice):
                    self._deliver(job.webhook, body)
            with self.lock:
                self._running -= 1
        return len(due)

    def _deliver(self, webhook: Webhook, body: bytes) -> None:
        now = int(self.clock.now().timestamp())
        delivery_id = hashlib.md5(f"{webhook.id}{now}".encode()).hexdigest()
        signature = base64.b64encode(hmac.new(webhook.secret.encode(), body, hashlib.sha256).digest()).decode()
        status = _post(
            webhook.delivery_url,
            body,
            {
                "Content-Type": "application/json",
                "X-WC-Webhook-Source": f"{self.home()}/",
                "X-WC-Webhook-Topic": webhook.topic,
                "X-WC-Webhook-Resource": webhook.resource,
                "X-WC-Webhook-Event": webhook.event,
                "X-WC-Webhook-Signature": signature,
                "X-WC-Webhook-ID": str(webhook.id),
                "X-WC-Webhook-Delivery-ID": delivery_id,
            },
        )
        with self.lock:
            self.sent.append(Sent(webhook.topic, body, delivery_id, status))
            if 200 <= status <= 302:
                webhook.failures = 0
            else:
                webhook.failed()
        if webhook.owes_ping:
            self.ping(webhook)

    def ping(self, webhook: Webhook) -> None:
        """Unsigned, a form. Anything but 200 has it sent again after every later delivery."""
        body = f"webhook_id={webhook.id}".encode()
        status = _post(webhook.delivery_url, body, {"Content-Type": "application/x-www-form-urlencoded"})
        with self.lock:
            self.pings.append(status)
            webhook.owes_ping = status != 200

    def pump(self) -> None:
        """Run the queue all the time, until `stop`."""
        self._pump.start()

    def _run_by_cron(self) -> None:
        if self.has_cron:
            self.run()

    def stop(self) -> None:
        self._pump.stop()


def _post(url: str, body: bytes, headers: dict[str, str]) -> int:
    return post(url, body, {"User-Agent": AGENT, **headers})
