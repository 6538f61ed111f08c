"""The sites of a network with their keys, as a merchant writes them down: one line each, `address, key, secret`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from collector.domain.errors import Misuse

MOST = 500
LONGEST = 1_000_000  # bytes
FORMAT = "one site a line: address, consumer key and secret, with commas, semicolons, tabs or blanks between them"


@dataclass(frozen=True, slots=True)
class Site:
    """One line. `number`: of the line, from 1."""

    number: int
    url: str
    key: str
    secret: str = field(repr=False)


def read_sites(name: str) -> list[Site]:
    """From a file, or `-` for standard input. Raises Misuse naming the line; never repeats a secret."""
    sites = list(_sites(_text(name)))
    if not sites:
        raise Misuse(f"--network {name} names no site; write {FORMAT}")
    if len(sites) > MOST:
        raise Misuse(f"--network {name} names {len(sites)} sites; connect {MOST} at a time")
    _must_differ(sites)
    return sites


def _text(name: str) -> str:
    if name == "-":
        return sys.stdin.read(LONGEST)
    try:
        with Path(name).open("rb") as file:
            return file.read(LONGEST).decode("utf-8-sig")
    except OSError as problem:
        raise Misuse(f"--network {name}: {problem.strerror}") from None
    except UnicodeDecodeError:
        raise Misuse(f"--network {name} is no text file; write {FORMAT}") from None


def _sites(text: str) -> Iterator[Site]:
    for number, line in enumerate(text.splitlines(), 1):
        parts = [part.strip().strip('"') for part in re.split(r"[,;\s]+", line.strip()) if part.strip().strip('"')]
        if not parts or line.lstrip().startswith("#") or (number == 1 and not _has_keys(parts)):
            continue  # empty, a remark, or the heads of a table
        if len(parts) != 3 or not parts[1].startswith("ck_") or not parts[2].startswith("cs_"):
            raise Misuse(f"line {number} of --network is not understood; write {FORMAT} (ck_… and cs_…)")
        yield Site(number, parts[0], parts[1], parts[2])


def _has_keys(parts: list[str]) -> bool:
    return any(part.startswith(("ck_", "cs_", "http")) for part in parts) or "." in parts[0]


def _must_differ(sites: list[Site]) -> None:
    met: dict[str, int] = {}
    for site in sites:
        before = met.setdefault(site.key, site.number)
        if before != site.number:
            raise Misuse(
                f"lines {before} and {site.number} of --network have the same consumer key;"
                " keys are good for one site only: make some in the dashboard of each"
            )
