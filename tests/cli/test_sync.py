"""`tajo connectors sync`, `status` and `history`, as people run them: whole, stopped, killed, twice at once."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from collector.bootstrap import clock, open_desk
from collector.bootstrap.syncing import window
from collector.cli import main
from collector.cli.syncing import _resources, _since
from collector.config import load
from collector.domain.door import Lane, NewRow, RowKind
from collector.domain.errors import Misuse
from collector.domain.off_peak import Window
from collector.domain.shop import Shop
from collector.storage.sqlite.inbox import InboxWriter
from collector.storage.sqlite.leases import Leases
from tests.cli.running import command, environment, until
from tests.in_process import step_into
from tests.sources.shopify import graphql_nodes as nodes
from tests.sources.shopify.bulk_shop import BulkShop, standing
from tests.stand_ins.clock import Wall
from tests.woocommerce_shop.server import network_open, recent

SHOP = "lind.myshopify.com"


def a_shop(count: int, **more: Any) -> BulkShop:
    return BulkShop(
        lines={
            "customers": lambda: nodes.customers(count),
            "orders": lambda: nodes.orders(count),
            "products": lambda: nodes.products(5),
        },
        counts={"customers": (count, count), "orders": (count, 3 * count), "products": (5, 20)},
        **more,
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this process is as the commands are: what need not be killed runs in here, which takes a tenth as long."""
    step_into(tmp_path, monkeypatch)
    return tmp_path


def here(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


@contextmanager
def connected(there: BulkShop, folder: Path) -> Iterator[BulkShop]:
    with standing(there):
        blocks = {
            "shop_url": SHOP,
            "access_token": "shpat_1",
            "api_secret": "s",
            "api_url": there.url,
        }
        said = {"allow_insecure_upstreams": True, "connectors": {"shopify": blocks}}
        (folder / "tajo.yml").write_text(json.dumps(said))
        assert here("migrate").exit_code == 0
        yield there


def begun(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command("connectors", "sync", "shopify", *arguments),
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def read_ids(folder: Path) -> Counter[str]:
    """What lies in the inbox, by its number."""
    with closing(sqlite3.connect(f"file:{folder / 'tajo.inbox.db'}?mode=ro", uri=True)) as inbox:
        return Counter(number for (number,) in inbox.execute("select body ->> '$.id' from inbox"))


def rows(folder: Path) -> int:
    with closing(sqlite3.connect(f"file:{folder / 'tajo.inbox.db'}?mode=ro", uri=True)) as inbox:
        (count,) = inbox.execute("select count(*) from inbox").fetchone()
    return int(count)


def status() -> dict[str, Any]:
    answer = here("connectors", "status", "shopify", "--json")
    assert answer.exit_code == 0, answer.output
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def test_a_whole_sync_is_shown_counted_and_remembered(folder: Path) -> None:
    with connected(a_shop(30), folder):
        done = here("connectors", "sync", "shopify")
    assert done.exit_code == 0, done.output
    assert f"reads customers, orders, products of {SHOP}" in done.stdout
    assert "orders: 30 read" in done.stdout
    assert re.search(r"note: orders before \d{4}-\d\d-\d\d need read_all_orders", done.stdout)
    assert "start `tajo serve`" in done.stdout, "nobody folds it yet"
    assert set(read_ids(folder).values()) == {1}
    found = status()
    assert found["connected"] is True
    assert found["lastSync"] is not None
    assert (found["customersCount"], found["ordersCount"], found["productsCount"]) == (0, 0, 0), "not folded yet"
    assert found["rowsWaiting"] == found["waiting"]["history"]["rows"] == rows(folder) > 60
    assert found["waiting"]["live"] == {"rows": 0, "oldestSeconds": 0}
    assert found["errorRate"] == 0.0
    [run] = json.loads(here("connectors", "history", "shopify", "--limit", "10", "--json").stdout)
    assert (run["type"], run["state"], run["counts"]["orders"]) == ("full", "done", {"read": 30})
    assert list(folder.glob("*.sync-*")) == [], "nothing is left lying about"


def test_live_rows_that_are_late_are_seen_beside_those_of_an_import(folder: Path) -> None:
    with connected(a_shop(3), folder):
        here("connectors", "sync", "shopify")
    imported, arrived_at = rows(folder), clock() - timedelta(minutes=2)
    with open_desk(load(dict(os.environ), folder)) as desk, closing(InboxWriter(desk.locations.inbox, clock)) as inbox:
        for _ in range(2):
            inbox.append(NewRow(desk.shops.by_name("shopify").id, Lane.LIVE, RowKind.WEBHOOK, arrived_at, b"{}"))
    waiting = status()["waiting"]
    assert (waiting["history"]["rows"], waiting["live"]["rows"]) == (imported, 2)
    assert 120 <= waiting["live"]["oldestSeconds"] < 600
    said = here("connectors", "status", "shopify").stdout
    assert re.search(r"live rows waiting: +2, the oldest for \d+ s", said), said
    assert re.search(rf"import rows waiting: +{imported}, the oldest for \d+ s", said), said


def test_what_the_worker_has_not_taken_in_at_the_end_is_counted(folder: Path) -> None:
    with connected(a_shop(30), folder):
        with open_desk(load(dict(os.environ), folder)) as desk:
            assert Leases(desk.state).take("worker:one", "one", clock(), timedelta(minutes=5))
        done = here("connectors", "sync", "shopify")
    assert f"note: {rows(folder)} records are still taken in: `tajo connectors status shopify` counts" in done.stdout
    assert "start `tajo serve`" not in done.stdout


def test_a_sync_that_fails_says_why_and_is_remembered(folder: Path) -> None:
    with connected(a_shop(3, ends=[("FAILED", "ACCESS_DENIED")]), folder):
        failed = here("connectors", "sync", "shopify")
    assert failed.exit_code == 1
    assert "Give the app the scopes read_customers" in failed.stderr
    found = status()
    assert (found["sync"]["state"], found["errorRate"], found["lastSync"]) == ("failed", 1.0, None)
    told = here("connectors", "history", "shopify").stdout
    assert "failed" in told
    assert "forbids" in told


def killed_and_gone_on_with(folder: Path, count: int, kills: int) -> None:
    """Each kill somewhere in its own part of the way: while rows are written, every other one while lines come."""
    chance = random.Random(f"{folder.name}")
    with connected(a_shop(count), folder) as there:
        for kill in range(kills):
            at = int(2 * count * (kill + chance.random()) / (kills + 1))
            at_line = there.lines_sent + int(count * chance.random()) if kill % 2 else 10**9
            process = begun(folder, "--resources", "customers,orders")
            until(
                lambda at=at, at_line=at_line, process=process: (  # type: ignore[misc]
                    rows(folder) >= at or there.lines_sent >= at_line or process.poll() is not None
                )
            )
            process.send_signal(signal.SIGKILL)
            process.communicate()
            if process.returncode == 0:  # faster than the hand that was to kill it
                assert kill > 0
                break
        else:
            last = here("connectors", "sync", "shopify", "--resources", "customers,orders")
            assert last.exit_code == 0, last.output
            assert "resumes the sync of" in last.output
    found = read_ids(folder)
    assert len(found) == 2 * count
    assert set(found.values()) == {1}, "nothing doubled"


def test_a_sync_killed_three_times_ends_complete_with_nothing_doubled(folder: Path) -> None:
    killed_and_gone_on_with(folder, 1000, kills=3)


@pytest.mark.long
def test_a_sync_killed_again_and_again_ends_complete_with_nothing_doubled(folder: Path) -> None:
    killed_and_gone_on_with(folder, 20_000, kills=25)


def test_one_sync_at_a_time_and_a_stopped_one_is_gone_on_with(folder: Path) -> None:
    with connected(a_shop(300, runs_for=10**6), folder) as there:
        first = begun(folder, "--resources", "orders")
        until(lambda: bool(there.operations))
        second = here("connectors", "sync", "shopify")
        assert second.exit_code == 1
        assert "is being read already" in second.stderr
        assert status()["sync"]["state"] == "running"
        first.send_signal(signal.SIGTERM)
        first.communicate()
        assert status()["sync"]["state"] == "interrupted"
        there.runs_for = 0
        third = here("connectors", "sync", "shopify", "--resources", "orders")
    assert third.exit_code == 0, third.output
    assert "resumes the sync of" in third.stdout
    assert len(there.operations) == 1, "the bulk operation that was begun"
    assert rows(folder) == 300


@pytest.mark.long
def test_a_hundred_thousand_of_each_in_flat_memory(folder: Path) -> None:
    count = 100_000
    with connected(a_shop(count), folder):
        process = begun(folder, "--resources", "customers,orders")
        peak_kb = 0
        while process.poll() is None:
            found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text(errors="replace"))
            peak_kb = max(peak_kb, int(found.group(1)) if found else 0)
            try:
                process.wait(0.2)
            except subprocess.TimeoutExpired:
                continue
        assert process.returncode == 0
    assert rows(folder) == 2 * count
    assert peak_kb < 200 * 1024


def test_a_woocommerce_shop_is_read_with_its_coupons(folder: Path) -> None:
    clock = Wall()
    with network_open(recent(clock, customers=6, orders=21, products=4, coupons=3), clock=clock) as network:
        key = network.main.key
        keys = {"consumer_key": key.consumer_key, "consumer_secret": key.consumer_secret}
        block = {"store_url": network.main.home, **keys}
        said = {"allow_insecure_upstreams": True, "connectors": {"woocommerce": block}}
        (folder / "tajo.yml").write_text(json.dumps(said))
        assert here("migrate").exit_code == 0
        assert "was never read" in here("connectors", "history", "woocommerce").stdout
        sync = here("connectors", "sync", "woocommerce")
        assert sync.exit_code == 0, sync.output
        network.check()
    lines = sync.stdout.splitlines()
    assert "customers: 6 read" in lines
    assert "orders: 20 read" in lines, "one is an open checkout"
    assert "coupons: 3 read" in lines
    assert "note: open checkouts (checkout-draft), which are no orders yet and are not read: 1" in lines
    assert "done (full of" in here("connectors", "status", "woocommerce").stdout
    assert here("connectors", "sync", "woocommerce", "--resources", "carts").exit_code == 2


# What is given on the command line.

BERLIN = Shop(1, "shopify", SHOP, f"https://{SHOP}", "k", zone="Europe/Berlin")
THERE = ("customers", "orders", "products")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", None),
        ("2026-01-31", datetime(2026, 1, 30, 23, tzinfo=UTC)),
        ("2026-07-01", datetime(2026, 6, 30, 22, tzinfo=UTC)),
        ("2026-07-01T12:00", datetime(2026, 7, 1, 10, tzinfo=UTC)),
        ("2026-07-01T12:00:00+00:00", datetime(2026, 7, 1, 12, tzinfo=UTC)),
    ],
)
def test_a_date_is_midnight_by_the_shops_clock(given: str, expected: datetime | None) -> None:
    assert _since(given, BERLIN) == expected


@pytest.mark.parametrize("given", ["yesterday", "31.01.2026", "2026-13-01", "2026-1-1T"])
def test_what_is_no_date_is_said(given: str) -> None:
    with pytest.raises(Misuse, match="is no date"):
        _since(given, BERLIN)


@pytest.mark.parametrize(
    ("why", "given", "expected"),
    [
        ("all there are", "", THERE),
        ("some, in the order they are best read in", "orders,customers", ("customers", "orders")),
        ("with spaces and capitals", " Products ,", ("products",)),
    ],
)
def test_which_resources_are_read(why: str, given: str, expected: tuple[str, ...]) -> None:
    assert _resources(given, THERE, BERLIN) == expected, why


@pytest.mark.parametrize(
    ("why", "stated", "wants_off_peak", "expected"),
    [
        ("at any time", {}, False, None),
        ("the night of the shop", {}, True, Window(time(1), time(6), "Europe/Berlin")),
        ("as the settings say", {"from": "22:00", "to": "04:00"}, False, Window(time(22), time(4), "Europe/Berlin")),
        ("by another clock", {"from": "22:00", "to": "04:00", "zone": "UTC"}, True, Window(time(22), time(4), "UTC")),
    ],
)
def test_when_bulk_work_may_run(
    why: str, stated: dict[str, str], wants_off_peak: bool, expected: Window | None, folder: Path
) -> None:
    (folder / "tajo.yml").write_text(json.dumps({"sync": {"window": stated}}))
    assert window(load(os.environ, folder), BERLIN, wants_off_peak) == expected, why


@pytest.mark.parametrize("given", ["coupons", "orders,carts"])
def test_a_resource_the_shop_does_not_have_is_said(given: str) -> None:
    with pytest.raises(Misuse, match="we read customers, orders, products"):
        _resources(given, THERE, BERLIN)
