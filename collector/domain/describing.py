"""What a shop says of itself, asked now and then: its name, its currency, its clock, and how its API stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from collector.domain.shop import Shop
from collector.domain.syncing import RawRecord


@dataclass(frozen=True, slots=True)
class SelfDescription:
    """`record`: for the inbox, as a webhook would have told it. `problems`: (what is wrong, its cure)."""

    record: RawRecord
    problems: tuple[tuple[str, str], ...] = ()


class ShopReader(Protocol):
    def describe(self, shop: Shop) -> SelfDescription:
        """Raises SourceUnavailable, Misuse."""
        ...
