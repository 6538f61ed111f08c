"""Webhooks of a site, as its API keeps them: the secret is never shown, failures are counted and not shown either."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass

from tests.woocommerce_shop.kind import Json
from tests.woocommerce_shop.numbers import both
from tests.woocommerce_shop.replies import ApiError, bad_parameter, invalid_id

RESOURCES = ("coupon", "customer", "order", "product")
EVENTS = ("created", "updated", "deleted", "restored")
STATUSES = ("active", "paused", "disabled")
MOST_FAILURES = 5


@dataclass
class Webhook:
    id: int
    name: str
    topic: str
    delivery_url: str
    secret: str
    created_s: int
    modified_s: int
    status: str = "active"
    failures: int = 0
    owes_ping: bool = True  # until it was answered with 200

    @property
    def resource(self) -> str:
        return self.topic.partition(".")[0]

    @property
    def event(self) -> str:
        return self.topic.partition(".")[2]

    def failed(self) -> None:
        """The seventh in a row ends it. Made active again it still has six behind it."""
        if self.failures > MOST_FAILURES:
            self.status = "disabled"
        else:
            self.failures += 1

    def record(self) -> Json:
        return {
            "id": self.id,
            "name": self.name,
            "status": self.status,
            "topic": self.topic,
            "resource": self.resource,
            "event": self.event,
            "hooks": [f"woocommerce_{self.resource}_{self.event}"],
            "delivery_url": self.delivery_url,
            **both("date_created", self.created_s),
            **both("date_modified", self.modified_s),
        }


class Webhooks:
    """`added`: topics of versions newer than 10.5."""

    def __init__(self, added: Collection[str] = ()) -> None:
        self.all: dict[int, Webhook] = {}
        self.added = set(added)
        self._last = 0

    def of(self, topic: str) -> list[Webhook]:
        return [one for one in self.all.values() if one.topic == topic and one.status == "active"]

    def topics(self) -> set[str]:
        return {one.topic for one in self.all.values() if one.status == "active"}

    def get(self, id_: int) -> Webhook:
        found = self.all.get(id_)
        if found is None:
            raise invalid_id("shop_webhook")
        return found

    def create(self, stated: Json, now: int) -> Webhook:
        topic, url = str(stated.get("topic") or "").lower(), str(stated.get("delivery_url") or "")
        if topic not in self.added and not _is_topic(topic):
            raise ApiError(
                400, "woocommerce_rest_shop_webhook_invalid_topic", "Webhook topic is required and must be valid."
            )
        _check_url(url)
        self._last += 1
        made = Webhook(
            self._last,
            str(stated.get("name") or f"Webhook created on {now}"),
            topic,
            url,
            str(stated.get("secret") or secrets.token_urlsafe(37)),
            now,
            now,
            _status(stated, "active"),
        )
        self.all[made.id] = made
        return made

    def update(self, id_: int, stated: Json, now: int) -> Webhook:
        """Another address, or active again: the ping is owed anew. The count of failures stays."""
        found = self.get(id_)
        status, url = _status(stated, found.status), str(stated.get("delivery_url") or found.delivery_url)
        topic = str(stated.get("topic") or found.topic).lower()
        if topic not in self.added and not _is_topic(topic):
            raise ApiError(400, "woocommerce_rest_shop_webhook_invalid_topic", "Webhook topic must be valid.")
        _check_url(url)
        if url != found.delivery_url or (status == "active" != found.status):
            found.owes_ping = True
        found.status, found.delivery_url, found.topic, found.modified_s = status, url, topic, now
        found.name = str(stated.get("name") or found.name)
        found.secret = str(stated.get("secret") or found.secret)
        return found

    def delete(self, id_: int, is_forced: bool) -> Json:
        found = self.get(id_)
        if not is_forced:
            raise ApiError(501, "woocommerce_rest_trash_not_supported", "Webhooks do not support trashing.")
        del self.all[id_]
        return found.record()


def _is_topic(topic: str) -> bool:
    resource, _, event = topic.partition(".")
    if resource == "action":
        return event.startswith(("woocommerce_", "wc_"))
    return resource in RESOURCES and event in EVENTS


def _check_url(url: str) -> None:
    if not url.startswith(("http://", "https://")):
        raise ApiError(
            400,
            "woocommerce_rest_shop_webhook_invalid_delivery_url",
            "Webhook delivery URL must be a valid URL starting with http:// or https://.",
        )


def _status(stated: Json, before: str) -> str:
    status = str(stated.get("status") or before)
    if status not in STATUSES:
        raise bad_parameter("status", "status is not one of active, paused, and disabled.", "rest_not_in_enum")
    return status
