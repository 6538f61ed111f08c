"""Whatever a shop sells and calls it: every body is one that Brevo's own description allows."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.destinations.brevo import catalogue
from collector.domain.catalogue import ProductSeen, VariantSeen, first_sight
from collector.domain.catalogue_entries import CatalogueRules, CategoryEntry, Entry, Pricing, entries
from collector.domain.catalogue_ports import Sold

from ...contract import brevo_contract
from ...sandbox.brevo_client import Brevo

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DECIMALS = {"EUR": 2, "JPY": 0, "KWD": 3, "CHF": 2}
PRICING = Pricing(lambda minor, currency: minor / 10 ** DECIMALS.get(currency, 2), "EUR")

words = st.text(max_size=30)
# As the parsers read them: digits, up to what Shopify may ever count to.
numbers = st.integers(1, 10**19).map(str)
addresses = st.sampled_from(["", "https://shop.example/p/té?variant=1", "http://127.0.0.1:8081/product/mug/"])
amounts = st.none() | st.integers(0, 2**53)
stocks = st.none() | st.integers(-(10**6), 10**9)
times = st.integers(0, 10**8).map(lambda seconds: NOON + timedelta(milliseconds=seconds))

variants = st.builds(
    VariantSeen, numbers, words, words, amounts, amounts, stocks, item_id=numbers, image=addresses, url=addresses
)
products = st.builds(
    ProductSeen,
    product_id=numbers,
    version_at=times,
    stated_at=times,
    status=words,
    is_visible=st.booleans(),
    name=words,
    currency=st.sampled_from(list(DECIMALS)),
    url=addresses,
    image=addresses,
    brand=words,
    sku=words,
    price_minor=amounts,
    compare_minor=amounts,
    stock=stocks,
    labels=st.lists(st.text(max_size=3000), max_size=4).map(tuple),
    category_ids=st.none() | st.lists(numbers, max_size=3).map(tuple),
    variants=st.lists(variants, max_size=4, unique_by=lambda one: one.variant_id).map(tuple),
)
rules = st.builds(CatalogueRules, st.just(True), st.booleans(), st.booleans(), st.booleans(), st.booleans())
prefixes = st.sampled_from(["", "woocommerce:shop.example/té:"])


def bodies(
    product: ProductSeen, given_rules: CatalogueRules, prefix: str, *, is_reduced: bool
) -> list[dict[str, object]]:
    found = entries(first_sight(product), None, {}, given_rules, PRICING)
    return [catalogue.product(Sold(prefix, entry, is_reduced)) for entry in found]


@pytest.mark.skipif(brevo_contract.file() is None, reason="no contract here: set BREVO_CONTRACT")
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(product=products, switches=rules, prefix=prefixes, is_reduced=st.booleans())
def test_no_product_breaks_the_contract(
    product: ProductSeen, switches: CatalogueRules, prefix: str, is_reduced: bool
) -> None:
    some = bodies(product, switches, prefix, is_reduced=is_reduced)
    assert brevo_contract.errors("POST", "/products/batch", {"products": some, "updateEnabled": True}) == []
    for one in some:
        assert brevo_contract.errors("POST", "/products", one | {"updateEnabled": True}) == []


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(product=products, switches=rules, prefix=prefixes)
def test_the_local_brevo_takes_every_product(product: ProductSeen, switches: CatalogueRules, prefix: str) -> None:
    """Which is stricter than the contract: no empty ids and names, addresses that are some, nothing null."""
    some = {str(one["id"]): one for one in bodies(product, switches, prefix, is_reduced=True)}
    status, said = BREVO.said("POST", "/products/batch", {"products": list(some.values()), "updateEnabled": True})
    assert status == 201, said


BREVO = Brevo(tier="unlimited")


@pytest.mark.parametrize(
    ("why", "entry", "expected"),
    [
        ("empty texts are no fields", CategoryEntry("5", "Tea"), {"id": "p5", "name": "Tea", "isDeleted": False}),
        (
            "gone",
            CategoryEntry("5", "Tea", "https://x.example", NOON),
            {"id": "p5", "name": "Tea", "isDeleted": True, "deletedAt": "2026-11-21T12:00:00.000Z"},
        ),
    ],
)
def test_a_category(why: str, entry: CategoryEntry, expected: dict[str, object]) -> None:
    assert catalogue.category("p", entry) == expected, why


@pytest.mark.parametrize(
    ("why", "entry", "is_reduced", "expected"),
    [
        ("reduced", Entry("1", "Mug", price=9.0, compare_price=12.0), False, {"price": 9.0, "alternativePrice": 12.0}),
        ("no longer reduced", Entry("1", "Mug", price=12.0), True, {"price": 12.0, "alternativePrice": 12.0}),
        ("never reduced", Entry("1", "Mug", price=12.0), False, {"price": 12.0}),
        ("free", Entry("1", "Mug", price=0.0), False, {"price": 0.0}),
        ("no price", Entry("1", "Mug"), False, {}),
        ("sold before it is there", Entry("1", "Mug", stock=-3), False, {"stock": 0}),
        ("in no category any more", Entry("1", "Mug", category_ids=()), False, {"categories": []}),
        ("a variant", Entry("7", "Mug", parent_id="1"), False, {"id": "7", "parentId": "1"}),
    ],
)
def test_a_product(why: str, entry: Entry, is_reduced: bool, expected: dict[str, object]) -> None:
    plain = {"id": "1", "name": "Mug", "isDeleted": False, "sku": "", "brand": ""}
    assert catalogue.product(Sold("", entry, is_reduced)) == plain | expected, why


def test_halves_of_characters_do_not_reach_the_wire() -> None:
    body = catalogue.product(Sold("", Entry("1", "Mug \ud83c"), False))
    assert json.dumps(body, ensure_ascii=False).encode()
