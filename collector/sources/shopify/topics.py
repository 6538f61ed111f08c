"""Which webhooks a shop's settings need, and what each has to be like. Pure.

Orders, carts, checkouts and customers are always followed: carts end by orders whatever is forwarded. Stock and
collections are followed when they are told. `checkouts/delete` is Shopify tidying up and `inventory_items/*` says
nothing of stock, so neither is asked for.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from collector.domain.mapping import wanted_extras
from collector.domain.shop import Policy
from collector.sources.shopify.scopes import is_granted

CUSTOMER_TOPICS = (
    "CUSTOMERS_CREATE",
    "CUSTOMERS_UPDATE",
    "CUSTOMERS_ENABLE",
    "CUSTOMERS_DISABLE",
)
CUSTOMERS = (
    *CUSTOMER_TOPICS,
    "CUSTOMERS_DELETE",
    "CUSTOMER_TAGS_ADDED",
    "CUSTOMER_TAGS_REMOVED",
    "CUSTOMERS_EMAIL_MARKETING_CONSENT_UPDATE",
    "CUSTOMERS_MARKETING_CONSENT_UPDATE",
    "CUSTOMERS_PURCHASING_SUMMARY",
)
ORDERS = (
    "ORDERS_CREATE",
    "ORDERS_UPDATED",
    "ORDERS_PAID",
    "ORDERS_FULFILLED",
    "ORDERS_PARTIALLY_FULFILLED",
    "ORDERS_CANCELLED",
    "ORDERS_EDITED",
    "ORDERS_DELETE",
    "REFUNDS_CREATE",
    "CHECKOUTS_CREATE",
    "CHECKOUTS_UPDATE",
    "CARTS_CREATE",
    "CARTS_UPDATE",
)
PRODUCTS = ("PRODUCTS_CREATE", "PRODUCTS_UPDATE", "PRODUCTS_DELETE")
COLLECTIONS = ("COLLECTIONS_CREATE", "COLLECTIONS_UPDATE", "COLLECTIONS_DELETE")
STOCK = ("INVENTORY_LEVELS_UPDATE", "INVENTORY_LEVELS_CONNECT", "INVENTORY_LEVELS_DISCONNECT")
STOCK_HINTS = ("VARIANTS_IN_STOCK", "VARIANTS_OUT_OF_STOCK")
OF_THE_APP = ("APP_UNINSTALLED", "APP_SCOPES_UPDATE", "SHOP_UPDATE", "BULK_OPERATIONS_FINISH")

# Topics, the permission they need ("": none), and what is missed without them.
GROUPS = (
    (CUSTOMERS, "read_customers", "changes of customers, their tags and their consent"),
    (("CUSTOMERS_MERGE",), "read_customer_merge", "two customer records that become one"),
    (ORDERS, "read_orders", "orders, carts and checkouts"),
    (PRODUCTS, "read_products", "changes of products"),
    (COLLECTIONS, "read_products", "changes of collections"),
    (STOCK_HINTS, "read_products", "variants that run out or come back"),
    (STOCK, "read_inventory", "changes of the stock"),
    (("THEMES_PUBLISH",), "read_themes", "a new theme, which may be without the tracker"),
    (OF_THE_APP, "", ""),
)
OPTIONAL = ("read_customer_merge", "read_themes")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A subscription as it has to be. `namespaces`: of the metafields that come along."""

    topic: str
    namespaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """`wanted` by topic. `missing`: (permission, what is missed without it); `optional` of these are no fault."""

    wanted: dict[str, Wanted]
    missing: tuple[tuple[str, str], ...]


def plan(policy: Policy, granted: Collection[str]) -> Plan:
    """What the settings need, as far as the permissions go."""
    wanted: dict[str, Wanted] = {}
    missing: dict[str, list[str]] = {}
    namespaces = _namespaces(policy)
    for topics, scope, missed in GROUPS:
        if not _is_needed(policy, topics):
            continue
        if scope and not is_granted(scope, granted):
            missing.setdefault(scope, []).append(missed)
            continue
        for topic in topics:
            wanted[topic] = Wanted(topic, namespaces if topic in CUSTOMER_TOPICS else ())
    return Plan(wanted, tuple((scope, "; ".join(missed)) for scope, missed in missing.items()))


def header_of(topic: str) -> str:
    """What X-Shopify-Topic says: `ORDERS_UPDATED` -> `orders/updated`."""
    irregular = {
        "CUSTOMER_TAGS_ADDED": "customer.tags_added",
        "CUSTOMER_TAGS_REMOVED": "customer.tags_removed",
        "CUSTOMERS_EMAIL_MARKETING_CONSENT_UPDATE": "customers_email_marketing_consent/update",
        "CUSTOMERS_MARKETING_CONSENT_UPDATE": "customers_marketing_consent/update",
        "CUSTOMERS_PURCHASING_SUMMARY": "customers/purchasing_summary",
        "ORDERS_PARTIALLY_FULFILLED": "orders/partially_fulfilled",
        "VARIANTS_IN_STOCK": "variants/in_stock",
        "VARIANTS_OUT_OF_STOCK": "variants/out_of_stock",
        "APP_SCOPES_UPDATE": "app/scopes_update",
    }
    resource, _, action = topic.rpartition("_")
    return irregular.get(topic) or f"{resource}/{action}".lower()


def _is_needed(policy: Policy, topics: tuple[str, ...]) -> bool:
    if topics in (STOCK, STOCK_HINTS):
        return policy.stock.is_followed
    if topics is COLLECTIONS:
        return policy.catalogue.is_told
    return True


def _namespaces(policy: Policy) -> tuple[str, ...]:
    """`custom.loyalty_tier` -> `custom`."""
    return tuple(sorted({name.partition(".")[0] for name in wanted_extras(policy.mapping, "shopify")}))
