"""The history lane put together: what imports made known, told to Brevo in bulk; and what of it is left."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import requests

from collector.bootstrap.accounts import plans
from collector.bootstrap.desk import Desk
from collector.bootstrap.parts import clock
from collector.config import Config
from collector.destinations.brevo.bulk import BrevoBulk
from collector.destinations.brevo.client import BrevoAccount
from collector.destinations.brevo.limits import CONTACTS, HISTORY_SHARE, OTHER, BudgetMeter
from collector.domain.door import Lane
from collector.domain.jobs import Job, JobState
from collector.domain.shop import Shop
from collector.domain.syncing import lease_of
from collector.pipeline.history.job import HistoryJob
from collector.pipeline.history.planning import Room
from collector.pipeline.history.services import HistoryServices
from collector.pipeline.history.status import Status, status
from collector.pipeline.posting import is_telling
from collector.standards.currencies import IsoCurrencies
from collector.standards.money_text import MoneyText
from collector.storage.sqlite.budgets import Budgets
from collector.storage.sqlite.bulk_calls import BulkCalls
from collector.storage.sqlite.jobs import Jobs
from collector.storage.sqlite.leases import Leases
from collector.storage.sqlite.state import SqliteState


def history_jobs(
    config: Config,
    desk: Desk,
    shops: Callable[[], Sequence[Shop]],
    http: requests.Session,
    accounts: Mapping[str, BrevoAccount],
    should_stop: Callable[[], bool],
) -> Callable[[], Sequence[Job]]:
    """One job for each account there is at this moment. Used by one thread. Rehearsals tell nothing."""
    meter = _meter(config, desk)
    bulk = BrevoBulk(http, accounts, meter, clock, keep=BulkCalls(desk.state, clock).keep)

    def job_of(account: str) -> HistoryJob:
        services = HistoryServices(
            state=SqliteState(desk.state),
            bulk=bulk,
            clock=clock,
            display=MoneyText(IsoCurrencies()),
            shops=lambda: _telling(shops(), account),
            is_reading=lambda shop_id: _is_reading(desk, shop_id),
            room=lambda: _room(desk, meter, account, clock()),
            should_stop=should_stop,
        )
        return HistoryJob(services, account)

    made: dict[str, HistoryJob] = {}  # each remembers what it said last

    def found() -> Sequence[Job]:
        if config.delivery.mode == "dry_run":
            return []
        used = sorted({shop.policy.account for shop in shops()} & accounts.keys())
        made.update((account, job_of(account)) for account in used if account not in made)
        return [made[account] for account in used]

    return found


@dataclass(frozen=True, slots=True)
class AccountHistory:
    """`job`: when the account was looked after last; None: never."""

    status: Status
    job: JobState | None


def histories(config: Config, desk: Desk) -> list[AccountHistory]:
    """What is left for each account that a shop uses, as it stands."""
    meter, now, shops = _meter(config, desk), clock(), desk.shops.all()
    found = []
    for account in sorted({shop.policy.account for shop in shops} - {""}):
        own = [shop for shop in shops if shop.policy.account == account]
        with SqliteState(desk.state).read() as tx:
            seen = status(tx, account, own, _room(desk, meter, account, now))
        found.append(AccountHistory(seen, Jobs(desk.state).read(f"history:{account}")))
    return found


def _meter(config: Config, desk: Desk) -> BudgetMeter:
    return BudgetMeter(Budgets(desk.state), clock, plans(config), HISTORY_SHARE)


def _telling(shops: Sequence[Shop], account: str) -> list[Shop]:
    return [shop for shop in shops if shop.policy.account == account and is_telling(shop)]


def _is_reading(desk: Desk, shop_id: int) -> bool:
    """Whether somebody reads this shop, or an import of it is still being folded."""
    if Leases(desk.state).holder(lease_of(shop_id), clock()) is not None:
        return True
    cursors = desk.cursors.all(desk.reader.generation())
    return (shop_id, Lane.HISTORY) in desk.reader.shops_behind(cursors)


def _room(desk: Desk, meter: BudgetMeter, account: str, now: datetime) -> Room:
    second, *_ = meter.windows(account, CONTACTS)
    (hour,) = meter.windows(account, OTHER)
    limit, used = Budgets(desk.state).standing(account, OTHER, hour, now)
    return Room(
        contacts_s=1 / (second.limit * HISTORY_SHARE[CONTACTS]),
        others=int(limit * HISTORY_SHARE[OTHER]),
        others_used=used,
    )
