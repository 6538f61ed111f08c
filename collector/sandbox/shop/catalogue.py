"""What the tea shop sells. Prices in cents, tax included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlencode

OPENED_AT = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Category:
    id: int
    slug: str
    name: str


TEA = Category(16, "tea", "Tea")
WARE = Category(17, "pots-and-cups", "Pots & cups")
CATEGORIES = (TEA, WARE)


@dataclass(slots=True)
class Variant:
    """One choice of a product: `option` is the value of the product's one attribute."""

    id: int
    option: str
    sku: str
    price: int
    stock: int = 50


@dataclass(slots=True)
class Product:
    """`attribute` names what its variants differ in, "" without variants. `regular_price` differs when on sale."""

    id: int
    slug: str
    name: str
    category: Category
    sku: str
    price: int
    says: str
    drawing: str
    regular_price: int = 0
    stock: int = 50
    attribute: str = ""
    variants: list[Variant] = field(default_factory=list)
    modified_at: datetime = OPENED_AT
    is_published: bool = True

    @property
    def is_on_sale(self) -> bool:
        return self.regular_price > self.price

    @property
    def is_in_stock(self) -> bool:
        return any(variant.stock > 0 for variant in self.variants) if self.variants else self.stock > 0

    @property
    def attribute_slug(self) -> str:
        return self.attribute.lower()


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that can be put into a cart: a product without variants, or one variant."""

    product: Product
    variant: Variant | None

    @property
    def id(self) -> int:
        return self.variant.id if self.variant else self.product.id

    @property
    def name(self) -> str:
        return f"{self.product.name} - {self.variant.option}" if self.variant else self.product.name

    @property
    def sku(self) -> str:
        return self.variant.sku if self.variant else self.product.sku

    @property
    def price(self) -> int:
        return self.variant.price if self.variant else self.product.price

    @property
    def stock(self) -> int:
        return self.variant.stock if self.variant else self.product.stock

    @property
    def query(self) -> str:
        """What the product's address carries to choose this variant."""
        return (
            "?" + urlencode({f"attribute_{self.product.attribute_slug}": self.variant.option}) if self.variant else ""
        )


class Catalogue:
    """Products by id and slug, offers by the id a cart names them with."""

    def __init__(self, products: list[Product]) -> None:
        self.products = {product.id: product for product in products}

    def __iter__(self) -> Iterator[Product]:
        return (product for product in self.products.values() if product.is_published)

    def by_slug(self, slug: str) -> Product | None:
        return next((product for product in self if product.slug == slug), None)

    def offer(self, number: int) -> Offer | None:
        """By product or variant id; None for what is not sold, and for a product that needs a choice."""
        for product in self:
            if product.id == number and not product.variants:
                return Offer(product, None)
            for variant in product.variants:
                if variant.id == number:
                    return Offer(product, variant)
        return None

    def search(self, words: str) -> list[Product]:
        wanted = words.casefold().split()
        if not wanted:
            return []
        return [p for p in self if all(word in f"{p.name} {p.says}".casefold() for word in wanted)]


def tea_shop() -> Catalogue:
    """A fresh catalogue; one thing is sold out, one is on sale, two come in variants."""
    return Catalogue(
        [
            Product(
                *(13, "earl-grey-creme", 'Earl Grey "Crème" – 100 g', TEA, "TEA-EG", 1250),
                says="Black tea, bergamot & a hint of vanilla.",
                drawing="tin:#31436b",
            ),
            Product(
                *(14, "sencha", "Sencha – 100 g", TEA, "TEA-SEN", 990),
                says="Green tea from Shizuoka. Steep at 70 °C.",
                drawing="tin:#4f7d3a",
                regular_price=1500,
            ),
            Product(
                *(15, "enamel-mug", "Enamel Mug", WARE, "MUG", 1750),
                says="Survives the garden.",
                drawing="mug:#b5402f",
                attribute="Colour",
                variants=[
                    Variant(16, "Red", "MUG-RED", 1750),
                    Variant(17, "Blue", "MUG-BLUE", 1750),
                    Variant(18, "Cream", "MUG-CREAM", 1890, stock=0),
                ],
            ),
            Product(
                *(20, "darjeeling", "Darjeeling First Flush", TEA, "TEA-DAR", 890),
                says="Picked in March. Light, flowery, a little dry.",
                drawing="tin:#c08a2b",
                attribute="Weight",
                variants=[
                    Variant(21, "50 g", "TEA-DAR-50", 890),
                    Variant(22, "100 g", "TEA-DAR-100", 1590),
                    Variant(23, "250 g", "TEA-DAR-250", 3490),
                ],
            ),
            Product(
                *(24, "rooibos-orange", "Rooibos Orange – 100 g", TEA, "TEA-ROO", 750),
                says="No caffeine, much orange.",
                drawing="tin:#cf6a32",
            ),
            Product(
                *(25, "peppermint", "Peppermint – 50 g", TEA, "TEA-MIN", 620),
                says="Whole leaves.",
                drawing="tin:#3d8f7d",
            ),
            Product(
                *(26, "glass-teapot", "Glass Teapot, 1 l", WARE, "POT-GL", 3400),
                says="See what you brew.",
                drawing="pot:#6d94a8",
            ),
            Product(
                *(27, "matcha-bowl", "Matcha Bowl", WARE, "BOWL", 2800),
                says="Thrown by hand, each one different. Back in spring.",
                drawing="bowl:#5b4a3f",
                stock=0,
            ),
        ]
    )
