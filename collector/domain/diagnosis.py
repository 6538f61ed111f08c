"""Does a connection work? What is looked at, one line each, and what to do about what does not work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from collector.domain.shop import Shop

# What every platform's look has in common, in the order it is shown. A platform may have more.
CONNECTION, WEBHOOKS, PRODUCTS, CUSTOMERS, ORDERS = "connection", "webhooks", "products", "customers", "orders"
TITLES = {
    CONNECTION: "API connection successful",
    WEBHOOKS: "Webhooks registered",
    PRODUCTS: "Products accessible",
    CUSTOMERS: "Customers readable",
    ORDERS: "Orders readable",
}
FAILED = {
    CONNECTION: "API connection failed",
    WEBHOOKS: "Webhooks not registered",
    PRODUCTS: "Products not accessible",
    CUSTOMERS: "Customers not readable",
    ORDERS: "Orders not readable",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One line. `cause` and `cure` only where it is not good; `note`: what the merchant should know all the same."""

    name: str
    title: str
    is_good: bool
    cause: str = ""
    cure: str = ""
    note: str = ""


class Diagnosis(Protocol):
    """A platform's look at one shop. Never raises for what the shop answers: that is a line."""

    def look(self, shop: Shop) -> Iterator[Check]:
        """As they are found. Without a connection that is the only line, unless it fails by a setting of ours alone."""
        ...


def good(name: str, note: str = "", title: str = "") -> Check:
    return Check(name, title or TITLES[name], True, note=note)


def bad(name: str, cause: str, cure: str, title: str = "") -> Check:
    return Check(name, title or FAILED[name], False, cause, cure)


def in_order(checks: Sequence[Check]) -> list[Check]:
    """The common ones first, as they are always shown."""
    names = list(TITLES)
    return sorted(checks, key=lambda check: names.index(check.name) if check.name in names else len(names))
