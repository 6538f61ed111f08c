"""Two shops, one Brevo account: one contact for a person of both, told by both; then people and shops that leave.

The shops have the same customers by number and e-mail. A person's wish to be forgotten and a shop's end come as the
platform's signed webhooks, at any time and in any order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from collector.sandbox.brevo.state import DEFAULT_KEY
from tests.shopify_shop import rest_bodies
from tests.shopify_shop.naming import Json
from tests.shopify_shop.numbers import CUSTOMER_IDS
from tests.shopify_shop.server import recent, shop_open
from tests.stand_ins.clock import Wall
from tests.system.later import answer_requests, tell_history
from tests.system.local_brevo import brevo_there
from tests.system.product import LONGEST_S, product_in, until
from tests.system.rig import SETTINGS
from tests.system.shopify_agreement import cents, shop_id
from tests.system.shopify_rig import Connected, with_own_app

SHOPS = """\
connectors:
  shopify:
    - {{shop_url: "{tea.name}", api_url: "{tea.shop.url}", api_key: "{tea.shop.access.client_id}",
       api_secret: "{tea.shop.access.client_secret}"}}
    - {{shop_url: "{coffee.name}", api_url: "{coffee.shop.url}", api_key: "{coffee.shop.access.client_id}",
       api_secret: "{coffee.shop.access.client_secret}"}}
"""
COUNTS: dict[str, Any] = {"customers": 30, "orders": 40, "products": 4}
ONE, TWO, THREE = CUSTOMER_IDS + 5, CUSTOMER_IDS + 10, CUSTOMER_IDS + 15  # they agreed to be written to
BOTH = tuple[Connected, Connected]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BOTH]:
    """Tea came first. Both are read, and Brevo is told of it."""
    folder = tmp_path_factory.mktemp("shared")
    for name in ("one", "two", "product"):
        (folder / name).mkdir()
    clock = Wall()
    one, two = recent(clock, **COUNTS), recent(clock, **COUNTS, flavour=1, address="kaffee.myshopify.com")
    with (
        shop_open(one, folder / "one") as tea,
        shop_open(two, folder / "two") as coffee,
        brevo_there() as brevo,
        product_in(folder / "product") as product,
    ):
        pair = with_own_app(product, tea, brevo), with_own_app(product, coffee, brevo)
        (product.folder / "tajo.yml").write_text(_settings(*pair))
        product.start()
        readings = [shop.begin_sync() for shop in pair]
        product.cli("brevo", "setup", "--activate-ecommerce")
        for shop, reading in zip(pair, readings, strict=True):
            output, _ = reading.communicate(timeout=LONGEST_S)
            assert reading.returncode == 0, output
            until(partial(_is_told, shop), product.log)
            shop.shop.deliveries.pump()
        product.drained()
        tell_history(product)
        yield pair


def _is_told(shop: Connected) -> bool:
    """Its webhooks are registered."""
    return "orders/create" in shop.shop.subscriptions.topics()


def _settings(tea: Connected, coffee: Connected) -> str:
    """The shops of the file are live from the start."""
    return SETTINGS.format(
        database=tea.product.database, port=tea.product.port, key=DEFAULT_KEY, url=tea.brevo.url
    ) + SHOPS.format(tea=tea, coffee=coffee)


def contact(shop: Connected, email: str) -> Json:
    found = [one for one in shop.brevo.said("contacts")["contacts"] if one["email"] == email]
    assert len(found) == 1, (email, found)
    one: Json = found[0]
    return one


def addresses(shop: Connected) -> set[str]:
    return {one["email"] for one in shop.brevo.said("contacts")["contacts"]}


def email_of(shop: Connected, customer: int) -> str:
    record = shop.shop.shop.customers.get(customer)
    assert record is not None
    return str(record["defaultEmailAddress"]["emailAddress"])


def events_of(shop: Connected, email: str, name: str) -> list[str]:
    """Which shop each of them names."""
    return [one["event_properties"]["shop"] for one in shop.brevo.events(name) if one["email"] == email]


def test_what_was_bought_in_both_is_one_sum(both: BOTH) -> None:
    compared = 0
    for id_ in both[0].shop.shop.customers.ids():
        records = [record for shop in both if (record := shop.shop.shop.customers.get(id_)) is not None]
        if records[0]["defaultEmailAddress"] is None:
            continue
        orders = sum(int(record["numberOfOrders"]({})) for record in records)
        if not orders:
            continue
        spent = sum(cents(record["amountSpent"]({})) for record in records) / 100
        told = contact(both[0], email_of(both[0], id_))["attributes"]
        assert (told["ORDER_COUNT"], told["TOTAL_SPENT"]) == (orders, spent), id_
        compared += 1
    assert compared > 20


def test_orders_and_products_with_the_same_numbers_are_two(both: BOTH) -> None:
    tea, _ = both
    orders = tea.brevo.said("orders")["orders"]
    of_shops = [{one["id"] for one in orders if one["storeId"] == shop.name} for shop in both]
    assert len(of_shops[0]) == len(of_shops[1]) > 20
    assert not of_shops[0] & of_shops[1]


def test_an_address_is_one_contact_whose_name_the_first_shop_gave(both: BOTH) -> None:
    tea, coffee = both
    tea.shop.life.customer_signs_up("neu@example.org", accepts=True)
    tea.wait_told("neu@example.org", "customer_created")
    named = contact(tea, "neu@example.org")["attributes"].get("EXT_ID")
    assert named
    coffee.shop.life.customer_signs_up("neu@example.org", accepts=True)
    until(lambda: len(events_of(coffee, "neu@example.org", "customer_created")) == 2, tea.product.log)
    assert events_of(coffee, "neu@example.org", "customer_created") == [tea.name, coffee.name]
    assert contact(tea, "neu@example.org")["attributes"]["EXT_ID"] == named


def test_each_event_names_its_shop(both: BOTH) -> None:
    tea, coffee = both
    for shop in both:
        shop.shop.life.order_placed(customer=ONE)
    email = email_of(tea, ONE)
    until(lambda: len(events_of(tea, email, "order_completed")) == 2, tea.product.log)
    assert sorted(events_of(tea, email, "order_placed")) == [coffee.name, tea.name]
    placed = [(one["event_properties"]["event_id"], one["event_properties"]["shop"]) for one in tea.brevo.events()]
    assert len(placed) == len(set(placed))


def test_a_machine_can_see_how_it_is(both: BOTH) -> None:
    """The figures name shops and no people."""
    tea, _ = both
    answer = tea.product.get("/metrics")
    lines = answer.body.decode().splitlines()
    assert answer.status == 200
    assert "tajo_workers_alive 1.0" in lines
    for shop in both:
        labels = f'platform="shopify",shop="{shop.name}"'
        assert f"tajo_shop_connected{{{labels}}} 1.0" in lines
        assert f'tajo_inbox_rows_waiting{{lane="history",{labels}}} 0.0' in lines
        assert any(line.startswith("tajo_records{") and shop.name in line for line in lines)
    assert "@" not in answer.body.decode()


def test_who_leaves_is_reminded_by_neither(both: BOTH) -> None:
    tea, _ = both
    email = email_of(tea, TWO)
    assert not contact(tea, email)["emailBlacklisted"]
    tea.brevo.tell("unsubscribe", {"email": email})
    left = "select distinct shop_id from consent_ledger where subject = ? and state = 'opted_out'"
    until(lambda: len(tea.product.rows(left, email)) == 2, tea.product.log)
    for shop in both:
        checkout = shop.shop.life.checkout_begins([(1, 2)], TWO)
        shop.shop.life.types_email(checkout, email, accepts=False)
    decided = "select shop_id, reason from decisions where outcome <> 'remind' and reason = 'opted_out'"
    until(lambda: len(tea.product.rows(decided)) == 2, lambda: tea.product.rows("select * from decisions"))
    assert events_of(tea, email, "cart_abandoned") == []
    assert contact(tea, email)["emailBlacklisted"]


def told(shop: Connected, topic: str, body: Json) -> None:
    """A webhook to the address in the app's settings, where nothing has to be subscribed to; folded."""
    delivery = shop.shop.deliveries.post(topic, body, f"http://127.0.0.1:{shop.product.port}/webhooks/shopify")
    until(lambda: delivery.answers == [200], lambda: delivery.answers)
    shop.delivered()


def asked(shop: Connected, topic: str, **body: Any) -> None:
    told(shop, topic, {"shop_id": 1, "shop_domain": shop.name, **body})


def requests(shop: Connected) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(shop.product.cli("privacy", "requests", "list", "--json"))
    return found


def newest_done(shop: Connected, asks: str) -> dict[str, Any]:
    """The newest request of that kind, once the worker has done it."""
    done = "select id from privacy_requests where asked = ? and done_at is not null"
    until(lambda: shop.product.rows(done, asks), lambda: shop.product.rows("select * from privacy_requests"))
    return next(one for one in requests(shop) if one["asks"] == asks)


def test_what_is_held_of_a_customer_is_put_together_and_shown(both: BOTH) -> None:
    tea, _ = both
    email = email_of(tea, THREE)
    asked(tea, "customers/data_request", customer={"id": THREE, "email": email}, data_request={"id": 1})
    found = newest_done(tea, "data_request")
    held = json.loads(tea.product.cli("privacy", "requests", "show", str(found["id"]), "--json"))["data"]["held"]
    assert f"email:{email}" in held["known_as"]
    record = tea.shop.shop.customers.get(THREE)
    assert record is not None
    assert [one["first_name"] for one in held["customers"]] == [record["firstName"]]


def test_who_is_erased_stays_at_brevo_only_for_another_shop(both: BOTH) -> None:
    tea, coffee = both
    tea.shop.life.customer_signs_up("nur-tee@example.org", accepts=True)
    tea.wait_told("nur-tee@example.org", "customer_created")
    tea.delivered()
    asked(tea, "customers/redact", customer={"email": "nur-tee@example.org"}, orders_to_redact=[])
    until(lambda: "nur-tee@example.org" not in addresses(tea), tea.product.log)
    assert newest_done(tea, "customer_redact")["outcome"]["at Brevo"] == {"deleted": ["brevo"]}
    email = email_of(tea, THREE)
    asked(tea, "customers/redact", customer={"id": THREE, "email": email}, orders_to_redact=[])
    done = "select id from privacy_requests where asked = 'customer_redact' and done_at is not null"
    until(lambda: len(tea.product.rows(done)) == 2, lambda: tea.product.rows("select * from privacy_requests"))
    kept = newest_done(tea, "customer_redact")["outcome"]["at Brevo"]
    assert kept == {"kept, another shop of the account knows the address": ["brevo"]}
    assert email in addresses(tea)
    there = "select shop_id from customers where email = ?"
    assert tea.product.rows(there, email) == [{"shop_id": shop_id(coffee.product, coffee.shop)}]


def is_uninstalled(shop: Connected) -> bool:
    return bool(shop.product.row("select uninstalled_at from shops where address = ?", shop.name)["uninstalled_at"])


def uninstalls(shop: Connected) -> None:
    """The merchant removes the app: its tokens are void and its subscriptions gone, and then the webhook is sent."""
    shop.shop.life.uninstall()
    shop.shop.access.uninstall()
    shop.shop.subscriptions.all.clear()


def test_after_an_uninstall_nothing_is_sent_until_the_app_is_back(both: BOTH) -> None:
    """Coffee goes and comes back, and the notice of it comes once more, late: it is of the time before."""
    tea, coffee = both
    uninstalls(coffee)
    until(lambda: is_uninstalled(coffee), coffee.product.log)
    late = coffee.shop.shop.orders.get(coffee.shop.life.order_placed("zu-spaet@example.org"))
    assert late is not None
    told(coffee, "orders/create", rest_bodies.order(late, older=False))
    tea.shop.life.order_placed("bei-tee@example.org")  # the other shop goes on
    tea.wait_told("bei-tee@example.org", "order_placed")
    assert coffee.told("zu-spaet@example.org") == set()
    assert coffee.product.rows("select state from orders where email = 'zu-spaet@example.org'") == [{"state": "paid"}]

    coffee.shop.access.is_installed = True
    output = coffee.install()
    assert "is connected" in output, output
    [notice] = [one for one in coffee.shop.deliveries.sent if one.topic == "app/uninstalled"]
    repeated = coffee.shop.deliveries.repeat(notice)
    until(lambda: repeated.answers == [200], lambda: repeated.answers)
    coffee.delivered()
    assert not is_uninstalled(coffee)

    def is_told_again() -> bool:
        """The worker looks at the shops once a second; what it folds before is kept, and not told."""
        coffee.shop.life.order_placed("wieder-da@example.org")
        coffee.delivered()
        return bool(coffee.told("wieder-da@example.org"))

    until(is_told_again, coffee.product.log)


def test_a_shop_that_is_to_be_forgotten_goes_with_a_record(both: BOTH) -> None:
    """Last in the file. What it told Brevo of stays there: that account is the merchant's."""
    tea, coffee = both
    number = shop_id(coffee.product, coffee.shop)
    uninstalls(coffee)
    until(lambda: is_uninstalled(coffee), coffee.product.log)
    asked(coffee, "shop/redact")
    removed = "select removed_at from shops where address = ? and removed_at is not null"
    until(lambda: coffee.product.rows(removed, coffee.name), coffee.product.log)
    answer_requests(coffee.product)
    found = next(one for one in requests(coffee) if one["asks"] == "shop_redact")
    assert found["done_at"]
    assert found["outcome"]["said"] == "everything of the shop is deleted here"
    assert found["outcome"]["at Brevo"]["contacts that were told"]["brevo"] > 20
    for table in ("shops where id", "customers where shop_id", "orders where shop_id", "outbox where shop_id"):
        assert coffee.product.rows(f"select count(*) as n from {table} = ?", number) == [{"n": 0}], table
    assert coffee.product.rows("select count(*) as n from inbox where shop_id = ?", number, of="inbox") == [{"n": 0}]
    assert tea.product.rows("select count(*) as n from customers where shop_id <> ?", number)[0]["n"] > 20
    assert email_of(tea, ONE) in addresses(tea)
