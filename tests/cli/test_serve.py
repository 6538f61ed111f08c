"""`tajo serve` as a whole: it comes up, survives its worker, and leaves nobody behind."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from tests.cli.running import free_port, serving, until


def family(process: "subprocess.Popen[str]") -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def worker_of(process: "subprocess.Popen[str]") -> psutil.Process | None:
    found = [child for child in family(process) if "worker" in child.cmdline()]
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
    with serving(tmp_path, free_port(), "--no-worker", TAJO_DATABASE=ready_elsewhere(tmp_path)) as process:
        [gunicorn] = [child for child in family(process) if child.ppid() == process.pid]
        gunicorn.kill()
        assert process.wait(30) == 1


def ready_elsewhere(folder: Path) -> str:
    raise NotImplementedError(folder)
