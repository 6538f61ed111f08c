"""The state file as the fold writes it: one transaction over everything that may change together."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from collector.domain.door import InboxRow, Lane
from collector.storage.sqlite.account_contacts import AccountContacts
from collector.storage.sqlite.carts import Carts
from collector.storage.sqlite.catalogue_told import CatalogueTold
from collector.storage.sqlite.categories import Categories, Coupons
from collector.storage.sqlite.connection import write
from collector.storage.sqlite.cursors import Cursors
from collector.storage.sqlite.customers import Customers
from collector.storage.sqlite.erasing import Erasing
from collector.storage.sqlite.history import History
from collector.storage.sqlite.jobs import Jobs
from collector.storage.sqlite.merges import Merges
from collector.storage.sqlite.opt_outs import OptOuts
from collector.storage.sqlite.orders import Orders
from collector.storage.sqlite.people import People
from collector.storage.sqlite.products import Products
from collector.storage.sqlite.quarantine import Quarantine
from collector.storage.sqlite.rereads import Rereads
from collector.storage.sqlite.stock_watch import StockWatch
from collector.storage.sqlite.telling import Telling
from collector.storage.sqlite.visits import Visits
from collector.storage.sqlite.webhook_faults import WebhookFaults


class Progress:
    """ports.Progress over the cursors, outcomes and the quarantine."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._cursors = Cursors(connection)
        self._quarantine = Quarantine(connection)

    def cursor(self, shop_id: int, lane: Lane, generation: str) -> int:
        return self._cursors.read(shop_id, lane, generation)

    def advance(self, shop_id: int, lane: Lane, generation: str, last_id: int) -> None:
        self._cursors.advance(shop_id, lane, generation, last_id)

    def is_first(self, shop_id: int, delivery: str, row_id: int) -> bool:
        return self._cursors.is_first_delivery(shop_id, delivery, row_id)

    def note(self, row: InboxRow, generation: str, outcome: str, reason: str) -> None:
        self._cursors.note_outcome(generation, row.id, row.shop_id, outcome, reason)

    def quarantine(self, row: InboxRow, generation: str, reason: str, detail: str, at: datetime) -> None:
        self._quarantine.add(generation, row, reason, detail, at)
        self._cursors.note_outcome(generation, row.id, row.shop_id, "quarantined", reason)


class State:
    """ports.StateTransaction: its parts share one connection, so they share its transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.visits = Visits(connection)
        self.people = People(connection)
        self.carts = Carts(connection)
        self.orders = Orders(connection)
        self.customers = Customers(connection)
        self.products = Products(connection)
        self.categories = Categories(connection)
        self.coupons = Coupons(connection)
        self.catalogue = CatalogueTold(connection)
        self.telling = Telling(connection)
        self.opt_outs = OptOuts(connection)
        self.contacts = AccountContacts(connection)
        self.history = History(connection)
        self.erasing = Erasing(connection)
        self.progress = Progress(connection)
        self.rereads = Rereads(connection)
        self.stock = StockWatch(connection)
        self.merges = Merges(connection)
        self.jobs = Jobs(connection)
        self.faults = WebhookFaults(connection)


class SqliteState:
    """ports.StateStore over one connection, used by one thread at a time."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._state = State(connection)

    @contextmanager
    def read(self) -> Iterator[State]:
        """One consistent look, without the write lock. Nothing may be written in it."""
        self._connection.execute("begin")
        try:
            yield self._state
        finally:
            self._connection.execute("rollback")

    @contextmanager
    def write(self) -> Iterator[State]:
        """One transaction. A value the tables refuse is a fault of the row in hand, so it is a ValueError;
        a full disk or a lost lock concerns every row and stays what it is."""
        try:
            with write(self._connection):
                yield self._state
        except (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError) as fault:
            raise ValueError(f"refused by the state file: {fault}") from fault
