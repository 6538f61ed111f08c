"""Webhooks as WooCommerce sends them: a queue, a body made when the queue runs, a signature, no second try.

Several changes of one thing before the queue runs are one delivery. After six failures in a row the seventh
disables a webhook. Saving one sends `webhook_id=<n>`, unsigned; as long as that is not answered with exactly
200 it is sent again after every delivery.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import requests

from collector.sandbox.shop.settings import ShopSettings

log = logging.getLogger(__name__)
AGENT = "WooCommerce/10.5.0 Hookshot (WordPress/6.9.1)"
TIMEOUT_S = 10.0
FORGIVEN = 5
Body = Callable[[str, int], bytes | None]  # topic, id of the thing -> the body; None: the thing is gone


@dataclass(slots=True)
class Webhook:
    """`needs_ping`: its hello has not been answered with 200 yet."""

    id: int
    topic: str
    url: str
    secret: str = field(repr=False)
    created_at: datetime
    name: str = ""
    status: str = "active"
    failures: int = 0
    needs_ping: bool = True


@dataclass(frozen=True, slots=True)
class Job:
    due_at: datetime
    hook: int
    thing: int | None  # None: the hello of a new webhook


class Announcer:
    """Keeps webhooks and what they still have to say. `late_by` and `is_losing` are the demo's switches."""

    def __init__(self, settings: ShopSettings, clock: Callable[[], datetime], http: requests.Session) -> None:
        self._settings = settings
        self._clock = clock
        self._http = http
        self._lock = threading.Lock()
        self._jobs: list[Job] = []
        self.hooks: dict[int, Webhook] = {}
        self.late_by = timedelta(0)
        self.is_losing = False
        self.sent = self.lost = self.failed = 0

    def add(self, topic: str, url: str, secret: str, name: str = "") -> Webhook:
        with self._lock:
            number = max(self.hooks, default=0) + 1
            hook = Webhook(number, topic, url, secret, self._clock(), name or f"Webhook {number}")
            self.hooks[number] = hook
            self._jobs.append(Job(self._clock(), number, None))
            return hook

    def announce(self, topic: str, thing: int) -> None:
        """Queue one delivery for every active webhook of this topic."""
        due_at = self._clock() + timedelta(seconds=self._settings.webhook_delay_s) + self.late_by
        with self._lock:
            waiting = {(job.hook, job.thing) for job in self._jobs}
            for hook in self.hooks.values():
                if hook.topic == topic and hook.status == "active" and (hook.id, thing) not in waiting:
                    self._jobs.append(Job(due_at, hook.id, thing))

    @property
    def waiting(self) -> int:
        with self._lock:
            return len(self._jobs)

    def deliver_due(self, body_of: Body) -> int:
        """Run what is due, one after another. Returns how many jobs were taken from the queue."""
        now = self._clock()
        with self._lock:
            due = [job for job in self._jobs if job.due_at <= now]
            self._jobs = [job for job in self._jobs if job.due_at > now]
        for job in due:
            hook = self.hooks.get(job.hook)
            if hook is None:
                continue
            if job.thing is not None and hook.status == "active":
                self._deliver(hook, job.thing, body_of)
            if hook.needs_ping:
                self._ping(hook)
        return len(due)

    def _deliver(self, hook: Webhook, thing: int, body_of: Body) -> None:
        if self.is_losing:
            self.lost += 1
            return
        body = body_of(hook.topic, thing)
        if body is None:
            return
        resource, _, event = hook.topic.partition(".")
        second = int(self._clock().timestamp())
        headers = {
            "User-Agent": AGENT,
            "Content-Type": "application/json",
            "X-WC-Webhook-Source": f"{self._settings.url}/",
            "X-WC-Webhook-Topic": hook.topic,
            "X-WC-Webhook-Resource": resource,
            "X-WC-Webhook-Event": event,
            "X-WC-Webhook-Signature": signature(hook.secret, body),
            "X-WC-Webhook-ID": str(hook.id),
            "X-WC-Webhook-Delivery-ID": hashlib.md5(f"{hook.id}{second}".encode()).hexdigest(),  # noqa: S324
        }
        status = self._post(hook.url, body, headers)
        if 200 <= status <= 302:
            hook.failures = 0
            self.sent += 1
            return
        self.failed += 1
        if hook.failures > FORGIVEN:
            hook.status = "disabled"
        else:
            hook.failures += 1

    def _ping(self, hook: Webhook) -> None:
        form = {"User-Agent": AGENT, "Content-Type": "application/x-www-form-urlencoded"}
        hook.needs_ping = self._post(hook.url, f"webhook_id={hook.id}".encode(), form) != 200

    def _post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """The status of the answer, 0 without one."""
        try:
            answer = self._http.post(url, data=body, headers=headers, timeout=TIMEOUT_S, allow_redirects=False)
        except requests.RequestException as error:
            log.warning("webhook not delivered", extra={"url": url, "problem": type(error).__name__})
            return 0
        return answer.status_code


def signature(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def keep_delivering(announcer: Announcer, body_of: Body, stop: threading.Event, every_s: float = 0.25) -> None:
    """WooCommerce's queue runner: until told to stop."""
    while not stop.wait(every_s):
        announcer.deliver_due(body_of)
