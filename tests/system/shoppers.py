"""Opted-in shoppers who fill a cart; some buy a little later. What they send, and what must come of it."""

from __future__ import annotations

import hashlib
import json
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.system.local_brevo import LocalBrevo
from tests.system.product import CHROME, Product, woo_headers
from tests.system.traffic import Ledger, Sending

SHOP = "http://127.0.0.1:8081"
CART_STORY = ("cart_created", "cart_updated", "cart_abandoned")
ORDER_STORY = ("cart_recovered", "order_placed", "order_completed")


@dataclass(frozen=True, slots=True)
class Shopper:
    number: int

    @property
    def email(self) -> str:
        return f"shopper{self.number}@example.org"

    @property
    def cart_event(self) -> str:
        return f"cart-of-{self.number:06}"

    def fills_cart(self, site_key: str) -> Sending:
        now = int(time.time() * 1000)
        product = {"id": str(10 + self.number % 5), "name": "Tea", "price": "12.50", "currency": "EUR"}
        typed = f"typed-by-{self.number:06}"
        beacon = {
            "v": 1,
            "visitor_id": f"shopper-{self.number:06}",
            "sent_at": now,
            "consent": "granted",
            "page": {"url": f"{SHOP}/p/tea", "referrer": ""},
            "events": [
                {
                    "id": typed,
                    "type": "contact_submitted",
                    "at": now,
                    "email": self.email,
                    "marketing_opt_in": True,
                },
                {
                    "id": self.cart_event,
                    "type": "cart_updated",
                    "at": now,
                    "cart": {"currency": "EUR", "total": "12.50", "items": [{**product, "quantity": 1}]},
                },
            ],
        }
        headers = {"Content-Type": "text/plain;charset=UTF-8", "User-Agent": CHROME, "Accept-Language": "de"}
        return Sending(f"/c/{site_key}", json.dumps(beacon).encode(), headers, (typed, self.cart_event))

    def buys(self) -> Sending:
        now = datetime.now(UTC).replace(microsecond=0, tzinfo=None).isoformat()
        order = {
            "id": self.number,
            "number": str(self.number),
            "status": "processing",
            "currency": "EUR",
            "created_via": "store-api",
            "date_created_gmt": now,
            "date_modified_gmt": now,
            "date_paid_gmt": now,
            "total": "12.50",
            "customer_id": 0,
            "billing": {"email": self.email, "country": "DE"},
            "line_items": [{"product_id": 10 + self.number % 5, "name": "Tea", "quantity": 1, "total": "12.50"}],
            "refunds": [],
            "meta_data": [{"key": "_tajo_id", "value": f"shopper-{self.number:06}"}],
        }
        raw = json.dumps(order).encode()
        digest = hashlib.sha256(b"order.updated" + raw).hexdigest()
        return Sending("/webhooks/woocommerce", raw, woo_headers("order.updated", raw), delivery=digest)


class Crowd:
    """Who came and who bought, as far as it was acknowledged. One seed, one crowd."""

    def __init__(self, site_key: str, seed: int) -> None:
        self._site_key = site_key
        self._pick = random.Random(seed)
        self._first = seed * 10_000
        self._came: list[Shopper] = []
        self._bought: dict[str, Shopper] = {}  # digest of the order's webhook

    def stream(self, a_second: float) -> Iterator[Sending]:
        """About so many shoppers a second; every third buys, before or after the cart is abandoned."""
        pause, buying = threading.Event(), list[tuple[int, Shopper]]()
        for turn in range(10**9):
            pause.wait(1 / a_second)
            shopper = Shopper(self._first + turn)
            self._came.append(shopper)
            yield shopper.fills_cart(self._site_key)
            if turn % 3 == 0:
                buying.append((turn + self._pick.randrange(1, int(4 * a_second) + 1), shopper))
            for _, buyer in [one for one in buying if one[0] <= turn]:
                sending = buyer.buys()
                self._bought[sending.delivery] = buyer
                yield sending
            buying = [one for one in buying if one[0] > turn]

    def buyers(self, ledger: Ledger) -> set[str]:
        return {one.email for digest, one in self._bought.items() if digest in ledger.deliveries}

    def leavers(self, ledger: Ledger) -> set[str]:
        """Who filled a cart and did not buy."""
        return {one.email for one in self._came if one.cart_event in ledger.events} - self.buyers(ledger)


def check_told(brevo: LocalBrevo, leavers: set[str], buyers: set[str]) -> None:
    """Every cart left is told as abandoned once; every order once, and nothing about its cart afterwards."""
    stories = brevo.stories()
    assert {email: stories.get(email) for email in leavers} == {email: list(CART_STORY) for email in leavers}
    for email in buyers:
        story = stories.get(email, [])
        of_cart, of_order = [one for one in story if one in CART_STORY], [one for one in story if one in ORDER_STORY]
        assert of_cart == [name for name in CART_STORY if name in of_cart], (email, story)
        assert [name for name in of_order if name != "cart_recovered"] == ["order_placed", "order_completed"], story
        assert ("cart_abandoned" in of_cart) == ("cart_recovered" in of_order), (email, story)
        assert story == of_cart + of_order, f"nothing about a cart after its order: {email} {story}"
    assert stories.keys() == leavers | buyers


def states(product: Product) -> dict[str, int]:
    return {row["state"]: row["n"] for row in product.rows("select state, count(*) as n from outbox group by state")}
