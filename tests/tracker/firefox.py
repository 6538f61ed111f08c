"""Debian's Firefox, driven by what it speaks itself: WebDriver BiDi over a socket, no driver program between.

Only what a visit needs: pages are opened, and scripts are evaluated in them.
Source: w3.org, "WebDriver BiDi" (read 2026-11-21).
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from websockets.sync.client import connect
from websockets.sync.connection import Connection

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
LONGEST_S = 60.0
LISTENING = re.compile(r"WebDriver BiDi listening on (ws://127\.0\.0\.1:\d+)")
# Nothing goes on by itself.
PREFERENCES = {
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "http://127.0.0.1:9/",
    "toolkit.telemetry.enabled": False,
}


class Tab:
    """The one tab of the browser."""

    def __init__(self, socket: Connection) -> None:
        self._socket = socket
        self._count = 0
        self._ask("session.new", capabilities={})
        self._context = self._ask("browsingContext.getTree")["contexts"][0]["context"]

    def open(self, address: str) -> None:
        """Returns when the page is loaded."""
        self._ask("browsingContext.navigate", context=self._context, url=address, wait="complete")

    def run(self, script: str) -> Any:
        """What the expression gives, its promise kept: text, number, true or false, or None for everything else."""
        answer = self._ask(
            "script.evaluate",
            expression=script,
            target={"context": self._context},
            awaitPromise=True,
            userActivation=True,
        )
        assert answer["type"] == "success", answer
        return answer["result"].get("value")

    def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._count += 1
        self._socket.send(json.dumps({"id": self._count, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._socket.recv(timeout=LONGEST_S))
            if answer.get("id") == self._count:
                assert answer["type"] == "success", answer
                return dict(answer["result"])


@contextmanager
def firefox(profile: Path) -> Iterator[Tab]:
    """A fresh browser without a window; it ends with the block."""
    assert FIREFOX is not None
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items()]
    (profile / "user.js").write_text("".join(lines))
    process = subprocess.Popen(
        [FIREFOX, "--headless", "--no-remote", "--remote-debugging-port=0", "--profile", str(profile), "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        with connect(_address(process), max_size=None, open_timeout=LONGEST_S) as socket:
            yield Tab(socket)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _address(process: subprocess.Popen[str]) -> str:
    """Where it listens, as it says on standard error; what it says later is thrown away."""
    found: Queue[str] = Queue()

    def read() -> None:
        assert process.stderr is not None
        for line in process.stderr:
            if match := LISTENING.search(line):
                found.put(f"{match[1]}/session")

    threading.Thread(target=read, daemon=True).start()
    try:
        return found.get(timeout=LONGEST_S)
    except Empty:
        raise AssertionError("firefox did not say where it listens") from None
