"""What was learnt of a shop's API, so that the next call need not find it out again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from collector.domain.timestamps import from_text, to_text

PREFIX = "/wp-json"


@dataclass(frozen=True, slots=True)
class Known:
    """`way` the keys travel ("": not known yet). `prefix`: where the API is below the home address.

    `sizes`: of the pages of a list, where a hundred were too many. `is_noisy`: something prints before the answers.
    `back_off_s`, `busy_until`: the host asked to be left alone (`Pace`).
    """

    way: str = ""
    prefix: str = PREFIX
    sizes: Mapping[str, int] = field(default_factory=dict)
    is_noisy: bool = False
    back_off_s: float = 0.0
    busy_until: datetime | None = None


def as_json(known: Known) -> dict[str, Any]:
    """As it is kept."""
    busy_until = to_text(known.busy_until) if known.busy_until else None
    return {**asdict(known), "sizes": dict(known.sizes), "busy_until": busy_until}


def from_json(learnt: Mapping[str, Any], *, is_old: bool) -> Known:
    """Hosts get better, or are told to: of what `is_old`, only the way and the place count."""
    known = Known(way=str(learnt.get("way", "")), prefix=str(learnt.get("prefix") or PREFIX))
    if is_old:
        return known
    until = learnt.get("busy_until")
    return Known(
        way=known.way,
        prefix=known.prefix,
        sizes={str(kind): int(size) for kind, size in learnt.get("sizes", {}).items()},
        is_noisy=bool(learnt.get("is_noisy")),
        back_off_s=float(learnt.get("back_off_s", 0.0)),
        busy_until=from_text(until) if until else None,
    )
