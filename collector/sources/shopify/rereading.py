"""Records read again by their numbers (domain.rereading.RecordReader): as reconciliation fetches them, and items of the
stock with what is available at each place."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC

from collector.domain.ports import Clock
from collector.domain.rereading import INVENTORY
from collector.domain.shop import Shop
from collector.domain.syncing import CUSTOMERS, ORDERS, PRODUCTS, Fetched, RawRecord
from collector.sources.shopify import fields
from collector.sources.shopify.answers import Throttled, TooCostly
from collector.sources.shopify.changes import ShopifyChanges
from collector.sources.shopify.graphql import ShopifyApi

ITEMS_AT_ONCE = 10  # each with up to 50 places


class ShopifyRecords:
    """For one thread, as its api is."""

    resources = (CUSTOMERS, ORDERS, INVENTORY, PRODUCTS)

    def __init__(self, api: Callable[[Shop], ShopifyApi], clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._changes = ShopifyChanges(api, clock)
        self._items_at_once = ITEMS_AT_ONCE

    def fetch(self, shop: Shop, resource: str, ids: Sequence[str]) -> Fetched:
        if resource != INVENTORY:
            return self._changes.fetch(shop, resource, ids)
        some = list(ids[: self._items_at_once])
        stated_at = self._clock().astimezone(UTC).isoformat()
        try:
            answer = self._api(shop).ask(
                "inventory_by_id", ids=[f"gid://shopify/InventoryItem/{number}" for number in some]
            )
        except TooCostly:
            if len(some) == 1:
                raise
            self._items_at_once = len(some) // 2
            return Fetched(left=tuple(ids))
        except Throttled as turned_away:
            return Fetched(left=tuple(ids), wait_s=max(turned_away.wait_s, 1.0))
        records = [
            RawRecord("read/inventory", json.dumps(node, ensure_ascii=False).encode(), {"triggered_at": stated_at})
            for node in fields.objects(answer.get("nodes"))
            if node
        ]
        return Fetched(records, tuple(ids[len(some) :]))
