"""A day in which everything is imported and shoppers go on buying, by a clock that is set, in this process.

The history job and the live loop are the real ones; whenever the job waits (for an answer, for its turn, for the
next hour) the live loop runs, as it would in its own thread.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from collector.domain.customers import first_sight
from collector.domain.door import Lane, NewRow
from collector.domain.events import CustomerSeen, EventType, Item, MessageConsent, OrderKind, OrderSeen, OrderState
from collector.domain.history import CONTACT, ORDER
from collector.domain.orders import first_sight as order_sight
from collector.domain.timestamps import from_text
from collector.pipeline.history.planning import Plan
from collector.pipeline.history.services import chunks
from collector.pipeline.history.status import status
from tests.pipeline.fold_bench import fold_bench
from tests.pipeline.history.rig import Rig
from tests.pipeline.row_builders import at, woo_order

SLICE_S = 0.05
DAY = timedelta(hours=24)
LONG_AGO = at(-60 * 24 * 90)


@dataclass
class Day(Rig):
    """`arrivals`: live rows and when they come, soonest last."""

    arrivals: list[tuple[datetime, NewRow]] = field(default_factory=list)

    def spend(self, seconds: float) -> None:
        """The job waits; shoppers do not."""
        end = self.clock.now + timedelta(seconds=seconds)
        while self.clock.now < end:
            if not self.shoppers():
                self.clock.now = min(end, self.clock.now + timedelta(seconds=SLICE_S))

    def shoppers(self) -> int:
        """What arrived is folded, what is due is delivered."""
        while self.arrivals and self.arrivals[-1][0] <= self.clock.now:
            self.fold([self.arrivals.pop()[1]], Lane.LIVE)
        return self.deliver()

    def pass_until(self, end: datetime) -> None:
        while self.clock.now < end:
            done = self.shoppers()
            if self.due_at is None or self.due_at <= self.clock.now:
                self.step()
            elif not done:
                self.clock.now = min(self._next(end), end)

    def _next(self, end: datetime) -> datetime:
        next_message = self.outbox.next_due_at("brevo")
        times = [self.due_at or end, self.arrivals[-1][0] if self.arrivals else end, next_message or end]
        return max(min(times), self.clock.now + timedelta(seconds=SLICE_S))

    def plan(self) -> Plan:
        with self.state.read() as tx:
            return status(tx, "brevo", [self.shop], self.job._services.room()).plan

    def finished_at(self) -> datetime:
        """When the last of the bulk calls was made."""
        query = "select max(made_at) from history_batches"
        return from_text(self.files.connection.execute(query).fetchone()[0])

    def latencies(self) -> list[float]:
        """Seconds from the decision to the delivery, of every live event."""
        query = "select created_at, done_at from outbox where kind = 'event' and state = 'done'"
        rows = self.files.connection.execute(query)
        return sorted((from_text(done) - from_text(made)).total_seconds() for made, done in rows)


def shopping(count: int, since: datetime, over: timedelta, known: int) -> list[tuple[datetime, NewRow]]:
    """Orders of known customers and of new ones, at random moments, some of them together; soonest last."""
    chance = random.Random(7)
    rows = []
    for place in range(count):
        moment = since + over * chance.random()
        if place % 10 == 0:  # three at the same moment
            moment = since + over * (place // 30 / max(count // 30, 1))
        number = chance.randrange(1, known) if place % 2 else known + place
        minutes = (moment - at(0)).total_seconds() / 60
        billing = {"email": f"p{number}@shop.example", "country": "AT"}
        row = woo_order(
            minutes,
            "processing",
            "11",
            number=1_000_000 + place,
            customer_id=number,
            billing=billing,
            delivery=f"live {place}",
        )
        rows.append((moment, replace(row, received_at=moment)))
    return sorted(rows, key=lambda one: one[0], reverse=True)


def fill(day: Day, contacts: int, orders: int, name: str = "P") -> None:
    """As many customers and orders as if an import had been folded."""
    shop_id, version = day.shop.id, day.clock.now
    for some in chunks(range(1, contacts + 1), 1000):
        with day.state.write() as tx:
            for number in some:
                email = f"p{number}@shop.example"
                seen = CustomerSeen(
                    type=EventType.CUSTOMER_UPDATED,
                    customer_id=str(number),
                    version_at=version,
                    created_at=LONG_AGO,
                    email=email,
                    first_name=f"{name}{number}",
                    last_name="Example",
                )
                tx.customers.keep(shop_id, first_sight(seen), None)
                if number % 3:
                    state = "opted_in" if number % 3 == 1 else "opted_out"
                    act = MessageConsent(LONG_AGO, "email", email, "email", state, "subscribed", "platform")
                    tx.customers.record_consent(shop_id, act, version)
                tx.history.mark(shop_id, CONTACT, email, email, version)
    item = Item("11", 1, name="Mug", unit_price_minor=500, line_total_minor=500)
    for some in chunks(range(1, orders + 1), 1000):
        with day.state.write() as tx:
            for number in some:
                email = f"p{number % contacts + 1}@shop.example"
                order = OrderSeen(
                    order_id=str(number),
                    number=str(number),
                    version_at=LONG_AGO,
                    created_at=LONG_AGO,
                    state=OrderState.PAID,
                    kind=OrderKind.STOREFRONT,
                    currency="EUR",
                    total_minor=500,
                    items=(item,),
                    email=email,
                    accepted_at=LONG_AGO,
                    paid_at=LONG_AGO,
                    status="completed",
                )
                tx.orders.keep(shop_id, order_sight(order, version), ())
                tx.history.mark(shop_id, ORDER, str(number), email, version)


def in_the_middle(values: list[float]) -> float:
    return statistics.median(values)


@contextmanager
def day(folder: Path, **more: Any) -> Iterator[Day]:
    with fold_bench(folder) as files:
        yield Day(files, **more)
