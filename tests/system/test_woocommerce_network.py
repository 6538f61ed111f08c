"""Two sites of one WordPress network, with the same ids and deliveries of the same names: neither sees the other's.

Each tells its own Brevo account. While the first one is read, the reading is killed three times; while the second one
is, its rows come and go.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from collector.sandbox.brevo.state import DEFAULT_KEY
from tests.system.killing import kill_when
from tests.system.local_brevo import LocalBrevo, brevo_there
from tests.system.product import Product, product_in, until
from tests.system.woocommerce_agreement import check_agreement, differences
from tests.system.woocommerce_rig import Connected, check_complete, shopper_buys
from tests.woocommerce_shop.clock import Wound
from tests.woocommerce_shop.numbers import CUSTOMER_IDS, ORDER_IDS
from tests.woocommerce_shop.products import id_of
from tests.woocommerce_shop.server import network_open, recent
from tests.woocommerce_shop.site import Site

SETTINGS = """\
database: sqlite:///{database}
public_url: http://127.0.0.1:{port}
allow_insecure_upstreams: true
limits: {{per_address: 1000000/m, per_shop: 100000/s}}
connectors:
  woocommerce:
    - {{store_url: "{main}", brevo: {{api_key: {key}, api_url: "{one}"}}}}
    - {{store_url: "{second}", brevo: {{api_key: {key}, api_url: "{two}"}}}}
"""
COUNTS: dict[str, Any] = {"customers": 60, "orders": 450, "products": 20, "coupons": 4}
EMAIL = "kunde5@example.org"  # of customer 5, in both
Both = tuple[Connected, Connected, "Restless"]


class Restless:
    """Between two pages of orders one of the first is deleted for good and a new one is placed."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.deleted: list[int] = []

    def __call__(self, kind: str, page: int) -> None:
        if kind == "orders" and len(self.deleted) < 5:
            gone = ORDER_IDS + 3 + 20 * len(self.deleted)
            self.site.life.delete_order(gone)
            self.deleted.append(gone)
            self.site.life.order_placed(f"drift{gone}@example.net")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    clock = Wound()
    numbers = recent(clock, **COUNTS), recent(clock, **COUNTS, flavour=1)
    with (
        network_open(*numbers, paths=("", "/shop-b"), clock=clock) as network,
        brevo_there() as one,
        brevo_there() as two,
        product_in(tmp_path_factory.mktemp("network")) as product,
    ):
        main, second = network.sites.values()
        _write_settings(product, main, second, one, two)
        product.start()
        pair = Connected(product, one, main, clock), Connected(product, two, second, clock)
        for shop in pair:
            output = shop.install()
            assert "is connected" in output, output
            shop.site.deliveries.pump()
        _read_and_killed(pair[0])
        restless = Restless(second)
        second.before_list = restless
        pair[1].sync()
        second.before_list = None
        for shop in pair:
            shop.delivered()
        yield *pair, restless


def _read_and_killed(shop: Connected) -> None:
    """Before the first row, between two pages, and near the end; each time somebody buys before it goes on."""
    pick = random.Random(11)
    for live, rows in enumerate((0, pick.randint(1, 200), pick.randint(201, 400))):
        assert kill_when(shop, rows, pick.uniform(0.0, 0.1)) or live == 2
        shopper_buys(shop, live)
    shop.sync_the_rest()


def _write_settings(product: Product, main: Site, second: Site, one: LocalBrevo, two: LocalBrevo) -> None:
    (product.folder / "tajo.yml").write_text(
        SETTINGS.format(
            database=product.database,
            port=product.port,
            key=DEFAULT_KEY,
            main=main.home,
            second=second.home,
            one=one.url,
            two=two.url,
        )
    )


def test_reading_goes_on_where_it_was_killed(both: Both) -> None:
    check_complete(both[0], live=3)


def test_nothing_is_missed_while_rows_come_and_go(both: Both) -> None:
    """What was read and then deleted for good is the only difference: nobody is told of that."""
    _, second, restless = both
    assert len(restless.deleted) == 5
    found = differences(second.product, second.site, gone=restless.deleted)
    assert found == []
    for shop in both[:2]:
        shop.site.check()


def test_the_same_numbers_are_two_records(both: Both) -> None:
    main, second, _ = both
    check_agreement(main.product, main.site)
    query = "select last_name from customers where shop_id = ? and customer_id = ?"
    names = {shop.product.row(query, shop.shop_id, str(CUSTOMER_IDS + 5))["last_name"] for shop in (main, second)}
    assert len(names) == 2


def test_what_happens_in_one_changes_nothing_in_the_other(both: Both) -> None:
    main, second, _ = both
    before = _of_shop(second)
    life = main.site.life
    life.order_placed(customer=CUSTOMER_IDS + 5)
    life.cancel_order(ORDER_IDS + 8)
    life.change_customer(CUSTOMER_IDS + 7, first_name="Ölga")
    life.change_product(id_of(1), name="Neuer Becher")
    main.wait_told(EMAIL, "order_placed", "order_completed")
    main.delivered()
    until(lambda: differences(main.product, main.site) == [], lambda: differences(main.product, main.site))
    assert _of_shop(second) == before
    assert [one for one in second.brevo.events() if one["email"] == EMAIL] == []


def test_deliveries_of_one_name_are_two(both: Both) -> None:
    """The same webhook number in the same second, the same order number, and both count."""
    main, second, _ = both
    clock = main.clock
    clock.stopped_at = clock.now() + timedelta(seconds=1)
    sent = {shop.name: len(shop.site.deliveries.sent) for shop in (main, second)}
    new = {shop.name: shop.site.life.order_placed(customer=CUSTOMER_IDS + 6) for shop in (main, second)}
    for shop in (main, second):
        shop.wait_told("kunde6@example.org", "order_placed", "order_completed")
        shop.delivered()
    clock.stopped_at = None
    named = [
        {one.delivery_id for one in shop.site.deliveries.sent[sent[shop.name] :] if one.topic.startswith("order.")}
        for shop in (main, second)
    ]
    assert named[0] & named[1]
    for shop in (main, second):
        [event] = [one for one in shop.brevo.events("order_placed") if one["email"] == "kunde6@example.org"]
        assert event["event_properties"]["shop"] == shop.name
        assert event["event_properties"]["id"] == shop.site.orders.copied(new[shop.name])["number"]
        shop.brevo.check_once()


def _of_shop(shop: Connected) -> dict[str, list[dict[str, Any]]]:
    """Without what comes of itself: when it is told to Brevo."""
    found = {}
    for table in ("customers", "orders", "products", "coupons"):
        rows = shop.product.rows(f"select * from {table} where shop_id = ? order by id", shop.shop_id)
        found[table] = [{name: one[name] for name in one if name not in ("due_at", "pooled_at")} for one in rows]
    return found
