"""What the worker does in some minutes, done at once: its own jobs, by a clock that is set ahead.

The product may run: whoever does a job holds its lease, as workers do among each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from collector.bootstrap import Desk, open_desk
from collector.bootstrap.accounts import BrevoAccounts, plans
from collector.bootstrap.privacy import privacy_job
from collector.config import Config
from collector.destinations.brevo.bulk import BrevoBulk
from collector.destinations.brevo.limits import HISTORY_SHARE, BudgetMeter
from collector.domain.jobs import lease_of
from collector.outgoing.guard import guarded_session
from collector.pipeline.history.job import HistoryJob
from collector.pipeline.history.services import HistoryServices
from collector.pipeline.posting import is_telling
from collector.standards.currencies import IsoCurrencies
from collector.standards.money_text import MoneyText
from collector.storage.sqlite.budgets import Budgets
from collector.storage.sqlite.leases import Leases
from collector.storage.sqlite.state import SqliteState
from tests.system.product import Product, until

MOST_TURNS = 500
AHEAD = timedelta(minutes=2)


class Clock:
    """Somebody sets it."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Bench:
    config: Config
    desk: Desk
    http: requests.Session


@contextmanager
def _in_place_of_the_worker(product: Product, job: str) -> Iterator[Bench]:
    config, holder = product.config, "a test"
    with open_desk(config) as desk, guarded_session(config.allow_insecure_upstreams) as http:
        leases, name = Leases(desk.state), lease_of(job)
        until(lambda: leases.take(name, holder, datetime.now(UTC), timedelta(minutes=10)), product.log)
        try:
            yield Bench(config, desk, http)
        finally:
            leases.release(name, holder)


def tell_history(product: Product, account: str = "brevo") -> None:
    """Until nothing of what was imported is left to be told to this account."""
    clock = Clock()
    with _in_place_of_the_worker(product, f"history:{account}") as bench:
        shops = [one for one in bench.desk.shops.all() if one.policy.account == account and is_telling(one)]
        meter = BudgetMeter(Budgets(bench.desk.state), clock, plans(bench.config), HISTORY_SHARE)
        services = HistoryServices(
            state=SqliteState(bench.desk.state),
            bulk=BrevoBulk(bench.http, BrevoAccounts(bench.config, lambda: shops), meter, clock, clock.passes),
            clock=clock,
            display=MoneyText(IsoCurrencies()),
            shops=lambda: shops,
        )
        job = HistoryJob(services, account)
        progress: Mapping[str, Any] = {}
        for _ in range(MOST_TURNS):
            found = job.run(progress, clock.now)
            progress = found.progress
            if found.said == "everything is told":
                return
            clock.now = max(found.due_at, clock.now + timedelta(seconds=1))
    raise AssertionError(f"not everything is told: {found.said}")


def answer_requests(product: Product) -> None:
    """What platforms asked about personal data, two minutes from now."""
    with _in_place_of_the_worker(product, "privacy_requests") as bench:
        privacy_job(bench.config, bench.desk, bench.http).run({}, datetime.now(UTC) + AHEAD)
