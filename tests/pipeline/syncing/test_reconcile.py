"""What webhooks missed is found, counted, and treated as if its webhook had come late."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from collector.domain.door import Lane
from collector.domain.errors import Misuse
from collector.domain.syncing import RunState, RunType
from tests.pipeline.row_builders import at, beacon, cart, shopify_order, typed
from tests.sources.shopify import graphql_nodes as nodes
from tests.sources.shopify.bulk_shop import BulkShop

from .rig import Rig

Opened = Callable[[BulkShop], Rig]
Json = dict[str, Any]
ANA, ANAS, MUG = "visitor-ana", "ana@shop.example", "11"
PLACED = ["ana order_placed", "ana order_completed"]


def iso(minutes: float) -> str:
    return at(minutes).isoformat()


def order(minutes: float, number: int = 7, changed: float | None = None, **changes: Any) -> Json:
    """Ana's order of the mug in her cart, placed at `minutes`."""
    plain = {
        "email": ANAS,
        "createdAt": iso(minutes),
        "updatedAt": iso(minutes if changed is None else changed),
        "cartToken": "token-1",
        "checkoutToken": "checkout-1",
        "customer": None,
        "lines": [nodes.line(1, product=11, price="5.00")],
        "totalPriceSet": nodes.money("5.00"),
    }
    return nodes.order(number, **plain | changes)


def missed(rig: Rig) -> dict[str, int]:
    [run] = rig.runs.newest(rig.shop.id, 1)
    assert run.type is RunType.RECONCILE
    return {resource: counts["missed"] for resource, counts in run.counts.items() if counts["missed"]}


def test_a_missed_order_found_three_hours_later_is_told_once_and_calls_the_reminder_off(opened: Opened) -> None:
    rig = opened(BulkShop(changes={"orders": [order(5)]}))
    rig.bench.happen(beacon(0, ANA, typed(0, ANAS, opt_in=True), cart(0, MUG, token="token-1")))
    rig.bench.pass_until(40)
    assert rig.bench.events("any")[-1] == "ana cart_abandoned"
    rig.bench.deliver()
    rig.clock.now = at(185)
    rig.reconcile()
    assert missed(rig) == {"orders": 1}
    assert [one for one in rig.bench.events() if "order" in one] == PLACED
    assert "ana cart_recovered" in rig.bench.events()
    rig.bench.pass_until(1000)
    assert len(rig.bench.sent("cart_abandoned")) == 1


def test_a_missed_order_ends_a_cart_nobody_was_reminded_of(opened: Opened) -> None:
    rig = opened(BulkShop(changes={"orders": [order(5)]}))
    rig.bench.happen(beacon(0, ANA, typed(0, ANAS, opt_in=True), cart(0, MUG, token="token-1")))
    rig.clock.now = at(20)
    rig.reconcile()
    rig.bench.pass_until(1000)
    assert rig.bench.sent("cart_abandoned") == []
    assert [one for one in rig.bench.events() if "order" in one] == PLACED


def test_what_was_before_the_activation_changes_state_and_tells_nothing(opened: Opened) -> None:
    rig = opened(BulkShop(changes={"orders": [order(-2000, changed=-60)]}))
    rig.clock.now = at(30)
    rig.reconcile()
    assert missed(rig) == {"orders": 1}
    assert rig.known("orders") == 1
    assert rig.bench.told("any") == []


def test_what_webhooks_brought_is_not_fetched_again(opened: Opened) -> None:
    rig = opened(BulkShop(changes={"orders": [order(0)]}))
    rig.bench.happen(shopify_order(0, "paid", MUG))
    told = rig.bench.told("any")
    rig.clock.now = at(30)
    found = rig.reconcile()
    assert found.said == "webhooks missed nothing"
    assert rig.bench.told("any") == told
    assert not any(name == "orders_by_id" for name, _ in rig.there.asked)
    assert [row.topic for row in rig.rows(Lane.LIVE)] == ["orders/create"]


def test_an_older_version_here_is_brought_up_to_date(opened: Opened) -> None:
    cancelled = order(0, changed=10, cancelledAt=iso(10), cancelReason="CUSTOMER")
    rig = opened(BulkShop(changes={"orders": [cancelled]}))
    rig.bench.happen(shopify_order(0, "paid", MUG))
    rig.clock.now = at(30)
    rig.reconcile()
    assert missed(rig) == {"orders": 1}
    assert "ana order_cancelled" in rig.bench.events("any")
    assert len(rig.bench.sent("order_placed")) == 1


def test_found_twice_is_told_once(opened: Opened) -> None:
    rig = opened(BulkShop(changes={"orders": [order(5)]}))
    rig.clock.now = at(30)
    rig.reconcile()
    told = rig.bench.told("any")
    rig.clock.now = at(40)
    rig.reconcile()
    assert missed(rig) == {}, "it is known by now"
    assert rig.bench.told("any") == told


def test_customers_and_products_are_looked_at_too(opened: Opened) -> None:
    changes = {
        "customers": [nodes.customer(3, createdAt=iso(1), updatedAt=iso(1))],
        "products": [
            nodes.product(9, updatedAt=iso(2), variants={"nodes": [nodes.variant(91)]}, media={"nodes": []}),
        ],
    }
    rig = opened(BulkShop(changes=changes))
    rig.clock.now = at(30)
    assert rig.reconcile().said == "webhooks missed 1 customers, 1 products"
    assert (rig.known("customers"), rig.known("products")) == (1, 1)


@pytest.mark.parametrize(
    ("why", "changed", "now", "found"),
    [
        ("a webhook may still be on its way", 29, 30, {}),
        ("long enough ago", 27, 30, {"orders": 1}),
    ],
)
def test_what_changed_just_now_is_left_for_the_next_time(
    opened: Opened, why: str, changed: float, now: float, found: dict[str, int]
) -> None:
    rig = opened(BulkShop(changes={"orders": [order(changed)]}))
    rig.clock.now = at(now)
    rig.reconcile()
    assert missed(rig) == found, why
    rig.clock.now = at(now + 10)
    rig.reconcile()
    assert rig.known("orders") == 1


def test_each_time_begins_where_the_last_one_ended_with_an_overlap(opened: Opened) -> None:
    rig = opened(BulkShop())
    searches = []
    for minutes in (0, 240):
        rig.clock.now = at(minutes)
        rig.reconcile()
        searches.append([given["search"] for name, given in rig.there.asked if name == "orders_changed"][-1])
    assert "updated_at:>='2026-11-20T12:00:00Z'" in searches[0], "the first looks a day back"
    assert "updated_at:>='2026-11-21T11:48:00Z'" in searches[1]


def search_of(rig: Rig) -> str:
    """Of the newest look at orders."""
    return str([given["search"] for name, given in rig.there.asked if name == "orders_changed"][-1])


def test_the_first_begins_where_a_run_by_hand_ended_and_each_other_where_it_ended_itself(opened: Opened) -> None:
    """A run by hand may have read only the orders placed since some day; what changed of older ones is looked for."""
    rig = opened(BulkShop())
    rig.sync("orders")
    rig.clock.now = at(60)
    rig.reconcile()
    assert "updated_at:>='2026-11-21T11:50:" in search_of(rig)
    rig.clock.now = at(120)
    rig.sync("orders")
    rig.clock.now = at(130)
    rig.reconcile()
    assert "updated_at:>='2026-11-21T12:48:" in search_of(rig)


def test_an_incremental_run_does_not_go_on_from_a_look_for_what_was_missed(opened: Opened) -> None:
    rig = opened(BulkShop())
    rig.reconcile()
    with pytest.raises(Misuse, match="never read"):
        rig.sync("orders", type_=RunType.INCREMENTAL)


def test_many_changes_take_several_turns_and_are_one_look(opened: Opened) -> None:
    changes = {"customers": [nodes.customer(number, updatedAt=iso(-10 * number)) for number in range(1, 8)]}
    rig = opened(BulkShop(changes=changes, page=3))
    rig.there.takes = lambda: rig.clock.pass_(15)
    progress: Json = {}
    turns = 0
    while True:
        found = rig.reconcile(progress)
        progress = json.loads(json.dumps(dict(found.progress)))
        turns += 1
        if not progress:
            break
    assert turns > 2
    assert rig.known("customers") == 7
    assert missed(rig) == {"customers": 7}


def test_a_shop_that_does_not_answer_is_asked_again_later_and_the_failure_is_remembered(opened: Opened) -> None:
    rig = opened(BulkShop(changes={"orders": [order(5)]}))
    rig.clock.now = at(30)
    rig.move("http://127.0.0.1:9")
    found = rig.reconcile()
    assert "tried again later" in found.said
    assert found.due_at > rig.clock.now
    [run] = rig.runs.newest(rig.shop.id, 1)
    assert run.state is RunState.FAILED
    assert "refused" in run.error
    rig.move(rig.there.url)
    rig.reconcile(found.progress)
    assert rig.known("orders") == 1


@pytest.mark.parametrize(
    ("why", "unfolded_since", "waits"),
    [
        ("everything is folded", None, False),
        ("a busy shop: something always arrived a moment ago", 29, False),
        ("an order whose webhook lies in the inbox would be called missed", 20, True),
    ],
)
def test_it_waits_until_what_arrived_is_folded(
    opened: Opened, why: str, unfolded_since: float | None, waits: bool
) -> None:
    rig = opened(BulkShop())
    rig.clock.now = at(30)
    rig.unfolded_since = None if unfolded_since is None else at(unfolded_since)
    found = rig.reconcile()
    assert ("folded" in found.said) is waits, why
    assert (rig.there.asked == []) is waits
    assert not waits or found.due_at <= rig.clock.now + timedelta(minutes=5)
