"""What the shop's own record of a product says in place of, or beside, what was reported."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from collector.domain.catalogue import KnownProduct, ProductSeen, VariantSeen, first_sight
from collector.domain.events import Item
from collector.domain.product_records import (
    Recorded,
    Records,
    as_recorded,
    completed,
    ids_in,
    look_as_recorded,
)

from .facts import at

SHOP = "https://shop.example"
RED = VariantSeen("111", "Red", "M-R", 600, image=f"{SHOP}/red.png", url=f"{SHOP}/p/mug?variant=111")
PLAIN = VariantSeen("112", "Plain")
SHELVES = {"1": "Kitchen", "2": "Gifts"}


def known(product_id: str = "11", **more: Any) -> KnownProduct:
    plain: dict[str, Any] = {
        "product_id": product_id,
        "version_at": at(0),
        "stated_at": at(0),
        "status": "publish",
        "is_visible": True,
        "name": "Mug",
        "currency": "EUR",
        "url": f"{SHOP}/p/mug",
        "image": f"{SHOP}/mug.png",
        "sku": "M",
        "price_minor": 500,
        "category_ids": ("1", "3", "2"),
    }
    return first_sight(ProductSeen(**plain | more))


MUG = Recorded("Mug", "", "M", f"{SHOP}/p/mug", f"{SHOP}/mug.png", 500, "EUR", ("Kitchen", "Gifts"))
# A product lists its variants (Shopify), or each has a record of its own (WooCommerce).
LISTED = known(variants=(RED, PLAIN), variant_ids=("111", "112"), sku="")
VARIABLE = known(variant_ids=("111", "112"))
VARIATION = known(
    "111", parent_id="11", name="Mug - Red", sku="M-R", price_minor=600, url=RED.url, image=RED.image, category_ids=None
)
ABOVE = replace(MUG, price_minor=None, is_above=True)
AS_RED = replace(MUG, variant_name="Red", sku="M-R", url=RED.url, image=RED.image, price_minor=600)


@pytest.mark.parametrize(
    ("why", "products", "variant_id", "expected"),
    [
        ("a product", [known()], "", MUG),
        ("no such product", [known("12")], "", None),
        ("one that was deleted", [replace(known(), deleted_at=at(1))], "", None),
        ("one that is not in the shop for now", [known(is_visible=False)], "", MUG),
        ("a variant its product lists", [LISTED], "111", AS_RED),
        ("one that says little", [LISTED], "112", replace(MUG, variant_name="Plain", sku="", price_minor=None)),
        ("which of them is not said", [LISTED], "", replace(MUG, sku="", price_minor=None)),
        ("a variant nobody knows", [LISTED], "999", replace(MUG, sku="", price_minor=None, is_above=True)),
        ("the only variant there is", [known(variant_ids=("111",))], "111", MUG),
        ("a variant with a record of its own", [VARIABLE, VARIATION], "111", AS_RED),
        (
            "named by its choice alone",
            [VARIABLE, replace(VARIATION, content=replace(VARIATION.content, name="Red"))],
            "111",
            AS_RED,
        ),
        ("without its product", [VARIATION], "111", None),
        ("its record is gone", [VARIABLE, replace(VARIATION, deleted_at=at(1))], "111", ABOVE),
        (
            "another product with the variant's number",
            [VARIABLE, known("111", name="Pot")],
            "111",
            ABOVE,
        ),
    ],
)
def test_what_a_record_says(why: str, products: list[KnownProduct], variant_id: str, expected: Recorded | None) -> None:
    records = Records({one.content.product_id: one for one in products}, SHELVES)
    assert records.of("11", variant_id) == expected, why


RECORDS = Records({"11": known()}, SHELVES)
SAID = Item("11", 2, "", "S-1", "Becher", "Blau", 450, 800, f"{SHOP}/de/p/becher", f"{SHOP}/blau.png", ("Küche",))
BARE = Item("11", 2)
SHOWN: dict[str, Any] = {"name": "Mug", "url": MUG.url, "image": MUG.image, "categories": MUG.categories}
PRICED: dict[str, Any] = {"unit_price_minor": 500, "line_total_minor": 1000}


@pytest.mark.parametrize(
    ("why", "item", "currency", "in_a_cart", "in_an_order"),
    [
        ("nothing said but the number", BARE, "EUR", replace(BARE, sku="M", **SHOWN, **PRICED), None),
        ("in another currency", BARE, "USD", replace(BARE, sku="M", **SHOWN), None),
        ("much said: the shop's prices, number and choice", SAID, "EUR", replace(SAID, **SHOWN), SAID),
        (
            "a line without its single price",
            replace(BARE, line_total_minor=700),
            "EUR",
            replace(BARE, sku="M", line_total_minor=700, **SHOWN),
            None,
        ),
        ("a product nobody knows", replace(SAID, product_id="12"), "EUR", replace(SAID, product_id="12"), None),
        ("a line of the shop's own making", Item("", 1, name="Tip"), "EUR", Item("", 1, name="Tip"), None),
    ],
)
def test_a_cart_is_shown_by_its_records_and_an_order_completed(
    why: str, item: Item, currency: str, in_a_cart: Item, in_an_order: Item | None
) -> None:
    assert as_recorded(item, RECORDS, currency) == in_a_cart, why
    assert completed(item, RECORDS, currency) == (in_an_order or in_a_cart), why


def test_what_a_record_leaves_out_stays_as_reported() -> None:
    silent = Records({"11": known(url="", image="", name="", category_ids=None)})
    assert as_recorded(SAID, silent, "EUR") == SAID
    assert look_as_recorded({"id": "11", "name": "Becher", "url": "/p"}, silent)["name"] == "Becher"


@pytest.mark.parametrize(
    ("why", "look", "changes"),
    [
        ("only the number", {"id": "11"}, {"sku": "M", "price_minor": 500, "currency": "EUR"}),
        ("its price as it was shown", {"id": "11", "sku": "S", "price_minor": 450, "currency": "USD"}, {}),
    ],
)
def test_a_look_is_shown_by_its_record(why: str, look: dict[str, Any], changes: dict[str, Any]) -> None:
    shown = {**SHOWN, "categories": ["Kitchen", "Gifts"]}
    assert look_as_recorded(look, RECORDS) == look | shown | changes, why
    assert look_as_recorded(look, Records()) == look


def test_a_variant_nobody_knows_keeps_its_own_link_and_picture() -> None:
    records = Records({"11": VARIABLE}, SHELVES)
    said = replace(SAID, variant_id="111")
    assert as_recorded(said, records, "EUR") == replace(said, name="Mug", categories=MUG.categories)
    assert as_recorded(replace(BARE, variant_id="111"), records, "EUR").url == MUG.url
    look = look_as_recorded({"id": "11", "variant_id": "111", "name": "Becher", "url": RED.url}, records)
    assert (look["name"], look["url"], look["image"]) == ("Mug", RED.url, MUG.image)


def test_products_and_variants_are_looked_for() -> None:
    assert ids_in([SAID, Item("12", 1, "121"), Item("", 1, name="Tip")]) == {"11", "12", "121"}
