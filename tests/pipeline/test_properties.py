"""What messages show: names that merchants' templates know, exact numbers, texts in the shopper's language."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.domain.events import Item
from collector.domain.orders import first_sight
from collector.domain.product_records import Records
from collector.domain.shop import Policy, Shop
from collector.pipeline.properties import (
    content_properties,
    item_properties,
    order_properties,
    product_properties,
    safe_url,
)
from tests.domain.facts import an_order, at
from tests.pipeline.telling_bench import DISPLAY

WOO = Shop(
    1, "woocommerce", "shop.example", "https://www.shop.example", "key", policy=Policy(domains=("blog.example",))
)
SHOPIFY = Shop(
    2, "shopify", "tea.myshopify.com", "https://tea.myshopify.com", "key", policy=Policy(domains=("tea.example",))
)
MUGS = Shop(
    3,
    "shopify",
    "mugs.myshopify.com",
    "https://mugs.myshopify.com",
    "key",
    storefront="https://www.mugs.example",
    policy=Policy(domains=(".mugs.shop", "https://Bücher.example/")),
)
MUG = Item(
    "11",
    2,
    "14",
    "M-1",
    "Mug",
    "Blue",
    1250,
    2400,
    "https://shop.example/p/mug",
    "https://shop.example/m.jpg",
    ("Kitchen", "Tea"),
)


@pytest.mark.parametrize(
    ("why", "shop", "url", "expected"),
    [
        ("the shop's own", WOO, "https://www.shop.example/p", True),
        ("without www", WOO, "http://shop.example/p", True),
        ("in capitals", WOO, "https://SHOP.example/p", True),
        ("a domain of the settings", WOO, "https://blog.example/p", True),
        ("another shop's", WOO, "https://evil.example/p", False),
        ("one that only begins like it", WOO, "https://shop.example.evil.example/p", False),
        ("one that only ends like it", WOO, "https://evilshop.example/p", False),
        ("the shop as a user name", WOO, "https://shop.example@evil.example/", False),
        ("a script", WOO, "javascript:alert(1)//shop.example", False),
        ("no scheme", WOO, "//shop.example/p", False),
        ("a broken one", WOO, "https://[shop.example/p", False),
        ("nothing", WOO, "", False),
        ("Shopify's pictures", SHOPIFY, "https://cdn.shopify.com/s/files/mug.jpg", True),
        ("which are nothing to WooCommerce", WOO, "https://cdn.shopify.com/s/files/mug.jpg", False),
        ("a domain of Shopify's settings", SHOPIFY, "https://tea.example/products/mug", True),
        ("the shop's own domain", MUGS, "https://www.mugs.example/products/mug", True),
        ("its pictures", MUGS, "https://www.mugs.example/cdn/shop/files/mug.png?v=1", True),
        ("without www", MUGS, "https://mugs.example/products/mug", True),
        ("its name at Shopify", MUGS, "https://mugs.myshopify.com/products/mug", True),
        ("another name on its domain", MUGS, "https://evil.mugs.example/", False),
        ("its domain as a beginning", MUGS, "https://www.mugs.example.evil.example/", False),
        ("another shop's name at Shopify", MUGS, "https://evil.myshopify.com/", False),
        ("a shop without one has none", SHOPIFY, "https://www.mugs.example/products/mug", False),
        ("with all names under a domain", MUGS, "https://de.mugs.shop/products/mug", True),
        ("a domain as people write it", MUGS, "https://xn--bcher-kva.example/", True),
        ("what browsers end at a backslash", MUGS, "https://evil.example\\@mugs.example/", False),
        ("a user name", MUGS, "https://evil.example@mugs.example/", False),
    ],
)
def test_links_lead_into_the_shop_or_are_left_out(why: str, shop: Shop, url: str, expected: bool) -> None:
    assert safe_url(url, shop) == (url if expected else ""), why


@given(st.text(max_size=60))
def test_no_text_makes_a_link_fail(text: str) -> None:
    assert safe_url(text, WOO) in ("", text)


def test_a_line_has_the_names_of_brevos_plugin_and_the_exact_ones() -> None:
    assert item_properties(MUG, "EUR", "de-DE", WOO, DISPLAY) == {
        "id": "11",
        "name": "Mug",
        "quantity": 2,
        "sku": "M-1",
        "variant_id": "14",
        "variant_name": "Blue",
        "category": "Kitchen, Tea",
        "url": "https://shop.example/p/mug",
        "image": "https://shop.example/m.jpg",
        "price": 24.0,
        "price_formatted": "24,00\xa0€",
        "line_total": 24.0,
        "line_total_formatted": "24,00\xa0€",
        "unit_price": 12.5,
        "unit_price_formatted": "12,50\xa0€",
    }


@pytest.mark.parametrize(
    ("why", "item", "currency", "missing"),
    [
        ("no price of the line", replace(MUG, line_total_minor=None), "EUR", {"price", "line_total"}),
        ("no price of one", replace(MUG, unit_price_minor=None), "EUR", {"unit_price"}),
        ("no currency", MUG, "", {"price", "line_total", "unit_price"}),
    ],
)
def test_prices_nobody_knows_are_left_out(why: str, item: Item, currency: str, missing: set[str]) -> None:
    names = {"price", "line_total", "unit_price"}
    assert names - item_properties(item, currency, "en", WOO, DISPLAY).keys() == missing, why


@pytest.mark.parametrize(
    ("why", "items", "total", "expected"),
    [
        ("as the shop says", [MUG], 2900, {"total": 29.0, "subtotal": 24.0, "item_count": 2}),
        ("the sum of the lines", [MUG, MUG], None, {"total": 48.0, "subtotal": 48.0, "item_count": 4}),
        ("nobody knows", [MUG, replace(MUG, line_total_minor=None)], None, {"item_count": 4}),
        ("nothing in it", [], None, {"total": 0.0, "subtotal": 0.0, "item_count": 0}),
    ],
)
def test_totals_of_a_cart(why: str, items: list[Item], total: int | None, expected: dict[str, Any]) -> None:
    shown = content_properties(items, "EUR", total, "en", WOO, DISPLAY)
    numbers = {name: shown[name] for name in ("total", "subtotal", "item_count") if name in shown}
    assert numbers == expected, why


def test_a_product_that_was_looked_at() -> None:
    seen = {"id": "11", "name": "Mug", "price_minor": 1250, "currency": "JPY", "categories": ["A", "B"]}
    shown = product_properties(seen, "ja", WOO, DISPLAY)
    assert (shown["price"], shown["category"], shown["url"]) == (1250.0, "A, B", "")
    assert "price" not in product_properties({"id": "11"}, "ja", WOO, DISPLAY)


def test_an_order_as_the_shopper_saw_it() -> None:
    seen = an_order(items=(MUG,), total_minor=2900, number="1007", locale="fr-FR", status="processing")
    shown = order_properties(first_sight(seen, at(0)), Records(), WOO, DISPLAY)
    assert (shown["id"], shown["order_id"], shown["number"]) == ("1007", "7", "1007")
    assert (shown["revenue"], shown["total"], shown["total_formatted"]) == (29.0, 29.0, "29,00\xa0€")
    assert (shown["payment"], shown["status"], shown["kind"]) == ("paid", "processing", "storefront")
    assert shown["date"] == "2026-11-21"


@pytest.mark.parametrize(("zone", "day"), [("UTC", "2026-11-21"), ("Pacific/Kiritimati", "2026-11-22")])
def test_the_day_of_an_order_is_the_shops(zone: str, day: str) -> None:
    seen = an_order(items=(MUG,), total_minor=2900)
    assert order_properties(first_sight(seen, at(0)), Records(), replace(WOO, zone=zone), DISPLAY)["date"] == day


def test_the_token_of_a_recovery_link_goes_no_further() -> None:
    assert safe_url("https://shop.example/cart/?a=1&tajo_r=secret&b=", WOO) == "https://shop.example/cart/?a=1&b="
    assert safe_url("https://shop.example/cart/?tajo_r=secret", WOO) == "https://shop.example/cart/"
