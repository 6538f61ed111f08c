"""Steps of a reading that takes only what changed: a page of numbers and versions, then those we have not or older."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collector.domain.shop import Shop
from collector.domain.syncing import ChangeReader, KnownVersions, Step


@dataclass(frozen=True, slots=True)
class ChangedOnly:
    """One step: a page is looked at, or some of its records are fetched."""

    reader: ChangeReader
    known: KnownVersions

    def step(self, shop: Shop, resource: str, since: datetime, until: datetime, cursor: Mapping[str, Any]) -> Step:
        left: Sequence[str] = cursor.get("left", ())
        after, is_last = cursor.get("after", ""), cursor.get("is_last", False)
        if not left:
            if is_last:
                return Step({}, is_done=True)
            return self._looked(shop, resource, since, until, after)
        fetched = self.reader.fetch(shop, resource, left)
        rest = list(fetched.left)
        is_done = not rest and is_last
        place = {} if is_done else {"left": rest, "after": after, "is_last": is_last}
        return Step(place, fetched.records, is_done=is_done, wait_s=fetched.wait_s)

    def _looked(self, shop: Shop, resource: str, since: datetime, until: datetime, after: str) -> Step:
        page = self.reader.changed(shop, resource, since, until, after)
        if page.wait_s:
            return Step({"after": after}, wait_s=page.wait_s)
        known = self.known.versions(shop.id, resource, [one.id for one in page.records])
        wanted = [one.id for one in page.records if one.id not in known or known[one.id] < one.version_at]
        is_last = not page.after
        is_done = is_last and not wanted
        place = {} if is_done else {"left": wanted, "after": page.after, "is_last": is_last}
        return Step(place, is_done=is_done, looked=len(page.records))
