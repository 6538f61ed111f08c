"""Starting what is measured, on a free port of 127.0.0.1, and looking at its processes."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from collector.cli.serve import web_command
from collector.config import Bind
from tests.bench import folders
from tests.ports import free_port

LONGEST_START_S = 60.0
LONGEST_STOP_S = 45.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running tree of processes."""

    port: int
    pid: int

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def processes(self) -> list[psutil.Process]:
        parent = psutil.Process(self.pid)
        return [parent, *parent.children(recursive=True)]

    def web_cpu_s(self) -> float:
        """Seconds of processor the web processes used so far."""
        return sum(_cpu_s(one) for one in self.processes() if "worker" not in one.cmdline())

    def worker_cpu_s(self) -> float:
        return sum(_cpu_s(one) for one in self.processes() if "worker" in one.cmdline())

    def pss_mb(self) -> float:
        """Memory of the whole tree, shared pages counted once, in MiB."""
        return sum(_pss_kb(one.pid) for one in self.processes()) / 1024


@contextmanager
def no_op(folder: Path, web_workers: int) -> Iterator[Server]:
    """A route that does nothing, behind the gunicorn that `tajo serve` starts."""
    port = free_port()
    command = web_command(Bind("127.0.0.1", port), web_workers)
    command[command.index("wsgi:app")] = "tests.bench.noop:app"
    folder.mkdir(parents=True)
    with _running(command, folder, port, "/c/x", "POST") as server:
        yield server


@contextmanager
def tajo(folder: Path, web_workers: int, *, has_worker: bool) -> Iterator[Server]:
    """`tajo serve` in a folder made before."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "collector", "serve", "--bind", f"127.0.0.1:{port}"),
        *("--web-workers", str(web_workers), *([] if has_worker else ["--no-worker"])),
    ]
    with _running(command, folder, port, "/readyz" if has_worker else "/healthz", "GET") as server:
        yield server


@contextmanager
def _running(command: Sequence[str], folder: Path, port: int, path: str, method: str) -> Iterator[Server]:
    log = folder / "server.log"
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(command, cwd=folder, env=folders.environment(), stdout=file, stderr=file)
    try:
        end = time.monotonic() + LONGEST_START_S
        while not _answers(port, path, method):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"the server did not come up: {log.read_text(encoding='utf-8')[-2000:]}")
            time.sleep(0.05)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(LONGEST_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(port: int, path: str, method: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return answer.status in (200, 204) and (path != "/readyz" or json.loads(body)["ready"] is True)


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _pss_kb(pid: int) -> int:
    """0 for a process that just ended."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith("Pss:")))
