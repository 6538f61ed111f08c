"""Does the database say of a shop what the shop says of itself? How records are held against each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

MOST = 5  # differences that are told


def first(*lines: Iterable[str]) -> list[str]:
    """The first few differences, in words."""
    return list(islice((line for some in lines for line in some), MOST))


def moment(stated: str | None) -> datetime | None:
    return datetime.fromisoformat(stated) if stated else None


def compared(
    kind: str, stored: dict[str, dict[str, Any]], expected: Iterator[tuple[str, dict[str, Any]]]
) -> Iterator[str]:
    left = set(stored)
    for id_, wanted in expected:
        left.discard(id_)
        row = stored.get(id_)
        if row is None:
            yield f"{kind} {id_} is missing"
            continue
        for name, value in wanted.items():
            if row.get(name) != value:
                yield f"{kind} {id_}: {name} is {row.get(name)!r}, the shop says {value!r}"
    yield from (f"{kind} {id_} is not in the shop" for id_ in sorted(left))
