"""Products, their variations and categories, and coupons."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from collector.domain.catalogue import CategorySeen, ProductSeen
from collector.domain.coupons import CouponSeen
from collector.domain.errors import Unparseable
from collector.domain.events import Gone

from .standins import ARRIVED, parse, recorded


def the_product(body: Any, topic: str = "product.updated") -> ProductSeen:
    found = parse(topic, body)[-1]
    assert isinstance(found, ProductSeen)
    return found


def changed(**changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = recorded("product.created.2")
    return body | changes


def test_a_recorded_product_is_read_whole() -> None:
    *categories, seen = parse("product.created", recorded("product.created.2"))
    assert categories == [CategorySeen("16", ARRIVED, ARRIVED, "Tea")]
    assert seen == ProductSeen(
        product_id="14",
        version_at=datetime(2026, 11, 21, 16, 50, 59, tzinfo=UTC),
        stated_at=ARRIVED,
        status="publish",
        is_visible=True,
        name="Sencha",
        is_new=True,
        created_at=datetime(2026, 11, 21, 16, 50, 57, tzinfo=UTC),
        currency="EUR",
        url="http://127.0.0.1:8081/product/sencha/",
        sku="TEA-SEN",
        price_minor=999,
        compare_minor=1500,
        stock=17,
        labels=("Tea",),
        category_ids=("16",),
        variant_ids=(),
    )


@pytest.mark.parametrize("name", ["product.created.1", "product.updated.1", "product.updated.2", "product.restored.1"])
def test_every_recorded_product_is_read(name: str) -> None:
    seen = the_product(recorded(name), name.rpartition(".")[0])
    assert seen.is_visible
    assert seen.is_new == name.startswith("product.created")


def test_a_deletion_is_gone_under_its_own_kind() -> None:
    assert parse("product.deleted", recorded("product.deleted.1")) == [Gone("product", "25", ARRIVED)]
    assert parse("coupon.deleted", recorded("coupon.deleted.1")) == [Gone("coupon", "25", ARRIVED)]


@pytest.mark.parametrize(
    ("why", "changes", "is_visible"),
    [
        ("published", {}, True),
        ("a draft", {"status": "draft"}, False),
        ("waits for review", {"status": "pending"}, False),
        ("private", {"status": "private"}, False),
        ("in the bin", {"status": "trash"}, False),
        ("planned", {"status": "future"}, False),
        ("found by searching only", {"catalog_visibility": "search"}, True),
        ("found by its link only", {"catalog_visibility": "hidden"}, False),
        ("behind a password", {"post_password": "x"}, False),
    ],
)
def test_who_finds_it_in_the_shop(why: str, changes: dict[str, Any], is_visible: bool) -> None:
    assert the_product(changed(**changes)).is_visible == is_visible, why


@pytest.mark.parametrize(
    ("why", "changes", "expected"),
    [
        ("reduced", {"price": "9.99", "regular_price": "15"}, (999, 1500)),
        ("free", {"price": "0", "regular_price": "0"}, (0, 0)),
        ("without a price yet", {"price": "", "regular_price": ""}, (None, None)),
        ("a variable one: the lowest of its variations", {"type": "variable", "price": "17.50"}, (1750, None)),
        ("numbers in place of text, from a plugin", {"price": 9.99, "regular_price": 15}, (999, 1500)),
        ("nonsense", {"price": "on request", "regular_price": None}, (None, None)),
    ],
)
def test_prices(why: str, changes: dict[str, Any], expected: tuple[int | None, int | None]) -> None:
    seen = the_product(changed(**changes))
    assert (seen.price_minor, seen.compare_minor) == expected, why


@pytest.mark.parametrize(
    ("why", "changes", "stock"),
    [
        ("counted", {"stock_quantity": 3}, 3),
        ("counted as text", {"stock_quantity": "3"}, 3),
        ("sold by weight", {"stock_quantity": 2.5}, 2),
        ("sold by weight, before it is there", {"stock_quantity": "-0.5"}, -1),
        ("beyond counting", {"stock_quantity": "1e30"}, None),
        ("no number", {"stock_quantity": "NaN"}, None),
        ("sold before it is there", {"stock_quantity": -2}, -2),
        ("not counted", {"manage_stock": False, "stock_quantity": None}, None),
        ("not counted, and sold out", {"manage_stock": False, "stock_status": "outofstock"}, 0),
        ("a variation counted with its product", {"manage_stock": "parent", "stock_quantity": 3}, None),
    ],
)
def test_stock(why: str, changes: dict[str, Any], stock: int | None) -> None:
    assert the_product(changed(**changes)).stock == stock, why


@pytest.mark.parametrize(
    ("why", "changes", "image"),
    [
        (
            "the first",
            {"images": [{"src": "https://x.example/a.png"}, {"src": "https://x.example/b.png"}]},
            "https://x.example/a.png",
        ),
        (
            "the first that has an address",
            {"images": [{"src": ""}, {"src": "//x.example/b.png"}]},
            "https://x.example/b.png",
        ),
        ("of a variation in a list", {"image": {"src": "https://x.example/v.png"}}, "https://x.example/v.png"),
        ("none", {"images": [], "image": None}, ""),
        ("no address at all", {"images": [{"src": "/relative.png"}]}, ""),
    ],
)
def test_the_first_image(why: str, changes: dict[str, Any], image: str) -> None:
    assert the_product(changed(**changes)).image == image, why


def test_a_variation_comes_as_a_product_with_a_parent() -> None:
    body = changed(id=17, parent_id=15, name="Enamel Mug - S, Red", type="variation", categories=[])
    seen = the_product(body)
    assert (seen.product_id, seen.parent_id, seen.name) == ("17", "15", "Enamel Mug - S, Red")


@pytest.mark.parametrize(
    ("why", "listed", "expected"),
    [
        ("ids", [16, 17], ("16", "17")),
        ("whole variations, from a plugin", [{"id": 16}, {"id": 17}], ("16", "17")),
        ("none", [], ()),
        ("not said", None, None),
    ],
)
def test_the_variations_of_a_product(why: str, listed: Any, expected: tuple[str, ...] | None) -> None:
    assert the_product(changed(type="variable", variations=listed)).variant_ids == expected, why


def test_names_lose_their_escapes_once() -> None:
    body = changed(name="Tea &amp; mug &#8220;set&#8221;", categories=[{"id": 3, "name": "Cups &amp; co", "slug": "c"}])
    category, seen = parse("product.updated", body)
    assert isinstance(seen, ProductSeen)
    assert isinstance(category, CategorySeen)
    assert (seen.name, category.name, seen.labels) == ("Tea & mug “set”", "Cups & co", ("Cups & co",))


@pytest.mark.parametrize("changes", [{"id": 0}, {"date_modified_gmt": None, "date_created_gmt": None}])
def test_without_an_id_or_a_version_it_is_put_aside(changes: dict[str, Any]) -> None:
    with pytest.raises(Unparseable):
        parse("product.updated", changed(**changes))


def test_a_recorded_coupon_is_read_whole() -> None:
    (seen,) = parse("coupon.created", recorded("coupon.created.1"))
    made = datetime(2026, 11, 21, 16, 50, 58, tzinfo=UTC)
    expected = CouponSeen("24", made, ARRIVED, "welcome10", True, is_new=True, created_at=made, usage_count=1)
    assert seen == expected
    (later,) = parse("coupon.updated", recorded("coupon.updated.1"))
    assert later == replace(expected, is_new=False)


def test_a_coupon_for_certain_people_is_not_open() -> None:
    body = recorded("coupon.created.1") | {"email_restrictions": ["zoe@example.net"], "usage_limit": 1}
    (seen,) = parse("coupon.updated", body)
    assert isinstance(seen, CouponSeen)
    assert (seen.is_open, seen.usage_limit) == (False, 1)
