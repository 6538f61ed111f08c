"""What a product is to a destination: which entries, with which prices, stock and pictures, and when none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.domain.catalogue import (
    CategorySeen,
    KnownProduct,
    LevelSeen,
    ProductSeen,
    VariantSeen,
    category_sight,
    first_sight,
    merge,
    merge_categories,
    stock_now,
)
from collector.domain.catalogue_entries import (
    DELETED,
    CatalogueRules,
    Entry,
    Pricing,
    category_entry,
    entries,
    gone_since,
    joined,
    name_of,
)
from collector.domain.stock import held

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
RULES = CatalogueRules(with_stock=True)
PRICING = Pricing(lambda minor, currency: minor / (1 if currency == "JPY" else 100), "EUR")


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def seen(version: float = 0, **more: Any) -> ProductSeen:
    plain: dict[str, Any] = {
        "product_id": "1",
        "version_at": at(version),
        "stated_at": at(version),
        "status": "publish",
        "is_visible": True,
        "name": "Mug",
    }
    return ProductSeen(**plain | more)


def known(version: float = 0, deleted_at: datetime | None = None, **more: Any) -> KnownProduct:
    return replace(first_sight(seen(version, **more)), deleted_at=deleted_at)


def told(
    product: KnownProduct, rules: CatalogueRules = RULES, parent: KnownProduct | None = None, **levels: Any
) -> list[Entry]:
    return entries(product, parent, levels, rules, PRICING)


def one(product: KnownProduct, rules: CatalogueRules = RULES, **more: Any) -> Entry:
    [found] = told(product, rules, **more)
    return found


@pytest.mark.parametrize(
    ("why", "product", "rules", "is_told"),
    [
        ("published", known(), RULES, True),
        ("a draft", known(is_visible=False), RULES, False),
        ("deleted after it was seen", known(deleted_at=at(1)), RULES, False),
        ("deleted at the very moment it was seen", known(deleted_at=at(0)), RULES, False),
        ("seen again after a deletion: restored", known(2, deleted_at=at(1)), RULES, True),
        ("in a status the merchant named", known(), replace(RULES, statuses=frozenset(["publish"])), True),
        ("in no status the merchant named", known(), replace(RULES, statuses=frozenset(["active"])), False),
        (
            "with a tag left out, in capitals",
            known(tags=("VIP",)),
            replace(RULES, excluded_tags=frozenset(["vip"])),
            False,
        ),
        ("with other tags", known(tags=("sale",)), replace(RULES, excluded_tags=frozenset(["vip"])), True),
    ],
)
def test_a_product_is_told_while_shoppers_find_it(
    why: str, product: KnownProduct, rules: CatalogueRules, is_told: bool
) -> None:
    entry = one(product, rules)
    assert (entry.deleted_at is None) == is_told, why
    assert (entry.fingerprint == DELETED) != is_told, why


@pytest.mark.parametrize(
    ("why", "price", "compare", "currency", "expected"),
    [
        ("a price", 1250, None, "EUR", (12.5, None)),
        ("no price", None, None, "EUR", (None, None)),
        ("free", 0, None, "EUR", (0.0, None)),
        ("reduced", 1000, 1500, "EUR", (10.0, 15.0)),
        ("compared with the same: no reduction", 1000, 1000, "EUR", (10.0, None)),
        ("compared with less: Shopify lets merchants type that", 1000, 900, "EUR", (10.0, None)),
        ("compared with 0, as an empty field comes", 1000, 0, "EUR", (10.0, None)),
        ("a former price without a price", None, 1500, "EUR", (None, None)),
        ("a currency without decimals", 1250, 1500, "JPY", (1250.0, 1500.0)),
        ("the shop's own currency where the body names none", 1250, None, "", (12.5, None)),
    ],
)
def test_the_former_price_is_told_when_it_was_higher(
    why: str, price: int | None, compare: int | None, currency: str, expected: tuple[float | None, float | None]
) -> None:
    entry = one(known(price_minor=price, compare_minor=compare, currency=currency))
    assert (entry.price, entry.compare_price) == expected, why


def test_variants_take_over_what_they_do_not_say_themselves() -> None:
    some = (
        VariantSeen(
            "11",
            "Red",
            sku="M-R",
            price_minor=900,
            stock=3,
            image="https://x.example/r.png",
            url="https://x.example/p?v=11",
        ),
        VariantSeen("12"),
    )
    product = known(
        url="https://x.example/p",
        image="https://x.example/p.png",
        brand="Lind",
        variants=some,
        category_ids=("5",),
        stock=3,
    )
    whole, red, plain = told(product)
    assert (whole.id, whole.parent_id, whole.stock) == ("1", "", None), "its variants carry the stock"
    assert (red.parent_id, red.name, red.sku, red.price, red.stock) == ("1", "Mug - Red", "M-R", 9.0, 3)
    assert (red.image, red.url) == ("https://x.example/r.png", "https://x.example/p?v=11")
    assert (plain.name, plain.image, plain.url) == ("Mug", "https://x.example/p.png", "https://x.example/p")
    assert {red.brand, plain.brand} == {"Lind"}
    assert {red.category_ids, plain.category_ids} == {("5",)}


@pytest.mark.parametrize(
    ("why", "rules", "check"),
    [
        (
            "no variants: they are deleted if they were told",
            {"with_variants": False},
            lambda e: e[1].fingerprint == DELETED,
        ),
        ("no variants: the product carries the stock", {"with_variants": False}, lambda e: e[0].stock == 3),
        ("no images", {"with_images": False}, lambda e: {each.image for each in e} == {""}),
        ("no tags", {"with_tags": False}, lambda e: e[0].tags == ""),
        ("tags", {}, lambda e: e[0].tags == "Cups, Sale"),
        ("no stock", {"with_stock": False}, lambda e: {each.stock for each in e} == {None}),
    ],
)
def test_a_merchants_switches(why: str, rules: dict[str, Any], check: Any) -> None:
    variant = VariantSeen("11", "Red", stock=3, image="https://x.example/r.png")
    product = known(image="https://x.example/p.png", variants=(variant,), labels=("Cups", "Sale"), stock=3)
    assert check(told(product, replace(RULES, **rules))), why


@pytest.mark.parametrize(
    ("why", "own", "parent", "is_told"),
    [
        ("listed by its product", {}, {"variant_ids": ("7",)}, True),
        ("its product does not say", {}, {"variant_ids": None}, True),
        ("no longer listed by its product", {}, {"variant_ids": ("8",)}, False),
        ("newer than what is known of its product", {"version": 5}, {"variant_ids": ("8",)}, True),
        ("its product is a draft", {}, {"is_visible": False}, False),
        ("its product is deleted", {}, {"deleted_at": at(9)}, False),
        ("switched off itself", {"is_visible": False}, {}, False),
        ("deleted itself", {"deleted_at": at(9)}, {}, False),
    ],
)
def test_a_variant_with_a_record_of_its_own_is_told_with_its_product(
    why: str, own: dict[str, Any], parent: dict[str, Any], is_told: bool
) -> None:
    entry = one(known(**{"product_id": "7", "parent_id": "1", "name": "Mug - Red", **own}), parent=known(**parent))
    assert (entry.deleted_at is None) == is_told, why
    assert entry.parent_id == "1"


@pytest.mark.parametrize(
    ("why", "own", "expected"),
    [
        ("as webhooks name it", "Mug - Red", "Mug - Red"),
        ("as the list of variations names it", "Red", "Mug - Red"),
        ("without a name", "", "Mug"),
    ],
)
def test_a_variants_name_begins_with_that_of_its_product(why: str, own: str, expected: str) -> None:
    assert one(known(product_id="7", parent_id="1", name=own), parent=known()).name == expected, why


def test_a_variant_of_an_unknown_product_makes_no_entry() -> None:
    assert told(known(product_id="7", parent_id="1")) == []


def level(minute: float, available: int, place: str = "a") -> LevelSeen:
    return LevelSeen("i", place, at(minute), available)


@pytest.mark.parametrize(
    ("why", "counted", "levels", "expected"),
    [
        ("not tracked", None, [level(1, 5)], None),
        ("nothing changed since", 5, [], 5),
        ("a level from before is in the count", 5, [level(-1, 5)], 5),
        ("sold since, at a place whose level is known", 5, [level(-1, 5), level(1, 3)], 3),
        ("the newest of several, in any order", 5, [level(2, 1), level(-1, 5), level(1, 3)], 1),
        ("of two places one changed", 8, [level(-1, 5), level(-2, 3, "b"), level(1, 9, "b")], 14),
        ("at a place never heard of before: the next body will say", 5, [level(1, 2)], 5),
        ("all places counted since", 5, [level(1, 2), level(1, 9, "")], 9),
        ("all places counted before", 5, [level(-1, 9, "")], 5),
        ("counted, and sold after that", 5, [level(1, 2), level(1, 9, ""), level(2, 1)], 8),
        ("the newest of two counts", 5, [level(2, 7, ""), level(1, 9, "")], 7),
    ],
)
def test_the_stock_is_what_was_counted_and_what_changed_since(
    why: str, counted: int | None, levels: list[LevelSeen], expected: int | None
) -> None:
    assert stock_now(counted, NOON, levels) == expected, why


def test_of_two_bodies_of_one_version_the_later_made_counts() -> None:
    """WooCommerce counts whole seconds, and a sale does not change the version at all."""
    early, late = first_sight(seen(stock=5)), first_sight(seen(stock=4, stated_at=at(1)))
    assert merge(early, late) == merge(late, early)
    assert merge(early, late).content.stock == 4


def test_two_bodies_of_one_moment_that_differ_in_their_categories_alone_count_in_either_order() -> None:
    one, other = first_sight(seen(category_ids=("5",))), first_sight(seen(category_ids=None))
    assert merge(one, other) == merge(other, one)


def listing(version: float, described: str, listed: str | None, **more: Any) -> KnownProduct:
    """A body that describes some variants, at prices of its own, and lists some: a letter each."""
    some = tuple(VariantSeen(one, price_minor=int(version) + 1, stock=int(version)) for one in described)
    return known(version, variants=some, variant_ids=None if listed is None else tuple(listed), **more)


def prices(product: KnownProduct) -> dict[str, int | None]:
    return {variant.variant_id: variant.price_minor for variant, _ in product.variants}


@pytest.mark.parametrize(
    ("why", "sights", "expected"),
    [
        ("one body alone", [listing(1, "ab", "ab")], {"a": 2, "b": 2}),
        ("described before, only listed now", [listing(1, "abc", "abc"), listing(2, "a", "abc")], "a3 b2 c2"),
        ("listed and never described", [listing(1, "ab", "ab"), listing(2, "a", "abc")], "a3 b2"),
        ("no longer listed", [listing(1, "abc", "abc"), listing(2, "a", "ab")], "a3 b2"),
        ("all described anew", [listing(1, "abc", "abc"), listing(2, "a", "abc"), listing(3, "ab", "ab")], "a4 b4"),
        ("each by the newest", [listing(1, "abc", "abc"), listing(2, "b", "abc"), listing(3, "a", "abc")], "a4 b3 c2"),
        ("a body that does not say which there are", [listing(1, "ab", "ab"), listing(2, "", None)], "a2 b2"),
        (
            "taken away before, which such a body does not undo",
            [listing(1, "ab", "ab"), listing(2, "a", "a"), listing(3, "", None)],
            "a3",
        ),
        ("without options now", [listing(1, "ab", "ab"), listing(2, "", "")], ""),
    ],
)
def test_variants_a_body_only_lists_stay_as_they_were_described(
    why: str, sights: list[KnownProduct], expected: Any
) -> None:
    wanted = expected
    if isinstance(expected, str):
        wanted = {one[0]: int(one[1:]) for one in expected.split()}
    for order in (sights, sights[::-1]):
        assert prices(reduce(merge, order)) == wanted, why


bodies = st.builds(
    lambda version, later, described, listed, name: listing(
        version, "".join(described), listed, stated_at=at(version + later), name=name
    ),
    st.integers(0, 3),
    st.sampled_from([0, 1, 9]),
    st.lists(st.sampled_from("abc"), unique=True),
    st.sampled_from([None, "", "a", "ab", "abc"]),
    st.sampled_from(["Mug", "Cup"]),
)


@given(bodies, bodies, bodies)
def test_bodies_about_a_product_merge_in_any_order_and_any_number_of_times(
    one: KnownProduct, two: KnownProduct, three: KnownProduct
) -> None:
    assert merge(one, two) == merge(two, one)
    assert merge(merge(one, two), three) == merge(one, merge(two, three))
    both = merge(one, two)
    assert merge(both, one) == merge(both, both) == both


def test_the_stock_of_a_variant_counts_from_the_body_that_described_it() -> None:
    first = known(0, variants=(VariantSeen("a", item_id="i", stock=5),), variant_ids=("a",))
    both = merge(first, known(10, variants=(VariantSeen("b", item_id="j", stock=1),), variant_ids=("a", "b")))
    sold = {"i": [LevelSeen("i", "x", at(-1), 5), LevelSeen("i", "x", at(5), 3)]}
    assert {each.id: each.stock for each in entries(both, None, sold, RULES, PRICING)} == {"1": None, "a": 3, "b": 1}
    assert {each.entry_id: each.stock for each in held(both, sold)} == {"a": 3, "b": 1}


def test_a_product_costs_what_its_cheapest_variant_does_also_where_that_is_left_out() -> None:
    cheap = VariantSeen("a", price_minor=500, compare_minor=900)
    both = merge(
        known(0, price_minor=500, variants=(cheap,), variant_ids=("a",)),
        known(1, price_minor=700, variants=(VariantSeen("b", price_minor=700),), variant_ids=("a", "b")),
    )
    assert (told(both)[0].price, told(both)[0].compare_price) == (5.0, 9.0)


@pytest.mark.parametrize(
    ("why", "changes", "rules", "gone"),
    [
        ("shown: what is only listed stays as it was told", {}, RULES, ["c"]),
        ("a draft", {"is_visible": False}, RULES, ["b", "c"]),
        ("deleted in the shop", {"deleted_at": at(9)}, RULES, ["b", "c"]),
        ("tagged so that it is left out", {"tags": ("VIP",)}, replace(RULES, excluded_tags=frozenset(["vip"])), "bc"),
        ("its merchant wants no variants told", {}, replace(RULES, with_variants=False), ["b", "c"]),
        ("a body that does not say which there are", {"variant_ids": None}, RULES, ["b", "c"]),
    ],
)
def test_every_variant_that_was_told_goes_with_its_product(
    why: str, changes: dict[str, Any], rules: CatalogueRules, gone: Any
) -> None:
    product = known(**{"variants": (VariantSeen("a"),), "variant_ids": ("a", "b"), **changes})
    found = gone_since(product, ["1", "a", "b", "c"], told(product, rules), rules)
    assert [one.id for one in found] == list(gone), why
    assert {one.deleted_at for one in found} == {changes.get("deleted_at", at(0))}, why


def test_a_body_that_says_nothing_of_categories_takes_none_away() -> None:
    both = merge(known(0, category_ids=("5",)), known(1))
    assert both.membership is not None
    assert both.membership.category_ids == ("5",)
    none = merge(both, known(2, category_ids=()))
    assert none.membership is not None
    assert none.membership.category_ids == ()


def test_a_category_goes_and_comes_back() -> None:
    first, later = (category_sight(CategorySeen("5", at(m), at(m), f"Tea {m}")) for m in (0, 10))
    gone = replace(first, deleted_at=at(5))
    assert category_entry(gone).deleted_at == at(5)
    back = merge_categories(gone, later)
    assert back == merge_categories(later, gone)
    assert category_entry(back).fingerprint == category_entry(later).fingerprint


@pytest.mark.parametrize(
    ("why", "given", "expected"),
    [
        ("its name", ("Mug", "M-1", "7"), "Mug"),
        ("without one, its number in the shop's books", ("", "M-1", "7"), "M-1"),
        ("without that, its id", ("", "", "7"), "7"),
    ],
)
def test_everything_has_a_name(why: str, given: tuple[str, str, str], expected: str) -> None:
    assert name_of(*given) == expected, why


def test_tags_are_cut_between_two() -> None:
    assert joined(["a" * 1500, "b" * 1500]) == "a" * 1500
