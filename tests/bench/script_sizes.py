"""How many bytes a shop's pages load of the tracker, beside those of others."""

from __future__ import annotations

import zlib

import brotli  # type: ignore[import-untyped]
from flask import Flask

from collector.web import tracker
from tests.bench import report, storefront
from tests.bench.peers import DATED, PEERS
from tests.bench.report import Goal, number

AIM = 3_072
Sizes = tuple[int, int, int]


def measure() -> list[tuple[str, Sizes]]:
    """Minified, gzip -9, brotli -11. Raises `packages.NotThere`."""
    report.progress("sizes of scripts")
    ours = [(name, sizes((storefront.BUILT / f"{name}.js").read_bytes())) for name in tracker.PLATFORMS]
    served = [(f"{name}, as served with its settings", _served(name)) for name in tracker.PLATFORMS]
    peers = [(peer.label, sizes(peer.script())) for peer in PEERS]
    dated = [(one.label, one.sizes) for one in DATED]
    return [*ours, *served, *sorted(peers + dated, key=lambda row: row[1][2])]


def sizes(script: bytes) -> Sizes:
    return len(script), len(zlib.compress(script, 9, zlib.MAX_WBITS | 16)), len(brotli.compress(script))


def _served(platform: str) -> Sizes:
    app = Flask("serving")
    app.register_blueprint(tracker.blueprint(storefront.scripts("https://collect.example.com")))
    found = [
        len(app.test_client().get(f"/c/key-{platform}.js", headers={"Accept-Encoding": encoding}).data)
        for encoding in ("identity", "gzip", "br")
    ]
    return found[0], found[1], found[2]


def show(rows: list[tuple[str, Sizes]]) -> list[Goal]:
    cells = [(label, *(number(size) for size in found)) for label, found in rows]
    report.table("Scripts (bytes)", ("", "minified", "gzip -9", "brotli -11"), cells)
    return [
        Goal(f"{label}: at most {AIM:,} bytes brotli", f"{found[2]:,}", found[2] <= AIM)
        for label, found in rows
        if label in tracker.PLATFORMS
    ]
