"""What the webhooks of a WooCommerce shop missed is found, counted, and treated as if its webhook had come late."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from collector.domain.syncing import RunType
from collector.sources.woocommerce.known import Known
from tests.pipeline.row_builders import at, beacon, cart, typed
from tests.woocommerce_shop import products
from tests.woocommerce_shop.numbers import COUPON_IDS, CUSTOMER_IDS, ORDER_IDS

from .woocommerce_rig import WooRig

Woo = Callable[..., WooRig]
ANA, ANAS = "visitor-ana", "ana@shop.example"
MUG = str(products.id_of(1))
PLACED = ["ana order_placed", "ana order_completed"]


def missed(rig: WooRig) -> dict[str, int]:
    [run] = rig.runs.newest(rig.shop.id, 1)
    assert run.type is RunType.RECONCILE
    return {resource: counts["missed"] for resource, counts in run.counts.items() if counts["missed"]}


def until(rig: WooRig, minutes: float) -> None:
    rig.clock.advance((at(minutes) - rig.clock.now()).total_seconds())


def reconciled(rig: WooRig) -> dict[str, int]:
    """All turns of one look."""
    progress: dict[str, Any] = {}
    for _ in range(50):
        progress = json.loads(json.dumps(dict(rig.reconcile(progress).progress)))
        if not progress:
            rig.there.check()
            return missed(rig)
    raise AssertionError("it never ends")


def placed(rig: WooRig, minutes: float, **order: Any) -> int:
    until(rig, minutes)
    return rig.there.life.order_placed(email=ANAS, date_paid_gmt=at(minutes).strftime("%Y-%m-%dT%H:%M:%S"), **order)


def orders_told(rig: WooRig) -> list[str]:
    return [one for one in rig.bench.events("any") if "order" in one]


def test_a_missed_order_found_three_hours_later_is_told_once_and_calls_the_reminder_off(woo: Woo) -> None:
    rig = woo(orders=0, customers=0)
    rig.bench.happen(beacon(0, ANA, typed(0, ANAS, opt_in=True), cart(0, MUG, token="token-1")))
    rig.bench.pass_until(40)
    assert rig.bench.events("any")[-1] == "ana cart_abandoned"
    rig.bench.deliver()
    placed(rig, 45)
    until(rig, 225)
    assert reconciled(rig)["orders"] == 1
    assert orders_told(rig) == PLACED
    assert "ana cart_recovered" in rig.bench.events()
    told = rig.bench.told("any")
    until(rig, 235)
    assert reconciled(rig) == {}, "it is known by now"
    rig.bench.pass_until(1000)
    assert rig.bench.told("any") == told


def test_what_was_before_the_activation_changes_state_and_tells_nothing(woo: Woo) -> None:
    rig = woo(orders=40, customers=5)
    rig.there.life.change_order(ORDER_IDS + 8, billing={"email": ANAS}, customer_id=0)
    until(rig, 30)
    assert reconciled(rig) == {"orders": 1}
    assert rig.known("orders") == 1
    assert rig.bench.told("any") == []


def test_what_webhooks_brought_is_not_fetched_again(woo: Woo) -> None:
    rig = woo(orders=0, customers=0)
    number = placed(rig, 1)
    rig.happen("order.created", number)
    told = rig.bench.told("any")
    until(rig, 30)
    assert "orders" not in reconciled(rig)
    assert rig.bench.told("any") == told


def test_of_an_order_thrown_away_meanwhile_nobody_hears(woo: Woo) -> None:
    rig = woo(orders=0, customers=0)
    number = placed(rig, 1)
    rig.happen("order.created", number)
    until(rig, 10)
    rig.there.life.trash_order(number)
    until(rig, 30)
    assert reconciled(rig)["orders"] == 1
    assert "ana order_cancelled" not in orders_told(rig)
    assert rig.bench.files.connection.execute("select deleted_at is not null from orders").fetchall() == [(1,)]


def test_an_open_checkout_is_no_order_that_was_missed(woo: Woo) -> None:
    rig = woo(orders=0, customers=0)
    rig.there.life.checkout_opens(ANAS)
    until(rig, 30)
    assert reconciled(rig) == {}


def test_many_orders_of_one_second_are_all_found(woo: Woo) -> None:
    rig = woo(orders=35, customers=0)
    rig.learnt = Known(sizes={"orders": 10})
    for number in range(1, 36):
        rig.there.life.change_order(ORDER_IDS + number, status="completed")
    until(rig, 30)
    assert reconciled(rig) == {"orders": 35}


def test_new_customers_and_those_who_ordered_are_found_without_looking_at_all(woo: Woo) -> None:
    rig = woo(orders=0, customers=900)
    life = rig.there.life
    until(rig, 1)
    life.customer_signs_up("neu@example.org")
    life.change_customer(CUSTOMER_IDS + 5, first_name="Anna")
    life.order_placed(customer=CUSTOMER_IDS + 5)
    until(rig, 30)
    assert reconciled(rig)["customers"] == 2
    rows = [json.loads(row.body)["id"] for row in rig.live_rows("read/customers")]
    assert rows == [CUSTOMER_IDS + 901, CUSTOMER_IDS + 5]
    asked = [given for _, route, given in rig.there.asked if route == "customers"]
    assert sum(int(given["per_page"]) for given in asked) < 500, "not the 900"
    until(rig, 60)
    assert reconciled(rig) == {}


def test_every_customers_date_is_looked_at_by_hand(woo: Woo) -> None:
    rig = woo(orders=0, customers=150)
    rig.looks_at_all = True
    rig.sync("customers")
    rig.fold_history()
    until(rig, 60)
    rig.there.life.change_customer(CUSTOMER_IDS + 5, first_name="Anna")
    until(rig, 90)
    run, _ = rig.sync("customers", type_=RunType.INCREMENTAL)
    assert run.counts["customers"] == {"read": 1, "looked": 1}


@pytest.mark.parametrize("is_old", [False, True])
def test_products_variations_and_coupons_are_looked_at_too(woo: Woo, is_old: bool) -> None:
    rig = woo(orders=0, customers=0, products=10, coupons=3)
    rig.way.is_old = is_old
    rig.sync("products", "coupons")
    rig.fold_history()
    until(rig, 60)
    life, parent = rig.there.life, products.id_of(5)
    life.change_product(products.id_of(2), name="New name")
    life.change_product(parent, name="Parent")
    life.change_variation(rig.there.variations.ids()[0], price="9.00")
    life.coupon_made("WB-NEW")
    until(rig, 90)
    found = reconciled(rig)
    assert found["coupons"] == 1
    assert found["products"] >= 3
    names = rig.bench.files.connection.execute("select content ->> '$.price_minor' from products where parent_id <> ''")
    assert 900 in [int(price) for (price,) in names if price is not None]
    until(rig, 100)
    assert reconciled(rig) == {} if not is_old else True


def test_an_order_the_shop_fails_on_holds_up_no_other(woo: Woo) -> None:
    rig = woo(orders=5, customers=0)
    for number in (2, 3, 4):
        rig.there.life.change_order(ORDER_IDS + number, status="completed")
    rig.way.broken = {ORDER_IDS + 3}
    until(rig, 30)
    assert reconciled(rig) == {"orders": 2}


def test_a_coupon_and_an_order_gone_for_good_leave_no_trace_and_break_nothing(woo: Woo) -> None:
    rig = woo(orders=5, customers=0, coupons=3)
    rig.there.life.delete_order(ORDER_IDS + 2)
    rig.there.coupons.delete(COUPON_IDS + 1)
    until(rig, 30)
    assert reconciled(rig) == {}
