"""Real files to fold rows in: an inbox, a state, one shop of each platform, the real parsers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from collector.bootstrap import make_sources
from collector.destinations.brevo.webhooks import parse as parse_notice
from collector.domain.door import InboxRow, Lane, NewRow
from collector.domain.events import Fact
from collector.domain.shop import Shop
from collector.pipeline.fold import FoldServices, fold_some
from collector.sources.tracker.parse import parse as parse_beacon
from collector.standards.addresses import StandardAddresses
from collector.standards.currencies import IsoCurrencies
from collector.standards.devices import device_class
from collector.standards.money_text import MoneyText
from collector.storage.sqlite.connection import open_inbox, open_state, write
from collector.storage.sqlite.cursors import Cursors
from collector.storage.sqlite.inbox import InboxWriter
from collector.storage.sqlite.inbox_reader import InboxReader
from collector.storage.sqlite.quarantine import Quarantine, Quarantined
from collector.storage.sqlite.state import SqliteState
from tests.pipeline.row_builders import NOON, for_shop
from tests.pipeline.state_dump import dump

NOW = NOON + timedelta(days=2)
WOO = Shop(1, "woocommerce", "shop.example", "https://shop.example", "site-woo", currency="EUR")
SHOPIFY = Shop(2, "shopify", "tea.myshopify.com", "https://tea.myshopify.com", "site-shopify", currency="EUR")
State = dict[str, list[dict[str, Any]]]


class FoldBench:
    """`fold` forgets everything and folds the rows given; `go_on` adds to what is there."""

    def __init__(self, folder: Path, inbox: InboxWriter, reader: InboxReader, state: sqlite3.Connection) -> None:
        self.folder = folder
        self.inbox = inbox
        self.reader = reader
        self.connection = state
        self.services = _services(reader, state)
        names = {name for (name,) in state.execute("select name from sqlite_master where type = 'table'")}
        self._tables = sorted(name for name in names - {"shops"} if not name.startswith(("_", "sqlite_")))

    def fold(self, shop: Shop, rows: Iterable[NewRow], limit: int = 200) -> State:
        with write(self.connection):
            self.connection.execute("pragma defer_foreign_keys = on")
            for table in self._tables:
                self.connection.execute(f"delete from {table}")
            self.connection.execute("update shops set uninstalled_at = null")
            generation, newest = self.reader.generation(), self.reader.newest_id()
            Cursors(self.connection).advance(shop.id, Lane.LIVE, generation, newest)
        return self.go_on(shop, rows, limit)

    def go_on(self, shop: Shop, rows: Iterable[NewRow], limit: int = 200) -> State:
        self.inbox.append_many(for_shop(shop.id, rows))
        while fold_some(self.services, shop, Lane.LIVE, NOW, limit):
            pass
        return self.state()

    def state(self) -> State:
        return dump(self.connection)

    def told_carts(self) -> list[str]:
        """Every generation in words: `t:token-1 1 ordered @checkout (7)`; `due` while it has a deadline."""
        query = """select key, generation, state, stage, order_id, next_check_at
            from carts c join cart_keys k on k.id = c.cart order by key, generation"""
        return [
            f"{key} {generation} {state}"
            + (f" @{stage}" if stage != "cart" else "")
            + (f" ({order})" if order else "")
            + (" due" if due else "")
            for key, generation, state, stage, order, due in self.connection.execute(query)
        ]

    def told_people(self) -> list[str]:
        """Everybody as `email:ana@… visitor:…`, carts left out, `!conflict` behind."""
        people = []
        for person in self.state()["people"]:
            names = " ".join(f"{kind}:{value}" for kind, value in person["nodes"] if kind != "cart")
            people.append(names + (f" !{person['conflict']}" if person["conflict"] else ""))
        return sorted(people)

    def told_events(self) -> list[str]:
        return sorted(one["event_id"] for one in self.state()["events"])

    def quarantined(self) -> Sequence[Quarantined]:
        return Quarantine(self.connection).rows()

    def outcomes(self) -> list[tuple[str, str]]:
        query = "select outcome, reason from row_outcomes order by inbox_id"
        return [(outcome, reason) for outcome, reason in self.connection.execute(query)]

    def cursor(self, shop: Shop) -> int:
        return Cursors(self.connection).read(shop.id, Lane.LIVE, self.reader.generation())


@contextmanager
def fold_bench(folder: Path) -> Iterator[FoldBench]:
    with (
        closing(open_state(folder / "tajo.db", may_create=True)) as state,
        closing(open_inbox(folder / "tajo.inbox.db", may_create=True)),
        closing(InboxWriter(folder / "tajo.inbox.db", _now)) as inbox,
        closing(InboxReader(folder / "tajo.inbox.db")) as reader,
    ):
        state.execute("pragma synchronous = off")  # nothing here has to survive
        for shop in (WOO, SHOPIFY):
            state.execute(
                "insert into shops (id, platform, address, url, site_key, secrets, sending, is_enabled, origin,"
                " installed_at) values (?, ?, ?, ?, ?, '', 'observe', 1, 'file', '')",
                (shop.id, shop.platform, shop.address, shop.url, shop.site_key),
            )
        yield FoldBench(folder, inbox, reader, state)


def _now() -> datetime:
    return NOW


def _services(reader: InboxReader, state: sqlite3.Connection) -> FoldServices:
    currencies, addresses = IsoCurrencies(), StandardAddresses()

    def beacon(row: InboxRow, shop: Shop) -> list[Fact]:
        return parse_beacon(row, shop, currencies, addresses)

    return FoldServices(
        inbox=reader,
        state=SqliteState(state),
        sources=make_sources(),
        parse_beacon=beacon,
        device_class=device_class,
        display=MoneyText(currencies),
        parse_notice=lambda row: parse_notice(row, addresses.email),
    )
