"""Webhooks kept and deletions looked into at a site that behaves as WooCommerce does, failures counted and all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import requests

from collector.domain.shop import Secrets, Shop
from collector.domain.subscriptions import Fault, Heard
from collector.domain.syncing import ORDERS, PRODUCTS
from collector.sources.woocommerce.coupon_uses import WooCommerceCoupons
from collector.sources.woocommerce.pace import Pace
from collector.sources.woocommerce.rereading import WooCommerceRecords
from collector.sources.woocommerce.rest import RestClient
from collector.sources.woocommerce.webhooks import WooCommerceWebhooks
from tests.stand_ins.clock import Virtual
from tests.stand_ins.listening import Listener, listening
from tests.woocommerce_shop.numbers import ORDER_IDS
from tests.woocommerce_shop.server import Network, network_open, recent

from .test_woocommerce_webhooks import ALL, PUBLISHED
from .webhook_shop import HOOK_KEY, SECRET, shop_of

ORDER = ORDER_IDS + 8


@pytest.fixture
def clock() -> Virtual:
    """Signed requests over http bear the real time, so the site has it, too."""
    return Virtual(datetime.now(UTC).replace(microsecond=0))


@pytest.fixture
def network(clock: Virtual) -> Iterator[Network]:
    with network_open(recent(clock, customers=5, orders=10, products=5, coupons=3), clock=clock) as opened:
        yield opened
        opened.check()


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as opened:
        yield opened


def the_shop(network: Network) -> Shop:
    site = network.main
    keys = {"consumer_key": site.key.consumer_key, "consumer_secret": site.key.consumer_secret}
    return replace(shop_of(), url=site.home, secrets=Secrets((SECRET,), (), HOOK_KEY, keys))


def client(shop: Shop) -> RestClient:
    keys = shop.secrets.credentials
    return RestClient(
        requests.Session(), shop.url, keys["consumer_key"], keys["consumer_secret"], pace=Pace(0.0), patience_s=5.0
    )


def address(listener: Listener) -> str:
    return f"{listener.url.rstrip('/')}/webhooks/woocommerce/{HOOK_KEY}"


def test_one_that_fails_is_switched_off_and_made_anew_with_a_clean_count(network: Network, listener: Listener) -> None:
    webhooks, shop, site = WooCommerceWebhooks(client), the_shop(network), network.main
    first = webhooks.keep(shop, address(listener))
    assert sorted([*first.made, PUBLISHED]) == ALL, "10.5 does not know that one"
    assert first.problems == ()
    assert site.deliveries.pings == [200] * len(first.made), "each is greeted once"
    listener.answers = [500] * 7
    for status in ("completed", "processing", "completed", "on-hold", "completed", "processing", "completed"):
        site.life.change_order(ORDER, status=status)
        site.deliveries.run(everything=True)
    assert [one.topic for one in site.webhooks.all.values() if one.status == "disabled"] == ["order.updated"]
    assert webhooks.unfit(shop, address(listener)).by_us == (
        "Switched off by the shop after failed deliveries: order.updated.",
    )
    assert webhooks.keep(shop, address(listener)).made == ("order.updated",)
    (anew,) = site.webhooks.of("order.updated")
    assert anew.failures == 0
    listener.met.clear()
    site.life.complete_order(ORDER)
    site.deliveries.run(everything=True)
    (met,) = listener.met
    assert json.loads(met.body)["id"] == ORDER
    assert not webhooks.unfit(shop, address(listener))


def test_errors_for_lack_of_rights_have_it_made_anew_once(network: Network, listener: Listener, clock: Virtual) -> None:
    webhooks, shop, site = WooCommerceWebhooks(client), the_shop(network), network.main
    webhooks.keep(shop, address(listener))
    (before,) = site.webhooks.of("order.updated")
    later = clock.now() + timedelta(days=2)
    fault = Fault(str(before.id), "order.updated", "woocommerce_rest_cannot_view", 1, later, later)
    found = webhooks.keep(shop, address(listener), Heard(later, faults=[fault]))
    (after,) = site.webhooks.of("order.updated")
    assert (found.made, after.id != before.id) == (("order.updated",), True)
    again = replace(fault, webhook_id=str(after.id))
    found = webhooks.keep(shop, address(listener), Heard(clock.now(), faults=[again]))
    assert found.made == ()
    assert "administrator or a shop manager" in found.complaints[0]


def test_a_trashed_order_is_gone_and_the_product_it_also_named_is_no_other(network: Network, clock: Virtual) -> None:
    site = network.main
    site.habits.has_order_tables = False
    site.life.trash_order(ORDER)
    records = WooCommerceRecords(client, clock.now)
    (gone,) = records.fetch(the_shop(network), ORDERS, [str(ORDER)]).records
    assert (gone.topic, json.loads(gone.body)["kind"]) == ("read/gone", "order")
    site.life.restore_order(ORDER, "processing")
    (back,) = records.fetch(the_shop(network), ORDERS, [str(ORDER)]).records
    assert (back.topic, json.loads(back.body)["status"]) == ("read/orders", "processing")
    site.life.delete_order(ORDER)
    (gone,) = records.fetch(the_shop(network), ORDERS, [str(ORDER)]).records
    assert gone.topic == "read/gone"
    (none,) = records.fetch(the_shop(network), PRODUCTS, [str(ORDER)]).records
    assert json.loads(none.body)["kind"] == "product", "of a product nobody knows only a mark is kept"


def test_coupons_are_read_with_the_uses_nobody_told_of(network: Network, clock: Virtual) -> None:
    life, coupons = network.main.life, network.main.coupons
    used, binned, plain, gone = (life.coupon_made(f"wb-{name}", usage_limit=1) for name in ("a", "b", "c", "d"))
    coupons.put(coupons.copied(used) | {"usage_count": 1})
    life.trash_coupon(binned)
    coupons.delete(gone)
    numbers = [str(one) for one in (used, binned, plain, gone)]
    found = WooCommerceCoupons(client, clock.now).read(the_shop(network), numbers)
    about = {number: (one.code, one.usage_count, one.usage_limit, one.is_visible) for number, one in found.items()}
    about.pop(str(binned), None)  # whether the bin is listed differs by version
    assert about == {str(used): ("wb-a", 1, 1, True), str(plain): ("wb-c", 0, 1, True)}
    assert not any(one.is_visible for number, one in found.items() if number == str(binned))
