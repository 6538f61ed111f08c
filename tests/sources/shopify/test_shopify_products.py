"""Products, levels and collections; whole bodies are in `payloads`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from collector.domain.catalogue import CategorySeen, LevelSeen, ProductSeen
from collector.domain.errors import Unparseable
from collector.domain.shop_facts import ReadAgain
from collector.domain.syncing import PRODUCTS

from .shopify_rows import RECEIVED_AT, SHOP, body_of, facts_of

GID = "gid://shopify/ProductVariant"


def the_product(**changes: Any) -> ProductSeen:
    (found,) = facts_of("products/update", body_of("products__update") | changes)
    assert isinstance(found, ProductSeen)
    return found


def variant(**changes: Any) -> dict[str, Any]:
    first: dict[str, Any] = body_of("products__update")["variants"][0]
    return first | changes


@pytest.mark.parametrize(
    ("why", "changes", "is_visible"),
    [
        ("active and published", {}, True),
        ("a draft", {"status": "draft"}, False),
        ("archived", {"status": "archived"}, False),
        ("found by its link only", {"status": "unlisted"}, False),
        ("not published in the online shop", {"published_at": None}, False),
        ("to be published later", {"published_at": "2027-01-01T00:00:00Z"}, False),
        ("published at tills only", {"published_scope": "pos"}, False),
        ("published everywhere", {"published_scope": "global"}, True),
        ("an older body, without a status", {"status": None}, True),
    ],
)
def test_who_finds_it_in_the_shop(why: str, changes: dict[str, Any], is_visible: bool) -> None:
    assert the_product(**changes).is_visible == is_visible, why


@pytest.mark.parametrize(
    ("why", "variants", "expected"),
    [
        (
            "the lowest price and what it is reduced from",
            [variant(price="9.00", compare_at_price="12"), variant(id=2)],
            (900, 1200),
        ),
        ("free", [variant(price="0.00", compare_at_price=None)], (0, None)),
        ("no readable price", [variant(price="free", compare_at_price="x")], (None, None)),
        ("no variants", [], (None, None)),
    ],
)
def test_the_price_of_a_product(
    why: str, variants: list[dict[str, Any]], expected: tuple[int | None, int | None]
) -> None:
    seen = the_product(variants=variants, variant_gids=[])
    assert (seen.price_minor, seen.compare_minor) == expected, why


def test_decimals_are_those_of_the_shops_currency() -> None:
    yen = replace(SHOP, currency="JPY")
    body = body_of("products__update") | {"variants": [variant(price="2400")], "variant_gids": []}
    (seen,) = facts_of("products/update", body, yen)
    assert isinstance(seen, ProductSeen)
    assert (seen.price_minor, seen.currency) == (2400, "JPY")


@pytest.mark.parametrize(
    ("why", "variants", "stock"),
    [
        ("the sum", [variant(), variant(id=2, inventory_quantity=1)], 7),
        ("one of them is always available", [variant(), variant(id=2, inventory_management=None)], None),
        ("sold before it is there", [variant(inventory_quantity=-3)], -3),
    ],
)
def test_the_stock_of_a_product(why: str, variants: list[dict[str, Any]], stock: int | None) -> None:
    assert the_product(variants=variants, variant_gids=[]).stock == stock, why


def test_of_many_variants_the_body_describes_some_and_names_all() -> None:
    seen, again = facts_of("products/update", body_of("products__update.many"))
    assert isinstance(seen, ProductSeen)
    assert isinstance(again, ReadAgain), "what the others are, it does not say"
    assert (again.kind, again.id) == (PRODUCTS, seen.product_id)
    assert [one.variant_id for one in seen.variants] == ["49820000000001"]
    assert seen.variant_ids == ("49820000000001", "49820000000009")
    assert seen.stock is None, "the others are not counted here"


@pytest.mark.parametrize(
    ("why", "changes", "is_asked"),
    [
        ("all that are listed are described", {"variants": [variant(), variant(id=2)], "variant_gids": []}, False),
        ("one more is listed", {"variants": [variant()], "variant_gids": [{"admin_graphql_api_id": f"{GID}/2"}]}, True),
        ("none is described", {"variants": [], "variant_gids": [{"admin_graphql_api_id": f"{GID}/2"}]}, True),
        ("there are none", {"variants": [], "variant_gids": []}, False),
        ("without options", {"variants": [variant(title="Default Title")], "variant_gids": []}, False),
    ],
)
def test_a_change_that_leaves_variants_out_is_read_again(why: str, changes: dict[str, Any], is_asked: bool) -> None:
    found = facts_of("products/update", body_of("products__update") | changes)
    assert any(isinstance(one, ReadAgain) for one in found) == is_asked, why


def test_a_product_without_options_has_no_variants_to_choose_from() -> None:
    seen, again = facts_of("products/create", body_of("products__create"))
    assert isinstance(seen, ProductSeen)
    assert isinstance(again, ReadAgain), "which collections it is in, no webhook says"
    assert (seen.variants, seen.variant_ids, seen.item_id) == ((), (), "49820000001001")


@pytest.mark.parametrize(
    "body", [{}, {"id": "x"}, {"id": 7, "shop_id": 3}, {"id": 7, "title": "T", "updated_at": "soon"}]
)
def test_what_is_no_product_is_put_aside(body: dict[str, Any]) -> None:
    with pytest.raises(Unparseable):
        facts_of("products/update", body)


def test_a_place_that_does_not_stock_an_item_has_none_of_it() -> None:
    (seen,) = facts_of("inventory_levels/update", body_of("inventory_levels__update") | {"available": None})
    assert isinstance(seen, LevelSeen)
    assert seen.available == 0


def test_a_collection_taken_off_the_shop_is_not_seen() -> None:
    (seen,) = facts_of("collections/update", body_of("collections__update") | {"published_at": None})
    assert isinstance(seen, CategorySeen)
    assert not seen.is_visible
    assert seen.stated_at <= RECEIVED_AT
