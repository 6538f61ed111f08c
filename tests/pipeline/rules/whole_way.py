"""The whole way of a row: through the door, the fold, the rules and the outbox to Brevo at the wire."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

import requests

from collector.destinations.brevo.client import BrevoAccount
from collector.destinations.brevo.destination import BrevoDestination
from collector.destinations.brevo.limits import NoMeter
from collector.domain.door import BeaconRequest, Lane
from collector.domain.messages import ContactMessage
from collector.domain.outbox import OutboxRow
from collector.domain.shop import Secrets, Shop
from collector.domain.signatures import hex_sha256
from collector.domain.state_ports import StateTransaction
from collector.pipeline.accept_beacon import accept_beacon
from collector.pipeline.contact_attributes import refreshed
from collector.pipeline.deliver import deliver_some
from collector.pipeline.deliver_services import DeliverServices
from collector.pipeline.still_right import as_it_stands, still_right
from collector.sources.tracker.verify import TrackerFormat
from collector.standards.user_agents import KnownUserAgents
from collector.storage.sqlite.connection import write
from collector.storage.sqlite.cursors import Cursors
from collector.storage.sqlite.outbox import Outbox
from tests.destinations.brevo.wire import KEY, URL, Brevo, Contact, on_the_wire
from tests.pipeline.beacon_builders import BROWSER, IDENTITY_KEY
from tests.pipeline.fold_bench import SHOPIFY, WOO, FoldBench
from tests.pipeline.row_builders import at, beacon
from tests.pipeline.telling_bench import DISPLAY, LIVE_WOO, TellingBench

AGENTS = KnownUserAgents()
LISTS = {1: "All customers", 2: "Buyers", 3: "Abandoned cart"}


class WholeWay(TellingBench):
    """One shop, real files, Brevo at the wire. `leave` sends whatever waits."""

    brevo: Brevo

    def __init__(self, files: FoldBench, brevo: Brevo) -> None:
        super().__init__(files)
        self.brevo = brevo
        self.neighbours: dict[int, Shop] = {}  # other shops of the same account, by number

    def begin(self, shop: Shop = LIVE_WOO) -> None:
        """Forget everything; what lies in the inbox from before is behind the cursors of both shops and lanes."""
        super().begin(replace(shop, secrets=Secrets(identity=(IDENTITY_KEY,))))
        self.neighbours = {}
        generation, newest = self.files.reader.generation(), self.files.reader.newest_id()
        with write(self.files.connection):
            for one in (WOO, SHOPIFY):
                for lane in Lane:
                    Cursors(self.files.connection).advance(one.id, lane, generation, newest)

    def report(
        self, minutes: float, visitor: str, *events: dict[str, Any], by_server: bool = False, **said: Any
    ) -> str:
        """A beacon knocks at the door and is folded if it is let in. Answers what the door said."""
        body = beacon(minutes, visitor, *events, **said).body
        headers = {**BROWSER}
        if by_server:
            headers = {"content-type": "application/json", "x-tajo-signature": hex_sha256(IDENTITY_KEY, body)}
        request = BeaconRequest("site", headers, body, "192.0.2.0/24")
        verdict = accept_beacon(request, self.shop, at(minutes), TrackerFormat(), AGENTS)
        if verdict.row is not None:
            self.happen(verdict.row)
        return verdict.answer.headers["X-Collector"]

    def leave(self, minutes: float) -> None:
        """Everything waiting leaves, or is skipped, at that moment."""
        self.brevo.clock.now = at(minutes)
        services = self._delivery()
        for _ in range(200):
            if not deliver_some(services, "brevo", self.brevo.clock.now).claimed:
                return
        raise AssertionError("something is claimed for ever")

    def _delivery(self) -> DeliverServices:
        account = BrevoAccount("brevo", KEY, URL)

        def shop(row: OutboxRow) -> Shop:
            return self.neighbours.get(row.message.shop_id, self.shop)

        def check(row: OutboxRow, now: datetime) -> str | None:
            return still_right(self.state, shop(row), row, now)

        def refresh(tx: StateTransaction, shop: Shop, contact: ContactMessage) -> ContactMessage:
            return refreshed(tx, shop, contact, self.brevo.clock.now, DISPLAY)

        return DeliverServices(
            outbox=Outbox(self.files.connection),
            take=lambda account, family: 0,
            destination=BrevoDestination(requests.Session(), {"brevo": account}, NoMeter(), self.brevo.clock),
            shop=lambda shop_id: self.neighbours.get(shop_id, self.shop),
            clock=self.brevo.clock,
            still_right=check,
            jitter=lambda: 0.5,
            holder="w",
            message=lambda row: as_it_stands(self.state, shop(row), row, refresh),
        )

    def taken(self, *events: str) -> list[str]:
        """`ana cart_updated` for each event Brevo took, in order; only these events, if any are named."""
        found = [(email.partition("@")[0], event) for email, event in self.brevo.taken()]
        return [f"{who} {event}" for who, event in found if event in events or not events]

    def was_named(self, email: str) -> bool:
        """Whether Brevo ever heard of this address, in whatever part of whatever call."""
        return any(email in f"{call.path} {call.query} {call.body}".replace("%40", "@") for call in self.brevo.calls)

    def contact(self, email: str) -> Contact | None:
        return self.brevo.contacts.get(email)

    def reasons(self) -> set[str]:
        """Why messages were not sent."""
        return {row.reason for row in self.rows() if row.state.value == "skipped"}

    def stored(self, query: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.files.connection.execute(query)]


@contextmanager
def whole_way(files: FoldBench) -> Iterator[WholeWay]:
    with on_the_wire(Brevo(lists=dict(LISTS))) as brevo:
        way = WholeWay(files, brevo)
        way.begin()
        yield way
