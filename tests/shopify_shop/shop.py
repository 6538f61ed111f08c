"""The shop itself: its records, and what may be asked of them. What happens in it is in `life.py`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

from tests.shopify_shop import checkouts, customers, orders, products
from tests.shopify_shop.kinds import Kind
from tests.shopify_shop.moments import text
from tests.shopify_shop.naming import Json, gid, number_of
from tests.shopify_shop.numbers import (
    CHECKOUT_IDS,
    CUSTOMER_IDS,
    ORDER_IDS,
    PRODUCT_IDS,
    Numbers,
)
from tests.shopify_shop.rows import Rows
from tests.shopify_shop.search import Columns
from tests.stand_ins.clock import Clock

WALL = timedelta(days=60)


class Shop:
    """`lock` is held by whoever reads or changes: several threads do."""

    def __init__(self, numbers: Numbers, clock: Clock) -> None:
        self.numbers = numbers
        self.clock = clock
        self.lock = threading.RLock()
        self.stock: dict[int, int] = {}  # item -> what is available, where it was changed
        self.stock_changed_at: dict[int, str] = {}
        self.customers = Kind(
            "Customer",
            CUSTOMER_IDS,
            numbers.customers,
            self._customer,
            partial(customers.glance, numbers),
            customers.columns,
            customers.SEARCHABLE,
        )
        self.orders = Kind(
            "Order",
            ORDER_IDS,
            numbers.orders,
            partial(orders.order, numbers, self._customer_by_id),
            partial(orders.glance, numbers),
            orders.columns,
            orders.SEARCHABLE,
        )
        self.products = Kind(
            "Product",
            PRODUCT_IDS,
            numbers.products,
            lambda number: products.product(numbers, number, self.stock),
            partial(products.glance, numbers),
            products.columns,
            products.SEARCHABLE,
        )
        self.checkouts = Kind(
            "AbandonedCheckout",
            CHECKOUT_IDS,
            numbers.checkouts,
            partial(checkouts.checkout, numbers, self._customer_by_id),
            partial(checkouts.glance, numbers),
            checkouts.columns,
            checkouts.SEARCHABLE,
        )

    @property
    def address(self) -> str:
        return self.numbers.address

    def now(self) -> str:
        return text(self.clock.now())

    # what belongs together

    def _customer(self, number: int) -> Json:
        return customers.customer(self.numbers, self.spent, self.orders_of, self.last_order, number)

    def _customer_by_id(self, id_: int) -> Json | None:
        return self.customers.get(id_)

    def order_ids_of(self, number: int) -> list[int]:
        """Of the customer with this number, oldest first."""
        id_ = CUSTOMER_IDS + number
        born = [ORDER_IDS + one for one in self.numbers.orders_of_customer(number) if orders.has_customer(one)]
        grown = (one for one, record in self.orders.changed.items() if record["customer_id_"] == id_)
        return sorted({*born, *grown} - self.orders.gone)

    def spent(self, number: int) -> tuple[int, int, int]:
        """(how many orders, cents, id of the last or 0)."""
        ids = self.order_ids_of(number)
        return len(ids), sum(map(self._adds, ids)), ids[-1] if ids else 0

    def _adds(self, id_: int) -> int:
        record = self.orders.changed.get(id_)
        if record is None:
            return orders.spent_on(self.numbers, id_ - ORDER_IDS)
        if record["cancelledAt"] or record["displayFinancialStatus"] in ("VOIDED", "PENDING"):
            return 0
        stated = (record[name]["shopMoney"]["amount"] for name in ("totalPriceSet", "totalRefundedSet"))
        total, refunded = (round(float(one) * 100) for one in stated)
        return total - refunded

    def orders_of(self, number: int) -> Rows:
        return Rows(self.order_ids_of(number), self.orders.get)

    def last_order(self, number: int) -> Json | None:
        """What is asked of it from the customer; all of it stands in the order."""
        ids = self.order_ids_of(number)
        if not ids:
            return None
        glance = self.orders.glance(ids[-1])
        return {"id": gid("Order", ids[-1]), "name": glance["name"], "createdAt": glance["created_at"]}

    def is_in_reach(self, whole_history: bool) -> Callable[[Columns], bool] | None:
        """Without `read_all_orders` the orders of 60 days; None: all."""
        if whole_history:
            return None
        since = text(self.clock.now() - WALL)
        return lambda columns: str(columns["created_at"]) >= since

    # stock and shelves

    def collections(self) -> list[Json]:
        shelves = [products.collection(self.numbers, place + 1) for place in range(len(products.COLLECTIONS))]
        for shelf in shelves:
            shelf["products"] = lambda _, id_=shelf["id"]: Rows.of(self._on_shelf(id_))
        return shelves

    def _on_shelf(self, shelf: str) -> list[Json]:
        found = (self.products.get(id_) for id_ in self.products.ids())
        return [one for one in found if one and any(each["id"] == shelf for each in one["collections"].all())]

    def available(self, item: int) -> int:
        return self.stock.get(item, products.born_stock(item))

    def item(self, item: int) -> Json | None:
        variant_id = item - products.item_id(0)
        record = self.products.get(variant_id // 10)
        if record is None:
            return None
        for variant in record["variants"].all():
            if number_of(variant["id"]) == variant_id:
                changed: str = self.stock_changed_at.get(item) or record["updatedAt"]
                return products.inventory_item(record, variant, changed, self.available(item))
        return None

    def items(self) -> list[int]:
        found = (self.products.get(id_) for id_ in self.products.ids())
        variants = [variant for record in found if record for variant in record["variants"].all()]
        return sorted(number_of(variant["inventoryItem"]["id"]) for variant in variants)

    def variant(self, id_: int) -> Json | None:
        record = self.products.get(id_ // 10)
        every: Sequence[Json] = record["variants"].all() if record else ()
        return next((one for one in every if number_of(one["id"]) == id_), None)

    def record(self) -> Json:
        """What the shop says about itself."""
        storefront = self.numbers.storefront
        return {
            "id": gid("Shop", 61200345 + self.numbers.flavour),
            "name": f"Teeladen {self.numbers.flavour}" if self.numbers.flavour else "Teeladen",
            "email": "laden@example.org",
            "contactEmail": "laden@example.org",
            "myshopifyDomain": self.address,
            "primaryDomain": {"host": storefront, "url": f"https://{storefront}", "sslEnabled": True},
            "url": f"https://{storefront}",
            "currencyCode": self.numbers.currency,
            "enabledPresentmentCurrencies": [self.numbers.currency, orders.OTHER_MONEY],
            "ianaTimezone": "Europe/Berlin",
            "plan": {"publicDisplayName": "Basic", "shopifyPlus": False, "partnerDevelopment": False},
        }

    def by_gid(self, stated: str) -> Json | None:
        """Any record, with its type."""
        kind = stated.removeprefix("gid://shopify/").split("/", 1)[0]
        number = number_of(stated)
        found: Json | None
        if kind == "Collection":
            found = next((one for one in self.collections() if one["id"] == stated), None)
        else:
            found = {
                "Customer": self.customers.get,
                "Order": self.orders.get,
                "Product": self.products.get,
                "AbandonedCheckout": self.checkouts.get,
                "ProductVariant": self.variant,
                "InventoryItem": self.item,
            }[kind](number)
        return None if found is None else {**found, "__typename": kind}
