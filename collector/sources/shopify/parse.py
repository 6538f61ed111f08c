"""Topic -> facts. One table, one function per kind of body.

Topic names as in X-Shopify-Topic; note the dot in `customer.tags_added` and "updated" in `orders/updated`.
Source: shopify.dev, webhook topics of API 2026-07 (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Callable

from collector.domain.door import InboxRow
from collector.domain.events import Fact
from collector.domain.ports import Addresses, Currencies
from collector.domain.shop import Shop
from collector.domain.shop_facts import ShopUninstalled
from collector.sources.shopify import (
    checkouts,
    customers,
    deletions,
    fields,
    orders,
    parse_products,
    parse_shop,
    read_customers,
    read_inventory,
    read_orders,
    read_products,
    refunds,
)
from collector.sources.shopify.fields import Json, Reader


def uninstalled(reader: Reader, _shop: Json) -> list[Fact]:
    """The body is the shop; its updated_at has nothing to do with the uninstalling."""
    return [ShopUninstalled(occurred_at=reader.triggered_at)]


TOPICS: dict[str, Callable[[Reader, Json], list[Fact]]] = {
    "customers/create": customers.created,
    "customers/update": customers.updated,
    "customers/enable": customers.updated,
    "customers/merge": customers.merged,
    "customers/purchasing_summary": customers.purchasing_summary,
    "customers/disable": customers.updated,
    "customers/delete": customers.deleted,
    "customer.tags_added": customers.tags_added,
    "customer.tags_removed": customers.tags_removed,
    "customers_email_marketing_consent/update": customers.email_consent,
    "customers_marketing_consent/update": customers.sms_consent,
    "carts/create": checkouts.cart_seen,
    "carts/update": checkouts.cart_seen,
    # checkouts/delete is Shopify tidying up: it says nothing about the shopper.
    "checkouts/create": checkouts.checkout_seen,
    "checkouts/update": checkouts.checkout_seen,
    "orders/create": orders.seen,
    "orders/updated": orders.seen,
    "orders/paid": orders.seen,
    "orders/fulfilled": orders.seen,
    "orders/partially_fulfilled": orders.seen,
    "orders/cancelled": orders.seen,
    "orders/delete": orders.deleted,
    "orders/edited": orders.edited,
    "refunds/create": refunds.created,
    "products/create": parse_products.announced,
    "products/update": parse_products.changed,
    "products/delete": parse_products.deleted,
    "inventory_levels/update": parse_products.level,
    "inventory_levels/connect": parse_products.level,
    "inventory_levels/disconnect": parse_products.level_gone,
    "variants/in_stock": parse_products.stock_hint,
    "variants/out_of_stock": parse_products.stock_hint,
    "collections/create": parse_products.collection,
    "collections/update": parse_products.collection,
    "collections/delete": parse_products.collection_deleted,
    "app/uninstalled": uninstalled,
    "app/scopes_update": parse_shop.scopes_changed,
    "shop/update": parse_shop.described,
    "themes/publish": parse_shop.theme_published,
    "bulk_operations/finish": parse_shop.bulk_finished,
    # Records we read ourselves: GraphQL nodes, see domain.syncing.
    "read/customers": read_customers.seen,
    "read/orders": read_orders.seen,
    "read/products": read_products.seen,
    "read/inventory": read_inventory.seen,
    "read/shop": parse_shop.described,
    deletions.READ_GONE: deletions.read_gone,
}


def parse(row: InboxRow, shop: Shop, currencies: Currencies, addresses: Addresses) -> list[Fact]:
    """Facts of one webhook row; [] for topics not in the table. Raises Unparseable, nothing else."""
    facts_of = TOPICS.get(row.topic.lower())
    if facts_of is None:
        return []
    return facts_of(Reader(row, shop, currencies, addresses), fields.read_object(row.body))
