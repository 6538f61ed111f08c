"""Reading a WooCommerce shop whole, or since a day: all of it, once, while the shop goes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from itertools import islice
from typing import Any

import pytest

from collector.domain.errors import Misuse, SourceUnavailable
from collector.domain.syncing import Run, RunState, RunType
from collector.pipeline.history.composing import Composing
from collector.sources.woocommerce.known import Known
from tests.pipeline.row_builders import at
from tests.pipeline.telling_bench import DISPLAY
from tests.woocommerce_shop.customers import STAFF
from tests.woocommerce_shop.numbers import CUSTOMER_IDS, ORDER_IDS
from tests.woocommerce_shop.orders import DRAFT

from .woocommerce_rig import WooRig

Woo = Callable[..., WooRig]
FEW = {"customers": 30, "orders": 60, "products": 12, "coupons": 9}


def there(rig: WooRig, kind: str) -> set[str]:
    """Ids of what should be here."""
    records = [rig.there.kind(kind).get(one) or {} for one in rig.there.kind(kind).ids()]
    if kind == "order":
        records = [one for one in records if one["status"] not in (DRAFT, "trash")]
    if kind == "customer":
        records = [one for one in records if one["role"] not in ("administrator", "shop_manager")]
    return {str(one["id"]) for one in records}


def here(rig: WooRig, table: str, condition: str = "1") -> list[str]:
    column = f"{table.removesuffix('s')}_id"
    rows = rig.bench.files.connection.execute(
        f"select {column} from {table} where shop_id = ? and {condition}", [rig.shop.id]
    )
    return [number for (number,) in rows]


def is_whole(rig: WooRig) -> None:
    """Everything is folded, once, and nobody was told."""
    rig.fold_history()
    for kind in ("customer", "order", "coupon"):
        found = here(rig, f"{kind}s", "not is_staff" if kind == "customer" else "1")
        assert sorted(found) == sorted(there(rig, kind)), kind
    assert set(here(rig, "products", "parent_id = ''")) == there(rig, "product")
    assert set(here(rig, "products", "parent_id <> ''")) == {str(one) for one in rig.there.variations.ids()}
    assert rig.bench.told("any") == []
    assert rig.bench.files.quarantined() == []
    rig.there.check()


def read(run: Run) -> dict[str, int]:
    return {resource: counts["read"] for resource, counts in run.counts.items()}


def test_everything_is_read_once_in_the_order_that_is_best(woo: Woo) -> None:
    rig = woo(**FEW)
    run, shown = rig.sync()
    assert run.state is RunState.DONE
    assert list(run.resources) == ["customers", "orders", "products", "coupons"]
    is_whole(rig)
    assert read(run)["orders"] == 57, "three drafts are no orders"
    totals = {progress.resource: progress.total for progress in shown}
    assert totals == read(run), "the shop's own counts, less staff and drafts"


def test_guests_come_with_their_orders(woo: Woo) -> None:
    rig = woo(**FEW)
    rig.sync()
    rig.fold_history()
    guests = [person for person in rig.bench.files.told_people() if "gast1@example.net" in person]
    assert len(guests) == 1


def test_staff_are_known_as_such_and_nobody_is_told_of_what_they_buy(woo: Woo) -> None:
    rig = woo(**FEW)
    rig.there.life.order_placed(email="shop_manager@shop.example")
    rig.sync()
    rig.fold_history()
    rows = rig.bench.files.connection.execute("select role, first_name, city from customers where is_staff order by 1")
    assert rows.fetchall() == [("administrator", "", ""), ("shop_manager", "", "")], "no more of them than needed"
    with rig.bench.state.read() as tx:
        composing = Composing(tx, rig.shop, rig.clock.now(), DISPLAY)
        assert composing.contact("shop_manager@shop.example") is None
        assert composing.contact("gast1@example.net") is not None


def test_a_shop_without_a_list_of_all_variations_is_read_product_by_product(woo: Woo) -> None:
    rig = woo(**FEW)
    rig.way.is_old = True
    run, shown = rig.sync("products")
    assert here(rig, "products") == []
    rig.fold_history()
    assert set(here(rig, "products", "parent_id <> ''")) == {str(one) for one in rig.there.variations.ids()}
    totals = [progress.total for progress in shown]
    assert totals[0] is None
    assert totals[-1] == run.counts["products"]["read"]


def test_it_asks_for_nothing_it_does_not_read(woo: Woo) -> None:
    rig = woo(**FEW)
    rig.sync()
    lists = [given for method, route, given in rig.there.asked]
    assert all(given.get("_fields") for given in lists)
    rows = [json.loads(row.body) for row in rig.rows()]
    assert not any(secret in body for body in rows for secret in ("order_key", "payment_url", "customer_ip_address"))


@pytest.mark.parametrize("steps", [1, 6, 11, 17])
def test_a_run_that_is_killed_goes_on_where_it_was(woo: Woo, steps: int) -> None:
    rig = woo(**FEW)
    rig.learnt = Known(sizes={"customers": 10, "orders": 10, "products": 10})
    killed = rig.reading().run()
    for _ in range(steps):
        next(killed, None)  # and it never hears of it
    before = len(rig.rows())
    going_on = rig.reading()
    assert going_on.resumed is not None
    list(going_on.run())
    assert len(rig.rows()) >= before
    assert sum(read(going_on.run_).values()) == len(rig.rows()) - len(STAFF), "no row twice"
    is_whole(rig)


def test_what_is_there_all_the_time_is_read_while_the_shop_goes_on(woo: Woo) -> None:
    rig = woo(customers=60, orders=120)
    rig.learnt = Known(sizes={"customers": 10, "orders": 10})
    life, steady = rig.there.life, set(range(ORDER_IDS + 1, ORDER_IDS + 121, 3))
    moving = iter(sorted({*range(ORDER_IDS + 1, ORDER_IDS + 121)} - steady))
    customers = iter(range(CUSTOMER_IDS + 1, CUSTOMER_IDS + 60, 2))

    def happen(kind: str, _page: int) -> None:
        life.order_placed(email="new@example.org")
        for one in islice(moving, 6):
            (life.trash_order if one % 2 else life.delete_order)(one)
        for one in islice(customers, 3):
            life.network_deletes_user(one)

    rig.there.before_list = happen
    rig.sync("customers", "orders")
    rig.there.before_list = None
    rig.fold_history()
    drafts = {one for one in steady if (one - ORDER_IDS) % 20 == 0}
    assert {str(one) for one in steady - drafts} <= set(here(rig, "orders"))
    assert there(rig, "customer") <= set(here(rig, "customers"))
    assert len(rig.rows()) == len({(row.topic, json.loads(row.body)["id"]) for row in rig.rows()}), "nothing twice"


def test_since_means_orders_placed_and_others_changed(woo: Woo) -> None:
    rig = woo(customers=49, orders=49, products=10, coupons=4)
    since = at(0) - timedelta(days=10)
    changed = CUSTOMER_IDS + 3
    rig.clock.advance(-3600 * 24 * 2)
    rig.there.life.change_customer(changed, first_name="Changed")
    rig.there.life.change_order(ORDER_IDS + 2, status="completed")
    rig.clock.advance(3600 * 24 * 2)
    run, _ = rig.sync(since=since)
    made = [one for one in rig.there.orders.born if one.created_s >= since.timestamp()]
    assert read(run)["orders"] == len([one for one in made if one.status != DRAFT])
    rig.fold_history()
    assert str(ORDER_IDS + 2) not in here(rig, "orders"), "placed before"
    assert str(changed) in here(rig, "customers")
    assert str(CUSTOMER_IDS + 4) not in here(rig, "customers")
    assert any("which customers changed" in said for said in run.said)


def test_an_incremental_run_brings_what_changed_and_nothing_else(woo: Woo) -> None:
    rig = woo(**FEW)
    rig.sync()
    rig.fold_history()
    rig.clock.advance(7200)
    life = rig.there.life
    life.change_customer(CUSTOMER_IDS + 3, first_name="Anna")
    life.customer_signs_up("neu@example.org")
    life.refund_order(ORDER_IDS + 8)
    life.trash_order(ORDER_IDS + 10)
    life.checkout_opens("later@example.org")
    variation = rig.there.variations.ids()[0]
    life.change_variation(variation, price="1.00")
    life.coupon_made("WB-NEW")
    rig.clock.advance(60)
    run, _ = rig.sync(type_=RunType.INCREMENTAL)
    assert read(run) == {"customers": 2, "orders": 2, "products": 1, "coupons": 1}
    rig.fold_history()
    states = dict(
        rig.bench.files.connection.execute(
            "select order_id, iif(deleted_at is null, state, 'gone') from orders where order_id in (?, ?)",
            [str(ORDER_IDS + 8), str(ORDER_IDS + 10)],
        )
    )
    assert states == {str(ORDER_IDS + 8): "refunded", str(ORDER_IDS + 10): "gone"}


def test_nothing_to_go_on_from_is_said(woo: Woo) -> None:
    with pytest.raises(Misuse, match="never read"):
        woo(**FEW).sync(type_=RunType.INCREMENTAL)


def test_a_shop_that_asks_for_a_pause_is_waited_for(woo: Woo) -> None:
    rig = woo(**FEW)
    clock = rig.clock.now()
    rig.network.troubles.now("maintenance", left=3)
    run, _ = rig.sync("orders")
    assert run.state is RunState.DONE
    assert rig.clock.now() - clock >= timedelta(seconds=600), "as long as it wants"


def test_a_shop_that_is_away_keeps_the_place(woo: Woo) -> None:
    rig = woo(**FEW)
    rig.network.troubles.now("firewall")
    with pytest.raises(SourceUnavailable):
        rig.sync()
    rig.network.troubles.over()
    run, _ = rig.sync()
    assert run.state is RunState.DONE
    is_whole(rig)


def test_a_host_that_dies_of_a_hundred_is_read_all_the_same(woo: Woo) -> None:
    rig = woo(**FEW)
    rig.there.habits.dies_above = 25
    rig.sync()
    is_whole(rig)
    assert rig.learnt.sizes["orders"] == 25


def test_a_record_the_shop_fails_on_is_left_out_and_named(woo: Woo) -> None:
    rig = woo(**FEW)
    rig.way.broken = {ORDER_IDS + 14, ORDER_IDS + 37}
    run, shown = rig.sync("orders")
    assert run.state is RunState.DONE
    rig.fold_history()
    assert there(rig, "order") - set(here(rig, "orders")) == {str(number) for number in rig.way.broken}
    assert shown[-1].said == "left out 2 the shop itself fails on: 100014, 100037"


def test_a_shop_that_fails_on_everything_is_away(woo: Woo) -> None:
    rig = woo(orders=5)
    rig.way.broken = set(range(ORDER_IDS + 1, ORDER_IDS + 6))
    with pytest.raises(SourceUnavailable):
        rig.sync("orders")


@pytest.mark.parametrize(
    ("why", "resources", "since", "expected"),
    [
        ("drafts", ("orders",), None, ["open checkouts (checkout-draft), which are no orders yet and are not read: 3"]),
        ("customers alone", ("customers",), None, ["guests have no customer record: they are read with the orders"]),
        ("products", ("products",), None, []),
    ],
)
def test_what_is_not_read_is_said(woo: Woo, why: str, resources: tuple[str, ...], since: Any, expected: Any) -> None:
    rig = woo(**FEW)
    assert rig.sync(*resources)[0].said == tuple(expected), why
