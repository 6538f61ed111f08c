"""Pressing on a server: `wrk` where it is installed, else a slower client of our own. Both keep connections open."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from tests.bench import traffic

CONNECTIONS = 32
WRK = shutil.which("wrk")
GENERATOR = "wrk" if WRK else "tests.bench.client (install wrk for less load by the generator itself)"


@dataclass(frozen=True, slots=True)
class Load:
    """What came back. `refused`: answers other than 2xx and 3xx; `broken`: connections. Latencies in ms."""

    requests: int
    seconds: float
    refused: int
    broken: int
    p50: float
    p99: float
    p999: float

    @property
    def answered(self) -> int:
        return self.requests - self.refused

    @property
    def rate(self) -> float:
        return self.answered / self.seconds


def press(url: str, texts: Path, run: str, seconds: float) -> Load:
    """Post beacons over 32 connections for so long. `run` begins every id, so it must be new each time."""
    if WRK:
        script = str(Path(__file__).with_name("beacons.lua"))
        headers = chain.from_iterable(traffic.HEADERS.items())
        command = [
            *(WRK, "--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{seconds:.0f}s"),
            *("--timeout", "10s", "--script", script, url, "--", str(texts), run, *headers),
        ]
    else:
        command = [sys.executable, "-m", "tests.bench.client", url, str(texts), run, str(seconds), str(CONNECTIONS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60, check=True)
    return Load(**json.loads(done.stdout.splitlines()[-1]))
