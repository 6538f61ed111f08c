"""Days since the last order, brought up to date at the destination: a day went by, nothing else happened.

Once a day, after midnight where the shop is, buyers are marked for the bulk lane, as an import marks them: many of them
are one call. Only buyers the account was told of by this shop, and only if the mapping uses the attribute.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from collector.domain.history import CONTACT
from collector.domain.jobs import RECENCY, Next, of_shop
from collector.domain.ports import Clock
from collector.domain.quiet import zone_of
from collector.domain.recency import is_due, is_wanted, next_time
from collector.domain.shop import Shop
from collector.domain.state_ports import StateStore
from collector.pipeline.posting import is_telling

AT_ONCE = 500
TURN = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class RefreshRecency:
    """The job of one shop. `at_once`: buyers a transaction."""

    shop: Shop
    state: StateStore
    clock: Clock
    at_once: int = AT_ONCE

    @property
    def name(self) -> str:
        return of_shop(RECENCY, self.shop.id)

    def run(self, progress: Mapping[str, Any], now: datetime) -> Next:
        zone = zone_of(self.shop.zone)
        today, at = now.astimezone(zone).date(), next_time(now, zone)
        done = {"day": today.isoformat()}
        if not progress or not self._is_used():  # who was told today has today's number
            return Next(at, done)
        if progress.get("day") == done["day"] and "after" not in progress:
            return Next(at, done, "done for today")
        is_same_day = progress.get("day") == done["day"]
        after, marked = (progress["after"], progress["marked"]) if is_same_day else ("", 0)
        end = self.clock() + TURN
        while self.clock() < end:
            last, some = self._mark_some(after, today, now)
            marked += some
            if last is None:
                return Next(at, done, f"{marked} buyers are told of the day")
            after = last
        return Next(now, done | {"after": after, "marked": marked}, f"{marked} buyers so far")

    def _is_used(self) -> bool:
        return is_telling(self.shop) and is_wanted(self.shop.policy.mapping, self.shop.platform)

    def _mark_some(self, after: str, today: date, now: datetime) -> tuple[str | None, int]:
        """The last address looked at (None: there are no more) and how many were marked."""
        zone, account, marked = zone_of(self.shop.zone), self.shop.policy.account, 0
        with self.state.write() as tx:
            buyers = tx.orders.buyers(self.shop.id, after, self.at_once)
            for email, ordered_at in buyers:
                days = (today - ordered_at.astimezone(zone).date()).days
                if not is_due(days, email, today):
                    continue
                if any(told.shop_id == self.shop.id for told in tx.contacts.of(account, email)):
                    tx.history.mark_anew(self.shop.id, CONTACT, email, email, now)
                    marked += 1
        return (buyers[-1][0] if len(buyers) == self.at_once else None), marked
