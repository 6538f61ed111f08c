"""Products from signed webhooks of both platforms to the local Brevo, over HTTP, by the running product."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collector.sandbox.brevo.state import DEFAULT_KEY
from tests.system.local_brevo import LocalBrevo, brevo_there
from tests.system.product import SHOPIFY_DOMAIN, SHOPIFY_SECRET, WOO_SECRET, WOO_SOURCE, Product, product_in, until

PAYLOADS = Path(__file__).parents[1] / "sources"
BEGAN = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=20)
SETTINGS = f"""\
database: sqlite:///{{database}}
allow_insecure_upstreams: true
brevo: {{{{api_key: {DEFAULT_KEY}, api_url: "{{url}}"}}}}
connectors:
  woocommerce: {{{{store_url: "{WOO_SOURCE}", webhook_secret: {WOO_SECRET}, sync: {{{{inventory: true}}}}}}}}
  shopify: {{{{shop_url: {SHOPIFY_DOMAIN}, api_secret: {SHOPIFY_SECRET}, sync: {{{{inventory: true}}}}}}}}
"""


@dataclass
class Story:
    """What Brevo held after each step, products by the shop's own number."""

    product: Product
    brevo: LocalBrevo
    steps: list[dict[str, dict[str, Any]]] = field(default_factory=list)

    def now(self) -> dict[str, dict[str, Any]]:
        kept: dict[str, dict[str, Any]] = self.brevo.said("catalogue")["products"]
        return {name.rpartition(":")[2]: one for name, one in kept.items()}

    def step(self, *done: Callable[[dict[str, dict[str, Any]]], object]) -> None:
        """Until all of it is so; what is there then is kept."""
        until(lambda: all(one(self.now()) for one in done), self.product.log)
        self.steps.append(self.now())


def moment(minute: float) -> str:
    return (BEGAN + timedelta(minutes=minute)).isoformat()


def shopify_product(minute: float, **more: Any) -> dict[str, Any]:
    body = json.loads((PAYLOADS / "shopify" / "payloads" / "products__update.json").read_bytes())
    return {**body, "updated_at": moment(minute), "published_at": moment(-60), "created_at": moment(-60), **more}


def woo_product(minute: float, **more: Any) -> dict[str, Any]:
    body = json.loads((PAYLOADS / "woocommerce" / "payloads" / "product.created.2.body").read_bytes())
    return {**body, "date_modified_gmt": moment(minute).removesuffix("+00:00"), **more}


VARIABLE = {"id": 15, "type": "variable", "name": "Enamel Mug", "variations": [16], "regular_price": ""}
RED = {"id": 16, "parent_id": 15, "type": "variation", "name": "Enamel Mug - S, Red", "categories": []}


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Both shops at once: everything is made, then changed, then some of it comes back."""
    with brevo_there() as brevo, product_in(tmp_path_factory.mktemp("catalogue")) as product:
        text = SETTINGS.format(database=product.database, url=brevo.url)
        (product.folder / "tajo.yml").write_text(text)
        product.start()
        told = Story(product, brevo)
        level = {"inventory_item_id": 49820000001002, "location_id": 6, "available": 4, "updated_at": moment(0.5)}
        assert product.shopify("products/create", shopify_product(0)).status == 200
        product.shopify("inventory_levels/update", level)
        assert product.woo("product.created", woo_product(0)).status == 200
        product.woo("product.updated", woo_product(1, **RED))
        product.woo("product.updated", woo_product(1, **VARIABLE))
        told.step(lambda now: {"49820000000002", "14", "16"} <= now.keys())
        sold = level | {"available": 3, "updated_at": datetime.now(UTC).isoformat()}
        product.shopify("inventory_levels/update", sold)
        product.woo("product.deleted", {"id": 14})
        product.woo("product.updated", woo_product(2, **VARIABLE, status="draft"))
        told.step(
            lambda now: now["49820000000002"]["stock"] == 3,
            lambda now: now["14"]["isDeleted"] and now["16"]["isDeleted"],
        )
        product.shopify("products/delete", {"id": 9675000111222})
        product.woo("product.restored", woo_product(5))
        told.step(lambda now: now["49820000000002"]["isDeleted"], lambda now: not now["14"]["isDeleted"])
        yield told


def test_a_shopify_product_arrives_with_its_variants_and_goes(story: Story) -> None:
    first, second, third = story.steps
    whole, red = first["9675000111222"], first["49820000000002"]
    assert (whole["name"], whole["brand"], whole["price"]) == ('Schale "Blau"', "Töpferei Lind", 22.5)
    assert whole["metaInfo"] == {"tags": "Schalen, Handarbeit, Neu"}
    assert (red["parentId"], red["name"], red["sku"]) == (whole["id"], 'Schale "Blau" - Rot', "SC-RO")
    assert (red["price"], red["stock"]) == (22.5, 4)
    assert first["49820000000001"]["alternativePrice"] == 30.0
    assert second["49820000000002"]["stock"] == 3, "the level of its item changed"
    assert {third[number]["isDeleted"] for number in ("9675000111222", "49820000000001", "49820000000002")} == {True}


def test_a_woocommerce_product_arrives_goes_and_comes_back(story: Story) -> None:
    first, second, third = story.steps
    found = first["14"]
    assert (found["name"], found["price"], found["alternativePrice"], found["stock"]) == ("Sencha", 9.99, 15.0, 17)
    assert found["url"] == "http://127.0.0.1:8081/product/sencha/"
    assert story.brevo.said("catalogue")["categories"][found["categories"][0]]["name"] == "Tea"
    assert [step["14"]["isDeleted"] for step in (first, second, third)] == [False, True, False]


def test_a_variation_follows_its_product(story: Story) -> None:
    first, second, _ = story.steps
    assert first["16"]["parentId"] == first["15"]["id"]
    assert (first["16"]["isDeleted"], second["15"]["isDeleted"], second["16"]["isDeleted"]) == (False, True, True)


def test_nothing_was_sent_that_may_not_be_sent(story: Story) -> None:
    assert story.brevo.said("violations")["violations"] == []
    assert story.brevo.said("requests")["counts"].get("429", 0) == 0


def test_the_terminal_says_what_is_there(story: Story) -> None:
    shopify, woocommerce = story.product.cli("catalogue", "status").splitlines()
    assert shopify.startswith("shopify: 0 products,")
    assert woocommerce.startswith("woocommerce: 2 products, 1 categories; 1 products and variants told, 0 to be")
    assert "nothing was refused" in story.product.cli("catalogue", "refused")
