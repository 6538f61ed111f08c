"""An import into real files, told to the local Brevo in this process, by a clock somebody sets.

Live messages are delivered beside it by the real loop, out of the same budgets. What Brevo has at the end is read
from its own account.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from collector.destinations.brevo.bulk import BrevoBulk
from collector.destinations.brevo.client import BrevoAccount
from collector.destinations.brevo.destination import BrevoDestination
from collector.destinations.brevo.limits import HISTORY_SHARE, BudgetMeter
from collector.domain.door import Lane, NewRow
from collector.domain.jobs import Next
from collector.domain.messages import ContactMessage, Message
from collector.domain.outbox import OutboxRow
from collector.domain.shop import Policy, Sending, Shop
from collector.domain.state_ports import StateTransaction
from collector.pipeline.contact_attributes import refreshed
from collector.pipeline.deliver_services import DeliverServices
from collector.pipeline.fold import fold_some
from collector.pipeline.history.job import HistoryJob
from collector.pipeline.history.services import HistoryServices
from collector.pipeline.posting import is_telling
from collector.pipeline.still_right import as_it_stands, still_right
from collector.sandbox.brevo.people import Contact
from collector.sandbox.brevo.state import DEFAULT_KEY, Call
from collector.standards.currencies import IsoCurrencies
from collector.standards.money_text import MoneyText
from collector.storage.sqlite.budgets import Budgets
from collector.storage.sqlite.bulk_calls import BulkCalls
from collector.storage.sqlite.outbox import Outbox
from collector.storage.sqlite.state import SqliteState
from collector.worker.deliver import Delivering
from tests.pipeline.fold_bench import WOO, FoldBench, fold_bench
from tests.pipeline.row_builders import at, for_shop
from tests.sandbox.brevo_client import Brevo, Clock, session

DISPLAY = MoneyText(IsoCurrencies())
LISTS = {"all_customers": 2, "buyers": 3}
POLICY = Policy(account="brevo", lists=LISTS)
SHOP = replace(WOO, sending=Sending.LIVE, activated_at=at(-1000), policy=POLICY)
URL = "https://brevo.example/v3"
MOMENT = timedelta(milliseconds=80)  # of a call, there and back
BYTES_A_SECOND = 2_000_000


@dataclass
class Rig:
    """`step`: the history job comes round. `deliver`: a turn of the live loop. `run`: both, as time passes.
    `calls_until_stop`: after so many the worker is to stop.
    """

    files: FoldBench
    tier: str = "general"
    shop: Shop = SHOP
    other_shops: tuple[Shop, ...] = ()
    is_delivering: bool = True
    is_reading: bool = False
    calls_until_stop: int | None = None
    progress: Mapping[str, Any] = field(default_factory=dict)
    due_at: datetime | None = None
    said: str = ""
    call_lasts: timedelta = MOMENT

    def __post_init__(self) -> None:
        self.brevo = Brevo(tier=self.tier, clock=Clock())
        self.clock = self.brevo.clock
        self.clock.now = at(60)
        self.account = self.brevo.account
        for name in ("customers", "buyers"):
            self.account.add_list(name, 1)
        for name in ("FIRSTNAME", "LASTNAME"):
            if name not in {one.name for one in self.account.attributes.all()}:
                self.account.attributes.create("normal", name, "text", ())
        self.state = SqliteState(self.files.connection)
        self.outbox = Outbox(self.files.connection)
        budgets = Budgets(self.files.connection)
        accounts = {"brevo": BrevoAccount("brevo", DEFAULT_KEY, URL)}
        http, bulk_http = self._http(self._pause), self._http(self.spend)
        bulk_meter = BudgetMeter(budgets, self.clock, shares=HISTORY_SHARE)
        self.log = BulkCalls(self.files.connection, self.clock)
        self.bulk = BrevoBulk(
            bulk_http, accounts, bulk_meter, self.clock, lambda seconds: self.spend(seconds), self.log.keep
        )
        self.meter = BudgetMeter(budgets, self.clock)
        self.destination = BrevoDestination(http, accounts, self.meter, self.clock)
        self.job = self.new_job()
        self.delivering = Delivering(self._deliver_services(), self.outbox.accounts_due)

    def new_job(self) -> HistoryJob:
        """As after a restart."""
        services = HistoryServices(
            state=self.state,
            bulk=self.bulk,
            clock=self.clock,
            display=DISPLAY,
            shops=lambda: [shop for shop in (self.shop, *self.other_shops) if is_telling(shop)],
            is_reading=lambda shop_id: self.is_reading,
            should_stop=lambda: self.calls_until_stop is not None and len(self.calls()) >= self.calls_until_stop,
        )
        return HistoryJob(services, "brevo")

    def fold(self, rows: Iterable[NewRow], lane: Lane, shop: Shop | None = None) -> None:
        shop = shop or self.shop
        rows = [replace(row, lane=lane) for row in for_shop(shop.id, rows)]
        self.files.inbox.append_many(rows)
        while fold_some(self.files.services, shop, lane, self.clock.now):
            pass

    def imported(self, *rows: NewRow) -> None:
        self.fold(rows, Lane.HISTORY)

    def live(self, *rows: NewRow) -> None:
        self.fold(rows, Lane.LIVE)

    def step(self) -> Next:
        """One turn of the job, now; its own due time is not waited for."""
        found = self.job.run(self.progress, self.clock.now)
        self.progress, self.due_at, self.said = found.progress, found.due_at, found.said
        return found

    def deliver(self) -> int:
        return self.delivering.turn(self.clock.now)

    def run(self, for_: timedelta = timedelta(hours=3)) -> None:
        """The loops, until nothing is left to be told, or so long."""
        end = self.clock.now + for_
        while self.clock.now < end:
            done = self.deliver() if self.is_delivering else 0
            if self.due_at is None or self.due_at <= self.clock.now:
                self.step()
                if self.is_over:
                    return
            if not done:
                self.clock.now = self._next_moment(end)

    @property
    def is_over(self) -> bool:
        waits = self.files.connection.execute(
            "select (select count(*) from history_marks where is_due = 1 or batch is not null)"
            " + (select count(*) from outbox where state = 'waiting')"
        ).fetchone()[0]
        return not waits or (not self.is_delivering and not self.marks_waiting)

    @property
    def marks_waiting(self) -> int:
        query = "select count(*) from history_marks where is_due = 1 or batch is not null"
        return int(self.files.connection.execute(query).fetchone()[0])

    def _next_moment(self, end: datetime) -> datetime:
        next_message = self.outbox.next_due_at("brevo") if self.is_delivering else None
        found = [one for one in (self.due_at, next_message) if one is not None]
        soonest = min(found, default=end)
        return min(max(soonest, self.clock.now + timedelta(milliseconds=50)), end)

    def contact(self, email: str) -> Contact | None:
        return self.account.people.find("email", email)

    def there(self, email: str) -> Contact:
        found = self.contact(email)
        assert found is not None, f"{email} is no contact"
        return found

    def calls(self, path: str = "") -> list[Call]:
        return [call for call in self.account.calls if call.path.startswith(f"/v3{path}")]

    def imports(self) -> list[Any]:
        """Bodies, in the order they were taken."""
        return [call.body for call in self.calls("/contacts/import") if call.status == 202]

    def decisions(self) -> list[tuple[str, str, str]]:
        query = "select kind, outcome, reason from decisions order by id"
        return [(kind, outcome, reason) for kind, outcome, reason in self.files.connection.execute(query)]

    def spend(self, seconds: float) -> None:
        """The history job waits, for an answer or for its turn. A test may let other things happen meanwhile."""
        self._pause(seconds)

    def _http(self, spend: Callable[[float], None]) -> requests.Session:
        """Each call takes its time by the set clock, large bodies more of it."""
        http, rig = session(self.brevo), self
        ask = http.request

        def request(method: str, url: str, **more: Any) -> requests.Response:
            answer = ask(method, url, **more)
            spend(rig.call_lasts.total_seconds() + len(more.get("data") or b"") / BYTES_A_SECOND)
            return answer

        http.request = request  # type: ignore[method-assign,assignment]
        return http

    def _pause(self, seconds: float) -> None:
        self.clock.now += timedelta(seconds=seconds)

    def _refreshed(self, tx: StateTransaction, shop: Shop, message: ContactMessage) -> ContactMessage:
        return refreshed(tx, shop, message, self.clock.now, DISPLAY)

    def _deliver_services(self) -> DeliverServices:
        def shop_of(shop_id: int) -> Shop | None:
            return next((shop for shop in (self.shop, *self.other_shops) if shop.id == shop_id), None)

        def check(row: OutboxRow, now: datetime) -> str | None:
            shop = shop_of(row.message.shop_id)
            return still_right(self.state, shop, row, now) if shop else "shop_removed"

        def content(row: OutboxRow) -> Message:
            shop = shop_of(row.message.shop_id)
            assert shop is not None
            return as_it_stands(self.state, shop, row, self._refreshed)

        return DeliverServices(
            outbox=self.outbox,
            message=content,
            take=self.meter.take,
            destination=self.destination,
            shop=shop_of,
            clock=self.clock,
            still_right=check,
            jitter=lambda: 0.5,
            holder="w1",
            pause=self._pause,
        )


@contextmanager
def rig(folder: Path, **more: Any) -> Iterator[Rig]:
    with fold_bench(folder) as files:
        yield Rig(files, **more)
