"""What stands at the root of a query or mutation, and who answers it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from tests.shopify_shop import search, versions
from tests.shopify_shop.bulk import Bulk
from tests.shopify_shop.kinds import Kind
from tests.shopify_shop.naming import Json, gid, number_of
from tests.shopify_shop.reading import Gap
from tests.shopify_shop.rows import Rows
from tests.shopify_shop.shop import Shop
from tests.shopify_shop.subscriptions import Subscriptions

SORTED_BY = {
    "ID": "id",
    "UPDATED_AT": "updated_at",
    "CREATED_AT": "created_at",
    "PROCESSED_AT": "processed_at",
    "RELEVANCE": "id",
}
WHOLE_HISTORY = "read_all_orders"
ITEM_COLUMNS = frozenset({"id", "sku", "updated_at", "created_at"})


class Roots:
    """Answers by name. A root that is not here is a gap."""

    def __init__(self, shop: Shop, subscriptions: Subscriptions) -> None:
        self._shop = shop
        self._subscriptions = subscriptions
        self.bulk: Bulk | None = None
        self.supported = versions.SUPPORTED

    def value(self, field: str, args: Json, version: str, granted: tuple[str, ...]) -> Any:
        """Raises Gap, search.BadSearch."""
        shop, whole = self._shop, WHOLE_HISTORY in granted
        listed: dict[str, tuple[Kind, str]] = {
            "customers": (shop.customers, "ID"),
            "orders": (shop.orders, "PROCESSED_AT"),
            "products": (shop.products, "ID"),
            "abandonedCheckouts": (shop.checkouts, "ID"),
        }
        if field in listed:
            kind, default = listed[field]
            return self._listed(kind, args, default, whole)
        if field.endswith("Count") and field.removesuffix("Count") in listed:
            kind, default = listed[field.removesuffix("Count")]
            return self._count(len(self._listed(kind, args, default, whole).keys), args)
        answers: dict[str, Callable[[], Any]] = {
            "shop": shop.record,
            "currentAppInstallation": lambda: self._installation(granted),
            "publicApiVersions": lambda: [versions.node(one) for one in self.supported],
            "node": lambda: self.node(args["id"], whole),
            "nodes": lambda: [self.node(one, whole) for one in args["ids"]],
            "customer": lambda: shop.customers.by_gid(args["id"]),
            "order": lambda: self._order(args["id"], whole),
            "product": lambda: shop.products.by_gid(args["id"]),
            "productVariant": lambda: shop.variant(number_of(args["id"])),
            "inventoryItem": lambda: shop.item(number_of(args["id"])),
            "inventoryItems": lambda: self._items(args),
            "collection": lambda: self.node(args["id"], whole),
            "collections": lambda: Rows.of(shop.collections()),
            "webhookSubscriptions": lambda: self._subscriptions.rows(args),
            "webhookSubscriptionsCount": lambda: self._count(len(self._subscriptions.all), args),
            "webhookSubscriptionCreate": lambda: self._subscriptions.create(args),
            "webhookSubscriptionUpdate": lambda: self._subscriptions.update(args),
            "webhookSubscriptionDelete": lambda: self._subscriptions.delete(args),
            "bulkOperation": lambda: self._bulk().get(args["id"]),
            "bulkOperations": lambda: self._bulk().rows(),
            "bulkOperationRunQuery": lambda: self._bulk().run(args, version, granted),
            "bulkOperationCancel": lambda: self._bulk().cancel(args),
        }
        if field not in answers:
            raise Gap(f"root field {field}")
        return answers[field]()

    def node(self, stated: str, whole: bool) -> Json | None:
        if stated.startswith("gid://shopify/BulkOperation/"):
            found = self._bulk().get(stated)
            return None if found is None else {**found, "__typename": "BulkOperation"}
        if stated.startswith("gid://shopify/Order/") and self._order(stated, whole) is None:
            return None
        return self._shop.by_gid(stated)

    def _listed(self, kind: Kind, args: Json, default: str, whole: bool) -> Rows:
        sort_key = args.get("sortKey") or default
        if sort_key not in SORTED_BY:
            raise Gap(f"sortKey {sort_key} of {kind.name}")
        is_seen = self._shop.is_in_reach(whole) if kind is self._shop.orders else None
        return kind.rows(args.get("query") or "", SORTED_BY[sort_key], is_seen)

    def _order(self, stated: str, whole: bool) -> Json | None:
        found = self._shop.orders.by_gid(stated)
        is_seen = self._shop.is_in_reach(whole)
        if found is None or is_seen is None or is_seen(self._shop.orders.glance(number_of(stated))):
            return found
        return None

    def _items(self, args: Json) -> Rows:
        shop, test = self._shop, search.parse(args.get("query") or "", ITEM_COLUMNS)

        def is_found(item: int) -> bool:
            found = shop.item(item)
            return found is not None and test(
                {"id": item, "sku": found["sku"], "updated_at": found["updatedAt"], "created_at": found["createdAt"]}
            )

        ids = shop.items()
        return Rows([one for one in ids if is_found(one)] if args.get("query") else ids, shop.item)

    def _count(self, found: int, args: Json) -> Json:
        limit = args.get("limit", 10_000)
        is_exact = limit is None or found <= limit
        return {"count": found if is_exact else limit, "precision": "EXACT" if is_exact else "AT_LEAST"}

    def _installation(self, granted: Collection[str]) -> Json:
        return {
            "id": gid("AppInstallation", 1),
            "accessScopes": [{"handle": scope, "description": scope} for scope in granted],
        }

    def _bulk(self) -> Bulk:
        assert self.bulk is not None
        return self.bulk
