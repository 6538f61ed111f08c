"""Shoppers at a steady pace: `python -m tests.bench.paced URL TEXTS RUN SECONDS BEACONS_A_SECOND KNOWN_A_SECOND`.

`TEXTS`: lines of beacons; the last one is of a shopper who leaves an address and a cart, the others of browsers nobody
knows. The pace does not wait for answers: what is due is sent, on as many connections as that takes. Prints one line
of JSON: requests, refused, broken, late_ms (how far behind its plan the sender itself was, at most), known.
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

CONNECTIONS_AT_MOST = 64


@dataclass(slots=True)
class Tally:
    requests: int = 0
    refused: int = 0
    broken: int = 0
    known: int = 0
    late_ms: float = 0.0
    latencies_ms: list[float] = field(default_factory=list)


async def sender(host: str, port: int, path: str, bodies: asyncio.Queue[bytes | None], tally: Tally) -> None:
    """One connection, until there is nothing more to send."""
    head = "".join(f"{name}: {value}\r\n" for name, value in traffic.HEADERS.items())
    reader, writer = await asyncio.open_connection(host, port)
    while (body := await bodies.get()) is not None:
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
        tally.requests += 1
        tally.latencies_ms.append((time.monotonic() - begun) * 1000)
        if not answer.startswith(b"HTTP/1.1 204"):
            tally.refused += 1  # its body is not read: begin anew
            writer.close()
            reader, writer = await asyncio.open_connection(host, port)
    writer.close()


async def pace(
    bodies: asyncio.Queue[bytes | None],
    texts: list[str],
    run: str,
    seconds: float,
    rate: float,
    known: float,
    tally: Tally,
) -> None:
    """Everything whose time has come, every few milliseconds."""
    dice, begun = random.Random(1), time.monotonic()
    *anonymous, knowing = texts
    every = round(rate / known)
    for number in range(int(seconds * rate)):
        ahead = begun + number / rate - time.monotonic()
        if ahead > 0:
            await asyncio.sleep(max(ahead, 0.005))
        tally.late_ms = max(tally.late_ms, -ahead * 1000)
        is_known = number % every == 0
        tally.known += is_known
        text = knowing if is_known else anonymous[number % len(anonymous)]
        bodies.put_nowait(traffic.fill(text, number, f"{run}k{number}" if is_known else run, int(time.time()), dice))


async def press(url: str, texts: list[str], run: str, seconds: float, rate: float, known: float) -> dict[str, float]:
    parts, tally, bodies = urlsplit(url), Tally(), asyncio.Queue[bytes | None]()
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    senders = [asyncio.create_task(sender(host, port, parts.path, bodies, tally)) for _ in range(CONNECTIONS_AT_MOST)]
    begun = time.monotonic()
    await pace(bodies, texts, run, seconds, rate, known, tally)
    for _ in senders:
        bodies.put_nowait(None)
    await asyncio.gather(*senders)
    taken = sorted(tally.latencies_ms) or [0.0]
    return {
        "requests": tally.requests,
        "seconds": time.monotonic() - begun,
        "refused": tally.refused,
        "broken": tally.broken,
        "known": tally.known,
        "late_ms": tally.late_ms,
        "p50": taken[len(taken) // 2],
        "p99": taken[int(0.99 * (len(taken) - 1))],
    }


if __name__ == "__main__":
    url, texts, run, seconds, rate, known = sys.argv[1:]
    lines = Path(texts).read_text(encoding="utf-8").splitlines()
    print(json.dumps(asyncio.run(press(url, lines, run, float(seconds), float(rate), float(known)))))
