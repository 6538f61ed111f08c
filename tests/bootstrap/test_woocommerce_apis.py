"""Clients for WooCommerce shops: what one learnt the others know, and a shop is asked by one at a time."""

from __future__ import annotations

import fcntl
import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from collector.bootstrap import open_desk
from collector.bootstrap.desk import Desk
from collector.bootstrap.parts import clock
from collector.bootstrap.woocommerce import WooCommerceApis
from collector.cli import main
from collector.config import load
from collector.domain.errors import SourceUnavailable
from collector.domain.shop import Secrets, Shop
from collector.sources.woocommerce.rest import Busy
from collector.storage.sqlite.known_apis import KnownApis
from tests.in_process import step_into
from tests.sources.woocommerce.wire_shop import KEY, SECRET, Answer, Asked, WireShop, data, page

ORDERS = ("GET", "wc/v3/orders")


def file(more: str = "") -> str:
    block = f"store_url: https://shop.example, consumer_key: {KEY}, consumer_secret: {SECRET}{more}"
    return f"connectors: {{woocommerce: {{{block}}}}}"


@dataclass
class Bench:
    folder: Path
    desk: Desk
    wire: WireShop

    def apis(self, **given: Any) -> WooCommerceApis:
        given = {"patience_s": 0.0, **given}
        return WooCommerceApis(load({}, self.folder), self.desk.state, requests.Session(), **given)

    @property
    def shop(self) -> Shop:
        (found,) = self.desk.shops.all()
        return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of a collector with the shop, to be copied."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        step_into(folder, patch)
        (folder / "tajo.yml").write_text(file())
        assert CliRunner().invoke(main, ["migrate"]).exit_code == 0
    return folder


@pytest.fixture
def bench(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    step_into(tmp_path, monkeypatch)
    wire = WireShop()
    wire.gate.now = time.time()
    with open_desk(load({}, tmp_path)) as desk, wire.mounted():
        yield Bench(tmp_path, desk, wire)


def test_the_way_of_the_keys_and_the_root_are_known_to_the_next_client(bench: Bench) -> None:
    bench.wire.strips_header, bench.wire.prefix = True, "/api"
    bench.apis()(bench.shop).get("orders")
    bench.wire.asked.clear()
    bench.apis()(bench.shop).get("orders")
    assert [(one.path, way) for one, way in zip(bench.wire.asked, bench.wire.ways(), strict=True)] == [
        ("/api/wc/v3/orders", "query")
    ]


def test_small_pages_are_known_for_a_day(bench: Bench) -> None:
    bench.wire.most = 25
    bench.apis()(bench.shop).page("orders")
    sizes = [one.params["per_page"] for one in bench.wire.asked]
    assert sizes == ["100", "50", "25"]
    bench.apis()(bench.shop).page("orders")
    assert bench.wire.asked[-1].params["per_page"] == "25"
    known = KnownApis(bench.desk.state)
    found = known.read(bench.shop.id)
    assert found is not None
    known.keep(bench.shop.id, found[0], clock() - timedelta(days=2))
    bench.wire.most = 100
    bench.wire.asked.clear()
    bench.apis()(bench.shop).page("orders")
    assert [one.params["per_page"] for one in bench.wire.asked] == ["100"], "hosts get better"


def test_a_host_that_wants_to_be_left_alone_is_left_alone_by_all(bench: Bench) -> None:
    bench.wire.says[ORDERS] = page(429, **{"Retry-After": "300"})
    with pytest.raises(Busy):
        bench.apis()(bench.shop).get("orders")
    bench.wire.asked.clear()
    bench.wire.says[ORDERS] = data(200, [])
    with pytest.raises(Busy) as refused:
        bench.apis()(bench.shop).get("orders")
    assert 200 < refused.value.wait_s <= 300
    assert bench.wire.asked == []


def test_one_request_at_a_time_reaches_a_shop_whoever_asks(bench: Bench) -> None:
    under_way, most = [0], [0]
    lock = threading.Lock()

    def slowly(asked: Asked) -> Answer:
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        time.sleep(0.01)
        with lock:
            under_way[0] -= 1
        return data(200, [])

    bench.wire.says[ORDERS] = slowly
    shop, config = bench.shop, load({}, bench.folder)

    def ask(_: int) -> None:
        with open_desk(config) as desk:
            apis = WooCommerceApis(config, desk.state, requests.Session(), share=0.0)
            for _ in range(4):
                apis(shop).get("orders")

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(ask, range(3)))
    assert (most, len(bench.wire.asked)) == ([1], 12)


def test_whoever_has_the_turn_too_long_is_not_waited_for(bench: Bench) -> None:
    shop = bench.shop
    bench.apis()(shop).get("orders")
    (lock,) = bench.folder.glob("tajo.api-*.lock")
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert bench.apis()(shop).get("orders") == [{"id": 1}]


def test_the_settings_of_the_shop_count(bench: Bench) -> None:
    bench.wire.lists["wc/v2/orders"] = [{"id": 2}]
    shop = replace(bench.shop, policy=replace(bench.shop.policy, api_version="wc/v2", verify_ssl=False))
    assert bench.apis()(shop).get("orders") == [{"id": 2}]


@pytest.mark.parametrize(
    ("why", "more", "version", "checks"),
    [
        ("as it is", "", "wc/v3", True),
        ("an older API", ", api_version: wc/v2", "wc/v2", True),
        ("any certificate", ", verify_ssl: false", "wc/v3", False),
    ],
)
def test_the_file_says_how_the_api_is_asked(bench: Bench, why: str, more: str, version: str, checks: bool) -> None:
    (bench.folder / "tajo.yml").write_text(file(more))
    with open_desk(load({}, bench.folder)) as desk:
        (shop,) = desk.shops.all()
    assert (shop.policy.api_version, shop.policy.verify_ssl) == (version, checks), why


def test_a_shop_without_keys_is_not_asked(bench: Bench) -> None:
    with pytest.raises(SourceUnavailable, match=r"There are no keys for shop.example"):
        bench.apis()(replace(bench.shop, secrets=Secrets()))


def test_a_shop_that_was_purged_meanwhile_is_no_reason_to_fail(bench: Bench) -> None:
    gone = replace(bench.shop, id=99)
    assert bench.apis()(gone).get("orders") == [{"id": 1}]


def test_purging_a_shop_leaves_nothing_of_it(bench: Bench) -> None:
    shop = bench.shop
    bench.apis()(shop).get("orders")
    assert KnownApis(bench.desk.state).read(shop.id) is not None
    assert CliRunner().invoke(main, ["connectors", "remove", "woocommerce", "--purge", "--yes"]).exit_code == 0
    assert KnownApis(bench.desk.state).read(shop.id) is None
    assert list(bench.folder.glob("tajo.api-*")) == []
