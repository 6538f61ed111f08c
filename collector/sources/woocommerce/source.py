"""WooCommerce as the pipeline sees it: one object, without state, satisfying `domain.ports.Source`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from collector.domain.door import InboxRow, WebhookRequest
from collector.domain.events import Fact, Gone, OrderSeen
from collector.domain.mapping import wanted_extras
from collector.domain.ports import Addresses, Currencies
from collector.domain.shop import Shop
from collector.sources.woocommerce import address, verify
from collector.sources.woocommerce.parse_customers import customer
from collector.sources.woocommerce.parse_orders import order_facts
from collector.sources.woocommerce.parse_products import coupon, product_facts
from collector.sources.woocommerce.parse_values import read_object, required_id

RESOURCES = ("customer", "order", "product", "coupon")
STATED = ("created", "updated", "restored")


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
        """A deletion may name an id of another kind (a trashed coupon sends `product.deleted`, an order may
        too): whoever applies `Gone` changes nothing for an id unknown under that kind."""
        resource, _, event = row.topic.partition(".")
        if resource not in RESOURCES or event not in (*STATED, "deleted"):
            return []
        body = read_object(row.body)
        if event == "deleted":
            return [Gone(kind=resource, id=required_id(body.get("id")), occurred_at=row.received_at)]
        if resource == "customer":
            wanted = wanted_extras(shop.policy.mapping, self.name)
            return [customer(body, row.topic, row.received_at, self._addresses, wanted)]
        if resource == "product":
            return product_facts(body, row.topic, row.received_at, shop, self._currencies)
        if resource == "coupon":
            return [coupon(body, row.topic, row.received_at)]
        facts = order_facts(body, row.received_at, shop, self._currencies, self._addresses)
        if event == "restored":
            return [replace(fact, is_restored=True) if isinstance(fact, OrderSeen) else fact for fact in facts]
        return facts
