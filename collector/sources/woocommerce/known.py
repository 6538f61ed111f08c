"""What was learnt of a shop's API, so that the next call need not find it out again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

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
