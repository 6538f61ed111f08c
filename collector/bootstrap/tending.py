"""The jobs that come round by themselves, out of the settings. A new kind of job is a line in `all_jobs`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import requests

from collector.bootstrap.accounts import plans
from collector.bootstrap.desk import Desk
from collector.bootstrap.live import live_jobs
from collector.bootstrap.parts import clock
from collector.bootstrap.privacy import privacy_job
from collector.bootstrap.shopify import token_jobs
from collector.bootstrap.syncing import reconcile_jobs
from collector.config import Config
from collector.destinations.brevo.blocked import BrevoReadBack
from collector.destinations.brevo.client import BrevoAccount
from collector.destinations.brevo.limits import HISTORY_SHARE, BudgetMeter
from collector.domain.door import NewRow
from collector.domain.jobs import Job
from collector.domain.shop import Shop
from collector.pipeline.opt_outs import ReadBlockList, ReadContacts, ShareOptOuts, may_begin
from collector.standards.addresses import StandardAddresses
from collector.storage.sqlite.budgets import Budgets
from collector.storage.sqlite.jobs import Jobs
from collector.storage.sqlite.state import SqliteState

NOT_EVEN_TRIED_S = 120.0  # nobody tends: messages do not wait for what never begins


@dataclass(frozen=True, slots=True)
class Tools:
    """What jobs are made of; all of it is used by the tending thread alone. `shops`: as they are now; `append` puts
    rows into the inbox; `sleep` ends when the worker does."""

    config: Config
    desk: Desk
    shops: Callable[[], Sequence[Shop]]
    http: requests.Session
    accounts: Mapping[str, BrevoAccount]
    append: Callable[[Sequence[NewRow]], None]
    sleep: Callable[[float], None] = time.sleep


def all_jobs(tools: Tools) -> Callable[[], Sequence[Job]]:
    """The jobs there are at this moment: accounts come and go with their shops."""
    opt_outs = opt_out_jobs(tools)
    privacy = privacy_job(tools.config, tools.desk, tools.http, tools.sleep)
    tokens = token_jobs(tools.config, tools.desk.state, tools.http, tools.shops, tools.sleep)
    live = live_jobs(tools.config, tools.desk, tools.shops, tools.http, tools.append, tools.sleep)
    reconcile = reconcile_jobs(tools.config, tools.desk, tools.shops, tools.http, tools.append, tools.sleep)
    return lambda: [privacy, *opt_outs(), *tokens(), *live(), *reconcile()]


def opt_out_jobs(tools: Tools) -> Callable[[], Sequence[Job]]:
    state = SqliteState(tools.desk.state)
    # Bulk work: whatever happens now finds calls left.
    meter = BudgetMeter(Budgets(tools.desk.state), clock, plans(tools.config), HISTORY_SHARE)
    read_back = BrevoReadBack(tools.http, tools.accounts, meter, StandardAddresses().email)

    def of_account(account: str) -> list[Shop]:
        return [shop for shop in tools.shops() if shop.policy.account == account]

    def jobs() -> list[Job]:
        used = sorted({shop.policy.account for shop in tools.shops()} & tools.accounts.keys())
        found: list[Job] = [ShareOptOuts(state, tools.shops)]
        for account in used:
            found.append(ReadBlockList(account, state, read_back, of_account))
            found.append(ReadContacts(account, state, read_back, of_account))
        return found

    return jobs


class FirstReading:
    """Which accounts messages may leave for: those whose opt-outs were read once (`may_begin`). Once open, always."""

    def __init__(self, jobs: Jobs, accounts: Mapping[str, BrevoAccount], monotonic: Callable[[], float]) -> None:
        self._jobs = jobs
        self._accounts = accounts
        self._monotonic = monotonic
        self._asked_at: dict[str, float] = {}
        self._open: set[str] = set()

    def of(self, accounts: Sequence[str], now: datetime) -> list[str]:
        return [account for account in accounts if account in self._open or self._opens(account, now)]

    def _opens(self, account: str, now: datetime) -> bool:
        states = [self._jobs.read(f"{kind}:{account}") for kind in ("block_list", "contacts")]
        asked_at = self._asked_at.setdefault(account, self._monotonic())
        is_never_tried = None in states and self._monotonic() - asked_at > NOT_EVEN_TRIED_S
        if account not in self._accounts or is_never_tried or may_begin(states, now):
            self._open.add(account)
            return True
        return False
