"""What Brevo is told of the catalogue, in how few calls, and what happens when it will not listen."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from collector.destinations.brevo.limits import OTHER
from collector.domain.catalogue_entries import CatalogueRules
from collector.domain.events import Fact, Gone, Item, OrderKind, OrderSeen, OrderState
from collector.domain.shop import Sending, Shop
from collector.pipeline.folding import Folding
from collector.pipeline.news import tell
from collector.standards.currencies import IsoCurrencies
from collector.standards.money_text import MoneyText

from ..sandbox.brevo_client import Brevo
from .catalogue_rig import RULES, Rig, at, category, product, shop, variants


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def test_one_changed_product_goes_alone_within_seconds(rig: Rig) -> None:
    rig.fold(product(1, brand="Mugs & Co", sku="T-1", url="https://shop.example/p/1", stock=4, price_minor=1250))
    began = rig.clock.now
    rig.run()
    assert rig.products()["1"] == {
        "id": "1",
        "name": "Tea 1",
        "isDeleted": False,
        "sku": "T-1",
        "brand": "Mugs & Co",
        "url": "https://shop.example/p/1",
        "price": 12.5,
        "stock": 4,
    }
    assert rig.calls() == ["/products"]
    assert (rig.clock.now - began).total_seconds() < 10


def test_what_has_not_changed_costs_no_call(rig: Rig) -> None:
    rig.fold(product(1), category(1))
    rig.run()
    before = rig.calls()
    rig.fold(product(1, 60, stated_at=at(61)), category(1, 60))  # a newer version that says the same
    rig.fold(product(1))  # the old one again
    rig.run()
    assert rig.calls() == before
    assert rig.one("select count(*) from products where due_at is not null") == 0


@pytest.mark.parametrize("size", [100, pytest.param(1000, marks=pytest.mark.long)])
def test_products_with_three_variants_each_take_a_call_for_each_hundred_entries(rig: Rig, size: int) -> None:
    """A thousand: (1,000 + 3,000) entries / 100 in a call = 40 calls; one by one they would be 4,000. Their two
    categories take one more."""
    for start in range(0, size, 100):
        numbers = range(start, start + 100)
        some = [product(n, variants=variants(n, 3), category_ids=(str(n % 2),)) for n in numbers]
        rig.fold(category(0), category(1, name="Mugs"), *some)
    rig.run()
    assert len(rig.products()) == 4 * size
    assert rig.calls().count("/products/batch") == 4 * size // 100
    assert rig.calls().count("/categories/batch") == 1
    assert set(rig.calls()) == {"/categories/batch", "/products/batch"}
    assert 429 not in rig.statuses()


def test_the_many_variants_of_one_product_take_a_call_for_each_hundred(rig: Rig) -> None:
    rig.fold(product(1, variants=variants(1, 2000)))
    rig.run()
    assert len(rig.products()) == 2001
    assert rig.calls() == ["/products/batch"] * 21
    assert rig.products()["1-1999"]["parentId"] == "1"


def test_one_changed_variant_of_many_costs_one_call(rig: Rig) -> None:
    some = variants(1, 50)
    rig.fold(product(1, variants=some))
    rig.run()
    before = len(rig.calls())
    dearer = replace(some[7], price_minor=9900)
    rig.fold(product(1, 60, variants=(*some[:7], dearer, *some[8:])))
    rig.run()
    assert len(rig.calls()) == before + 1
    assert rig.products()["1-7"]["price"] == 99.0


def test_products_come_before_their_variants_and_categories_before_both(rig: Rig) -> None:
    own = product(7, parent_id="1", name="Tea 1 - Red")  # a variant with a record of its own, due first
    rig.fold(own)
    rig.clock.move(1)
    rig.fold(product(1, category_ids=("5",), variant_ids=("7",)), category(5))
    rig.run()
    bodies = [call.body for call in rig.brevo.account.calls if isinstance(call.body, dict)]
    names = [body["id"] if "id" in body else body["categories"][0]["id"] for body in bodies]
    assert names == ["5", "1", "7"]
    assert rig.products()["7"]["parentId"] == "1"


def test_a_variant_whose_product_nobody_knows_is_not_told_until_it_is_known(rig: Rig) -> None:
    rig.fold(product(7, parent_id="1"))
    rig.run()
    assert rig.calls() == []
    rig.fold(product(1, 60))
    rig.run()
    assert sorted(rig.products()) == ["1", "7"]


@pytest.mark.parametrize(
    ("why", "change"),
    [
        ("deleted in the shop", Gone("product", "1", at(60))),
        ("unpublished or a draft", product(1, 60, is_visible=False, status="draft")),
        ("tagged so that it is left out", product(1, 60, tags=("Hidden",))),
        ("in another status than the merchant wants", product(1, 60, status="private")),
    ],
)
def test_what_shoppers_do_not_find_any_more_is_marked_as_deleted_and_comes_back(
    rig: Rig, why: str, change: Fact
) -> None:
    rules = replace(RULES, statuses=frozenset(["publish"]), excluded_tags=frozenset(["hidden"]))
    rig.shops = [shop(rules=rules)]
    rig.fold(product(1, variants=variants(1, 2)))
    rig.run()
    rig.clock.now = max(rig.clock.now, at(60))
    rig.fold(change)
    rig.run()
    assert {one["isDeleted"] for one in rig.products().values()} == {True}, why
    assert rig.products()["1"]["deletedAt"] == "2026-11-21T10:01:00.000Z", why
    before = len(rig.calls())
    rig.fold(product(1, 120, variants=variants(1, 2)))
    rig.run()
    assert {one["isDeleted"] for one in rig.products().values()} == {False}, why
    assert len(rig.calls()) == before + 3, why


def test_what_was_never_told_is_not_told_as_deleted(rig: Rig) -> None:
    rig.fold(product(1, is_visible=False), Gone("product", "2", at(0)), product(3), Gone("product", "3", at(1)))
    rig.run()
    assert rig.calls() == []


def test_a_variant_that_is_gone_is_marked_and_one_the_body_only_lists_is_left_alone(rig: Rig) -> None:
    rig.fold(product(1, variants=variants(1, 3), variant_ids=("1-0", "1-1", "1-2")))
    rig.run()
    rig.fold(product(1, 60, variants=variants(1, 1), variant_ids=("1-0", "1-2")))
    rig.run()
    assert {name: one["isDeleted"] for name, one in rig.products().items()} == {
        "1": False,
        "1-0": False,
        "1-1": True,
        "1-2": False,
    }


@pytest.mark.parametrize(
    ("why", "change"),
    [
        ("deleted in the shop", Gone("product", "1", at(90))),
        (
            "a draft, by a body that leaves variants out",
            product(1, 90, is_visible=False, variants=variants(1, 2), variant_ids=tuple(f"1-{n}" for n in range(6))),
        ),
    ],
)
def test_a_product_of_many_variants_takes_all_of_them_along(rig: Rig, why: str, change: Fact) -> None:
    listed = tuple(f"1-{n}" for n in range(6))
    rig.fold(product(1, variants=variants(1, 5), variant_ids=listed[:5]))
    rig.run()
    rig.fold(product(1, 60, price_minor=900, variants=variants(1, 2), variant_ids=listed))
    rig.run()
    assert sorted(rig.products()) == ["1", *listed[:5]]
    assert {one["isDeleted"] for one in rig.products().values()} == {False}, "what is left out is still there"
    rig.clock.now = max(rig.clock.now, at(90))
    rig.fold(change)
    rig.run()
    assert {one["isDeleted"] for one in rig.products().values()} == {True}, why


def test_what_an_earlier_version_told_and_lost_goes_with_its_product(rig: Rig) -> None:
    """Its record says nothing of a variant that was told: there was no room for it."""
    rig.fold(product(1, variants=variants(1, 3), variant_ids=("1-0", "1-1", "1-2")))
    rig.run()
    rig.fold(product(1, 60, variants=variants(1, 1), variant_ids=("1-0", "1-1", "1-2")))
    rig.state.execute("update products set earlier = ''")
    rig.run()
    rig.clock.now = max(rig.clock.now, at(90))
    rig.fold(Gone("product", "1", at(90)))
    rig.run()
    assert {one["isDeleted"] for one in rig.products().values()} == {True}


def test_a_reduction_that_ends_is_taken_back(rig: Rig) -> None:
    rig.fold(product(1, price_minor=1000, compare_minor=1500))
    rig.run()
    assert (rig.products()["1"]["price"], rig.products()["1"]["alternativePrice"]) == (10.0, 15.0)
    rig.fold(product(1, 60, price_minor=1500, compare_minor=1500))
    rig.run()
    assert (rig.products()["1"]["price"], rig.products()["1"]["alternativePrice"]) == (15.0, 15.0)


def test_one_bad_product_is_found_and_named_and_stops_none_of_the_others(rig: Rig) -> None:
    rig.line.refuses = lambda body: body["id"] == "42"
    rig.fold(*[product(n, variants=variants(n, 1)) for n in range(100)])
    rig.run()
    assert len(rig.products()) == 2 * 99
    assert rig.one("select refused from catalogue_told where entry_id = '42'") == (
        "Brevo 400 invalid_parameter: Input is not valid"
    )
    assert "42-0" not in rig.products()  # a variant of nothing
    # 100 + 50 + 25 that hold it are refused and spoil nothing else; the last 25 go one by one.
    assert [len(some) for some in rig.line.refused] == [100, 50, 25, 1]
    before = len(rig.calls())
    rig.fold(product(42, stated_at=at(5), variants=variants(42, 1)))
    rig.run()
    assert len(rig.calls()) == before, "refused as it is: not tried again"
    rig.line.refuses = lambda body: False
    rig.fold(product(42, 60, name="Mended", variants=variants(42, 1)))
    rig.run()
    assert rig.products()["42"]["name"] == "Mended"
    assert rig.products()["42-0"]["parentId"] == "42"


def test_a_bad_category_holds_up_neither_the_others_nor_its_products(rig: Rig) -> None:
    rig.line.refuses = lambda body: body.get("name") == "Bad"
    rig.fold(category(1, name="Good"), category(2, name="Bad"), category(3, name="Fine"))
    rig.fold(product(1, category_ids=("1", "2")))
    rig.run()
    assert sorted(rig.categories()) == ["1", "3"]
    assert rig.products()["1"]["categories"] == ["1", "2"]
    assert rig.one("select refused from categories where category_id = '2'")


def test_without_the_app_everything_waits_with_the_cure_and_nothing_is_lost(tmp_path: Path) -> None:
    rig = Rig(tmp_path, Brevo(tier="general", ecommerce_active=False))
    rig.fold(category(1), *[product(n, category_ids=("1",)) for n in range(30)])
    turns = rig.run(3600)
    assert {turn.failure.reason for turn in turns if turn.failure} == {"ecommerce_inactive"}
    assert len(rig.calls()) <= 6, "tried again now and then only"
    assert "--activate-ecommerce" in rig.one("select held_cure from catalogue_accounts")
    rig.brevo.account.is_ecommerce_active = True
    rig.run(3600)
    assert (len(rig.products()), len(rig.categories())) == (30, 1)
    assert rig.one("select held_reason from catalogue_accounts") == ""


def test_when_no_call_by_the_hundred_is_left_they_go_one_by_one(rig: Rig) -> None:
    while not rig.meter.take("brevo", OTHER):
        pass  # somebody else uses them up
    rig.fold(*[product(n) for n in range(60)])
    rig.run(120)
    assert len(rig.products()) == 60
    assert set(rig.calls()) == {"/products"}
    assert 429 not in rig.statuses()


def busy(rig: Rig, minutes: int) -> None:
    """Forty products change every ten seconds; then it is quiet again."""
    steps = 6 * minutes
    for step in range(steps):
        rig.fold(*[product(n, step, price_minor=step * 100 + n) for n in range(40)])
        rig.turn()
        rig.clock.move(10)
    rig.run(600)
    assert 429 not in rig.statuses()
    assert {one["price"] for one in rig.products().values()} == {(steps - 1) + n / 100 for n in range(40)}


def batches_in_any_hour(rig: Rig) -> int:
    times = [call.at for call in rig.brevo.account.calls if call.path.endswith("/batch")]
    return max(sum(1 for other in times if timedelta(0) <= other - one < timedelta(hours=1)) for one in times)


def test_when_much_changes_all_the_while_the_hundred_calls_an_hour_last_and_the_newest_arrives(rig: Rig) -> None:
    for _ in range(64):  # of 70: others were there before
        assert not rig.meter.take("brevo", OTHER)
    busy(rig, 2)
    assert 1 <= batches_in_any_hour(rig) <= 6


@pytest.mark.long
def test_a_busy_hour_stays_within_the_calls_there_are(rig: Rig) -> None:
    busy(rig, 60)
    assert batches_in_any_hour(rig) <= 70


def test_a_change_while_it_is_told_is_told_too(rig: Rig) -> None:
    rig.fold(product(1))
    rig.clock.move(3)
    real = rig.line.refuses

    def change_meanwhile(body: dict[str, object]) -> bool:
        rig.line.refuses = real
        rig.fold(product(1, 60, name="Newer"))
        return False

    rig.line.refuses = change_meanwhile
    rig.run()
    assert rig.products()["1"]["name"] == "Newer"


def test_two_shops_of_one_account_keep_their_products_apart(tmp_path: Path) -> None:
    rig = Rig(tmp_path, shops=[shop(1), shop(2)])
    rig.fold(product(13, name="Of one", category_ids=("1",)), category(1))
    rig.run()
    rig.fold(
        product(13, name="Of two", category_ids=("1",), variants=variants(13, 1)),
        category(1, name="Two"),
        shop_number=2,
    )
    rig.run()
    prefix = "woocommerce:shop2.example:"
    assert rig.products()["13"]["name"] == "Of one"
    assert rig.products()[f"{prefix}13"]["categories"] == [f"{prefix}1"]
    assert rig.products()[f"{prefix}13-0"]["parentId"] == f"{prefix}13"
    assert sorted(rig.categories()) == ["1", f"{prefix}1"]


@pytest.mark.parametrize(
    ("why", "shops"),
    [
        ("products are switched off", [shop(rules=CatalogueRules(is_told=False))]),
        ("the shop is only observed", [shop(sending=Sending.OBSERVE)]),
        ("there is no destination", [shop(account="")]),
    ],
)
def test_nothing_is_told_then(tmp_path: Path, why: str, shops: list[Shop]) -> None:
    rig = Rig(tmp_path, shops=shops)
    rig.fold(product(1), category(1))
    rig.run(30)
    assert rig.calls() == [], why


def test_a_switch_turned_later_is_followed_for_what_is_there(rig: Rig) -> None:
    rig.fold(product(1, image="https://shop.example/1.png", variants=variants(1, 2)))
    rig.run()
    rig.shops = [shop(rules=replace(RULES, with_variants=False, with_images=False))]
    rig.run()
    assert {name: one["isDeleted"] for name, one in rig.products().items()} == {"1": False, "1-0": True, "1-1": True}
    before = len(rig.calls())
    rig.run()
    assert len(rig.calls()) == before


def test_another_account_is_told_everything_anew(tmp_path: Path) -> None:
    rig = Rig(tmp_path, keys={"brevo": "xkeysib-sandbox", "brevo:own": "xkeysib-sandbox"})
    rig.fold(product(1))
    rig.run()
    rig.brevo.account.products.clear()
    rig.shops = [shop(account="brevo:own")]
    rig.run()
    assert list(rig.products()) == ["1"]


def test_orders_name_products_as_the_catalogue_does(tmp_path: Path) -> None:
    """Two WooCommerce shops of one account both have a product 13 and an order 27."""
    rig = Rig(tmp_path, shops=[shop(1), shop(2)])
    for one in rig.shops:
        with rig.store.write() as tx:
            folding = Folding(tx, one, lambda user_agent: "desktop")
            folding.apply(an_order(), at(0))
            changed = folding.finish()
            tell(tx, one, at(1), MoneyText(IsoCurrencies()), folding.news, changed)
    told = [json.loads(payload) for (payload,) in rig.state.execute("select payload from outbox where kind = 'order'")]
    assert {one["order_id"]: one["products"][0]["product_id"] for one in told} == {
        "27": "13",
        "woocommerce:shop2.example:27": "woocommerce:shop2.example:13",
    }
    rig.fold(product(13), shop_number=2)
    rig.run()
    assert list(rig.products()) == ["woocommerce:shop2.example:13"]


def an_order() -> OrderSeen:
    return OrderSeen(
        order_id="27",
        version_at=at(0),
        created_at=at(0),
        state=OrderState.PAID,
        kind=OrderKind.STOREFRONT,
        status="processing",
        currency="EUR",
        total_minor=500,
        items=(Item("13", 1, name="Tea", unit_price_minor=500, line_total_minor=500),),
        base_currency="EUR",
        base_total_minor=500,
        email="ana@shop.example",
        accepted_at=at(0),
    )


def test_products_do_not_wait_for_categories_they_are_not_in(rig: Rig) -> None:
    while not rig.meter.take("brevo", OTHER):
        pass  # somebody else uses them up: no call for categories is left
    rig.fold(category(1), product(1, category_ids=("1",)), product(2))
    rig.run(120)
    assert list(rig.products()) == ["2"]
    rig.run(3600)
    assert sorted(rig.products()) == ["1", "2"]
    assert rig.calls()[1] == "/categories/batch"


def test_links_lead_to_where_shoppers_are_also_when_that_is_known_later(rig: Rig) -> None:
    own = "https://shop1.example"
    rig.fold(product(1, url=f"{own}/p/1"), product(2, url="https://else.example/p/2"), category(1, url=f"{own}/c/1"))
    rig.run()
    moved = replace(shop(), storefront="https://www.mugs.example")
    rig.shops = [moved]
    rig.run()
    assert rig.products()["1"]["url"] == "https://www.mugs.example/p/1"
    assert rig.products()["2"]["url"] == "https://else.example/p/2", "not the shop's own"
    assert rig.categories()["1"]["url"] == "https://www.mugs.example/c/1"
    before = rig.calls()
    rig.run()
    assert rig.calls() == before
