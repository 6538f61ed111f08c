"""Two shops with the same customers, products and orders by number and e-mail: neither ever sees the other's.

Each tells its own Brevo account. What they have in common is only the running product.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from collector.sandbox.brevo.state import DEFAULT_KEY
from tests.shopify_shop.numbers import CUSTOMER_IDS, ORDER_IDS, PRODUCT_IDS
from tests.shopify_shop.server import recent, shop_open
from tests.stand_ins.clock import Wall
from tests.system.local_brevo import brevo_there
from tests.system.product import product_in, until
from tests.system.shopify_agreement import check_agreement, differences, shop_id
from tests.system.shopify_rig import Connected, with_own_app

SETTINGS = """\
database: sqlite:///{database}
public_url: http://127.0.0.1:{port}
allow_insecure_upstreams: true
limits: {{per_address: 1000000/m, per_shop: 100000/s}}
connectors:
  shopify:
    - {{shop_url: tee.myshopify.com, api_url: "{tea}", brevo: {{api_key: {key}, api_url: "{one}"}}}}
    - {{shop_url: kaffee.myshopify.com, api_url: "{coffee}", brevo: {{api_key: {key}, api_url: "{two}"}}}}
"""
COUNTS: dict[str, Any] = {"customers": 60, "orders": 60, "products": 8}
EMAIL = "kunde5@example.org"  # of customer 5, in both


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Connected, Connected]]:
    folder = tmp_path_factory.mktemp("two")
    for name in ("one", "two", "product"):
        (folder / name).mkdir()
    clock = Wall()
    one, two = recent(clock, **COUNTS), recent(clock, **COUNTS, flavour=1, address="kaffee.myshopify.com")
    with (
        shop_open(one, folder / "one") as tea,
        shop_open(two, folder / "two") as coffee,
        brevo_there() as brevo_of_tea,
        brevo_there() as brevo_of_coffee,
        product_in(folder / "product") as product,
    ):
        pair = with_own_app(product, tea, brevo_of_tea), with_own_app(product, coffee, brevo_of_coffee)
        (folder / "product" / "tajo.yml").write_text(_settings(*pair))
        product.start()
        for shop in pair:
            output = shop.install()
            assert "is connected" in output, output
            shop.shop.deliveries.pump()
        for shop in pair:
            shop.sync()
        product.drained()
        yield pair


def _settings(tea: Connected, coffee: Connected) -> str:
    return SETTINGS.format(
        database=tea.product.database,
        port=tea.product.port,
        key=DEFAULT_KEY,
        tea=tea.shop.url,
        coffee=coffee.shop.url,
        one=tea.brevo.url,
        two=coffee.brevo.url,
    )


def test_the_same_numbers_are_two_records(both: tuple[Connected, Connected]) -> None:
    tea, coffee = both
    for shop in both:
        check_agreement(shop.product, shop.shop)
        shop.shop.check()
    query = "select last_name from customers where shop_id = ? and customer_id = ?"
    names = {
        shop.name: shop.product.row(query, shop_id(shop.product, shop.shop), str(CUSTOMER_IDS + 5))["last_name"]
        for shop in both
    }
    assert names[tea.name] != names[coffee.name]


def test_what_happens_in_one_changes_nothing_in_the_other(both: tuple[Connected, Connected]) -> None:
    tea, coffee = both
    before = _of_shop(coffee)
    life = tea.shop.life
    life.order_placed(customer=CUSTOMER_IDS + 5)
    life.cancel_order(ORDER_IDS + 8)
    life.change_customer(CUSTOMER_IDS + 7, firstName="Ölga")
    life.delete_customer(CUSTOMER_IDS + 9)
    life.change_product(PRODUCT_IDS + 1, title="Neuer Tee")
    tea.wait_told(EMAIL, "order_placed", "order_completed")
    tea.delivered()
    until(lambda: differences(tea.product, tea.shop) == [], lambda: differences(tea.product, tea.shop))
    assert _of_shop(coffee) == before
    check_agreement(coffee.product, coffee.shop)
    assert coffee.brevo.events() == []
    life.delete_order(ORDER_IDS + 9)
    tea.delivered()
    check_agreement(coffee.product, coffee.shop)


def test_the_same_order_number_is_told_to_each_account_once(both: tuple[Connected, Connected]) -> None:
    tea, coffee = both
    coffee.shop.life.order_placed(customer=CUSTOMER_IDS + 5)
    coffee.wait_told(EMAIL, "order_placed", "order_completed")
    coffee.delivered()
    [theirs] = coffee.brevo.events("order_placed")
    [ours] = [one for one in tea.brevo.events("order_placed") if one["email"] == EMAIL]
    assert theirs["event_properties"]["shop"] == coffee.name
    assert ours["event_properties"]["shop"] == tea.name
    assert theirs["event_properties"]["total"] != ours["event_properties"]["total"]
    for shop in both:
        shop.brevo.check_once()


def test_a_webhook_signed_by_one_shop_says_nothing_of_the_other(both: tuple[Connected, Connected]) -> None:
    """Also at the address that is the other's secret."""
    tea, coffee = both
    before = _of_shop(coffee)
    refused = coffee.product.rows("select count(*) as n from inbox", of="inbox")
    [target] = {one.uri for one in coffee.shop.subscriptions.of("CUSTOMERS_DELETE")}
    tea.shop.deliveries.stop()
    forged = tea.shop.deliveries.post("customers/delete", {"id": CUSTOMER_IDS + 11}, target)
    tea.shop.deliveries.send_due()
    assert forged.answers == [401]
    assert coffee.product.rows("select count(*) as n from inbox", of="inbox") == refused
    assert _of_shop(coffee) == before


# What a shop's records say; when they are next looked at, or told, is no content.
CONTENT = {
    "customers": "*",
    "customer_tags": "*",
    "orders": "*",
    "order_refunds": "*",
    "products": "product_id, content, deleted_at",
    "consent_ledger": "*",
    "outbox": "id, kind, event_name",
}


def _of_shop(shop: Connected) -> dict[str, list[dict[str, Any]]]:
    number = shop_id(shop.product, shop.shop)
    return {
        table: shop.product.rows(f"select {columns} from {table} where shop_id = ? order by 1, 2, 3", number)
        for table, columns in CONTENT.items()
    }
