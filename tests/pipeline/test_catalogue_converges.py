"""Whatever is said of products, twice, late and in any order: Brevo ends with the same catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.domain.catalogue import CategorySeen, LevelSeen, ProductSeen, VariantSeen
from collector.domain.coupons import CouponSeen
from collector.domain.events import Fact, Gone
from collector.storage.sqlite.connection import write

from .catalogue_rig import Rig, at, product

Batch = list[tuple[int, Fact]]
# What is told, and what happened; not how far the looking has come.
TABLES = {
    "products": "product_id, parent_id, content, content_hash, seen_at, first_version_at, first_content_hash,"
    " membership, deleted_at, earlier",
    "categories": "category_id, content, seen_at, deleted_at",
    "coupons": "coupon_id, content, seen_at, deleted_at",
    "events": "event_id, type, occurred_at, detail",
}
# Brevo keeps a field until another value comes; a body without it takes nothing away.
STAYS = {"deletedAt", "price", "alternativePrice", "stock"}
EMPTIED = [
    *TABLES,
    "tombstones",
    "stock_items",
    "stock_levels",
    "catalogue_told",
    "catalogue_shops",
    "catalogue_accounts",
    "budgets",
]

steps = st.integers(0, 6).map(lambda step: 10 * step)
numbers = st.sampled_from(["1", "2"])
names = st.sampled_from(["Tea", "Té", ""])
prices = st.sampled_from([None, 0, 999, 1250])
stocks = st.sampled_from([None, 0, 5])


@st.composite
def variant(draw: st.DrawFn, number: str) -> VariantSeen:
    return VariantSeen(
        number,
        draw(names),
        price_minor=draw(prices),
        compare_minor=draw(prices),
        stock=draw(stocks),
        item_id=f"i{number}",
    )


@st.composite
def products(draw: st.DrawFn) -> ProductSeen:
    number, version = draw(numbers), draw(steps)
    # One comes later, one goes; an id that went never comes back, at no platform.
    there = {"a": True, "b": version >= 20, "c": version < 40}
    listed = [f"{number}-{one}" for one, is_there in there.items() if is_there]
    described = draw(st.one_of(st.just(listed), st.lists(st.sampled_from(listed), unique=True)))
    return product(
        number,
        version,
        # Bodies of one version may be made at different times, never before it.
        stated_at=at(version + draw(st.sampled_from([0, 1, 35]))),
        is_visible=draw(st.booleans()),
        is_new=draw(st.booleans()),
        created_at=at(0),
        name=draw(names),
        price_minor=draw(prices),
        stock=draw(stocks),
        item_id=f"i{number}",
        variants=tuple(draw(variant(one)) for one in described),
        variant_ids=draw(st.sampled_from([None, tuple(listed)])),
        category_ids=draw(st.sampled_from([None, (), ("c",)])),
    )


@st.composite
def own_variants(draw: st.DrawFn) -> ProductSeen:
    version = draw(steps)
    return product("7", version, parent_id=draw(st.just("1")), name=draw(names), is_visible=draw(st.booleans()))


facts: st.SearchStrategy[Fact] = st.one_of(
    products(),
    own_variants(),
    st.builds(
        LevelSeen,
        st.sampled_from(["i1", "i1-a"]),
        st.sampled_from(["here", "there"]),
        steps.map(at),
        st.integers(0, 3),
    ),
    st.builds(CategorySeen, st.just("c"), steps.map(at), steps.map(at), names, is_visible=st.booleans()),
    st.builds(
        CouponSeen,
        st.just("k"),
        steps.map(at),
        steps.map(at),
        st.just("CODE"),
        st.booleans(),
        is_new=st.booleans(),
        created_at=st.just(at(0)),
        usage_limit=st.sampled_from([None, 1]),
        usage_count=st.integers(0, 1),
    ),
    st.builds(
        Gone,
        st.sampled_from(["product", "category", "coupon"]),
        st.sampled_from(["1", "2", "7", "c", "k"]),
        steps.map(at),
    ),
)


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[Batch, list[Batch]]:
    """A history, and the same shuffled, with repetitions, cut into batches."""
    numbered = list(enumerate(draw(st.lists(facts, max_size=9))))
    again = draw(st.lists(st.sampled_from(numbered), max_size=4)) if numbered else []
    shuffled = draw(st.permutations(numbered + again))
    size = draw(st.integers(1, 5))
    return numbered, [list(shuffled[start : start + size]) for start in range(0, len(shuffled), size)]


def folded(rig: Rig, batches: Sequence[Batch], *, is_told_between: bool) -> dict[str, Any]:
    """State and Brevo's catalogue after these batches, from nothing; a fact's number fixes when it arrived."""
    with write(rig.state):
        for table in EMPTIED:
            rig.state.execute(f"delete from {table}")
    rig.brevo.account.products.clear()
    rig.brevo.account.categories.clear()
    for batch in batches:
        for number, fact in batch:
            rig.fold(fact, received_at=at(100 + number))
        if is_told_between:
            rig.clock.move(70)
            rig.turn()
    rig.run()
    state = {
        table: sorted(map(repr, rig.state.execute(f"select {columns} from {table}")))
        for table, columns in TABLES.items()
    }
    # What was told and hidden again stays at Brevo as deleted; who never heard of it holds the same.
    shown = {
        kind: {name: {key: one for key, one in body.items() if key not in STAYS} for name, body in kept.items()}
        for kind, kept in (("products", rig.products()), ("categories", rig.categories()))
    }
    shown = {kind: {n: one for n, one in kept.items() if not one["isDeleted"]} for kind, kept in shown.items()}
    told = rig.state.execute(
        "select entry_id, told_hash from catalogue_told where told_hash not in ('', 'deleted')"
        " union all select category_id, told_hash from categories where told_hash not in ('', 'deleted')"
    ).fetchall()
    return {"state": state, "told": sorted(told), **shown}


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    made = Rig(tmp_path_factory.mktemp("catalogue"))
    made.brevo.account.limits.set_tier("unlimited")
    made.clock.move(1000)
    return made


def check(rig: Rig, delivered: tuple[Batch, list[Batch]]) -> None:
    rig.clock.now = rig.clock.now + timedelta(hours=2)
    rig.brevo.account.calls.clear()
    in_order, batches = delivered
    assert folded(rig, batches, is_told_between=True) == folded(rig, [in_order], is_told_between=False)


SOME = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=60)


@given(deliveries())
@SOME
def test_any_order_repetition_and_batching_is_told_as_the_same_catalogue(
    rig: Rig, delivered: tuple[Batch, list[Batch]]
) -> None:
    check(rig, delivered)


@pytest.mark.long
@given(deliveries())
@settings(SOME, max_examples=2_000)
def test_thousands_of_histories_converge(rig: Rig, delivered: tuple[Batch, list[Batch]]) -> None:
    check(rig, delivered)


def test_the_test_can_fail(rig: Rig) -> None:
    one, other = product("1", 10, name="Old"), product("1", 20, name="New")
    assert folded(rig, [[(0, one), (1, other)]], is_told_between=False) != folded(
        rig, [[(0, one), (1, replace(other, name="Else"))]], is_told_between=False
    )
