"""The guardian of a shop's webhooks: every hour, at once after an installation and after a change of permissions.

It keeps the subscriptions right and notices when deliveries must have been lost: subscriptions that were there and had
to be made again, some that were switched off for a while, or nobody who answered for longer than the platform repeats.
What was missed then is read again by the reconciliation, which is called. And it notices when all is registered and
nothing comes: the reconciliation brings records that no webhook told of.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from collector.domain.jobs import RECONCILING, SUBSCRIPTIONS, Next, of_shop
from collector.domain.shop import Shop
from collector.domain.state_ports import StateStore
from collector.domain.subscriptions import Fault, Heard, Kept, Missed, Subscriptions
from collector.domain.timestamps import from_text, to_text

log = logging.getLogger(__name__)

EVERY = timedelta(hours=1)
SOON = timedelta(minutes=1)
AWAY = timedelta(minutes=90)  # a look that comes later than this was not ours to make: we were away
FAULTS_LAST = timedelta(days=1)
NO_PUBLIC_URL = "public_url is not set: the shop cannot reach this server, so no webhook is registered."


@dataclass(frozen=True, slots=True)
class Ears:
    """What the doors and the reconciliation know of a shop by its number.

    `heard_at`: when its newest webhook came in, if that is within memory; known to the hour. `refused`: how many came
    to its own address since (whole hours) and did not verify. `missed`: what the newest reconciliation brought.
    """

    heard_at: Callable[[int], datetime | None]
    refused: Callable[[int, datetime], int] = lambda shop_id, since: 0
    missed: Callable[[int], Missed | None] = lambda shop_id: None


@dataclass(frozen=True, slots=True)
class GuardSubscriptions:
    """The job of one shop. `address`: where its webhooks go; "" while the internet cannot reach us."""

    shop: Shop
    subscriptions: Subscriptions
    address: str
    state: StateStore
    ears: Ears

    @property
    def name(self) -> str:
        return of_shop(SUBSCRIPTIONS, self.shop.id)

    def run(self, progress: Mapping[str, Any], now: datetime) -> Next:
        if not self.address:
            # On a machine without one they may be made by hand, and come.
            problems = [NO_PUBLIC_URL] if self.ears.heard_at(self.shop.id) is None else []
            return Next(now + EVERY, _remembered(None, now, problems), NO_PUBLIC_URL)
        kept = self.subscriptions.keep(self.shop, self.address, self._heard(progress, now))
        if silence := self._silence(progress, kept):
            kept = replace(kept, problems=(*kept.problems, silence), complaints=(*kept.complaints, silence))
        since = gap(progress, kept, self.ears.heard_at(self.shop.id), now, self.subscriptions.repeats_for)
        if since is not None:
            self._have_it_read_again(since, now)
        found = _remembered(kept, now, list(kept.problems))
        found["gap_since"] = to_text(since) if since is not None else progress.get("gap_since", "")
        found["refused"] = self.ears.refused(self.shop.id, now)
        found["all_since"] = (progress.get("all_since") or to_text(now)) if kept.topics else ""
        return Next(now + (SOON if kept.left else EVERY), found, in_words(kept, since))

    def _heard(self, progress: Mapping[str, Any], now: datetime) -> Heard:
        """Counts are kept by the hour: those of the hour of the last look were looked at then."""
        looked_at = from_text(progress["looked_at"]) if progress.get("looked_at") else now
        refused = self.ears.refused(self.shop.id, looked_at) - int(progress.get("refused", 0))
        return Heard(now, bool(progress.get("topics")) and refused > 0, self._faults(now))

    def _faults(self, now: datetime) -> list[Fault]:
        with self.state.write() as tx:
            tx.faults.forget(self.shop.id, now - FAULTS_LAST)
            return tx.faults.since(self.shop.id, now - FAULTS_LAST)

    def _silence(self, progress: Mapping[str, Any], kept: Kept) -> str:
        """All was registered while records changed, and no webhook came; "" if there is nothing to say."""
        missed, all_since = self.ears.missed(self.shop.id), progress.get("all_since")
        if missed is None or not missed.count or not kept.topics or not all_since:
            return ""
        heard_at = self.ears.heard_at(self.shop.id)
        is_heard = heard_at is not None and heard_at + timedelta(hours=1) > missed.since
        if is_heard or from_text(all_since) > missed.since:
            return ""
        return (
            f"{missed.count:,} orders came or changed since {to_text(missed.since)}, and no webhook told of them;"
            f" they were read instead. {self.subscriptions.why_silent(self.shop)}"
        )

    def _have_it_read_again(self, since: datetime, now: datetime) -> None:
        log.warning("webhooks were missed", extra={"shop_id": self.shop.id, "since": to_text(since)})
        with self.state.write() as tx:
            tx.jobs.bring_forward(of_shop(RECONCILING, self.shop.id), now)


def gap(
    before: Mapping[str, Any], kept: Kept, heard_at: datetime | None, now: datetime, repeats_for: timedelta
) -> datetime | None:
    """Since when deliveries were lost; None: none were, as far as can be known. The first look finds no gap: what was
    before it is the business of the first import."""
    known = {*before.get("topics", ()), *before.get("quiet", ())}
    if not known:
        return None
    looked_at = from_text(before["looked_at"])
    was_away = now - looked_at > max(repeats_for, AWAY)
    were_gone = known & {*kept.made, *kept.mended}
    were_quiet = {*before.get("quiet", ())} & {*kept.topics}
    if not was_away and not were_gone and not were_quiet:
        return None
    return min(heard_at, looked_at) if heard_at is not None else looked_at


def in_words(kept: Kept, since: datetime | None = None) -> str:
    """One sentence for whoever looks."""
    done = [
        f"{len(names)} {what}"
        for what, names in (("made", kept.made), ("mended", kept.mended), ("deleted", kept.deleted))
        if names
    ]
    said = f"{len(kept.topics)} topics{': ' + ', '.join(done) if done else ' as they should be'}"
    if kept.left:
        said += f"; {len(kept.left)} follow"
    if since is not None:
        said += f"; missed something since {to_text(since)}, which is read again"
    return "; ".join([said, *kept.problems])


def _remembered(kept: Kept | None, now: datetime, problems: list[str]) -> dict[str, Any]:
    return {
        "looked_at": to_text(now),
        "topics": list(kept.topics) if kept else [],
        "quiet": list(kept.quiet) if kept else [],
        "problems": problems,
        "complaints": list(kept.complaints) if kept else [],
        "notes": list(kept.notes) if kept else [],
    }
