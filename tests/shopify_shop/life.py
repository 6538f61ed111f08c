"""What happens in the shop: each act changes the records and sets off its webhooks, all with one Event-Id."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from tests.shopify_shop import checkouts, customers, orders, rest_bodies
from tests.shopify_shop.deliveries import Deliveries
from tests.shopify_shop.naming import Json, gid, number_of, token
from tests.shopify_shop.numbers import CUSTOMER_IDS, LOCATION, ORDER_IDS
from tests.shopify_shop.rows import Rows
from tests.shopify_shop.shop import Shop


class Life:
    """`is_older`: bodies as of 2024, with tags, consent and counters in the customer."""

    def __init__(self, shop: Shop, deliveries: Deliveries) -> None:
        self._shop = shop
        self._deliveries = deliveries
        self.is_older = False
        self._carts: dict[str, str] = {}  # token -> since when

    # people

    def customer_signs_up(self, email: str | None, *, accepts: bool = False, **fields: Any) -> int:
        with self._shop.lock:
            shop, now = self._shop, self._shop.now()
            id_ = shop.customers.new_id()
            number = id_ - CUSTOMER_IDS
            record = customers.customer(shop.numbers, shop.spent, shop.orders_of, shop.last_order, number)
            state = "SUBSCRIBED" if accepts else "NOT_SUBSCRIBED"
            mail = customers.mail_address(email, state, now)
            born: Json = {"createdAt": now, "updatedAt": now, "tags": [], "defaultPhoneNumber": None}
            shop.customers.put(self._whole(record | born | {"defaultEmailAddress": mail} | fields))
            event = _event()
            self._customer("customers/create", id_, event)
            if accepts:
                self._consent(id_, event)
        return id_

    def change_customer(self, id_: int, **fields: Any) -> None:
        """Named as in GraphQL; `email` changes the address."""
        with self._shop.lock:
            record = self._shop.customers.copied(id_)
            before = list(record["tags"])
            if "email" in fields:
                record["defaultEmailAddress"] = customers.mail_address(fields.pop("email"), "NOT_SUBSCRIBED", None)
            record |= fields | {"updatedAt": self._shop.now()}
            self._shop.customers.put(self._whole(record))
            event = _event()
            self._customer("customers/update", id_, event)
            after = record["tags"]
            for topic, changed in (
                ("customer.tags_added", [tag for tag in after if tag not in before]),
                ("customer.tags_removed", [tag for tag in before if tag not in after]),
            ):
                if changed:
                    body = {"customerId": record["id"], "tags": changed, "occurredAt": record["updatedAt"]}
                    self._deliveries.emit(topic, body, event)

    def set_consent(self, id_: int, state: str) -> None:
        """Of e-mail: SUBSCRIBED, UNSUBSCRIBED, …"""
        with self._shop.lock:
            record, now = self._shop.customers.copied(id_), self._shop.now()
            address = record["defaultEmailAddress"]["emailAddress"]
            record |= {"defaultEmailAddress": customers.mail_address(address, state, now), "updatedAt": now}
            self._shop.customers.put(self._whole(record))
            event = _event()
            self._consent(id_, event)
            self._customer("customers/update", id_, event)

    def delete_customer(self, id_: int) -> None:
        with self._shop.lock:
            self._shop.customers.delete(id_)
            self._deliveries.emit("customers/delete", {"id": id_}, _event())

    def _whole(self, record: Json) -> Json:
        shop, number = self._shop, number_of(record["id"]) - CUSTOMER_IDS
        return customers.complete(
            record,
            shop.numbers.currency,
            lambda: shop.spent(number),
            lambda: shop.orders_of(number),
            lambda: shop.last_order(number),
        )

    def _customer(self, topic: str, id_: int, event: str) -> None:
        record = self._shop.customers.get(id_)
        assert record is not None
        self._deliveries.emit(topic, rest_bodies.customer(record, older=self.is_older), event)

    def _consent(self, id_: int, event: str) -> None:
        record = self._shop.customers.get(id_)
        assert record is not None
        mail = record["defaultEmailAddress"]
        body = {
            "customer_id": id_,
            "email_address": mail["emailAddress"],
            "email_marketing_consent": rest_bodies.consent(mail),
        }
        self._deliveries.emit("customers_email_marketing_consent/update", body, event)

    # carts and checkouts

    def cart_filled(self, token: str, products: Sequence[tuple[int, int]], visitor: str = "") -> None:
        """`products`: (number, quantity), all that lie in it now."""
        with self._shop.lock:
            lines = [checkouts.bought(self._shop.numbers, product, quantity) for product, quantity in products]
            now = self._shop.clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
            topic = "carts/update" if token in self._carts else "carts/create"
            created = self._carts.setdefault(token, now)
            self._deliveries.emit(topic, rest_bodies.cart(token, lines, visitor, created, now), _event())

    def checkout_begins(self, products: Sequence[tuple[int, int]], customer: int | None = None) -> int:
        """`products`: (number, quantity). Nobody is known yet, unless they are logged in."""
        with self._shop.lock:
            shop, now = self._shop, self._shop.now()
            id_ = shop.checkouts.new_id()
            lines = [checkouts.bought(shop.numbers, product, quantity) for product, quantity in products]
            whom = customer
            record = checkouts.made(
                shop.numbers,
                id_,
                self.cart_token(id_),
                lines,
                lambda: shop.customers.get(whom) if whom else None,
                now,
                now,
            )
            record["email_"], record["accepts_"] = None, False
            shop.checkouts.put(record)
            self._checkout("checkouts/create", id_, _event())
        return id_

    def types_email(self, checkout: int, email: str, *, accepts: bool = False) -> None:
        with self._shop.lock:
            record = self._shop.checkouts.copied(checkout)
            record |= {"email_": email, "accepts_": accepts, "updatedAt": self._shop.now()}
            self._shop.checkouts.put(record)
            self._checkout("checkouts/update", checkout, _event())

    def _checkout(self, topic: str, id_: int, event: str) -> None:
        record = self._shop.checkouts.get(id_)
        assert record is not None
        body = rest_bodies.checkout(
            record, self.checkout_token(id_), self.cart_token(id_), record["email_"], accepts=record["accepts_"]
        )
        self._deliveries.emit(topic, body, event)

    def cart_token(self, checkout: int) -> str:
        return f"hWN{token('cart of', self._shop.address, checkout)[:24]}"

    def checkout_token(self, checkout: int) -> str:
        return token("checkout of", self._shop.address, checkout)

    # orders

    def order_placed(
        self, email: str | None = None, customer: int | None = None, checkout: int | None = None, **fields: Any
    ) -> int:
        """Paid, from the storefront, with lines of the shop's choosing. `fields`: named as in GraphQL."""
        with self._shop.lock:
            shop, now = self._shop, self._shop.now()
            id_ = shop.orders.new_id()
            record = orders.order(shop.numbers, shop.customers.get, id_ - ORDER_IDS)
            money = orders.Money(shop.numbers.currency, record["presentmentCurrencyCode"])
            buyer = shop.customers.get(customer) if customer else None
            mail = buyer["defaultEmailAddress"] if buyer else None
            lines = [line | {"currentQuantity": line["quantity"]} for line in record["lineItems"].all()]
            record |= {
                "lineItems": Rows.of(lines),  # nothing of them was given back yet
                "createdAt": now,
                "processedAt": now,
                "updatedAt": now,
                "cancelledAt": None,
                "cancelReason": None,
                "test": False,
                "sourceName": "web",
                "email": email or (mail and mail["emailAddress"]),
                "phone": None,
                "customer": lambda _: shop.customers.get(customer) if customer else None,
                "customer_id_": customer or 0,
                "cartToken": self.cart_token(checkout) if checkout else token("cart", shop.address, id_),
                "checkoutToken": self.checkout_token(checkout) if checkout else token("checkout", shop.address, id_),
                "customerLocale": "de-DE",
                "displayFinancialStatus": "PAID",
                "displayFulfillmentStatus": "UNFULFILLED",
                "fulfillments": [],
                "refunds": [],
                "currentTotalPriceSet": record["totalPriceSet"],
                "totalRefundedSet": money.both(0),
                **fields,
            }
            shop.orders.put(record)
            event = _event()
            if checkout:
                left = shop.checkouts.copied(checkout) | {"completedAt": now, "updatedAt": now}
                shop.checkouts.put(left)
                self._checkout("checkouts/update", checkout, event)
            for topic in ("orders/create", "orders/paid", "orders/updated"):
                self._order(topic, id_, event)
            if customer:
                self._touch_customer(customer, event)
        return id_

    def _touch_customer(self, id_: int, event: str) -> None:
        record = self._shop.customers.copied(id_) | {"updatedAt": self._shop.now()}
        self._shop.customers.put(self._whole(record))
        self._customer("customers/update", id_, event)
        summary = {
            "customerId": record["id"],
            "numberOfOrders": int(record["numberOfOrders"]({})),
            "amountSpent": record["amountSpent"]({}),
            "lastOrderId": gid("Order", self._shop.spent(id_ - CUSTOMER_IDS)[2]),
            "occurredAt": record["updatedAt"],
        }
        self._deliveries.emit("customers/purchasing_summary", summary, event)

    def change_order(self, id_: int, *topics: str, **fields: Any) -> None:
        """`topics`: what it is told as, besides `orders/updated`."""
        with self._shop.lock:
            record = self._shop.orders.copied(id_) | {"updatedAt": self._shop.now()} | fields
            self._shop.orders.put(record)
            event = _event()
            for topic in (*topics, "orders/updated"):
                self._order(topic, id_, event)
            if record["customer_id_"]:
                self._touch_customer(record["customer_id_"], event)

    def cancel_order(self, id_: int) -> None:
        self.change_order(id_, "orders/cancelled", cancelledAt=self._shop.now(), cancelReason="CUSTOMER")

    def fulfil_order(self, id_: int) -> None:
        parcel = {"id": gid("Fulfillment", id_ + 3), "createdAt": self._shop.now(), "status": "SUCCESS"}
        self.change_order(id_, "orders/fulfilled", displayFulfillmentStatus="FULFILLED", fulfillments=[parcel])

    def refund_order(self, id_: int) -> None:
        """All of it."""
        with self._shop.lock:
            record, now = self._shop.orders.copied(id_), self._shop.now()
            money = orders.Money(self._shop.numbers.currency, record["presentmentCurrencyCode"])
            cents = round(float(record["totalPriceSet"]["shopMoney"]["amount"]) * 100)
            lines = record["lineItems"].all()
            back = orders.refund(id_ + 1, now, money, cents, lines, order_id=id_)
            self._deliveries.emit("refunds/create", rest_bodies.refund(back), _event())
            self.change_order(
                id_,
                refunds=[back],
                displayFinancialStatus="REFUNDED",
                totalRefundedSet=money.both(cents),
                currentTotalPriceSet=money.both(0),
            )

    def delete_order(self, id_: int) -> None:
        with self._shop.lock:
            self._shop.orders.delete(id_)
            self._deliveries.emit("orders/delete", {"id": id_}, _event())

    def _order(self, topic: str, id_: int, event: str) -> None:
        record = self._shop.orders.get(id_)
        assert record is not None
        self._deliveries.emit(topic, rest_bodies.order(record, older=self.is_older), event)

    # products

    def change_product(self, id_: int, **fields: Any) -> None:
        with self._shop.lock:
            record = self._shop.products.copied(id_) | {"updatedAt": self._shop.now()} | fields
            self._shop.products.put(record)
            self._deliveries.emit("products/update", rest_bodies.product(record), _event())

    def delete_product(self, id_: int) -> None:
        with self._shop.lock:
            self._shop.products.delete(id_)
            self._deliveries.emit("products/delete", {"id": id_}, _event())

    def set_stock(self, item: int, available: int) -> None:
        """Of an inventory item."""
        with self._shop.lock:
            shop, now, before = self._shop, self._shop.now(), self._shop.available(item)
            shop.stock[item], shop.stock_changed_at[item] = available, now
            event = _event()
            self._deliveries.emit("inventory_levels/update", rest_bodies.level(item, LOCATION, available, now), event)
            found = shop.item(item)
            assert found is not None
            variant = found["variant"]
            record = variant["product"]({})
            changed = shop.products.copied(number_of(record["id"])) | {"updatedAt": now}
            shop.products.put(changed)
            self._deliveries.emit("products/update", rest_bodies.product(changed), event)
            if (before > 0) != (available > 0):
                topic = "variants/in_stock" if available > 0 else "variants/out_of_stock"
                body = {
                    "id": number_of(variant["id"]),
                    "product_id": number_of(record["id"]),
                    "inventory_item_id": item,
                    "inventory_quantity": available,
                    "updated_at": rest_bodies.local(now),
                }
                self._deliveries.emit(topic, body, event)

    # the app

    def uninstall(self) -> None:
        """The token is void before the webhook leaves."""
        record = self._shop.record()
        body = {
            "id": number_of(record["id"]),
            "name": record["name"],
            "myshopify_domain": self._shop.address,
            "domain": self._shop.numbers.storefront,
            "updated_at": rest_bodies.local(self._shop.now()),
        }
        self._deliveries.emit("app/uninstalled", body, _event())


def _event() -> str:
    return str(uuid.uuid4())
