"""What the shop has and what lies in its one cart; money in hundredths, yen too, as Shopify counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

HOSTILE = (
    "</script><script>window.executed = 1</script><img src=x onerror='window.executed = 1'>"
    " \"quoted\" 'it' {{ 7 | times: 6 }} {% raw %} \\ & 😀 مرحبا \u202eabc\u202c ]]>"
)
CODE = "TENOFF"


@dataclass(frozen=True)
class Product:
    id: int
    variant_id: int
    handle: str
    title: str
    price: int
    variant_title: str | None = None
    in_stock: bool = True

    @property
    def sku(self) -> str:
        return f"SKU-{self.variant_id}"


MUG = Product(13, 43, "mug", "Mug", 1250, "Blue")
POT = Product(14, 44, "pot", "Pot", 3000)
SOLD_OUT = Product(15, 45, "sold-out", "Sold out", 900, in_stock=False)
HOSTILE_ONE = Product(16, 46, "hostile", HOSTILE, 100)
PRODUCTS = {product.handle: product for product in (MUG, POT, SOLD_OUT, HOSTILE_ONE)}
VARIANTS = {product.variant_id: product for product in PRODUCTS.values()}


class Refused(Exception):
    """What Shopify answers 422 to."""


@dataclass
class Store:
    """A test sets what it needs. `role` is the theme's, `rate` what a euro is in the market's money, `hello` a script
    of the page's own in its head."""

    collector: str = ""  # its address, for the snippet
    theme: str = "dawn"
    root: str = "/"
    currency: str = "EUR"
    rate: int = 1
    role: str = "main"
    hello: str = ""
    site_key: str = "shopify-implied"
    is_in_editor: bool = False
    customer: dict[str, Any] | None = None
    lines: dict[int, int] = field(default_factory=dict)  # variant: quantity
    attributes: dict[str, str] = field(default_factory=dict)
    discount: str = ""
    calls: list[str] = field(default_factory=list)  # method and address, in the order they came

    def add(self, variant_id: int, quantity: int) -> dict[str, Any]:
        product = VARIANTS.get(variant_id)
        if product is None or not product.in_stock:
            raise Refused("sold out")
        self.lines[variant_id] = self.lines.get(variant_id, 0) + quantity
        return self.line(variant_id)

    def change(self, variant_id: int, quantity: int) -> None:
        if quantity:
            self.lines[variant_id] = quantity
        else:
            self.lines.pop(variant_id, None)

    def update(self, given: Mapping[str, Any]) -> None:
        for variant_id, quantity in dict(given.get("updates", {})).items():
            self.change(int(variant_id), quantity)
        self.attributes |= given.get("attributes", {})
        for name, value in given.items():
            if name.startswith("attributes["):  # as forms say it
                self.attributes[name.removeprefix("attributes[").removesuffix("]")] = value
        self.discount = given.get("discount", self.discount)

    def line(self, variant_id: int) -> dict[str, Any]:
        product, quantity = VARIANTS[variant_id], self.lines[variant_id]
        price = product.price * self.rate
        paid = price * quantity * (90 if self.discount == CODE else 100) // 100
        title = f" - {product.variant_title}" if product.variant_title else ""
        return {
            "id": variant_id,
            "key": f"{variant_id}:abc",
            "product_id": product.id,
            "variant_id": variant_id,
            "sku": product.sku,
            "title": product.title + title,
            "product_title": product.title,
            "variant_title": product.variant_title,
            "quantity": quantity,
            "price": price,
            "original_price": price,
            "final_price": paid // quantity,
            "line_price": paid,
            "final_line_price": paid,
            "url": f"{self.root}products/{product.handle}?variant={variant_id}",
            "image": f"https://cdn.shop.example/{product.handle}.jpg",
            "properties": {},
        }

    def cart(self) -> dict[str, Any]:
        lines = [self.line(variant_id) for variant_id in self.lines]
        return {
            "token": "c1-token?key=secret",
            "note": None,
            "attributes": self.attributes,
            "total_price": sum(line["final_line_price"] for line in lines),
            "item_count": sum(self.lines.values()),
            "items": lines,
            "currency": self.currency,
        }

    def drop(self, product: Product) -> dict[str, Any]:
        """A product as Liquid has it."""
        variant = {
            "id": product.variant_id,
            "title": product.variant_title or "Default Title",
            "sku": product.sku,
            "price": product.price * self.rate,
        }
        return {
            "id": product.id,
            "title": product.title,
            "handle": product.handle,
            "url": f"{self.root}products/{product.handle}",
            "featured_image": f"{product.handle}.jpg",
            "selected_or_first_available_variant": variant,
            "has_only_default_variant": product.variant_title is None,
            "collections": [{"title": "Kitchen"}, {"title": "Tea & coffee"}],
            "in_currency": self.currency,
        }
