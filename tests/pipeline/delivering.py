"""Delivering with real files, Brevo at the wire, and a clock somebody sets."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from collector.destinations.brevo.client import BrevoAccount
from collector.destinations.brevo.destination import BrevoDestination
from collector.destinations.brevo.limits import BudgetMeter
from collector.domain.events import Strength
from collector.domain.messages import ContactMessage, EventMessage, Message, kind_of, to_json
from collector.domain.outbox import NewMessage, OutboxRow, State
from collector.domain.shop import Policy, Secrets, Sending, Shop
from collector.pipeline.deliver import deliver_some
from collector.pipeline.deliver_services import DeliverServices, Turn
from collector.storage.sqlite.budgets import Budgets
from collector.storage.sqlite.connection import open_state
from collector.storage.sqlite.outbox import Outbox
from collector.storage.sqlite.secret_box import SecretBox
from collector.storage.sqlite.shops import NewShop, Shops
from collector.worker.deliver import Delivering

from ..destinations.brevo.wire import KEY, NOW, URL, Brevo, Clock

POLICY = Policy(account="brevo", lists={"all_customers": 5})


@dataclass
class Rig:
    """One shop, its outbox, one worker. Change `shop`, `wrong` and `is_dry_run` as a test needs."""

    folder: Path
    brevo: Brevo
    holder: str = "w1"
    is_dry_run: bool = False
    wrong: dict[int, str] = field(default_factory=dict)  # row -> why it is not right any more
    stopping: bool = False

    def __post_init__(self) -> None:
        self.state: sqlite3.Connection = open_state(self.folder / "tajo.db", may_create=True)
        self.state.execute("pragma synchronous = off")  # thousands of rows; nobody pulls the plug here
        shops = Shops(self.state, SecretBox(["a key"]), lambda *_: POLICY)
        installed = shops.find("woocommerce", "mug.example") or shops.install(
            NewShop("woocommerce", "mug.example", "https://mug.example", "site-key-1", Secrets()), NOW
        )
        self.shop: Shop | None = Shop(
            installed.id,
            "woocommerce",
            "mug.example",
            "https://mug.example",
            "site",
            sending=Sending.LIVE,
            policy=POLICY,
        )
        self.shop_id = installed.id
        self.clock: Clock = self.brevo.clock
        self.outbox = Outbox(self.state)
        self.meter = BudgetMeter(Budgets(self.state), self.clock)
        account = BrevoAccount("brevo", KEY, URL)
        self.destination = BrevoDestination(requests.Session(), {"brevo": account}, self.meter, self.clock)
        self.delivering = Delivering(self.services, self.outbox.accounts_due)

    @property
    def services(self) -> DeliverServices:
        return DeliverServices(
            outbox=self.outbox,
            take=self.meter.take,
            destination=self.destination,
            shop=lambda _: self.shop,
            clock=self.clock,
            still_right=lambda row, _: self.wrong.get(row.id),
            jitter=lambda: 0.5,
            holder=self.holder,
            pause=lambda seconds: self.clock.pass_by(seconds=seconds),
            is_dry_run=self.is_dry_run,
            should_stop=lambda: self.stopping,
        )

    def add(self, message: Message, key: str = "", **more: Any) -> int:
        plain: dict[str, Any] = {
            "shop_id": self.shop_id,
            "account": "brevo",
            "message_key": key or json.dumps(to_json(message), sort_keys=True),
            "kind": kind_of(message),
            "payload": to_json(message),
            "created_at": self.clock.now,
            "due_at": self.clock.now,
            "ordering": f"email:{message.email}",
            "event_name": message.event if isinstance(message, EventMessage) else "",
        }
        return self.outbox.append(NewMessage(**plain | more))[0]

    def turn(self) -> Turn:
        """One turn, after the shortest pause that lets a call be made."""
        self.clock.pass_by(milliseconds=300)
        return deliver_some(self.services, "brevo", self.clock.now)

    def run(self, step_s: float, until: timedelta) -> None:
        """The loop's turns for so long, `step_s` apart, while anything waits."""
        end = self.clock.now + until
        while self.clock.now < end and self.outbox.states().get(State.WAITING):
            if not self.delivering.turn(self.clock.now):
                self.clock.pass_by(seconds=step_s)
            else:
                self.clock.pass_by(milliseconds=5)

    def row(self, row_id: int) -> OutboxRow:
        found = self.outbox.get(row_id)
        assert found is not None
        return found

    def fate(self, row_id: int) -> tuple[str, str]:
        row = self.row(row_id)
        return row.state.value, row.reason

    def due_in(self, row_id: int) -> timedelta:
        return self.row(row_id).message.due_at - self.clock.now


def contact(email: str = "anna@shop.example", **more: Any) -> ContactMessage:
    plain: dict[str, Any] = {"email": email, "strength": Strength.ORDERED, "may_market": True}
    return ContactMessage(**plain | more)


def event(
    number: int = 1, event: str = "cart_updated", email: str = "anna@shop.example", at: datetime = NOW, **more: Any
) -> EventMessage:
    return EventMessage(event, f"e{number}", email, at, more)
