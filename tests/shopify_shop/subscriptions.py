"""Which topics are sent where: made and mended through the API, deleted by the shop after too many failures."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.shopify_shop import topics
from tests.shopify_shop.moments import text
from tests.shopify_shop.naming import Json, gid, number_of
from tests.shopify_shop.reading import Gap
from tests.shopify_shop.rows import Rows
from tests.stand_ins.clock import Clock

TAKEN = "Address for this topic has already been taken"


@dataclass
class Subscription:
    id: int
    topic: str  # as in the enum
    uri: str
    created_at: str
    updated_at: str
    format: str = "JSON"
    include_fields: tuple[str, ...] = ()
    metafield_namespaces: tuple[str, ...] = ()
    name: str | None = None
    failures: int = 0


class Subscriptions:
    """`version`: of all bodies, a setting of the app. `takes_http`: addresses on loopback, for tests."""

    def __init__(self, clock: Clock, version: str = "2026-07", takes_http: bool = True) -> None:
        self._clock = clock
        self.version = version
        self._takes_http = takes_http
        self.all: dict[int, Subscription] = {}
        self.deleted: list[Subscription] = []  # by the shop, after failures
        self._last = 1_000_000

    def topics(self) -> set[str]:
        """As headers name them."""
        return {topics.HEADERS[one.topic] for one in self.all.values()}

    def of(self, topic: str) -> list[Subscription]:
        return [one for one in self.all.values() if one.topic == topic]

    def rows(self, args: Json) -> Rows:
        wanted_topics, wanted_uri = args.get("topics"), args.get("uri") or args.get("callbackUrl")
        found = [
            one
            for one in self.all.values()
            if (not wanted_topics or one.topic in wanted_topics) and wanted_uri in (None, one.uri)
        ]
        return Rows([one.id for one in found], lambda id_: self._node(self.all[id_]))

    def create(self, args: Json) -> Json:
        stated = args["webhookSubscription"]
        uri = stated.get("uri") or stated.get("callbackUrl") or ""
        if problem := self._problem(args["topic"], uri):
            return _refused(problem)
        self._last += 1
        now = text(self._clock.now())
        made = Subscription(self._last, args["topic"], uri, now, now)
        self._fill(made, stated)
        self.all[made.id] = made
        return {"webhookSubscription": self._node(made), "userErrors": []}

    def update(self, args: Json) -> Json:
        found = self.all.get(number_of(args["id"]))
        if found is None:
            return _refused("Webhook subscription does not exist", "id")
        stated = args["webhookSubscription"]
        uri = stated.get("uri") or stated.get("callbackUrl") or found.uri
        if uri != found.uri and (problem := self._problem(found.topic, uri)):
            return _refused(problem)
        found.uri, found.updated_at = uri, text(self._clock.now())
        self._fill(found, stated)
        return {"webhookSubscription": self._node(found), "userErrors": []}

    def delete(self, args: Json) -> Json:
        found = self.all.pop(number_of(args["id"]), None)
        if found is None:
            return {"deletedWebhookSubscriptionId": None, **_refused("Webhook subscription does not exist", "id")}
        return {"deletedWebhookSubscriptionId": args["id"], "userErrors": []}

    def drop(self, one: Subscription) -> None:
        """Too many failures."""
        if self.all.pop(one.id, None) is not None:
            self.deleted.append(one)

    def _fill(self, one: Subscription, stated: Json) -> None:
        if stated.get("filter") or stated.get("metafields"):
            raise Gap("a filter, or single metafields, of a subscription")
        one.format = stated.get("format") or one.format
        one.name = stated.get("name", one.name)
        one.include_fields = tuple(stated.get("includeFields") or one.include_fields)
        one.metafield_namespaces = tuple(stated.get("metafieldNamespaces") or one.metafield_namespaces)

    def _problem(self, topic: str, uri: str) -> str:
        parts = urlsplit(uri)
        is_local = parts.scheme == "http" and parts.hostname == "127.0.0.1" and self._takes_http
        if parts.scheme != "https" and not is_local:
            return "Address protocol http:// is not supported"
        return TAKEN if any(one.uri == uri for one in self.of(topic)) else ""

    def _node(self, one: Subscription) -> Json:
        return {
            "id": gid("WebhookSubscription", one.id),
            "legacyResourceId": str(one.id),
            "topic": one.topic,
            "uri": one.uri,
            "callbackUrl": one.uri,
            "endpoint": {"__typename": "WebhookHttpEndpoint", "callbackUrl": one.uri},
            "format": one.format,
            "filter": None,
            "includeFields": list(one.include_fields),
            "metafieldNamespaces": list(one.metafield_namespaces),
            "metafields": [],
            "name": one.name,
            "createdAt": one.created_at,
            "updatedAt": one.updated_at,
            "apiVersion": {"handle": self.version, "supported": True, "displayName": self.version},
        }


def _refused(message: str, *field: str) -> Json:
    names = list(field) or ["webhookSubscription", "callbackUrl"]
    return {"webhookSubscription": None, "userErrors": [{"field": names, "message": message}]}
