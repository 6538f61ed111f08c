"""The stand-in's webhooks: signed, never repeated, made when the queue runs, and as odd as the real ones."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.stand_ins.clock import Virtual
from tests.stand_ins.listening import Listener, listening
from tests.woocommerce_shop import products
from tests.woocommerce_shop.asking import rest
from tests.woocommerce_shop.deliveries import Unreliable
from tests.woocommerce_shop.numbers import COUPON_IDS, CUSTOMER_IDS, ORDER_IDS
from tests.woocommerce_shop.server import Network, recent

SECRET = 'a&b<c>"d'


@pytest.fixture
def network() -> Network:
    clock = Virtual(datetime.fromtimestamp(int(time.time()), UTC))
    counts = {"customers": 5, "orders": 10, "products": 5, "coupons": 3}
    return Network({"": recent(clock, **counts), "/b": recent(clock, **counts)}, clock)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as opened:
        yield opened


def listen(network: Network, listener: Listener, *topics: str) -> list[int]:
    made = []
    for topic in topics:
        body = {"topic": topic, "delivery_url": listener.url, "secret": SECRET}
        made.append(rest(network, "webhooks", "POST", body).json["id"])
    listener.met.clear()  # the pings
    return made


def topics(listener: Listener) -> list[str]:
    return [one.headers["x-wc-webhook-topic"] for one in listener.met]


def test_a_new_webhook_is_announced_by_an_unsigned_form(network: Network, listener: Listener) -> None:
    body = {"topic": "order.created", "delivery_url": listener.url, "secret": SECRET}
    rest(network, "webhooks", "POST", body)
    [ping] = listener.met
    assert ping.body == b"webhook_id=1"
    assert not [name for name in ping.headers if name.startswith("x-wc-")]
    assert network.main.deliveries.pings == [200]


def test_a_ping_that_was_not_answered_with_200_comes_after_every_delivery(network: Network, listener: Listener) -> None:
    listener.answers = [204]
    listen(network, listener, "order.updated")
    network.main.life.complete_order(ORDER_IDS + 8)
    network.main.deliveries.run()
    assert [one.body[:10] for one in listener.met][1:] == [b"webhook_id"]


def test_a_delivery_is_signed_over_its_bytes_and_escaped_as_php_does(network: Network, listener: Listener) -> None:
    listen(network, listener, "order.updated")
    network.main.life.complete_order(ORDER_IDS + 8)
    network.main.deliveries.run()
    [met] = listener.met
    wanted = base64.b64encode(hmac.new(SECRET.encode(), met.body, hashlib.sha256).digest()).decode()
    assert met.headers["x-wc-webhook-signature"] == wanted
    assert met.headers["x-wc-webhook-source"] == f"{network.main.home}/"
    assert b"\\/wp-json\\/" in met.body
    assert met.body.isascii()
    assert json.loads(met.body) == rest(network, f"orders/{ORDER_IDS + 8}").json


def test_updates_are_merged_until_the_queue_runs(network: Network, listener: Listener) -> None:
    listen(network, listener, "order.created", "order.updated")
    life = network.main.life
    order = life.order_placed("neu@example.org")
    for note in "abcdefgh":
        life.change_order(order, customer_note=note)
    life.complete_order(order)
    network.main.deliveries.run()
    assert topics(listener) == ["order.updated", "order.created"]
    assert {json.loads(one.body)["status"] for one in listener.met} == {"completed"}


def test_many_deliveries_of_one_second_have_one_id_also_across_sites(network: Network, listener: Listener) -> None:
    listen(network, listener, "product.updated")
    other = network.sites["/b"]
    rest(network, "webhooks", "POST", {"topic": "product.updated", "delivery_url": listener.url}, site=other)
    listener.met.clear()
    for number in (1, 2, 3):
        network.main.life.set_stock(products.id_of(number), 5)
    other.life.set_stock(products.id_of(1), 5)
    network.main.deliveries.run()
    other.deliveries.run()
    assert len(listener.met) == 4
    assert len({one.headers["x-wc-webhook-delivery-id"] for one in listener.met}) == 1
    assert len({one.headers["x-wc-webhook-source"] for one in listener.met}) == 2


@pytest.mark.parametrize("answer", [500, 404, 303])
def test_the_seventh_failure_in_a_row_ends_a_webhook_and_the_count_stays(
    network: Network, listener: Listener, answer: int
) -> None:
    [id_] = listen(network, listener, "order.updated")
    listener.answers = [answer] * 7
    for _ in range(6):
        network.main.life.complete_order(ORDER_IDS + 8)
        network.main.deliveries.run()
    assert rest(network, f"webhooks/{id_}").json["status"] == "active"
    network.main.life.complete_order(ORDER_IDS + 8)
    network.main.deliveries.run()
    assert rest(network, f"webhooks/{id_}").json["status"] == "disabled"
    rest(network, f"webhooks/{id_}", "PUT", {"status": "active"})
    listener.answers = [answer]
    network.main.life.complete_order(ORDER_IDS + 8)
    network.main.deliveries.run()
    assert rest(network, f"webhooks/{id_}").json["status"] == "disabled"


def test_one_success_forgives_all_failures(network: Network, listener: Listener) -> None:
    [id_] = listen(network, listener, "order.updated")
    listener.answers = [500, 500, 200]
    for _ in range(3):
        network.main.life.complete_order(ORDER_IDS + 8)
        network.main.deliveries.run()
    assert network.main.webhooks.get(id_).failures == 0


@pytest.mark.parametrize(
    ("why", "act", "told"),
    [
        ("trashing a coupon tells of a product", "trash_coupon", {"coupon.deleted", "product.deleted"}),
        ("and the other way round", "trash_product", {"coupon.deleted", "product.deleted"}),
        ("an order with its own tables", "trash_order", {"order.deleted"}),
        ("an order that is a post", "trash_order_hpos_off", {"order.deleted", "coupon.deleted", "product.deleted"}),
        ("for good: nobody is told", "delete_order", set()),
        ("a subscriber's deletion is not told", "delete_subscriber", set()),
    ],
)
def test_deletions_are_told_to_whom_they_should_and_should_not(
    network: Network, listener: Listener, why: str, act: str, told: set[str]
) -> None:
    listen(network, listener, "order.deleted", "coupon.deleted", "product.deleted", "customer.deleted")
    site, life = network.main, network.main.life
    site.habits.has_order_tables = not act.endswith("hpos_off")
    if act == "trash_coupon":
        life.trash_coupon(COUPON_IDS + 1)
    elif act == "trash_product":
        life.trash_product(products.id_of(1))
    elif act == "delete_subscriber":
        life.delete_customer(life.customer_signs_up("abo@example.org", role="subscriber"))
    else:
        (life.trash_order if act.startswith("trash") else life.delete_order)(ORDER_IDS + 2)
    site.deliveries.run()
    assert set(topics(listener)) == told, why
    assert all(set(json.loads(one.body)) == {"id"} for one in listener.met)


@pytest.mark.parametrize(
    ("why", "code"),
    [
        ("the order is gone", "woocommerce_rest_shop_order_invalid_id"),
        ("the owner lost their role", "woocommerce_rest_cannot_view"),
        ("the network deleted the user", "wc_user_invalid_id"),
    ],
)
def test_a_good_signature_may_stand_under_an_error(network: Network, listener: Listener, why: str, code: str) -> None:
    listen(network, listener, "order.created", "customer.updated")
    life = network.main.life
    if why == "the network deleted the user":
        life.change_customer(CUSTOMER_IDS + 1, first_name="A")
        life.network_deletes_user(CUSTOMER_IDS + 1)
    else:
        order = life.order_placed("neu@example.org")
        if why == "the order is gone":
            life.delete_order(order)
        else:
            network.main.owner_has_rights = False
    network.main.deliveries.run()
    [met] = listener.met
    assert json.loads(met.body)["code"] == code
    assert met.headers["x-wc-webhook-signature"]


def test_they_come_twice_late_and_stale_when_they_are_told_to(network: Network, listener: Listener) -> None:
    listen(network, listener, "order.updated")
    deliveries = network.main.deliveries
    deliveries.behave(Unreliable(twice=1.0, stale=1.0, late_s=60))
    network.main.life.change_order(ORDER_IDS + 8, customer_note="old")
    network.main.life.change_order(ORDER_IDS + 8, customer_note="new")
    assert deliveries.run(everything=True) == 2
    assert [json.loads(one.body)["customer_note"] for one in listener.met] == ["old", "old", "new", "new"]
    assert deliveries.waiting() == 0


def test_without_cron_nothing_is_sent_by_itself(network: Network, listener: Listener) -> None:
    listen(network, listener, "order.updated")
    network.main.deliveries.has_cron = False
    network.main.life.complete_order(ORDER_IDS + 8)
    assert rest(network, "system_status").json["environment"]["wp_cron"] is False
    assert (network.main.deliveries.waiting(), listener.met) == (1, [])
