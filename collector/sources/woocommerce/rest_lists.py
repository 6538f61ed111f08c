"""Lists of a shop, page by page; and the sizes of pages for hosts that die of a hundred records."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LARGEST = 100  # WooCommerce's own
SIZES = (100, 50, 25, 10)
GOOD_BEFORE_LARGER = 20
LONGER_EACH_TIME = 4


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. `total`, `pages`: as the shop counts at this moment, None where it does not say.

    Past the end the counts may be 0: take them from the first page.
    """

    records: list[dict[str, Any]]
    total: int | None
    pages: int | None


@dataclass(slots=True)
class _Size:
    size: int
    good: int = 0
    larger_after: int = GOOD_BEFORE_LARGER


@dataclass(slots=True)
class PageSizes:
    """How many records a list is asked for at once. After a while of good answers the next larger size is tried."""

    _of: dict[str, _Size] = field(default_factory=dict)

    @classmethod
    def known(cls, sizes: Mapping[str, int]) -> PageSizes:
        return cls({kind: _Size(size) for kind, size in sizes.items() if size in SIZES[1:]})

    def size(self, kind: str, wanted: int) -> int:
        """The largest that fits into `wanted` without a rest."""
        most = self._of[kind].size if kind in self._of else LARGEST
        return wanted if wanted <= most else next((one for one in SIZES if one <= most and wanted % one == 0), wanted)

    def failed(self, kind: str, size: int, wanted: int) -> bool:
        """Too many: fewer from now on. False where there is nothing smaller to ask for."""
        smaller = next((one for one in SIZES if one < size and wanted % one == 0), None)
        if smaller is None:
            return False
        before = self._of.get(kind)
        later = before.larger_after * LONGER_EACH_TIME if before else GOOD_BEFORE_LARGER
        self._of[kind] = _Size(smaller, larger_after=later)
        return True

    def worked(self, kind: str) -> bool:
        """True if the size is another one from now on."""
        now = self._of.get(kind)
        if now is None:
            return False
        now.good += 1
        if now.good < now.larger_after:
            return False
        now.size, now.good = SIZES[SIZES.index(now.size) - 1], 0
        return True

    def learnt(self) -> dict[str, int]:
        """For `known`."""
        return {kind: one.size for kind, one in self._of.items() if one.size < LARGEST}


def kind_of(path: str) -> str:
    """`products/7/variations` -> `products/variations`."""
    return re.sub(r"/\d+", "", path.strip("/"))


def count(header: str | None) -> int | None:
    return int(header) if header is not None and header.isascii() and header.isdigit() else None
