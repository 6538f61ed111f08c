"""Decisions as they are kept: every hold, drop, skip and send with its reason from the closed list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """`id` 0 before it is stored. `truth`: what the truth check could see. `detail`: JSON."""

    shop_id: int
    kind: str
    decided_at: datetime
    outcome: str
    reason: str
    truth: str = ""
    person: int | None = None
    cart: int | None = None
    generation: int | None = None
    step: int = 0
    detail: Mapping[str, Any] = field(default_factory=dict)
    id: int = 0
