"""Running `tajo` as its users do: another process, its own folder and environment."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.in_process import OURS

ROOT = Path(__file__).parents[2]
LONGEST_S = 30.0


def environment(**more: str) -> dict[str, str]:
    """This one's, without settings of ours."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**plain, "PYTHONPATH": str(ROOT), **more}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "collector", *arguments]


def tajo(folder: Path, *arguments: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        cwd=folder,
        env=environment(**more),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        check=False,
    )


def until(what: Callable[[], bool]) -> None:
    """Wait for it to be so."""
    end = time.monotonic() + LONGEST_S
    while not what():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


def is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


@contextlib.contextmanager
def serving(folder: Path, port: int, *arguments: str, **more: str) -> Iterator[subprocess.Popen[str]]:
    """`tajo serve`, ready; stopped at the end if it still runs."""
    with (folder / "serve.log").open("w") as log:
        process = subprocess.Popen(
            command("serve", "--bind", f"127.0.0.1:{port}", *arguments),
            cwd=folder,
            env=environment(**more),
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
        )
    try:
        until(lambda: is_ready(port) or process.poll() is not None)
        assert process.poll() is None, (folder / "serve.log").read_text()
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(LONGEST_S)
