"""The shop itself: everything it knows, and everything that can happen in it. One lock, all in memory."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import requests

from collector.sandbox.shop.carts import Bill, Cart, bill
from collector.sandbox.shop.catalogue import tea_shop
from collector.sandbox.shop.orders import DRAFT, PAID, PAYMENTS, Customer, Order
from collector.sandbox.shop.settings import ShopSettings
from collector.sandbox.shop.webhooks import Announcer

ANA = 2
SEEDED_DAYS_AGO = (41, 12)
OPT_IN = "_wc_other/tajo/marketing-opt-in"
OF_THE_BROWSER = ("_tajo_id", "_tajo_consent")


class DemoShop:
    """Methods that change something announce it to the webhooks. All of them may be called from any thread."""

    def __init__(self, settings: ShopSettings, clock: Callable[[], datetime], http: requests.Session) -> None:
        self.settings = settings
        self.clock = clock
        self.lock = threading.RLock()
        self.catalogue = tea_shop()
        self.carts: dict[str, Cart] = {}
        self.orders: dict[int, Order] = {}
        self.customers: dict[int, Customer] = {}
        self.is_api_down = False
        self.announcer = Announcer(settings, clock, http)
        self._next_order = settings.first_order_id
        self._next_line = 1
        self._open()

    def _open(self) -> None:
        """Ana has an account and two old orders; with the first she ticked the box."""
        now = self.clock()
        since = now - timedelta(days=SEEDED_DAYS_AGO[0])
        billing = {
            **{"first_name": "Ana", "last_name": "Lima", "address_1": "Lindenweg 4", "city": "Berlin"},
            **{"postcode": "10115", "country": "DE", "email": "ana@example.com", "phone": "+49 30 901820"},
        }
        self.customers[ANA] = Customer(ANA, "ana@example.com", "Ana", "Lima", "ana", since, since, billing)
        for days, number in zip(SEEDED_DAYS_AGO, (13, 16), strict=True):
            at = now - timedelta(days=days)
            order = self._new_order("completed", at, customer_id=ANA, created_via="checkout")
            offer = self.catalogue.offer(number)
            assert offer is not None
            cart = Cart()
            cart.add(offer, 1)
            self._fill(order, cart)
            order.billing = dict(billing)
            order.payment_method, order.transaction_id = "card", secrets.token_hex(8)
            order.paid_at = at
            order.completed_at = order.modified_at = at + timedelta(days=1)
            if days == SEEDED_DAYS_AGO[0]:
                order.meta[OPT_IN] = "1"
        for topic in ("order.created", "order.updated", "customer.created", "customer.updated", "product.updated"):
            self.announcer.add(topic, self.settings.hook_url, self.settings.webhook_secret)
        self.announcer.announce("customer.updated", ANA)
        for order in self.orders.values():
            self.announcer.announce("order.updated", order.id)

    # Carts and checkout

    def cart(self, owner: str) -> Cart:
        """The cart of a session (`t_…`) or a signed-in customer's number."""
        with self.lock:
            return self.carts.setdefault(owner, Cart())

    def bill(self, cart: Cart) -> Bill:
        with self.lock:
            return bill(cart, self.catalogue)

    def open_checkout(self, cart: Cart, customer_id: int, meta: Mapping[str, str]) -> Order | None:
        """The Blocks checkout makes a draft the moment its page opens; nobody is told yet."""
        with self.lock:
            if not cart.lines:
                return None
            order = self.orders.get(cart.draft or 0)
            if order is None or order.status not in (DRAFT, "pending", "failed"):
                order = self._new_order(DRAFT, self.clock(), customer_id=customer_id, created_via="store-api")
                cart.draft = order.id
            self._fill(order, cart)
            customer = self.customers.get(customer_id)
            order.billing = dict(customer.billing) if customer else order.billing
            kept = {name: value for name, value in order.meta.items() if name not in OF_THE_BROWSER}
            order.meta = {**kept, **meta}
            return order

    def note_contact(self, cart: Cart, customer_id: int, meta: Mapping[str, str], typed: dict[str, str]) -> None:
        """What is typed into the checkout is saved with the draft, which is announced as an update."""
        with self.lock:
            order = self.open_checkout(cart, customer_id, meta)
            if order is None:
                return
            order.billing |= typed
            if cart.has_opted_in is not None:
                order.meta[OPT_IN] = "1" if cart.has_opted_in else "0"
            self._changed(order)

    def place(
        self, cart: Cart, customer_id: int, meta: Mapping[str, str], billing: dict[str, str], method: str
    ) -> Order:
        """ "Place order". The cart stays as long as the payment is not done, as with offsite payments."""
        with self.lock:
            order = self.open_checkout(cart, customer_id, meta)
            if order is None:
                raise ValueError("the cart is empty")
            was = order.status
            order.billing = {"company": "", "address_2": "", "state": ""} | billing
            order.payment_method = method
            if cart.has_opted_in is not None:
                order.meta[OPT_IN] = "1" if cart.has_opted_in else "0"
            order.meta |= {
                "_wc_order_attribution_source_type": "typein",
                "_wc_order_attribution_utm_source": "(direct)",
            }
            if was == DRAFT:
                order.created_at = self.clock()
                self.announcer.announce("order.created", order.id)
            self.set_status(order, PAYMENTS[method][1])
            if order.status not in ("pending", "failed"):
                cart.empty()
            return order

    def finish_payment(self, order: Order, went_well: bool) -> None:
        """Back from the payment page."""
        with self.lock:
            self.set_status(order, "processing" if went_well else "failed")
            if went_well:
                for cart in self.carts.values():
                    if cart.draft == order.id:
                        cart.empty()

    # The merchant's side

    def set_status(self, order: Order, status: str) -> None:
        """Raises ValueError for a status the shop does not know."""
        with self.lock:
            if status == "refunded":
                order.refunds.append((self._take_order_id(), "", order.total))
            if status in PAID and order.paid_at is None:
                order.paid_at = self.clock()
                order.transaction_id = "" if order.payment_method == "bacs" else secrets.token_hex(8)
                self._take_from_stock(order)
            if status == "completed":
                order.completed_at = self.clock()
            order.status = status
            self._changed(order)

    def sign_up(self, email: str, first_name: str, last_name: str) -> Customer:
        """A new account. Raises ValueError when the address has one."""
        with self.lock:
            if any(known.email == email for known in self.customers.values()):
                raise ValueError("an account with this address exists")
            now, number = self.clock(), max(self.customers) + 1
            customer = Customer(number, email, first_name, last_name, email.partition("@")[0], now, now)
            customer.billing = {"first_name": first_name, "last_name": last_name, "email": email}
            self.customers[number] = customer
            self.announcer.announce("customer.created", number)
            return customer

    def set_stock(self, number: int, stock: int) -> None:
        """By offer id."""
        with self.lock:
            offer = self.catalogue.offer(number)
            if offer is None:
                raise ValueError(f"nothing with the number {number} is sold")
            (offer.variant or offer.product).stock = stock
            self._product_changed(offer.product.id)

    # Below the counter

    def _new_order(self, status: str, at: datetime, customer_id: int, created_via: str) -> Order:
        number = self._take_order_id()
        key = f"wc_order_{hashlib.sha256(secrets.token_bytes(16)).hexdigest()[:13]}"
        order = Order(number, status, at, at, key, created_via, customer_id)
        self.orders[number] = order
        return order

    def _take_order_id(self) -> int:
        self._next_order += 1
        return self._next_order - 1

    def _fill(self, order: Order, cart: Cart) -> None:
        priced = bill(cart, self.catalogue)
        order.take(priced, self._next_line, f"{self.settings.url}/images")
        order.cart_hash = cart.hash
        self._next_line += len(priced.lines)

    def _changed(self, order: Order) -> None:
        order.modified_at = self.clock()
        self.announcer.announce("order.updated", order.id)

    def _take_from_stock(self, order: Order) -> None:
        for line in order.lines:
            offer = self.catalogue.offer(line.variation_id or line.product_id)
            if offer is not None:
                sold = offer.variant or offer.product
                sold.stock = max(0, sold.stock - line.quantity)
                self._product_changed(offer.product.id)

    def _product_changed(self, number: int) -> None:
        self.catalogue.products[number].modified_at = self.clock()
        self.announcer.announce("product.updated", number)


def now_utc() -> datetime:
    """WooCommerce counts whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)
