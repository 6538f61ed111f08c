"""Products that were deleted while nobody listened are found, and nothing is taken for deleted that is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from collector.domain.door import Lane
from collector.domain.syncing import RunState
from collector.pipeline.syncing import gone as gone_module
from tests.pipeline.row_builders import at, webhook
from tests.sources.shopify import graphql_nodes as nodes
from tests.sources.shopify.bulk_shop import BulkShop
from tests.woocommerce_shop import products

from .reading_rig import ReadingRig
from .rig import Rig
from .woocommerce_rig import WooRig

Json = dict[str, Any]
Opened = Callable[[BulkShop], Rig]
Woo = Callable[..., WooRig]


def product(number: int, minutes: float = -60) -> Json:
    when = at(minutes).isoformat()
    return nodes.product(
        number, createdAt=when, updatedAt=when, publishedAt=when, variants={"nodes": [nodes.variant(number * 10)]}
    )


def shop_of(*numbers: int, **more: Any) -> BulkShop:
    return BulkShop(changes={"products": [product(number) for number in numbers]}, **more)


def known(rig: Rig, *numbers: int, minutes: float = -50) -> None:
    """As if a webhook had told of them then."""
    for number in numbers:
        stated, delivery = at(minutes).isoformat(), f"{number} at {minutes}"
        rig.bench.happen(webhook(minutes, "read/products", product(number), delivery, triggered_at=stated))


def there(rig: ReadingRig) -> set[str]:
    """What is not known to be gone."""
    query = "select product_id from products where parent_id = '' and seen_at > coalesce(deleted_at, '')"
    return {number for (number,) in rig.bench.files.connection.execute(query)}


def asked(rig: Rig) -> list[int]:
    """How many each question was about."""
    return [len(given["ids"]) for name, given in rig.there.asked if name == "products_there"]


def looked(rig: ReadingRig) -> str:
    """All turns of one look."""
    progress: Json = {}
    for _ in range(50):
        found = rig.reconcile(progress)
        progress = json.loads(json.dumps(dict(found.progress)))
        if not progress:
            return found.said
    raise AssertionError("it never ends")


def missed(rig: ReadingRig) -> int:
    [run] = rig.runs.newest(rig.shop.id, 1)
    assert run.state is RunState.DONE
    return run.counts["products"]["missed"]


def test_what_was_deleted_without_a_word_is_found_told_by_a_row_and_counted(opened: Opened) -> None:
    rig = opened(shop_of(1, 3))
    known(rig, 1, 2, 3)
    assert looked(rig) == "webhooks missed 1 products"
    assert (missed(rig), there(rig)) == (1, {"1", "3"})
    [row] = [row for row in rig.rows(Lane.LIVE) if row.topic == "read/gone"]
    assert json.loads(row.body) == {"kind": "product", "id": "2"}
    rig.clock.now = at(240)
    assert looked(rig) == "webhooks missed nothing", "it is known by now"
    assert asked(rig) == [3, 2]


def test_what_comes_back_is_there_again(opened: Opened) -> None:
    rig = opened(shop_of())
    known(rig, 1)
    looked(rig)
    assert there(rig) == set()
    known(rig, 1, minutes=60)
    assert there(rig) == {"1"}


@pytest.mark.parametrize(
    ("why", "odd", "scopes"),
    [
        ("half an answer", {"nodes": [None]}, ("read_products",)),
        ("no answer", {"nodes": None}, ("read_products",)),
        ("the permission was taken away", {}, ("read_orders",)),
        ("permissions that are not said", {"currentAppInstallation": None}, ("read_products",)),
    ],
)
def test_an_answer_that_does_not_say_takes_nothing_away(
    opened: Opened, why: str, odd: Json, scopes: tuple[str, ...]
) -> None:
    rig = opened(shop_of(odd=odd, scopes=scopes))
    known(rig, 1, 2)
    assert "looked for the next time" in looked(rig)
    assert (missed(rig), there(rig)) == (0, {"1", "2"}), why
    rig.there.odd, rig.there.scopes = {}, ("read_products",)
    rig.clock.now = at(240)
    assert looked(rig) == "webhooks missed 2 products", "asked again, and now it says so"


def test_a_shop_that_cannot_be_asked_for_them_is_reconciled_all_the_same(opened: Opened) -> None:
    rig = opened(shop_of(1, 2, odd={"nodes": None}))
    for minutes, number in ((30, 7), (270, 8)):
        rig.clock.now = at(minutes)
        rig.there.changes["products"].append(product(number, minutes - 10))
        assert "webhooks missed" in looked(rig)
        assert str(number) in there(rig)


def test_a_few_are_asked_for_each_time_the_longest_unconfirmed_first(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gone_module, "AT_ONCE", 3)
    monkeypatch.setattr(gone_module, "MOST", 4)
    rig = opened(shop_of(*range(1, 11)))
    for number in range(1, 11):
        known(rig, number, minutes=-50 + number)
    queue = []
    for turn in range(3):
        rig.clock.now = at(240 * turn)
        looked(rig)
        some = [given["ids"] for name, given in rig.there.asked if name == "products_there"]
        queue.append([one.rpartition("/")[2] for ids in some for one in ids])
        rig.there.asked.clear()
    assert queue == [["1", "2", "3", "4"], ["5", "6", "7", "8"], ["9", "10", "1", "2"]]


def test_what_a_full_run_did_not_name_comes_first_and_is_found_however_much_it_is(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gone_module, "AT_ONCE", 3)
    monkeypatch.setattr(gone_module, "MOST", 2)
    some = {"products": [nodes.product(number) for number in range(1, 21)]}
    rig = opened(BulkShop(changes=some, counts={"products": (20, 80)}, lines={"products": lambda: nodes.products(20)}))
    known(rig, *range(101, 109), minutes=-600)
    rig.sync("products")
    rig.fold_history()
    rig.clock.now = at(10)
    assert looked(rig) == "webhooks missed 8 products"
    assert there(rig) == {str(number) for number in range(1, 21)}
    assert sum(asked(rig)) <= 8 + 2 + 1, "not the twenty"


def test_those_seen_since_are_not_asked_for(opened: Opened) -> None:
    rig = opened(shop_of())
    rig.clock.now = at(10)
    known(rig, 1, minutes=9)
    looked(rig)
    assert asked(rig) == []


# WooCommerce: a list that leaves something out is only a reason to ask for it.


def read_whole(rig: WooRig) -> None:
    rig.sync("products")
    rig.fold_history()
    rig.clock.advance(600)


def test_a_product_deleted_for_good_is_found_at_woocommerce(woo: Woo) -> None:
    rig = woo(orders=0, customers=0, products=30)
    read_whole(rig)
    before, number = there(rig), products.id_of(4)
    rig.there.life.delete_product(number)
    looked(rig)
    assert before - there(rig) == {str(number)}
    assert missed(rig) == 1
    assert [json.loads(row.body)["id"] for row in rig.live_rows("read/gone")] == [str(number)]
    rig.clock.advance(600)
    looked(rig)
    assert missed(rig) == 0


def test_many_deleted_ones_are_asked_for_one_by_one(woo: Woo) -> None:
    rig = woo(orders=0, customers=0, products=30)
    read_whole(rig)
    before = there(rig)
    numbers = [products.id_of(place) for place in range(1, 26)]
    for number in numbers:
        rig.there.life.delete_product(number)
    looked(rig)
    assert before - there(rig) == {str(number) for number in numbers}
    assert missed(rig) == 25


@pytest.mark.parametrize(
    ("why", "status", "body"),
    [
        ("the shop fails on it", 500, b'{"code":"internal_server_error","message":"critical error"}'),
        ("it may not be read", 401, b'{"code":"woocommerce_rest_cannot_view","message":"Sorry"}'),
        ("the API went away", 404, b'{"code":"rest_no_route","message":"No route"}'),
        ("it is there: only the list leaves it out", 200, b""),
    ],
)
def test_a_product_that_is_not_listed_is_gone_only_if_the_shop_says_so(
    woo: Woo, why: str, status: int, body: bytes
) -> None:
    rig = woo(orders=0, customers=0, products=5)
    read_whole(rig)
    before, number = there(rig), products.id_of(2)
    rig.way.unlisted, rig.way.single = {number}, (status, body)
    assert looked(rig) == "webhooks missed nothing", why
    assert there(rig) == before, why
