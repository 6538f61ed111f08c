"""The guardian of a shop's webhooks: every hour, at once after an installation and after a change of permissions.

It keeps the subscriptions right and notices when deliveries must have been lost: subscriptions that were there and had
to be made again, or nobody who answered for longer than the platform repeats. What was missed then is read again by
the reconciliation, which is called.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from collector.domain.jobs import RECONCILING, SUBSCRIPTIONS, Next, of_shop
from collector.domain.shop import Shop
from collector.domain.state_ports import StateStore
from collector.domain.subscriptions import Kept, Subscriptions
from collector.domain.timestamps import from_text, to_text

log = logging.getLogger(__name__)

EVERY = timedelta(hours=1)
REPEATED_FOR = timedelta(hours=4)  # how long Shopify tries again; whoever was away for longer has lost something
NO_PUBLIC_URL = "public_url is not set: the shop cannot reach this server, so no webhook is registered."


@dataclass(frozen=True, slots=True)
class GuardSubscriptions:
    """The job of one shop. `address`: where its webhooks go; "" while the internet cannot reach us.

    `heard_at`: when the shop's newest row came in, if any is still there.
    """

    shop: Shop
    subscriptions: Subscriptions
    address: str
    state: StateStore
    heard_at: Callable[[int], datetime | None]

    @property
    def name(self) -> str:
        return of_shop(SUBSCRIPTIONS, self.shop.id)

    def run(self, progress: Mapping[str, Any], now: datetime) -> Next:
        if not self.address:
            return Next(now + EVERY, _remembered(None, now, [NO_PUBLIC_URL]), NO_PUBLIC_URL)
        kept = self.subscriptions.keep(self.shop, self.address)
        since = gap(progress, kept, self.heard_at(self.shop.id), now)
        if since is not None:
            self._have_it_read_again(since, now)
        found = _remembered(kept, now, list(kept.problems))
        found["gap_since"] = to_text(since) if since is not None else progress.get("gap_since", "")
        return Next(now + EVERY, found, in_words(kept, since))

    def _have_it_read_again(self, since: datetime, now: datetime) -> None:
        log.warning("webhooks were missed", extra={"shop_id": self.shop.id, "since": to_text(since)})
        with self.state.write() as tx:
            tx.jobs.bring_forward(of_shop(RECONCILING, self.shop.id), now)


def gap(before: Mapping[str, Any], kept: Kept, heard_at: datetime | None, now: datetime) -> datetime | None:
    """Since when deliveries were lost; None: none were, as far as can be known. The first look finds no gap: what was
    before it is the business of the first import."""
    if not before.get("topics"):
        return None
    looked_at = from_text(before["looked_at"])
    was_away = now - looked_at > REPEATED_FOR
    were_gone = set(before["topics"]) & {*kept.made, *kept.mended}
    if not was_away and not were_gone:
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
    if since is not None:
        said += f"; missed something since {to_text(since)}, which is read again"
    return "; ".join([said, *kept.problems])


def _remembered(kept: Kept | None, now: datetime, problems: list[str]) -> dict[str, Any]:
    return {
        "looked_at": to_text(now),
        "topics": list(kept.topics) if kept else [],
        "problems": problems,
        "notes": list(kept.notes) if kept else [],
    }
