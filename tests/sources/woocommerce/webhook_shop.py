"""A shop's webhooks at the wire: what is asked of `/wc/v3/webhooks` changes a list of them, as WooCommerce 10.5 does.

It never tells a secret, pages like every list, deletes only with `force`, and says 401 to a key that may only read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
import responses

from collector.domain.shop import Policy, Secrets, Shop
from collector.sources.woocommerce.pace import Pace
from collector.sources.woocommerce.rest import RestClient
from collector.sources.woocommerce.webhooks import WooCommerceWebhooks

HOME = "https://shop.example"
API = f"{HOME}/wp-json/wc/v3"
KEYS = {"consumer_key": "ck_1", "consumer_secret": "cs_1"}
HOOK_KEY, SECRET = "hook-key-of-this-shop", "whsec-of-this-shop"
ADDRESS = f"https://collect.example/webhooks/woocommerce/{HOOK_KEY}"
READ_ONLY = {
    "code": "woocommerce_rest_authentication_error",
    "message": "The API key provided does not have write permissions.",
    "data": {"status": 401},
}
NO_RIGHT = {
    "code": "woocommerce_rest_cannot_view",
    "message": "Sorry, you cannot list resources.",
    "data": {"status": 403},
}
UNKNOWN_ID = {"code": "woocommerce_rest_shop_webhook_invalid_id", "message": "Invalid ID.", "data": {"status": 404}}

Answer = tuple[int, dict[str, str], str]


def shop_of(**policy: Any) -> Shop:
    secrets = Secrets((SECRET,), (), HOOK_KEY, KEYS)
    return Shop(1, "woocommerce", "shop.example", HOME, "site", policy=Policy(**policy), secrets=secrets)


def client(shop: Shop) -> RestClient:
    keys = shop.secrets.credentials
    session = requests.Session()
    return RestClient(
        session,
        shop.url,
        keys["consumer_key"],
        keys["consumer_secret"],
        pace=Pace(0.0),
        patience_s=0.0,
        sleep=lambda seconds: None,
    )


def webhooks() -> WooCommerceWebhooks:
    return WooCommerceWebhooks(client)


@dataclass
class WebhookShop:
    """`there` by id. `refuses`: topic -> message of a 400. `made_at`: of those made from now on. `meets`: is shown each
    request first, and may raise."""

    there: dict[int, dict[str, Any]] = field(default_factory=dict)
    secrets: dict[int, str] = field(default_factory=dict)
    refuses: dict[str, str] = field(default_factory=dict)
    may_write: bool = True
    may_list: bool = True
    made_at: str = "2026-11-01T10:00:00"
    asked: list[str] = field(default_factory=list)
    meets: Callable[[str], None] = lambda line: None
    _next: int = 1

    def serve(self, wire: responses.RequestsMock) -> None:
        one = re.compile(rf"{re.escape(API)}/webhooks(/[0-9]+)?(\?.*)?$")
        for method in (responses.GET, responses.POST, responses.PUT, responses.DELETE):
            wire.add_callback(method, one, callback=self._answer, content_type="application/json")

    def add(self, topic: str, url: str = ADDRESS, status: str = "active", name: str = "", secret: str = SECRET) -> int:
        number, self._next = self._next, self._next + 1
        self.there[number] = {
            "id": number,
            "name": name,
            "status": status,
            "topic": topic,
            "delivery_url": url,
            "date_created_gmt": self.made_at,
        }
        self.secrets[number] = secret
        return number

    def of(self, topic: str) -> list[int]:
        return [number for number, one in self.there.items() if one["topic"] == topic]

    def changes(self) -> list[str]:
        return [line for line in self.asked if not line.startswith("GET")]

    def _answer(self, request: requests.PreparedRequest) -> Answer:
        method, parts = request.method or "", urlsplit(request.url or "")
        self.asked.append(f"{method} {parts.path.rpartition('/v3/')[2]}")
        self.meets(self.asked[-1])
        if not self.may_list:
            return 403, {}, json.dumps(NO_RIGHT)
        query = {name: found[-1] for name, found in parse_qs(parts.query).items()}
        number = int(parts.path.rpartition("/")[2]) if parts.path[-1].isdigit() else 0
        if method == "GET":
            page, size = int(query.get("page", 1)), int(query.get("per_page", 10))
            listed = [self.there[one] for one in sorted(self.there)]
            return 200, {}, json.dumps(listed[(page - 1) * size : page * size])
        if not self.may_write:
            return 401, {}, json.dumps(READ_ONLY)
        if method != "POST" and number not in self.there:
            return 404, {}, json.dumps(UNKNOWN_ID)
        if method == "DELETE":
            assert query.get("force") == "true", "without it WooCommerce answers 501"
            return 200, {}, json.dumps(self.there.pop(number))
        stated = json.loads(request.body or b"{}")
        if method == "POST":
            if stated["topic"] in self.refuses:
                said = {"code": "woocommerce_rest_shop_webhook_invalid_topic", "message": self.refuses[stated["topic"]]}
                return 400, {}, json.dumps({**said, "data": {"status": 400}})
            number = self.add(stated["topic"], stated["delivery_url"], "active", stated["name"], stated["secret"])
            return 201, {}, json.dumps(self.there[number])
        self.secrets[number] = stated.pop("secret", self.secrets[number])
        self.there[number] |= stated
        return 200, {}, json.dumps(self.there[number])
