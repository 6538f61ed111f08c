"""What a small WooCommerce shop has: products, one cart, a coupon; money in minor units, tax 19 %."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

TAX = 0.19
HOSTILE = "\"</script><script>alert('x')</script> <!-- ☕ كوب {{ 1 }} \\ & co"


@dataclass(frozen=True)
class Thing:
    """Something to buy. `net` without tax."""

    id: int
    name: str
    net: int
    product_id: int  # its own, or that of the product it is a variation of
    option: str = ""
    is_sold_out: bool = False


THINGS = {
    thing.id: thing
    for thing in (
        Thing(13, "Mug & saucer", 1000, 13),
        Thing(21, "Shirt", 2000, 20, "S"),
        Thing(22, "Shirt", 2500, 20, "Red / L"),
        Thing(30, "The last one", 500, 30, is_sold_out=True),
        Thing(40, HOSTILE, 700, 40),
    )
}


class CannotAdd(Exception):
    """Sold out, or not something to buy."""


@dataclass
class Line:
    thing: Thing
    quantity: float  # some shops sell by the metre

    @property
    def key(self) -> str:
        return hashlib.md5(str(self.thing.id).encode(), usedforsecurity=False).hexdigest()


@dataclass
class Store:
    shows_tax: bool = True
    currency: str = "EUR"
    digits: int = 2
    lines: list[Line] = field(default_factory=list)
    removed: list[Line] = field(default_factory=list)
    coupon: str = ""
    is_logged_in: bool = False
    site_key: str = "woocommerce-implied"
    # What a page cache in front of the shop does: one copy of each page for everybody, no cookies set.
    is_cached: bool = False
    sets_cookies: bool = True
    is_deferred: bool = True  # the script; not where it was pasted by hand
    has_snippets_lines: bool = True
    cart_status: int = 200
    # What the page says in `tajoConfig` before the snippet does.
    settings: dict[str, Any] = field(default_factory=lambda: {"debug": True})
    calls: list[str] = field(default_factory=list)

    def reset(self) -> None:
        vars(self).update(vars(Store()))

    # the cart

    def add(self, thing_id: int, quantity: int = 1) -> None:
        thing = THINGS.get(thing_id)
        if thing is None or thing.is_sold_out:
            raise CannotAdd(thing_id)
        for line in self.lines:
            if line.thing == thing:
                line.quantity += quantity
                return
        self.lines.append(Line(thing, quantity))

    def change(self, key: str, quantity: int) -> None:
        for line in self.lines:
            if line.key == key:
                line.quantity = quantity
        self._drop(lambda line: line.quantity < 1)

    def remove(self, key: str) -> None:
        self._drop(lambda line: line.key == key)

    def undo(self, key: str) -> None:
        self.lines += [line for line in self.removed if line.key == key]
        self.removed = []

    def order(self) -> None:
        self.lines, self.coupon = [], ""

    def _drop(self, is_gone: Callable[[Line], bool]) -> None:
        self.removed = [line for line in self.lines if is_gone(line)]
        self.lines = [line for line in self.lines if not is_gone(line)]

    def hash(self) -> str:
        """What the cookie `woocommerce_cart_hash` says; "" without a cart."""
        said = json.dumps([[asdict(line.thing), line.quantity] for line in self.lines] + [self.coupon])
        return hashlib.md5(said.encode(), usedforsecurity=False).hexdigest() if self.lines else ""

    # prices

    def shown(self, net: int) -> int:
        """What the shopper reads."""
        return round(net * (1 + TAX)) if self.shows_tax else net

    def api_cart(self, extension: Callable[[Line], dict[str, Any] | None]) -> dict[str, Any]:
        """As `GET /wp-json/wc/store/v1/cart` answers: prices as they are shown, totals without tax."""
        money = {"currency_code": self.currency, "currency_minor_unit": self.digits}
        items = []
        for line in self.lines:
            subtotal = line.thing.net * line.quantity
            total = round(subtotal * (0.9 if self.coupon else 1))
            said = extension(line)
            items.append(
                {
                    "key": line.key,
                    "id": line.thing.id,
                    "quantity": line.quantity,
                    "name": as_wordpress_shows(line.thing.name),
                    "sku": f"SKU-{line.thing.id}",
                    "permalink": f"https://shop.example/product/{line.thing.product_id}/",
                    "images": [{"id": 5, "src": "https://shop.example/5.jpg"}],
                    "variation": [{"attribute": "Size", "value": line.thing.option}] if line.thing.option else [],
                    "prices": {"price": str(self.shown(line.thing.net)), **money},
                    "totals": {
                        "line_subtotal": str(subtotal),
                        "line_subtotal_tax": str(round(subtotal * TAX)),
                        "line_total": str(total),
                        "line_total_tax": str(round(total * TAX)),
                        **money,
                    },
                    "extensions": {"tajo": said} if said else {},
                }
            )
        return {"items": items, "coupons": [self.coupon] if self.coupon else [], "totals": money}


def as_wordpress_shows(name: str) -> str:
    """The Store API curls quotes, escapes, and drops what it takes for a script."""
    text = name.replace("</script>", "").replace("<script>", "").replace("<!--", "&lt;!&#8211;")
    return text.replace(" & ", " &amp; ").replace('"', "&#8221;").replace("'", "&#8217;")
