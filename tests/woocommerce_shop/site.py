"""One site of a host: its records, who may ask for them, whom it tells, and what is particular about it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from tests.stand_ins.clock import Clock
from tests.woocommerce_shop import coupons, customers, orders, products
from tests.woocommerce_shop.access import Access, Key
from tests.woocommerce_shop.deliveries import Deliveries
from tests.woocommerce_shop.habits import Habits
from tests.woocommerce_shop.kind import Json, Kind
from tests.woocommerce_shop.life import Life
from tests.woocommerce_shop.numbers import Numbers
from tests.woocommerce_shop.people import People
from tests.woocommerce_shop.records import Records
from tests.woocommerce_shop.replies import ApiError, invalid_id
from tests.woocommerce_shop.webhooks import Webhooks


class Site:
    """`path`: "" or "/shop-b". `before_list` is called before a page is made: (kind, page); things may happen then."""

    def __init__(
        self,
        numbers: Numbers,
        path: str,
        host: Callable[[], str],
        clock: Clock,
        lock: threading.RLock,
        people: People,
    ) -> None:
        self.numbers, self.path, self.clock, self.lock = numbers, path, clock, lock
        self._host = host
        self.habits = Habits()
        name = path.strip("/") or "main"
        self.key = Key(f"ck_{name:a>40}"[:43], f"cs_{name:b>40}"[:43])
        self.access = Access(self.key)
        self.people = people
        self.other_home = ""  # where the network says it is, if not here
        self.webhooks = Webhooks()
        self.before_list: Callable[[str, int], None] | None = None
        self.asked: list[tuple[str, str, dict[str, str]]] = []  # (method, route, parameters)
        self.gaps: list[str] = []
        self.customers = Kind(
            lambda: customers.glances(numbers), lambda id_: customers.record(numbers, id_), customers.glance_of
        )
        self.orders = Kind(
            lambda: orders.glances(numbers), lambda id_: orders.record(numbers, self.home, id_), orders.glance_of
        )
        self.products = Kind(
            lambda: products.glances(numbers), lambda id_: products.record(numbers, self.home, id_), products.glance_of
        )
        self.variations = Kind(
            lambda: products.variation_glances(numbers),
            lambda id_: products.variation(numbers, self.home, id_),
            products.glance_of,
        )
        self.coupons = Kind(
            lambda: coupons.glances(numbers), lambda id_: coupons.record(numbers, id_), coupons.glance_of
        )
        self.deliveries = Deliveries(self.webhooks, self.told, lambda: self.home, clock, lock)
        self.life = Life(
            Records(self.customers, self.orders, self.products, self.variations, self.coupons),
            numbers,
            lambda: self.home,
            clock,
            lock,
            self.habits,
            self.deliveries.emit,
        )
        self.owner_has_rights = True  # of the webhooks

    @property
    def home(self) -> str:
        """Without a slash at the end."""
        return self._host() + self.path

    @property
    def listed_home(self) -> str:
        return self.other_home or self.home

    def now(self) -> int:
        return int(self.clock.now().timestamp())

    def check(self) -> None:
        """Nothing was asked that this site has no answer for."""
        assert self.gaps == [], self.gaps

    def kind(self, resource: str) -> Kind:
        found: Kind = getattr(self, f"{resource}s")
        return found

    def told(self, resource: str, id_: int, event: str) -> Json:
        """The body of a webhook as it would be made now, errors included."""
        if event == "deleted":
            return {"id": id_}
        if not self.owner_has_rights:
            return ApiError(401, "woocommerce_rest_cannot_view", "Sorry, you cannot view this resource.").body
        record = self.kind(resource).get(id_)
        if record is not None:
            return self.linked(f"{resource}s", record)
        if resource == "product" and (variation := self.variations.get(id_)) is not None:
            return self.variation_told(variation)
        if resource == "customer":
            return ApiError(404, "wc_user_invalid_id", "Invalid user ID.").body
        return invalid_id({"product": "product"}.get(resource, f"shop_{resource}")).body

    def variation_told(self, variation: Json) -> Json:
        parent = self.products.get(variation["parent_id"])
        assert parent is not None
        return self.linked("products", products.as_told(parent, variation))

    def linked(self, route: str, record: Json) -> Json:
        """`route`: below wc/v3."""
        base = f"{self.home}/{self.habits.rest_prefix}/wc/v3"
        hints = {"allow": ["GET", "POST", "PUT", "PATCH", "DELETE"]}
        links: Json = {
            "self": [{"href": f"{base}/{route}/{record['id']}", "targetHints": hints}],
            "collection": [{"href": f"{base}/{route}"}],
        }
        if route == "orders":
            templates = f"{base}/orders/{record['id']}/actions/email_templates"
            links["email_templates"] = [{"embeddable": True, "href": templates}]
            if record["customer_id"]:
                links["customer"] = [{"href": f"{base}/customers/{record['customer_id']}"}]
        if route.endswith("/variations"):
            links["up"] = [{"href": f"{base}/{route.removesuffix('/variations')}"}]
        return {**record, "_links": links}
