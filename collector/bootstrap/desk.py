"""Everything stored, open for one command or one worker."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass

from collector.bootstrap.parts import clock, locations, make_sources, secret_box
from collector.bootstrap.shops import file_shops, follow_app, policies
from collector.config import Config
from collector.domain.ports import Source
from collector.storage.sqlite.connection import Locations, open_inbox, open_state
from collector.storage.sqlite.cursors import Cursors
from collector.storage.sqlite.inbox_reader import InboxReader
from collector.storage.sqlite.quarantine import Quarantine
from collector.storage.sqlite.shops import Shops


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
        follow_app(config, desk.shops, clock())
