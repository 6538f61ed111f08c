"""Numbers that tell a machine how everything is. No personal data, in no label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Figure:
    """One number, or one for each set of labels. `says`: what it counts, in a sentence; `labels`: their names, in the
    order of each sample's values."""

    name: str
    says: str
    labels: Sequence[str] = ()
    samples: Sequence[tuple[Sequence[str], float]] = field(default_factory=tuple)
