"""The permissions our features need, and what each is for. A write scope implies the read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    handle: str
    needed_for: str


NEEDED = (
    Scope("read_customers", "contacts, tags and consent"),
    Scope("read_orders", "orders, carts and checkouts"),
    Scope("read_products", "products, and whether what lies in a cart is still sold"),
    Scope("read_inventory", "stock"),
)
# What works without: said as a note, never a refusal.
OPTIONAL = (
    Scope("read_all_orders", "orders older than 60 days; Shopify grants it on request"),
    Scope("read_themes", "noticing that a theme change took the tracker along"),
    Scope("read_customer_merge", "following two customer records that became one"),
)
WHOLE_HISTORY = "read_all_orders"
NEEDED_SCOPES = tuple(scope.handle for scope in NEEDED)


def is_granted(handle: str, granted: Collection[str]) -> bool:
    return handle in granted or handle.replace("read_", "write_", 1) in granted


def missing(granted: Collection[str]) -> list[Scope]:
    """What is needed and was not granted."""
    return [scope for scope in NEEDED if not is_granted(scope.handle, granted)]


def absent(granted: Collection[str]) -> list[Scope]:
    """What is optional and was not granted."""
    return [scope for scope in OPTIONAL if not is_granted(scope.handle, granted)]
