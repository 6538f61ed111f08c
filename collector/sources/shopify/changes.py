"""What changed in a shop, page by page: numbers and versions first, then the records somebody wants."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from collector.domain.errors import SourceUnavailable
from collector.domain.mapping import wanted_extras
from collector.domain.ports import Clock
from collector.domain.shop import Shop
from collector.domain.syncing import CUSTOMERS, ORDERS, PRODUCTS, Fetched, Listed, Listing, RawRecord
from collector.sources.shopify import fields, scopes, searching
from collector.sources.shopify.answers import Throttled, TooCostly
from collector.sources.shopify.deletions import gone_record
from collector.sources.shopify.fields import Json
from collector.sources.shopify.graphql import ShopifyApi

PAGE = 250  # the most there are on a page
# Records asked for at once to begin with; fewer where Shopify finds that too much.
AT_ONCE = {CUSTOMERS: 50, ORDERS: 4, PRODUCTS: 4}
KIND = {CUSTOMERS: "Customer", ORDERS: "Order", PRODUCTS: "Product"}
# Connections a record may be too long for -> how the rest is asked for: query, root field.
LONG = {ORDERS: ("lineItems", "order_lines", "order"), PRODUCTS: ("variants", "product_variants", "product")}
LONGEST = 100  # pages of such a rest; 2,048 variants are 21


class ShopifyChanges:
    """domain.syncing.ChangeReader. For one thread, as its api is."""

    resources = (CUSTOMERS, ORDERS, PRODUCTS)

    def __init__(self, api: Callable[[Shop], ShopifyApi], clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._at_once = dict(AT_ONCE)

    def changed(self, shop: Shop, resource: str, since: datetime, until: datetime, after: str) -> Listing:
        search = searching.changed(since, until)
        try:
            answer = self._api(shop).ask(f"{resource}_changed", first=PAGE, after=after or None, search=search)
        except Throttled as turned_away:
            return Listing(after=after, wait_s=max(turned_away.wait_s, 1.0))
        connection = fields.mapping(answer.get(resource))
        page = fields.mapping(connection.get("pageInfo"))
        found = [
            Listed(number, version_at)
            for node in fields.objects(connection.get("nodes"))
            if (number := fields.identifier(node.get("id"))) and (version_at := fields.read_time(node.get("updatedAt")))
        ]
        return Listing(found, fields.text(page.get("endCursor")) if page.get("hasNextPage") is True else "")

    def fetch(self, shop: Shop, resource: str, ids: Sequence[str]) -> Fetched:
        some = list(ids[: self._at_once[resource]])
        stated_at = self._clock().astimezone(UTC).isoformat()
        try:
            found = self._nodes(shop, resource, some)
            for node in found:
                self._complete(shop, resource, node)
        except TooCostly:
            if len(some) == 1:
                raise
            self._at_once[resource] = max(len(some) // 2, 1)
            return Fetched(left=tuple(ids))
        except Throttled as turned_away:
            return Fetched(left=tuple(ids), wait_s=max(turned_away.wait_s, 1.0))
        records = [
            RawRecord(f"read/{resource}", json.dumps(node, ensure_ascii=False).encode(), {"triggered_at": stated_at})
            for node in found
        ]
        return Fetched(records, tuple(ids[len(some) :]))

    def gone(self, shop: Shop, resource: str, ids: Sequence[str]) -> Fetched:
        some = list(ids[:PAGE])
        asked_at = self._clock().astimezone(UTC).isoformat()
        try:
            answer = self._api(shop).ask("products_there", ids=_gids(resource, some))
        except Throttled as turned_away:
            return Fetched(left=tuple(ids), wait_s=max(turned_away.wait_s, 1.0))
        nodes = answer.get("nodes")
        if not isinstance(nodes, list) or len(nodes) != len(some) or not _may_read(answer, resource):
            raise SourceUnavailable(
                f"{shop.address} does not say which {resource} it has.", f"Give the app the scope read_{resource}."
            )
        absent = [number for number, node in zip(some, nodes, strict=True) if node is None]
        return Fetched([gone_record(resource, number, asked_at) for number in absent], tuple(ids[len(some) :]))

    def _nodes(self, shop: Shop, resource: str, ids: Sequence[str]) -> list[Json]:
        given = {"ids": _gids(resource, ids)}
        keys = sorted(wanted_extras(shop.policy.mapping, "shopify")) if resource == CUSTOMERS else []
        if keys:
            answer = self._api(shop).ask("customers_by_id_with_metafields", keys=keys, **given)
        else:
            answer = self._api(shop).ask(f"{resource}_by_id", **given)
        return [node for node in fields.objects(answer.get("nodes")) if node]

    def _complete(self, shop: Shop, resource: str, node: Json) -> None:
        """Put the rest of a long record into it."""
        if resource not in LONG:
            return
        name, question, root = LONG[resource]
        connection = fields.mapping(node.get(name))
        for _ in range(LONGEST):
            page = fields.mapping(connection.get("pageInfo"))
            if page.get("hasNextPage") is not True:
                return
            answer = self._api(shop).ask(question, id=node["id"], after=page.get("endCursor"))
            rest = fields.mapping(fields.mapping(answer.get(root)).get(name))
            if not rest:
                raise SourceUnavailable(f"{shop.address} changed while it was read.", "It is read again later.")
            connection["nodes"] = [*fields.objects(connection.get("nodes")), *fields.objects(rest.get("nodes"))]
            connection["pageInfo"] = rest.get("pageInfo")
        raise SourceUnavailable(f"{shop.address} lists a record without end.", "Look at it in the Shopify admin.")


def _gids(resource: str, ids: Sequence[str]) -> list[str]:
    return [f"gid://shopify/{KIND[resource]}/{number}" for number in ids]


def _may_read(answer: Json, resource: str) -> bool:
    """By the permissions that came along: what we may not see is null, too."""
    installation = fields.mapping(answer.get("currentAppInstallation"))
    granted = [fields.text(scope.get("handle")) for scope in fields.objects(installation.get("accessScopes"))]
    return scopes.is_granted(f"read_{resource}", granted)
