"""What messages show of products the shop told us of: its own names, links, pictures and categories, on both platforms,
whatever the browser or the cart's report said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from collector.domain.door import NewRow
from collector.domain.shop import Shop
from tests.pipeline.row_builders import (
    ANA,
    beacon,
    cart,
    event,
    gmt,
    iso,
    shopify_cart,
    shopify_checkout,
    shopify_customer,
    shopify_order,
    typed,
    webhook,
    woo_order,
)
from tests.pipeline.telling_bench import LIVE_SHOPIFY, LIVE_WOO, MUG, POT, TellingBench, telling_bench

ANAS = "ana@shop.example"
OPTS_IN = beacon(-30, ANA, typed(-30, ANAS, opt_in=True))
AT_HOME = "https://www.mugs.example"
SHOPIFY = replace(LIVE_SHOPIFY, storefront=AT_HOME)
AGREES = shopify_customer(-300, accepts_marketing=True, accepts_marketing_updated_at=iso(-300))
LIES = {"name": "Win at evil.example", "url": "https://evil.example/", "image": "https://shop.example/other.png"}


def listed(name: str, title: str) -> NewRow:
    """A product of Shopify's."""
    body = {"id": int(name), "title": title, "handle": title.lower(), "status": "active", "published_at": iso(-9999)}
    body |= {"updated_at": iso(-500), "image": {"src": f"https://cdn.shopify.com/{name}.png"}}
    body["variants"] = [{"id": int(name) * 10, "title": "Default Title", "price": "5.00", "sku": f"S-{name}"}]
    return webhook(-400, "products/update", body, f"product-{name}")


def woo_listed(name: str, title: str) -> NewRow:
    body = {"id": int(name), "name": title, "status": "publish", "catalog_visibility": "visible", "type": "simple"}
    body |= {"permalink": f"https://shop.example/product/{title.lower()}/", "date_modified_gmt": gmt(-500)}
    body |= {"images": [{"src": f"https://shop.example/{name}.jpg"}], "categories": [{"id": 5, "name": "Kitchen"}]}
    return webhook(-400, "product.updated", body, f"product-{name}")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TellingBench]:
    with telling_bench(tmp_path_factory.mktemp("records")) as found:
        yield found


def shown(item: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(item[name] for name in ("name", "url", "image", "category"))


BY_SHOPIFY = ("Mug", f"{AT_HOME}/products/mug", "https://cdn.shopify.com/11.png", "")
BY_WOO = ("Mug", "https://shop.example/product/mug/", "https://shop.example/11.jpg", "Kitchen")
LOOKS = beacon(-20, ANA, event(-20, "product_viewed", product={"id": MUG, "price": "4.50", "currency": "EUR"} | LIES))


def lying(minutes: float) -> NewRow:
    said = cart(minutes, MUG)
    said["cart"]["items"][0] |= LIES
    return beacon(minutes, ANA, said)


@pytest.mark.parametrize(
    ("why", "shop", "rows", "told", "expected"),
    [
        ("a browser that lies", SHOPIFY, [OPTS_IN, lying(-9)], "cart_updated", BY_SHOPIFY),
        ("a browser that lies of WooCommerce", LIVE_WOO, [OPTS_IN, lying(-9)], "cart_updated", BY_WOO),
        ("a browser that says little", LIVE_WOO, [OPTS_IN, beacon(-9, ANA, cart(-9, MUG))], "cart_abandoned", BY_WOO),
        (
            "a checkout",
            SHOPIFY,
            [AGREES, shopify_checkout(-9, MUG, email=ANAS, customer={"id": 1}, buyer_accepts_marketing=True)],
            "cart_abandoned",
            BY_SHOPIFY,
        ),
        ("an order", SHOPIFY, [shopify_order(0, "paid", MUG)], "order_placed", BY_SHOPIFY),
        ("an order of WooCommerce", LIVE_WOO, [woo_order(0, "processing", MUG)], "order_placed", BY_WOO),
        ("a look", SHOPIFY, [OPTS_IN, LOOKS], "product_viewed", BY_SHOPIFY),
        ("a visit that came to nothing", LIVE_WOO, [OPTS_IN, LOOKS], "browse_abandoned", BY_WOO),
    ],
)
def test_the_shops_own_record_is_shown(
    files: TellingBench, why: str, shop: Shop, rows: Sequence[NewRow], told: str, expected: tuple[Any, ...]
) -> None:
    files.begin(shop)
    files.happen(listed(MUG, "Mug") if shop.platform == "shopify" else woo_listed(MUG, "Mug"), *rows)
    files.pass_until(600)
    said = [payload["properties"]["items"][0] for payload in files.sent(told)]
    assert said, why
    assert {shown(item) for item in said} == {expected}, why
    if told == "product_viewed":
        assert shown(files.one(told)) == expected
        assert files.one(told)["unit_price"] == 4.5, "as the shopper saw it"


def test_what_an_order_says_of_what_was_sold_stays(files: TellingBench) -> None:
    files.begin(SHOPIFY)
    line = {"product_id": int(MUG), "quantity": 1, "price": "4.00", "title": "Mug of last year"}
    files.happen(listed(MUG, "Mug"), shopify_order(0, "paid", MUG, line_items=[line]))
    (item,) = files.one("order_placed")["items"]
    assert shown(item) == ("Mug of last year", *BY_SHOPIFY[1:])
    assert item["unit_price"] == 4.0


def test_without_a_record_it_is_as_it_was_reported(files: TellingBench) -> None:
    files.begin(SHOPIFY)
    said = cart(-9, MUG)
    said["cart"]["items"][0] |= {"name": "Mug", "url": f"{AT_HOME}/products/mug"}
    files.happen(listed(POT, "Pot"), OPTS_IN, beacon(-9, ANA, said))
    (item,) = files.one("cart_updated")["items"]
    assert shown(item) == ("Mug", f"{AT_HOME}/products/mug", "", "")


@pytest.mark.parametrize("is_bare_first", [True, False], ids=["the shop first", "the browser first"])
def test_two_reports_of_one_cart_are_told_once_and_shown_together(files: TellingBench, is_bare_first: bool) -> None:
    """Nothing is known of the product itself."""
    files.begin(SHOPIFY)
    said = cart(-8, MUG, token="token-1")
    said["cart"]["items"][0] |= {"name": "Mug", "image": f"{AT_HOME}/mug.png", "categories": ["Kitchen"]}
    bare, full = shopify_cart(-9 if is_bare_first else -7, MUG, visitor=ANA), beacon(-8, ANA, said)
    files.happen(OPTS_IN, *((bare, full) if is_bare_first else (full, bare)))
    files.pass_until(600)
    assert len(files.sent("cart_updated")) == 1
    (item,) = files.one("cart_abandoned")["items"]
    assert shown(item) == ("Mug", "", f"{AT_HOME}/mug.png", "Kitchen")


@pytest.mark.parametrize("n", [1, 20])
def test_one_look_finds_all_products_of_a_message(files: TellingBench, n: int) -> None:
    files.begin(LIVE_WOO)
    numbers = [str(100 + place) for place in range(n)]
    files.happen(*(woo_listed(number, f"Tea{number}") for number in numbers), OPTS_IN)
    asked: list[str] = []
    files.files.connection.set_trace_callback(asked.append)
    try:
        files.happen(beacon(-9, ANA, cart(-9, *numbers)))
    finally:
        files.files.connection.set_trace_callback(None)
    looks = [one for one in asked if "from products" in one or "from categories" in one]
    assert len(looks) == 2, looks
    assert [item["name"] for item in files.one("cart_updated")["items"]] == [f"Tea{number}" for number in numbers]
