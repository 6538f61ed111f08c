"""The shop for tests has an answer to every question we ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from collector.sources.shopify import queries
from tests.shopify_shop.asking import Client, virtual
from tests.shopify_shop.naming import Json, gid
from tests.shopify_shop.numbers import CHECKOUT_IDS, CUSTOMER_IDS, ORDER_IDS, PRODUCT_IDS
from tests.shopify_shop.products import item_id, variant_id
from tests.shopify_shop.server import ShopifyShop, recent, shop_open

VARIANT = variant_id(PRODUCT_IDS + 1, 1)
IDS = {
    "customers": gid("Customer", CUSTOMER_IDS + 8),
    "orders": gid("Order", ORDER_IDS + 1),
    "order": gid("Order", ORDER_IDS + 1),
    "products": gid("Product", PRODUCT_IDS + 1),
    "product": gid("Product", PRODUCT_IDS + 1),
    "inventory": gid("InventoryItem", item_id(VARIANT)),
    "checkouts": gid("AbandonedCheckout", CHECKOUT_IDS + 1),
}
VARIABLES: Json = {
    "first": 1,
    "after": None,
    "search": "created_at:>=2020-01-01",
    "keys": ["custom.tier"],
    "variants": [gid("ProductVariant", VARIANT)],
    "products": [gid("Product", PRODUCT_IDS + 1)],
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopifyShop]:
    clock = virtual()
    counts = recent(clock, customers=10, orders=10, products=4, checkouts=3)
    with shop_open(counts, tmp_path_factory.mktemp("bulk"), clock) as opened:
        yield opened


QUESTIONS = [
    name for name in queries.names() if not queries.query(name).is_change and not name.startswith(("bulk_", "watch_"))
]


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_of_ours_is_answered(shop: ShopifyShop, name: str) -> None:
    query = queries.query(name)
    head = query.text.partition("{")[0]
    id_ = IDS.get(name.partition("_")[0], "")
    asked = {key: value for key, value in VARIABLES.items() if f"${key}:" in head}
    if "$variants: Int" in head:
        del asked["variants"]
    asked |= {"id": id_} if "$id:" in head else {}
    asked |= {"ids": [id_]} if "$ids:" in head else {}
    shop.answering.gaps.clear()
    shop.bucket.points = shop.bucket.size
    answer = Client(shop).ask(query.text, **asked)
    assert "errors" not in answer, answer["errors"]
    assert all(value for value in answer["data"].values()), answer["data"]
    shop.check()
