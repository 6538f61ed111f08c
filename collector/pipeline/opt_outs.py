"""Opt-outs at the destination become entries of the ledger: by reading them back, and for every shop of an account.

The webhooks tell at once (they come through the inbox like everything else); what they missed is read here: the
block list of the transactional platform every day, contacts that changed every half hour. Reading goes page by page
within the budget, remembers how far it came, and may read anything twice. It only ever lowers: somebody who is not
blocked there is not thereby allowed anything.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from collector.domain.errors import DeliveryFailed, Remedy
from collector.domain.events import ListJoined, MessageConsent
from collector.domain.jobs import JobState, Next
from collector.domain.opt_outs import ContactState, OptOut, Page, ReadBack, entry
from collector.domain.shop import Shop
from collector.domain.state_ports import StateStore, StateTransaction
from collector.domain.timestamps import from_text, to_text
from collector.pipeline.double_opt_in import confirmation

log = logging.getLogger(__name__)

BLOCK_LIST_EVERY = timedelta(days=1)
CONTACTS_EVERY = timedelta(minutes=30)
DAYS_BEFORE = timedelta(days=2)  # read once more: their days may be another zone's, and webhooks may have failed
MOMENTS_BEFORE = timedelta(minutes=10)
PAGES = 10  # a turn
TAKEN_AT_ONCE = 100  # entries a transaction: short enough that nobody waits for the write lock
SHARE_EVERY = timedelta(seconds=30)
SHARED_AT_ONCE = 500
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
REFUSED_PAUSE = timedelta(hours=6)  # the key may not read it; scopes change rarely
LONGEST_FIRST_READING = timedelta(hours=1)

ShopsOf = Callable[[str], Sequence[Shop]]


@dataclass(frozen=True, slots=True)
class Reading:
    """How far a reading came. `since` None: everything is read, the first time. `began_at`: of this pass; the next
    one begins there. `count`: entries at the beginning: fewer later, and something may have slipped past a page.

    `is_whole`: a pass went through once. `trouble`: why the last turn did not get on, "" when it did.
    """

    first_at: datetime
    began_at: datetime
    since: datetime | None = None
    offset: int = 0
    count: int = 0
    is_whole: bool = False
    trouble: str = ""
    failures: int = 0

    def to_json(self) -> dict[str, Any]:
        return {
            "first_at": to_text(self.first_at),
            "began_at": to_text(self.began_at),
            "since": to_text(self.since) if self.since else None,
            "offset": self.offset,
            "count": self.count,
            "is_whole": self.is_whole,
            "trouble": self.trouble,
            "failures": self.failures,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any], now: datetime) -> Reading:
        if not kept:
            return cls(now, now)
        return cls(
            from_text(kept["first_at"]),
            from_text(kept["began_at"]),
            from_text(kept["since"]) if kept["since"] else None,
            kept["offset"],
            kept["count"],
            kept["is_whole"],
            kept["trouble"],
            kept["failures"],
        )


def may_begin(states: Iterable[JobState | None], now: datetime) -> bool:
    """Whether messages may leave for an account: its opt-outs were read once. It is not waited for a reading that
    is refused or fails, nor longer than an hour for one that goes on: what is told at the door counts anyway."""
    return all(state is not None and _is_enough(state, now) for state in states)


def _is_enough(state: JobState, now: datetime) -> bool:
    if not state.progress:
        return state.failures > 0
    reading = Reading.from_json(state.progress, now)
    return reading.is_whole or bool(reading.trouble) or now - reading.first_at > LONGEST_FIRST_READING


@dataclass(frozen=True, slots=True)
class ReadBlockList:
    """The job that reads an account's block list, whole the first time and then day by day."""

    account: str
    state: StateStore
    read_back: ReadBack
    shops: ShopsOf

    @property
    def name(self) -> str:
        return f"block_list:{self.account}"

    def run(self, progress: Mapping[str, Any], now: datetime) -> Next:
        return _turn(self, Reading.from_json(progress, now), now, BLOCK_LIST_EVERY, DAYS_BEFORE)

    def page(self, reading: Reading, now: datetime) -> Page[OptOut]:
        since = reading.since.date() if reading.since else None
        try:
            return self.read_back.block_list(self.account, since, now.date(), reading.offset)
        except DeliveryFailed as failed:
            if failed.remedy is not Remedy.GIVE_UP or since is None:
                raise
            # A day that has not begun where the account lives is refused as being in the future.
            return self.read_back.block_list(self.account, since, (now - timedelta(hours=12)).date(), reading.offset)

    def take(self, tx: StateTransaction, items: Sequence[OptOut], now: datetime) -> int:
        return lower(tx, self.shops(self.account), [entry(one, self.read_back.source) for one in items], now)


@dataclass(frozen=True, slots=True)
class ReadContacts:
    """The job that reads which contacts are blocked now, all the first time and then those that changed."""

    account: str
    state: StateStore
    read_back: ReadBack
    shops: ShopsOf

    @property
    def name(self) -> str:
        return f"contacts:{self.account}"

    def run(self, progress: Mapping[str, Any], now: datetime) -> Next:
        return _turn(self, Reading.from_json(progress, now), now, CONTACTS_EVERY, MOMENTS_BEFORE)

    def page(self, reading: Reading, now: datetime) -> Page[ContactState]:
        return self.read_back.contacts(self.account, reading.since, reading.offset)

    def take(self, tx: StateTransaction, items: Sequence[ContactState], now: datetime) -> int:
        """A block is an opt-out when it is new to us and not our own; it is one as long as it lasts."""
        shops = self.shops(self.account)
        known = tx.opt_outs.blocked(self.account, [one.email for one in items])
        lifted = [one.email for one in items if one.email in known and not one.is_blocked]
        fresh = [one for one in items if one.is_blocked and one.email not in known]
        tx.opt_outs.lift_blocks(self.account, lifted)
        tx.opt_outs.keep_blocks(self.account, [one.email for one in fresh], now, is_ours=False)
        found = [OptOut(one.email, "blocklisted", min(one.modified_at, now)) for one in fresh]
        lowered = lower(tx, shops, [entry(one, self.read_back.source) for one in found], now)
        for one in items:
            for shop in shops if one.lists else ():
                confirmed = confirmation(tx, shop, ListJoined(one.modified_at, one.email, one.lists))
                if confirmed is not None:
                    tx.customers.record_consent(shop.id, confirmed, now)
        return lowered


def lower(tx: StateTransaction, shops: Sequence[Shop], acts: Sequence[MessageConsent], now: datetime) -> int:
    """Opt-outs for every shop of an account. One that stands in the ledger already changes nothing."""
    for shop in shops:
        for act in acts:
            tx.customers.record_consent(shop.id, act, now)
    return len(acts)


def _turn(
    job: ReadBlockList | ReadContacts, reading: Reading, now: datetime, every: timedelta, overlap: timedelta
) -> Next:
    """Some pages. What was read is in the ledger before the next page is asked for."""
    taken = 0
    for _ in range(PAGES):
        try:
            page = job.page(reading, now)
        except DeliveryFailed as failed:
            return _later(job.name, reading, failed, now)
        for first in range(0, len(page.items), TAKEN_AT_ONCE):
            with job.state.write() as tx:
                # The two kinds of pages belong to the two kinds of jobs.
                taken += job.take(tx, page.items[first : first + TAKEN_AT_ONCE], now)  # type: ignore[arg-type]
        if page.count < reading.count:
            reading = _with(reading, offset=0, count=page.count)
            continue
        reading = _with(reading, offset=reading.offset + page.read, count=max(page.count, reading.count))
        if page.is_last:
            done = Reading(reading.first_at, now, reading.began_at - overlap, is_whole=True)
            return Next(now + every, done.to_json(), f"read to the end, {taken} opted out")
    return Next(now, reading.to_json(), f"{reading.offset} of {reading.count} read")


def _later(name: str, reading: Reading, failed: DeliveryFailed, now: datetime) -> Next:
    if failed.remedy is Remedy.WAIT:
        wait = timedelta(seconds=max(failed.retry_after_s or 0, 1))
        return Next(now + wait, reading.to_json(), "waits for calls")
    log.warning("opt-outs not read", extra={"job": name, "why": str(failed), "cure": failed.cure})
    failures = reading.failures + 1
    pause = min(FIRST_PAUSE * 2 ** min(failures - 1, 10), LONGEST_PAUSE)
    if failed.remedy is Remedy.STOP and failed.reason == "not_permitted":
        pause = REFUSED_PAUSE
    kept = _with(reading, trouble=failed.reason, failures=failures)
    return Next(now + pause, kept.to_json(), f"{failed} {failed.cure}".strip()[:300])


def _with(
    reading: Reading,
    *,
    offset: int | None = None,
    count: int | None = None,
    trouble: str = "",
    failures: int = 0,
) -> Reading:
    return Reading(
        reading.first_at,
        reading.began_at,
        reading.since,
        reading.offset if offset is None else offset,
        reading.count if count is None else count,
        reading.is_whole,
        trouble,
        failures,
    )


@dataclass(frozen=True, slots=True)
class ShareOptOuts:
    """The job that tells every shop of an account who opted out in another: the contact is the same one there.

    `shops`: all of them. A shop that is new to an account hears of everybody who ever left.
    """

    state: StateStore
    shops: Callable[[], Sequence[Shop]]
    name: str = field(default="share_opt_outs", init=False)

    def run(self, progress: Mapping[str, Any], now: datetime) -> Next:
        together = _together(self.shops())
        number = {str(shop_id): sorted(others) for shop_id, others in sorted(together.items())}
        after = progress["after"] if progress.get("shops") == number else 0
        if not together:
            return Next(now + SHARE_EVERY, {"after": after, "shops": number})
        with self.state.write() as tx:
            found = tx.opt_outs.newest_opt_outs(after, SHARED_AT_ONCE)
            for _, shop_id, act in found:
                for other in together.get(shop_id, ()):
                    tx.customers.record_consent(other, act, now)
        kept = {"after": found[-1][0] if found else after, "shops": number}
        return Next(now if len(found) == SHARED_AT_ONCE else now + SHARE_EVERY, kept, f"{len(found)} shared")


def _together(shops: Sequence[Shop]) -> dict[int, set[int]]:
    """Shop -> the others of its account."""
    of_account: dict[str, set[int]] = {}
    for shop in shops:
        if shop.policy.account:
            of_account.setdefault(shop.policy.account, set()).add(shop.id)
    return {shop_id: ids - {shop_id} for ids in of_account.values() if len(ids) > 1 for shop_id in ids}
