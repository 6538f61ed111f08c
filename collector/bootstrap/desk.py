"""Everything stored, open for one command or one worker."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from collector.bootstrap.parts import clock, locations, make_sources, secret_box
from collector.bootstrap.shops import file_shops, follow_app, policies
from collector.config import Config
from collector.destinations.brevo.webhooks import parse as parse_notice
from collector.domain.door import Lane
from collector.domain.ports import Source
from collector.domain.timestamps import to_text
from collector.pipeline.fold import FoldServices
from collector.pipeline.forgetting import forget_unconsented
from collector.sources.tracker.parse import parse as parse_beacon
from collector.standards.addresses import StandardAddresses
from collector.standards.currencies import IsoCurrencies
from collector.standards.devices import device_class
from collector.standards.money_text import MoneyText
from collector.storage.sqlite.bulk_calls import BulkCalls
from collector.storage.sqlite.connection import Locations, open_inbox, open_state
from collector.storage.sqlite.cursors import Cursors
from collector.storage.sqlite.delivery_calls import DeliveryCalls
from collector.storage.sqlite.inbox_reader import InboxReader
from collector.storage.sqlite.leases import Leases
from collector.storage.sqlite.quarantine import Quarantine
from collector.storage.sqlite.shops import Shops
from collector.storage.sqlite.spill import drop_old
from collector.storage.sqlite.state import SqliteState

FORGET_EVERY = timedelta(hours=1)
PUT_ASIDE = timedelta(days=7)  # what a sync that nobody went on with had fetched


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything stored, open for one command or one worker, on one thread."""

    config: Config
    locations: Locations
    sources: Mapping[str, Source]
    state: sqlite3.Connection
    reader: InboxReader
    shops: Shops

    @property
    def cursors(self) -> Cursors:
        return Cursors(self.state)

    @property
    def quarantine(self) -> Quarantine:
        return Quarantine(self.state)

    def fold_services(self) -> FoldServices:
        currencies, addresses = IsoCurrencies(), StandardAddresses()
        return FoldServices(
            inbox=self.reader,
            state=SqliteState(self.state),
            sources=self.sources,
            parse_beacon=lambda row, shop: parse_beacon(row, shop, currencies, addresses),
            device_class=device_class,
            display=MoneyText(currencies),
            parse_notice=lambda row: parse_notice(row, addresses.email),
        )


@contextmanager
def open_desk(config: Config, *, may_create: bool = False) -> Iterator[Desk]:
    """Both files open; `may_create` makes them or brings them up to this version. Raises Unready, Misuse."""
    where, sources = locations(config), make_sources()
    with closing(open_state(where.state, may_create=may_create)) as state:
        open_inbox(where.inbox, may_create=may_create).close()
        box = secret_box(config, may_create=may_create)
        with closing(InboxReader(where.inbox)) as reader:
            yield Desk(config, where, sources, state, reader, Shops(state, box, policies(config, sources)))


def migrate(config: Config) -> None:
    """Make the database or bring it up to this version, and put the shops of the file into it."""
    with open_desk(config, may_create=True) as desk:
        shops_named = file_shops(config, desk.sources)
        desk.shops.take_from_file(shops_named, clock())
        follow_app(config, desk.shops)


def purge_some(desk: Desk, now: datetime) -> int:
    """One chunk of what is old enough: folded rows, rows of shops that are gone, quarantine, delivery log, counts."""
    stored = {shop.id for shop in desk.shops.all(also_removed=True)}
    orphans = {shop_id for shop_id, _ in desk.reader.shops_behind({})} - stored
    gone = 0
    for shop_id in orphans:  # to the end: the reader forgets the shop with the first chunk
        while chunk := desk.reader.purge_shop(shop_id):
            gone += chunk
    before, generation = now - desk.config.retention.raw, desk.reader.generation()
    gone += desk.reader.purge(desk.cursors.all(generation), before)
    for shop_id in stored:  # what was remembered of rows that are gone
        left = [row.id for lane in Lane for row in desk.reader.next_rows(shop_id, lane, 0, 1)]
        desk.cursors.forget(shop_id, generation, min(left, default=desk.reader.newest_id() + 1))
    gone += desk.quarantine.purge(before)
    gone += DeliveryCalls(desk.state).drop(before)
    gone += BulkCalls(desk.state, clock).drop(before)
    drop_old(desk.locations.state.with_suffix(""), now - PUT_ASIDE)
    if Leases(desk.state).take("forget", to_text(now), now, FORGET_EVERY):  # a new holder each time: once an hour
        state, typed_before = SqliteState(desk.state), now - desk.config.retention.unconsented_email
        for shop in desk.shops.all():
            while forgotten := forget_unconsented(state, shop, typed_before):
                gone += forgotten
    return gone + desk.reader.purge_counts(now - desk.config.retention.events)
