"""The load generator where there is no `wrk`: `python -m tests.bench.client URL TEXTS RUN SECONDS CONNECTIONS`.

One process, one task per connection, and no more HTTP than our own server's 204 needs. Prints what wrk's
script prints.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tests.bench import traffic


@dataclass(slots=True)
class Tally:
    texts: list[str]
    run: str
    end: float
    sent: int = 0
    refused: int = 0
    broken: int = 0
    latencies_ms: list[float] = field(default_factory=list)
    dice: random.Random = field(default_factory=lambda: random.Random(1))


async def connection(host: str, port: int, path: str, tally: Tally) -> None:
    head = "".join(f"{name}: {value}\r\n" for name, value in traffic.HEADERS.items())
    reader, writer = await asyncio.open_connection(host, port)
    while time.monotonic() < tally.end:
        tally.sent += 1
        text = tally.texts[tally.sent % len(tally.texts)]
        body = traffic.fill(text, tally.sent, tally.run, int(time.time()), tally.dice)
        begun = time.monotonic()
        length = f"Content-Length: {len(body)}\r\n\r\n"
        writer.write(f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\n{head}{length}".encode() + body)
        try:
            answer = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            tally.broken += 1
            writer.close()
            reader, writer = await asyncio.open_connection(host, port)
            continue
        tally.latencies_ms.append((time.monotonic() - begun) * 1000)
        if not answer.startswith(b"HTTP/1.1 204"):
            tally.refused += 1  # its body is not read: begin anew
            writer.close()
            reader, writer = await asyncio.open_connection(host, port)
    writer.close()


async def press(url: str, texts: Path, run: str, seconds: float, connections: int) -> dict[str, float]:
    parts = urlsplit(url)
    begun = time.monotonic()
    tally = Tally(texts.read_text(encoding="utf-8").splitlines(), run, begun + seconds)
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    await asyncio.gather(*(connection(host, port, parts.path, tally) for _ in range(connections)))
    taken = sorted(tally.latencies_ms) or [0.0]
    return {
        "requests": len(tally.latencies_ms),
        "seconds": time.monotonic() - begun,
        "refused": tally.refused,
        "broken": tally.broken,
        **{name: taken[int(part * (len(taken) - 1))] for name, part in (("p50", 0.5), ("p99", 0.99), ("p999", 0.999))},
    }


if __name__ == "__main__":
    url, texts, run, seconds, connections = sys.argv[1:]
    print(json.dumps(asyncio.run(press(url, Path(texts), run, float(seconds), int(connections)))))
