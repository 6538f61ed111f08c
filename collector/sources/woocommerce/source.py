"""WooCommerce as the pipeline sees it: one object, without state, satisfying `domain.ports.Source`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from collector.domain.door import InboxRow, WebhookRequest
from collector.domain.events import Fact, OrderSeen
from collector.domain.mapping import wanted_extras
from collector.domain.ports import Addresses, Currencies
from collector.domain.shop import Shop
from collector.domain.shop_facts import ReadAgain
from collector.sources.woocommerce import address, deletions, parse_read, verify
from collector.sources.woocommerce.parse_customers import customer
from collector.sources.woocommerce.parse_errors import error_code, error_sent
from collector.sources.woocommerce.parse_orders import order_facts
from collector.sources.woocommerce.parse_products import coupon, product_facts
from collector.sources.woocommerce.parse_values import read_object, required_id
from collector.sources.woocommerce.scheduled import look_again_at

RESOURCES = ("customer", "order", "product", "coupon")
STATED = ("created", "updated", "restored")
# The first two are no topics of WooCommerce's own; a plugin may add them.
ADDED = {"order": ("completed", "refunded"), "product": ("published",)}


class WooCommerceSource:
    """Webhooks of `<resource>.<event>` topics. Actions are not used."""

    name = "woocommerce"

    def __init__(self, currencies: Currencies, addresses: Addresses) -> None:
        self._currencies = currencies
        self._addresses = addresses

    def normalise_address(self, text: str) -> tuple[str, str]:
        return address.normalise_address(text)

    def is_ping(self, request: WebhookRequest) -> bool:
        return verify.is_ping(request)

    def proposed_address(self, headers: Mapping[str, str]) -> str | None:
        return address.address_or_none(headers.get("x-wc-webhook-source", ""))

    def named_address(self, body: bytes) -> str | None:
        return address.named_address(body)

    def verify(self, request: WebhookRequest, secrets: Sequence[str]) -> None:
        verify.verify(request, secrets)

    def describe(self, request: WebhookRequest) -> tuple[str, str, dict[str, Any]]:
        return verify.describe(request)

    def parse(self, row: InboxRow, shop: Shop) -> list[Fact]:
        """Whatever the event, a body says how the record is when WooCommerce's queue runs; the version counts."""
        if row.topic == deletions.READ_GONE:
            return [deletions.read_gone(row)]
        if row.topic == parse_read.SHOP:
            return [parse_read.shop_described(read_object(row.body), parse_read.read_at(row))]
        if row.topic in parse_read.KINDS:
            return self._read(row, shop)
        resource, _, event = row.topic.partition(".")
        if resource not in RESOURCES or event not in (*STATED, *ADDED.get(resource, ()), "deleted"):
            return []
        body = read_object(row.body)
        if code := error_code(body):
            return [error_sent(row, body, code)]
        if event == "deleted":
            return [deletions.announced(row, shop, resource, required_id(body.get("id")))]
        facts = self._stated(resource, event, body, row.received_at, shop)
        return _restored(facts) if event == "restored" else facts

    def _read(self, row: InboxRow, shop: Shop) -> list[Fact]:
        """A record we asked for: it is there, whatever was said of it before."""
        kind, body, at = parse_read.KINDS[row.topic], read_object(row.body), parse_read.read_at(row)
        if kind == "category":
            return [parse_read.category(body, at)]
        return _restored(self._stated(kind, parse_read.event_of(row, body, shop), body, at, shop))

    def _stated(self, resource: str, event: str, body: dict[str, Any], at: datetime, shop: Shop) -> list[Fact]:
        topic = f"{resource}.{event}"
        match resource:
            case "customer":
                return [customer(body, topic, at, self._addresses, wanted_extras(shop.policy.mapping, self.name))]
            case "product":
                return [*product_facts(body, topic, at, shop, self._currencies), *_to_go_live(resource, body, at, shop)]
            case "coupon":
                return [coupon(body, topic, at), *_to_go_live(resource, body, at, shop)]
            case _:
                return order_facts(body, at, shop, self._currencies, self._addresses)


def _restored(facts: list[Fact]) -> list[Fact]:
    return [replace(fact, is_restored=True) if isinstance(fact, OrderSeen) else fact for fact in facts]


def _to_go_live(resource: str, body: dict[str, Any], at: datetime, shop: Shop) -> list[Fact]:
    """Where it is scheduled, it is read again after that time."""
    due_at = look_again_at(body, at) if deletions.can_be_asked(shop) else None
    return [ReadAgain(at, deletions.LISTS[resource], required_id(body.get("id")), due_at)] if due_at else []
