"""`connectors sync` is killed again and again: it ends complete, nothing is doubled, and live events do not wait."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from tests.shopify_shop.bulk import Timing
from tests.system.killing import kill_when, rows_read
from tests.system.shopify_agreement import check_agreement
from tests.system.shopify_rig import Connected, connected


def shopper(shop: Connected, number: int) -> None:
    """Somebody signs up and buys; Brevo knows before the sync goes on."""
    email = f"live{number}@example.org"
    shop.shop.life.order_placed(customer=shop.shop.life.customer_signs_up(email, accepts=True))
    shop.wait_told(email, "customer_created", "order_placed", "order_completed")


def check_complete(shop: Connected, live: int) -> None:
    """`live`: how many came while it was read."""
    shop.delivered(200)
    check_agreement(shop.product, shop.shop)
    numbers, read = shop.shop.numbers, shop.read_rows()
    # Who came while it was read may be in the result of the bulk operation, too.
    assert numbers.customers <= read["read/customers"] <= numbers.customers + live
    assert numbers.orders <= read["read/orders"] <= numbers.orders + live
    assert shop.doubled_rows() == []
    told = {event["email"] for event in shop.brevo.events()}
    assert told == {f"live{number}@example.org" for number in range(live)}
    shop.brevo.check_once()
    shop.shop.check()


def test_it_goes_on_where_it_was_killed(tmp_path: Path) -> None:
    """While the shop puts the records together, between two transactions, and near the end."""
    pick = random.Random(11)
    with connected(tmp_path, customers=1000, orders=1000, products=5) as shop:
        shop.shop.bulk.timing = Timing(running_s=0.5)
        for live, rows in enumerate((0, pick.randint(1, 900), pick.randint(1001, 1900))):
            assert kill_when(shop, rows, pick.uniform(0.0, 0.2)) or live == 2
            shopper(shop, live)
        shop.sync_the_rest()
        check_complete(shop, live=3)


@pytest.mark.long
def test_it_goes_on_however_often_it_is_killed(tmp_path: Path) -> None:
    pick = random.Random(12)
    minutes = float(os.environ.get("TAJO_TEST_MINUTES", "3"))
    end, count, kills = time.monotonic() + min(60 * minutes * 0.5, 240), 8_000, 0
    with connected(tmp_path, customers=count, orders=count, products=50) as shop:
        shop.shop.bulk.timing = Timing(running_s=0.5, spread=100)
        shop.shop.drop_bulk_after = [pick.randint(10_000, 10_000_000) for _ in range(10)]
        while time.monotonic() < end and rows_read(shop) < 2 * count:
            kill_when(shop, rows_read(shop) + pick.randint(0, 800), pick.uniform(0, 0.1), pick.uniform(1, 6))
            shopper(shop, kills)
            kills += 1
        shop.shop.drop_bulk_after = []
        shop.sync_the_rest(longest_s=240)
        print(f"{kills} kills")
        assert kills >= 10
        check_complete(shop, live=kills)
