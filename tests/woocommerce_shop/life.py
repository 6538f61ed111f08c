"""What happens in a shop: records change, and the queue is told which webhooks concern it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.stand_ins.clock import Clock
from tests.woocommerce_shop import coupons, customers, orders, products
from tests.woocommerce_shop.habits import Habits
from tests.woocommerce_shop.kind import Json, Kind
from tests.woocommerce_shop.numbers import (
    COUPON_IDS,
    CUSTOMER_IDS,
    ORDER_IDS,
    PRODUCT_IDS,
    REFUND_IDS,
    Numbers,
    both,
)
from tests.woocommerce_shop.orders import DRAFT, Line
from tests.woocommerce_shop.records import Records


@dataclass
class Life:
    """`emit(topic, id)`. `habits` says whether orders are posts: then their trashing is told as that of other posts."""

    records: Records
    numbers: Numbers
    home: Callable[[], str]
    clock: Clock
    lock: threading.RLock
    habits: Habits
    emit: Callable[[str, int], None]
    _last: dict[int, int] = field(default_factory=dict)

    def _now(self) -> int:
        return int(self.clock.now().timestamp())

    def _new_id(self, first: int, born: int, width: int = 1) -> int:
        self._last[first] = self._last.get(first, born) + 1
        return first + width * self._last[first]

    def _put(self, kind: Kind, id_: int, fields: Json) -> Json:
        """Modified now. Seconds are whole."""
        record = kind.copied(id_) | both("date_modified", self._now()) | fields
        kind.put(record)
        return record

    # customers

    def customer_signs_up(self, email: str, role: str = "customer", **fields: Any) -> int:
        with self.lock:
            id_ = self._new_id(CUSTOMER_IDS, self.numbers.customers)
            self.records.customers.put(customers.user(id_, email, self._now(), role) | fields)
            self.emit("customer.created", id_)
        return id_

    def change_customer(self, id_: int, **fields: Any) -> None:
        with self.lock:
            self._put(self.records.customers, id_, fields)
            self.emit("customer.updated", id_)

    def delete_customer(self, id_: int) -> None:
        """Told only of customers by role."""
        with self.lock:
            record = self.records.customers.copied(id_)
            self.records.customers.delete(id_)
            if record["role"] == "customer":
                self.emit("customer.deleted", id_)

    def network_deletes_user(self, id_: int) -> None:
        """Nobody is told, and what waits in the queue becomes an error."""
        with self.lock:
            self.records.customers.delete(id_)

    # orders

    def checkout_opens(
        self, email: str = "", lines: tuple[tuple[int, int], ...] = ((1, 1),), customer: int = 0, **fields: Any
    ) -> int:
        """The Blocks checkout saves a draft as soon as its page is there. `lines`: (product number, quantity)."""
        with self.lock:
            id_ = self._order(DRAFT, lines, customer, email, "store-api")
            self.records.orders.put(self.records.orders.copied(id_) | fields)
            self.emit("order.updated", id_)
        return id_

    def order_placed(
        self,
        email: str = "",
        customer: int = 0,
        lines: tuple[tuple[int, int], ...] = ((1, 1),),
        status: str = "processing",
        draft: int = 0,
        **fields: Any,
    ) -> int:
        """Told as updated first and created after it, as Blocks orders are. `draft`: becomes this order."""
        with self.lock:
            if draft:
                self.records.orders.delete(draft)
                email = email or self._email_of(draft)
            id_ = self._order(status, lines, customer, email, fields.pop("created_via", "checkout"), draft)
            if fields:
                self.records.orders.put(self.records.orders.copied(id_) | fields)
            self.emit("order.updated", id_)
            self.emit("order.created", id_)
            for product, quantity in lines:
                self._sell(product, quantity)
        return id_

    def _email_of(self, order: int) -> str:
        email: str = self.records.orders.changed[order]["billing"]["email"]
        return email

    def _order(
        self, status: str, lines: tuple[tuple[int, int], ...], customer: int, email: str, via: str, id_: int = 0
    ) -> int:
        id_ = id_ or self._new_id(ORDER_IDS, self.numbers.orders)
        if customer and not email:
            email = self.records.customers.copied(customer)["email"]
        bought = [Line(number, 0 if products.is_variable(number) else -1, quantity) for number, quantity in lines]
        record = orders.order(
            self.numbers, self.home(), id_, self._now(), bought, status, customer, email, self.numbers.currency, via
        )
        for name in ("date_paid", "date_completed"):
            if record[name]:
                record |= both(name, self._now())
        self.records.orders.put(record)
        return id_

    def _sell(self, number: int, quantity: int) -> None:
        id_ = products.id_of(number)
        record = self.records.products.get(id_)
        if record is not None and record["manage_stock"]:
            left = max(0, record["stock_quantity"] - quantity)
            self._put(
                self.records.products,
                id_,
                {"stock_quantity": left, "stock_status": "instock" if left else "outofstock"},
            )
            self.emit("product.updated", id_)

    def change_order(self, id_: int, **fields: Any) -> None:
        with self.lock:
            self._put(self.records.orders, id_, fields)
            self.emit("order.updated", id_)

    def complete_order(self, id_: int) -> None:
        self.change_order(id_, status="completed", **both("date_completed", self._now()))

    def cancel_order(self, id_: int) -> None:
        self.change_order(id_, status="cancelled")

    def refund_order(self, id_: int, amount: str = "") -> None:
        """`amount` "": all of it, and then it is refunded by status, too."""
        with self.lock:
            record = self.records.orders.copied(id_)
            given = [
                *record["refunds"],
                orders.refund(self._new_id(REFUND_IDS, 5_000_000), amount or record["total"], ""),
            ]
            self.change_order(id_, refunds=given, **({} if amount else {"status": "refunded"}))

    def trash_order(self, id_: int) -> None:
        with self.lock:
            self._put(self.records.orders, id_, {"status": "trash"})
            self.emit("order.deleted", id_)
            if not self.habits.has_order_tables:
                self.emit("order.updated", id_)
                self.emit("product.deleted", id_)
                self.emit("coupon.deleted", id_)

    def restore_order(self, id_: int, status: str) -> None:
        with self.lock:
            self._put(self.records.orders, id_, {"status": status})
            self.emit("order.restored", id_)
            self.emit("order.updated", id_)

    def delete_order(self, id_: int) -> None:
        """For good. Nobody is told; what waits in the queue becomes an error."""
        with self.lock:
            self.records.orders.delete(id_)

    # products and coupons

    def product_made(self, **fields: Any) -> int:
        with self.lock:
            id_ = self._new_id(PRODUCT_IDS, self.numbers.products, width=4)
            record = products.record(self.numbers, self.home(), id_)
            now = self._now()
            record |= {"status": "publish", "type": "simple", "variations": [], "attributes": [], "has_options": False}
            self.records.products.put(record | both("date_created", now) | both("date_modified", now) | fields)
            self.emit("product.created", id_)
        return id_

    def change_product(self, id_: int, **fields: Any) -> None:
        with self.lock:
            self._put(self.records.products, id_, fields)
            self.emit("product.updated", id_)

    def goes_live(self, id_: int) -> None:
        """By WordPress's cron: the status changes and nothing else. Told from WooCommerce 10.8 on."""
        with self.lock:
            self.records.products.put(self.records.products.copied(id_) | {"status": "publish"})
            self.emit("product.published", id_)

    def change_variation(self, id_: int, **fields: Any) -> None:
        with self.lock:
            self._put(self.records.variations, id_, fields)
            self.emit("product.updated", id_)

    def set_stock(self, id_: int, quantity: int) -> None:
        status = "instock" if quantity > 0 else "outofstock"
        self.change_product(id_, manage_stock=True, stock_quantity=quantity, stock_status=status)

    def trash_product(self, id_: int) -> None:
        """Told as a coupon's, too."""
        with self.lock:
            self._put(self.records.products, id_, {"status": "trash"})
            self.emit("product.deleted", id_)
            self.emit("coupon.deleted", id_)

    def delete_product(self, id_: int) -> None:
        """For good, and nobody is told."""
        with self.lock:
            for one in self.records.products.copied(id_)["variations"]:
                self.records.variations.delete(one)
            self.records.products.delete(id_)

    def coupon_made(self, code: str, **fields: Any) -> int:
        with self.lock:
            id_ = self._new_id(COUPON_IDS, self.numbers.coupons)
            now = self._now()
            record = coupons.record(self.numbers, id_) | {"code": code.lower(), "email_restrictions": []}
            record |= {"usage_limit": None, "usage_count": 0, **both("date_expires", None), **both("date_created", now)}
            self.records.coupons.put(record | both("date_modified", now) | fields)
            self.emit("coupon.created", id_)
        return id_

    def trash_coupon(self, id_: int) -> None:
        """Told as a product's, too."""
        with self.lock:
            self._put(self.records.coupons, id_, {"status": "trash"})
            self.emit("coupon.deleted", id_)
            self.emit("product.deleted", id_)
