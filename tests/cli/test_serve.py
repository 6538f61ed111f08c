"""`tajo serve` as a whole: it comes up, survives its worker, and leaves nobody behind."""

from __future__ import annotations

import signal
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest

from tests.cli.running import serving, until
from tests.ports import free_port


def family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def worker_of(process: subprocess.Popen[str]) -> psutil.Process | None:
    """None while there is none: a dead one may not be collected yet."""
    alive = [child for child in family(process) if child.status() != psutil.STATUS_ZOMBIE]
    found = [child for child in alive if "worker" in child.cmdline()]
    return found[0] if found else None


def are_gone(processes: list[psutil.Process]) -> bool:
    return not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in processes)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_told_to_and_takes_its_children_along(tmp_path: Path, number: signal.Signals) -> None:
    with serving(tmp_path, free_port()) as process:
        children = family(process)
        process.send_signal(number)
        assert process.wait(30) == 0
    assert len(children) == 3  # gunicorn, its web process, the worker
    assert are_gone(children)
    log = (tmp_path / "serve.log").read_text()
    assert "worker stopped" in log
    assert "Traceback" not in log


def test_killing_it_leaves_no_orphans(tmp_path: Path) -> None:
    with serving(tmp_path, free_port()) as process:
        children = family(process)
        process.kill()
        process.wait(30)
        until(lambda: are_gone(children))


def test_a_worker_that_dies_is_started_again(tmp_path: Path) -> None:
    with serving(tmp_path, free_port()) as process:
        first = worker_of(process)
        assert first is not None
        first.kill()
        until(lambda: (worker_of(process) or first).pid != first.pid)


def test_when_the_web_server_dies_all_ends(tmp_path: Path) -> None:
    with serving(tmp_path, free_port()) as process:
        children = family(process)
        [gunicorn] = [one for one in children if "gunicorn" in one.cmdline() and one.ppid() == process.pid]
        gunicorn.kill()
        assert process.wait(30) == 1
        until(lambda: are_gone(children))


def test_the_settings_reach_the_children(tmp_path: Path) -> None:
    shop = "{store_url: https://shop.example, site_key: abcdefgh12, domains: shop.example}"
    port = free_port()
    with serving(tmp_path, port, TAJO_CONNECTORS_WOOCOMMERCE=shop, TAJO_DATABASE="sqlite:///other.db"):
        request = urllib.request.Request(f"http://127.0.0.1:{port}/c/abcdefgh12", data=b"{}", method="POST")
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        assert refused.value.code == 400  # the shop is known, the beacon is none
    assert (tmp_path / "other.db").exists()
