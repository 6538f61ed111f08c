"""`tajo demo` as a visitor runs it: one process tree on three free ports, with a temporary folder of its own."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.cli.running import ROOT, environment
from tests.ports import free_port

LONGEST_START_S = 120.0
LONGEST_STOP_S = 90.0  # the demo gives its own processes 45 s
LONGEST_WAIT_S = 150.0  # what takes 10 s on a quiet machine
LONGEST_COMMAND_S = 60.0


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo. `folder` is where it keeps its settings, logs and databases, in a folder below."""

    port: int
    folder: Path

    @property
    def shop(self) -> str:
        return f"http://127.0.0.1:{self.port + 1}"

    @property
    def brevo(self) -> str:
        return f"http://127.0.0.1:{self.port + 2}"

    def told(self, what: str) -> Any:
        """What the local Brevo keeps: `requests`, `events?email=…`, `contacts`, `lists`, `mails`, `violations`."""
        return _json(f"{self.brevo}/_sandbox/{what}")

    def shop_state(self) -> Any:
        return _json(f"{self.shop}/_sandbox/state")

    def events(self, email: str) -> list[dict[str, Any]]:
        """About this contact, oldest first."""
        found: list[dict[str, Any]] = self.told(f"events?email={quote(email)}")["events"]
        return found

    def names(self, email: str) -> list[str]:
        return [event["event_name"] for event in self.events(email)]

    def members(self, name: str) -> list[str]:
        """Of the list called so."""
        return next((one["members"] for one in self.told("lists")["lists"] if one["name"] == name), [])

    def run(self, *arguments: str) -> str:
        """What another `tajo` command says about this demo."""
        (settings,) = self.folder.glob("tajo-demo-*/tajo.yml")
        done = subprocess.run(
            [sys.executable, "-m", "collector", *arguments],
            cwd=self.folder,
            env=environment(TAJO_CONFIG=str(settings)),
            capture_output=True,
            text=True,
            timeout=LONGEST_COMMAND_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def logs(self) -> str:
        files = sorted(self.folder.glob("tajo-demo-*/*.log"))
        return "\n".join(f"== {file.name}\n{file.read_text(errors='replace')[-3000:]}" for file in files)

    def until(self, what: Callable[[], object], why: Callable[[], object]) -> None:
        """Wait for it to be so, generously: the machine may be busy with other things."""
        end = time.monotonic() + LONGEST_WAIT_S
        while not what():
            assert time.monotonic() < end, f"it did not come about: {why()}\n{self.logs()}"
            time.sleep(0.2)


@contextlib.contextmanager
def running_demo(folder: Path) -> Iterator[Demo]:
    """Started, and stopped at the end with everything it started."""
    demo = Demo(free_port(3), folder)
    said = folder / "demo.txt"
    with said.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "collector", "demo", "--bind", f"127.0.0.1:{demo.port}"],
            cwd=ROOT,
            env=environment(TMPDIR=str(folder)),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        end = time.monotonic() + LONGEST_START_S
        while said.read_text().count("\n") < 3:
            assert process.poll() is None, said.read_text()
            assert time.monotonic() < end, f"not up in time: {said.read_text()}\n{demo.logs()}"
            time.sleep(0.1)
        yield demo
    finally:
        process.terminate()
        process.wait(LONGEST_STOP_S)


def _json(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return json.loads(answer.read())
