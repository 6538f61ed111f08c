"""Starting, stopping, being killed, and several workers beside each other."""

from __future__ import annotations

import contextlib
import http.client
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import environment
from tests.system.product import LONGEST_S, Product, is_gone, product_in, read, until
from tests.system.traffic import flowing


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_under_traffic_it_answers_ends_with_0_and_leaves_nobody(
    tmp_path: Path, number: signal.Signals
) -> None:
    with product_in(tmp_path) as product:
        product.start("--web-workers", "2")
        until(lambda: len(product.family()) == 4, product.log)  # gunicorn, two web processes, the worker
        family = product.family()
        assert product.parent is not None
        with flowing(product.port, product.site_key(), clients=2) as ledger:
            until(lambda: ledger.answered > 20)
            product.parent.send_signal(number)
            assert product.parent.wait(LONGEST_S) == 0
            assert all(is_gone(process) for process in family)
            product.launch()  # the clients finish what they began
            until(product.is_ready, product.log)
        product.drained()
        stored = {row["event_id"] for row in product.rows("select event_id from events")}
        assert ledger.events <= stored
        assert not ledger.refused
        assert not ledger.gave_up
        assert "Traceback" not in product.log()


def test_an_idle_connection_does_not_keep_it_from_stopping(product: Product) -> None:
    product.start()
    silent = socket.create_connection(("127.0.0.1", product.port))
    kept = http.client.HTTPConnection("127.0.0.1", product.port)
    with contextlib.closing(silent), contextlib.closing(kept):
        kept.request("GET", "/healthz")
        assert read(kept).status == 200
        assert product.stop() == 0


@pytest.mark.parametrize("victim", ["parent", "gunicorn"])
def test_whoever_is_killed_takes_all_others_along_and_frees_the_port(product: Product, victim: str) -> None:
    product.start()
    family = product.family()
    with flowing(product.port, product.site_key(), clients=2) as ledger:  # busy connections, kept alive
        until(lambda: ledger.answered > 5)
        assert product.parent is not None
        if victim == "parent":
            product.parent.kill()
        else:
            master = product.master()
            assert master is not None
            master.kill()
        assert product.parent.wait(LONGEST_S) != 0
        until(lambda: all(is_gone(process) for process in family), lambda: family)
        product.start()
    assert not ledger.gave_up


def test_a_port_in_use_is_one_line_and_status_1(product: Product) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", product.port))
        taken.listen()
        done = subprocess.run(
            [sys.executable, "-m", "collector", "serve", "--bind", f"127.0.0.1:{product.port}"],
            cwd=product.folder,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=LONGEST_S,
            check=False,
        )
    assert done.returncode == 1
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert "the port is in use" in line


def test_a_web_process_and_a_worker_that_die_are_replaced(product: Product) -> None:
    product.start()
    [web], worker = product.web_processes(), product.fold_worker()
    assert worker is not None
    web.kill()
    worker.kill()

    def are_replaced() -> bool:
        now = product.fold_worker()
        return now is not None and now.pid != worker.pid and bool(set(product.web_processes()) - {web})

    until(are_replaced, product.log)
    until(product.is_ready, product.log)


def test_a_second_worker_shares_the_work_without_doubling(product: Product) -> None:
    """It takes over where the first one is stopped, and both together fold each row once."""
    product.start()
    key = product.site_key()
    second = product.start_worker()
    lives = "select count(*) n from leases where name like 'worker:%'"
    until(lambda: product.row(lives)["n"] == 2, product.log)
    with flowing(product.port, key, clients=2) as ledger:
        until(lambda: ledger.answered > 100)
        first = product.fold_worker()
        assert first is not None
        first.terminate()  # gives its leases back; the parent starts another
        until(lambda: ledger.answered > 250)
    product.drained()
    events = [row["event_id"] for row in product.rows("select event_id from events")]
    assert len(events) == len(set(events))
    assert ledger.events <= set(events)
    arrived = product.rows("select count(*) n from inbox", of="inbox")[0]["n"]
    once = product.row("select count(*) n from delivered")["n"]
    doubled = product.row("select count(*) n from row_outcomes where outcome = 'duplicate'")["n"]
    webhooks = product.rows("select count(*) n from inbox where kind = 'webhook'", of="inbox")[0]["n"]
    assert arrived > webhooks == once + doubled
    second.send_signal(signal.SIGTERM)
    assert second.wait(LONGEST_S) == 0
    assert product.stop() == 0
    assert product.rows("select * from leases") == []


def test_a_worker_alone_needs_a_database_and_says_so_in_one_line(product: Product) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "collector", "worker"],
        cwd=product.folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        check=False,
    )
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert str(product.database) in line
