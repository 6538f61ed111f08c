"""The only file that names concrete classes: it puts the parts together out of the settings.

`create_app` for the web server, `worker_services` for the worker, `open_desk` for the command line.
A new platform is one line in `make_sources`.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import socket
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask

from collector.config import Config, ShopBlock, load, policy_for, policy_of
from collector.domain.door import Lane
from collector.domain.errors import Misuse, Unready
from collector.domain.ports import Source
from collector.domain.shop import Policy, Secrets, Sending, Shop
from collector.domain.timestamps import to_text
from collector.pipeline.fold import FoldServices, fold_some
from collector.pipeline.services import DoorServices
from collector.sources.shopify.source import ShopifySource
from collector.sources.tracker.parse import parse as parse_beacon
from collector.sources.tracker.verify import TrackerFormat
from collector.sources.woocommerce.source import WooCommerceSource
from collector.standards.addresses import StandardAddresses
from collector.standards.currencies import IsoCurrencies
from collector.standards.user_agents import KnownUserAgents
from collector.storage.sqlite import reports
from collector.storage.sqlite.connection import Locations, locate, open_inbox, open_state
from collector.storage.sqlite.cursors import Cursors
from collector.storage.sqlite.directory import ShopDirectory
from collector.storage.sqlite.inbox import InboxWriter
from collector.storage.sqlite.inbox_reader import InboxReader
from collector.storage.sqlite.leases import Leases
from collector.storage.sqlite.quarantine import Quarantine
from collector.storage.sqlite.secret_box import SecretBox, read_or_make_key
from collector.storage.sqlite.shop_rows import PolicyFor
from collector.storage.sqlite.shops import FileShop, NewShop, Shops
from collector.storage.sqlite.state import SqliteState
from collector.web.app import create_app as web_app
from collector.worker.services import WorkerServices


def clock() -> datetime:
    return datetime.now(UTC)


def make_sources() -> dict[str, Source]:
    """Every shop platform, by name."""
    currencies, addresses = IsoCurrencies(), StandardAddresses()
    return {
        "shopify": ShopifySource(currencies, addresses),
        "woocommerce": WooCommerceSource(currencies, addresses),
    }


def locations(config: Config) -> Locations:
    return locate(config.database, config.directory)


def create_app() -> Flask:
    """The web application, by the settings of the environment. Raises Misuse, Unready."""
    config = load(os.environ, Path.cwd())
    start_logging(config)
    where, sources = locations(config), make_sources()
    return web_app(
        DoorServices(
            clock=clock,
            shops=ShopDirectory(where.state, secret_box(config), policies(config, sources), time.monotonic),
            inbox=InboxWriter(where.inbox, clock),
            sources=sources,
            beacons=TrackerFormat(),
            user_agents=KnownUserAgents(),
            limits=config.limits,
            trusted_proxies=config.trusted_proxies,
            readiness=lambda: not_ready(where),
        )
    )


def fresh_worker_id() -> str:
    """Unique among all workers of all machines."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"


@contextmanager
def worker_services(config: Config, worker_id: str) -> Iterator[WorkerServices]:
    """One worker's parts, closed at the end. Raises Unready."""
    with open_desk(config) as desk:
        where = desk.locations
        box, policy_for_shop = secret_box(config), policies(config, desk.sources)
        directory = ShopDirectory(where.state, box, policy_for_shop, time.monotonic)
        folding = desk.fold_services()

        def known() -> dict[int, Shop]:
            return {shop.id: shop for shop in directory.all()}

        def waiting() -> Sequence[tuple[int, Lane]]:
            cursors = desk.cursors.all(desk.reader.generation())
            shops = known()
            return [behind for behind in desk.reader.shops_behind(cursors) if behind[0] in shops]

        def fold(shop_id: int, lane: Lane, now: datetime) -> int:
            shop = known().get(shop_id)  # None: removed a moment ago
            return fold_some(folding, shop, lane, now) if shop else 0

        with closing(directory):
            yield WorkerServices(
                worker_id=worker_id,
                clock=clock,
                leases=Leases(desk.state),
                waiting=waiting,
                fold=fold,
                has_news=desk.reader.changed_since_last_look,
                purge=lambda now: purge_some(desk, now),
            )


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
            device_class=KnownUserAgents().device_class,
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


def secret_box(config: Config, *, may_create: bool = False) -> SecretBox:
    """Raises Unready when the key beside the database is needed and not there."""
    return SecretBox(config.secret_key or [read_or_make_key(locations(config).key, may_create=may_create)])


def blocks_by_address(config: Config, sources: Mapping[str, Source]) -> dict[tuple[str, str], tuple[str, ShopBlock]]:
    """(platform, address) -> (url, block). Raises Misuse for what is no address or is named twice."""
    found: dict[tuple[str, str], tuple[str, ShopBlock]] = {}
    for platform, blocks in (
        ("shopify", config.connectors.shopify),
        ("woocommerce", config.connectors.woocommerce),
    ):
        for block in blocks:
            address, url = sources[platform].normalise_address(block.given_address)
            if (platform, address) in found:
                raise Misuse(f"connectors.{platform}: {address} is named twice; keep one block for each shop")
            found[platform, address] = (url, block)
    return found


def policies(config: Config, sources: Mapping[str, Source]) -> PolicyFor:
    """The rules of each shop: by its block in the file, else by what `install` stored."""
    of_file = {key: policy_of(config, block) for key, (_, block) in blocks_by_address(config, sources).items()}

    def find(platform: str, address: str, settings: Mapping[str, Any]) -> Policy:
        return of_file.get((platform, address)) or policy_for(config, platform, address, settings)

    return find


def file_shops(config: Config, sources: Mapping[str, Source]) -> list[FileShop]:
    """The shops as the file names them, with fresh keys for those not stored yet."""
    found = []
    for (platform, address), (url, block) in blocks_by_address(config, sources).items():
        # Shopify signs webhooks with the app's secret.
        webhook = block.webhook_secret or tuple(filter(None, [block.credentials.get("api_secret")]))
        found.append(
            FileShop(
                platform,
                address,
                url,
                fresh=new_shop(platform, address, url),
                site_key=block.site_key or None,
                sending=Sending(block.sending) if block.sending else None,
                is_enabled=block.enabled,
                secrets=Secrets(webhook, block.identity_key, "", block.credentials),
            )
        )
    return found


def new_shop(platform: str, address: str, url: str) -> NewShop:
    """A shop with fresh keys, observing."""
    made = Secrets(
        webhook=(secrets.token_urlsafe(32),),
        identity=(secrets.token_urlsafe(32),),
        hook_key=secrets.token_urlsafe(32),
    )
    return NewShop(platform, address, url, site_key=secrets.token_hex(12), secrets=made)


def not_ready(where: Locations) -> dict[str, str]:
    """What is not ready and why; empty when all is well."""
    try:
        open_inbox(where.inbox).close()
        with closing(open_state(where.state)) as state:
            workers = reports.live_workers(state, clock())
    except Unready as error:
        return {"database": str(error)}
    except sqlite3.Error as error:
        return {"database": f"{where.state}: {error}"}
    return {} if workers else {"worker": "no worker is alive; start `tajo worker`"}


def purge_some(desk: Desk, now: datetime) -> int:
    """One chunk of what is old enough: folded rows, rows of shops that are gone, quarantine, counts."""
    stored = {shop.id for shop in desk.shops.all(also_removed=True)}
    orphans = {shop_id for shop_id, _ in desk.reader.shops_behind({})} - stored
    gone = 0
    for shop_id in orphans:  # to the end: the reader forgets the shop with the first chunk
        while chunk := desk.reader.purge_shop(shop_id):
            gone += chunk
    before = now - desk.config.retention.raw
    gone += desk.reader.purge(desk.cursors.all(desk.reader.generation()), before)
    gone += desk.quarantine.purge(before)
    return gone + desk.reader.purge_counts(now - desk.config.retention.events)


def start_logging(config: Config) -> None:
    """Lines to standard error: time, level, sentence, then what stands in `extra`."""
    blocks = [*config.connectors.shopify, *config.connectors.woocommerce]
    is_verbose = any(block.debug or block.log_level == "verbose" for block in blocks)
    handler = logging.StreamHandler()
    handler.setFormatter(LogLine())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("collector").setLevel(logging.DEBUG if is_verbose else logging.INFO)


class LogLine(logging.Formatter):
    """`2026-11-21T12:00:00.000Z INFO worker started worker_id=…`"""

    _PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}

    def format(self, record: logging.LogRecord) -> str:
        moment = to_text(datetime.fromtimestamp(record.created, UTC))
        extras = {name: value for name, value in vars(record).items() if name not in self._PLAIN}
        parts = [moment, record.levelname, record.getMessage()]
        parts += [f"{name}={json.dumps(value, default=str, ensure_ascii=False)}" for name, value in extras.items()]
        line = " ".join(parts)
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line
