"""`connectors sync` of a WooCommerce shop is killed again and again: it ends complete, nothing is doubled, and live
events do not wait. The small size of it is in test_woocommerce_network.py."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from tests.system.killing import kill_when, rows_read
from tests.system.woocommerce_rig import check_complete, connected, shopper_buys


@pytest.mark.long
def test_it_goes_on_however_often_it_is_killed(tmp_path: Path) -> None:
    pick = random.Random(12)
    minutes = float(os.environ.get("TAJO_TEST_MINUTES", "3"))
    end, kills = time.monotonic() + min(60 * minutes * 0.5, 240), 0
    counts = {"customers": 2_000, "orders": 8_000, "products": 500, "coupons": 100}
    with connected(tmp_path, **counts) as shop:
        while time.monotonic() < end and rows_read(shop) < 10_000:
            kill_when(shop, rows_read(shop) + pick.randint(1, 800), pick.uniform(0, 0.1), pick.uniform(1, 6))
            shopper_buys(shop, kills)
            kills += 1
        shop.sync_the_rest(longest_s=240)
        print(f"{kills} kills")
        assert kills >= 10
        check_complete(shop, live=kills)
