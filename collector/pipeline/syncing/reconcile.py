"""What webhooks missed: every few hours, and at once when the guardian finds a gap, a shop's changes are read again.

Only what we have not, or older, is fetched and put into the live lane, where the same rules hold as for a late
webhook: an order placed since the activation is told once and calls its reminders off, an older one tells nothing.
Then some products are asked for by their numbers: of one that was deleted no list says anything.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from collector.domain.door import Lane, NewRow
from collector.domain.errors import Misuse, SourceUnavailable
from collector.domain.jobs import RECONCILING, Next, of_shop
from collector.domain.ports import Clock
from collector.domain.shop import Shop
from collector.domain.syncing import PRODUCTS, KnownProducts, Runs, RunState, RunType, Step
from collector.domain.timestamps import from_text, to_text
from collector.pipeline.syncing.changed import ChangedOnly
from collector.pipeline.syncing.gone import GoneProducts
from collector.pipeline.syncing.reading import OVERLAP, as_rows

log = logging.getLogger(__name__)

EVERY = timedelta(hours=4)
AGAIN = timedelta(minutes=30)  # after the shop did not answer
SETTLES = timedelta(minutes=2)  # what changed just now may still have its webhook on the way
FIRST = timedelta(hours=24)  # how far back the first one looks, at most to the installation
TURN = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class ReconcileServices:
    """`append`: rows into the inbox, all or none. `unfolded_since`: when the oldest live row of a shop came that is not
    folded yet; None: all are."""

    changes: ChangedOnly
    products: KnownProducts
    runs: Runs
    append: Callable[[Sequence[NewRow]], None]
    unfolded_since: Callable[[int], datetime | None]
    clock: Clock
    fresh_key: Callable[[], str]


class Reconcile:
    """The domain.jobs.Job of one shop. Its progress is the run that is under way; {} between two."""

    def __init__(self, services: ReconcileServices, shop: Shop) -> None:
        self._services = services
        self._shop = shop

    @property
    def name(self) -> str:
        return of_shop(RECONCILING, self._shop.id)

    def run(self, progress: Mapping[str, Any], now: datetime) -> Next:
        services, shop = self._services, self._shop
        unfolded_since = services.unfolded_since(shop.id)
        if unfolded_since is not None and unfolded_since < now - SETTLES:  # what is folded in a moment was not missed
            return Next(now + timedelta(minutes=1), progress, "waits until what arrived is folded")
        under_way = dict(progress) or self._begun(now)
        if not progress and not any(_is_due(under_way, resource) for resource in under_way["resources"]):
            return Next(now + AGAIN, {}, "nothing is old enough to have been missed")
        try:
            while services.clock() < now + TURN:
                if under_way["at"] == len(under_way["resources"]):
                    return self._looked_for_gone(under_way, now + TURN)
                resource = under_way["resources"][under_way["at"]]
                step = self._step(resource, under_way)
                self._take(step, resource, under_way)
                if step.is_done:
                    under_way |= {"at": under_way["at"] + 1, "cursor": {}}
                if step.wait_s > 0:
                    return Next(services.clock() + timedelta(seconds=step.wait_s), under_way, "waits for the shop")
        except (SourceUnavailable, Misuse) as problem:
            self._remember(under_way, RunState.FAILED, str(problem))
            return Next(services.clock() + AGAIN, under_way, f"tried again later: {problem}")
        return Next(services.clock(), under_way, "reads what changed")

    def _looked_for_gone(self, under_way: dict[str, Any], end: datetime) -> Next:
        """A shop that cannot be asked now is asked the next time: what changed is read, and must not wait for this."""
        services = self._services
        looking = GoneProducts(services.changes.reader, services.products, services.append, services.clock)
        before, problem = from_text(under_way["until"]), ""
        while services.clock() < end and not problem:
            try:
                step = looking.step(self._shop, before, under_way.get("there", 0))
            except (SourceUnavailable, Misuse) as trouble:
                problem = f"; deleted products are looked for the next time: {trouble}"
                continue
            if step.is_done:
                return self._ended(under_way)
            under_way["there"] = under_way.get("there", 0) + step.asked - step.gone
            under_way["counts"][PRODUCTS]["looked"] += step.asked
            under_way["counts"][PRODUCTS]["missed"] += step.gone
            if step.wait_s > 0:
                return Next(services.clock() + timedelta(seconds=step.wait_s), under_way, "waits for the shop")
        if problem:
            return self._ended(under_way, problem)
        return Next(services.clock(), under_way, "looks for deleted products")

    def _begun(self, now: datetime) -> dict[str, Any]:
        resources = list(self._services.changes.reader.resources)
        since = {resource: to_text(self._since(resource, now)) for resource in resources}
        return {
            "resources": resources,
            "since": since,
            "until": to_text(now - SETTLES),
            "at": 0,
            "cursor": {},
            "started_at": to_text(now),
            "counts": {resource: {"looked": 0, "missed": 0} for resource in resources},
        }

    def _since(self, resource: str, now: datetime) -> datetime:
        """Its own mark before that of a run by hand, which may have read only what was placed since some day."""
        runs, shop_id = self._services.runs, self._shop.id
        mark = runs.mark(shop_id, _own(resource)) or runs.mark(shop_id, resource)
        if mark is not None:
            return mark - OVERLAP
        return max(self._shop.installed_at or now - FIRST, now - FIRST)

    def _step(self, resource: str, under_way: Mapping[str, Any]) -> Step:
        if not _is_due(under_way, resource):
            return Step({}, is_done=True)
        since, until = from_text(under_way["since"][resource]), from_text(under_way["until"])
        return self._services.changes.step(self._shop, resource, since, until, under_way["cursor"])

    def _take(self, step: Step, resource: str, under_way: dict[str, Any]) -> None:
        if step.records:
            self._services.append(as_rows(self._shop, step.records, Lane.LIVE, self._services.clock()))
        counts = under_way["counts"][resource]
        counts["looked"] += step.looked
        counts["missed"] += len(step.records)
        under_way["cursor"] = dict(step.cursor)

    def _ended(self, under_way: Mapping[str, Any], problem: str = "") -> Next:
        services, counts = self._services, under_way["counts"]
        for resource in under_way["resources"]:
            services.runs.keep_mark(self._shop.id, _own(resource), from_text(under_way["until"]))
        self._remember(under_way, RunState.DONE)
        missed = {resource: count["missed"] for resource, count in counts.items() if count["missed"]}
        if missed:
            log.warning("webhooks missed records", extra={"shop_id": self._shop.id, **missed})
        said = ", ".join(f"{count:,} {resource}" for resource, count in missed.items())
        return Next(services.clock() + EVERY, {}, f"webhooks missed {said or 'nothing'}{problem}")

    def _remember(self, under_way: Mapping[str, Any], state: RunState, error: str = "") -> None:
        services, since = self._services, min(from_text(each) for each in under_way["since"].values())
        begun = services.runs.begin(
            services.fresh_key(),
            self._shop.id,
            RunType.RECONCILE,
            under_way["resources"],
            since,
            from_text(under_way["started_at"]),
        )
        services.runs.end(begun, state, services.clock(), under_way["counts"], error)


def _is_due(under_way: Mapping[str, Any], resource: str) -> bool:
    """Whether there is a time to look at; not so right after the installation."""
    return from_text(under_way["since"][resource]) < from_text(under_way["until"])


def _own(resource: str) -> str:
    """Apart from the marks of runs by hand: an incremental run goes on from those alone."""
    return f"reconciled:{resource}"
