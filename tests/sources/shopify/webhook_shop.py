"""A shop's webhook subscriptions at the wire: what is asked of its API changes a list of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import requests
import responses

from tests.sources.shopify.api_bench import GRAPHQL, cost

ALL_SCOPES = (
    *("read_customers", "read_customer_merge", "read_orders", "read_products", "read_inventory", "read_themes"),
)


@dataclass
class WebhookShop:
    """`there` by id. `refuses`: topic -> message of a user error. `keeps`: topics it does not delete.
    `page`: how many it lists at once."""

    scopes: tuple[str, ...] = ALL_SCOPES
    there: dict[str, dict[str, Any]] = field(default_factory=dict)
    refuses: dict[str, str] = field(default_factory=dict)
    keeps: set[str] = field(default_factory=set)
    page: int = 250
    asked: list[str] = field(default_factory=list)
    _next: int = 1

    def serve(self, wire: responses.RequestsMock) -> None:
        wire.add_callback(responses.POST, GRAPHQL, callback=self._answer, content_type="application/json")

    def add(self, topic: str, uri: str, **more: Any) -> str:
        number = f"gid://shopify/WebhookSubscription/{self._next}"
        self._next += 1
        plain = {"format": "JSON", "filter": "", "includeFields": [], "metafieldNamespaces": []}
        self.there[number] = {"id": number, "topic": topic, "uri": uri, **plain, **more}
        return number

    def topics(self, uri: str) -> set[str]:
        return {one["topic"] for one in self.there.values() if one["uri"] == uri}

    def changes(self) -> list[str]:
        return [name for name in self.asked if name not in ("webhook_list", "webhook_scopes")]

    def _answer(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        said = json.loads(request.body or b"{}")
        name = said["query"].split(None, 2)[1].partition("(")[0]
        self.asked.append(name)
        data = getattr(self, f"_{name}")(said["variables"])
        return 200, {}, json.dumps({"data": data, "extensions": cost(10, 1990)})

    def _webhook_scopes(self, given: dict[str, Any]) -> dict[str, Any]:
        return {"currentAppInstallation": {"accessScopes": [{"handle": one} for one in self.scopes]}}

    def _webhook_list(self, given: dict[str, Any]) -> dict[str, Any]:
        start = int(given["after"] or 0)
        nodes = list(self.there.values())[start : start + self.page]
        end = start + len(nodes)
        info = {"hasNextPage": end < len(self.there), "endCursor": str(end)}
        return {"webhookSubscriptions": {"nodes": nodes, "pageInfo": info}}

    def _webhook_create(self, given: dict[str, Any]) -> dict[str, Any]:
        topic, wanted = given["topic"], given["wanted"]
        error = self.refuses.get(topic)
        if error is None and any((one["topic"], one["uri"]) == (topic, wanted["uri"]) for one in self.there.values()):
            error = "Address for this topic has already been taken"
        if error is not None:
            return {"webhookSubscriptionCreate": {"webhookSubscription": None, "userErrors": [_said(error)]}}
        made = self.there[self.add(topic, **wanted)]
        return {"webhookSubscriptionCreate": {"webhookSubscription": made, "userErrors": []}}

    def _webhook_update(self, given: dict[str, Any]) -> dict[str, Any]:
        self.there[given["id"]] |= given["wanted"]
        found = self.there[given["id"]]
        return {"webhookSubscriptionUpdate": {"webhookSubscription": found, "userErrors": []}}

    def _webhook_delete(self, given: dict[str, Any]) -> dict[str, Any]:
        if self.there.get(given["id"], {}).get("topic") in self.keeps:
            errors = [_said("Webhook subscription may not be deleted")]
        else:
            errors = [] if self.there.pop(given["id"], None) else [_said("Webhook subscription does not exist")]
        return {"webhookSubscriptionDelete": {"deletedWebhookSubscriptionId": given["id"], "userErrors": errors}}


def _said(message: str) -> dict[str, Any]:
    return {"field": ["webhookSubscription"], "message": message}
