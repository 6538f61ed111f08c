"""Reading shops put together: the run by hand, the job that finds what webhooks missed, and how a shop stands.

A platform that can be read is a line in `READERS`.
"""

from __future__ import annotations

import os
import secrets
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from datetime import time as clock_time

import requests

from collector.bootstrap.connections import connection, may_be_asked
from collector.bootstrap.desk import Desk
from collector.bootstrap.parts import clock, fresh_worker_id
from collector.bootstrap.shopify import ShopifyApis
from collector.bootstrap.woocommerce import WooCommerceApis
from collector.config import Config
from collector.domain.connections import Connection
from collector.domain.door import Lane, NewRow
from collector.domain.errors import Unready
from collector.domain.jobs import Job
from collector.domain.off_peak import Window
from collector.domain.shop import Shop
from collector.domain.syncing import ChangeReader, HistoryReader, lease_of
from collector.outgoing.guard import guarded_session
from collector.pipeline.syncing.changed import ChangedOnly
from collector.pipeline.syncing.reading import SyncServices
from collector.pipeline.syncing.reconcile import Reconcile, ReconcileServices
from collector.pipeline.syncing.status import SyncStatus, standing
from collector.sources.shopify.changes import ShopifyChanges
from collector.sources.shopify.history import ShopifyHistory
from collector.sources.woocommerce.changes import WooCommerceChanges
from collector.sources.woocommerce.history import WooCommerceHistory
from collector.storage.sqlite import reports
from collector.storage.sqlite.cursors import Cursors
from collector.storage.sqlite.leases import Leases
from collector.storage.sqlite.spill import FileSpill
from collector.storage.sqlite.sync_inbox import SyncInbox
from collector.storage.sqlite.sync_runs import ShopNumbers, SyncRuns, numbers_of

LEASE = timedelta(minutes=2)
RENEW_AFTER = timedelta(seconds=20)
TIMEOUT_S = (5.0, 60.0)  # Shopify's storages pause within a long file; cheap hosts think long about a hundred orders
JOB_PATIENCE_S = 15.0  # of one question, in a loop that other jobs wait for
OFF_PEAK = (clock_time(1), clock_time(6))  # where the settings name no window
NEWEST_RUNS = 200  # a reconciliation every four hours is 42 a week


@contextmanager
def sync_services(config: Config, desk: Desk, shop: Shop) -> Iterator[SyncServices]:
    """Everything a run by hand needs; the run is ours alone meanwhile. Raises Unready where it is somebody else's."""
    holder, leases, name = fresh_worker_id(), Leases(desk.state), lease_of(shop.id)
    runs, cursors = SyncRuns(desk.state), Cursors(desk.state)

    renew_at = held_until = clock()

    def hold() -> bool:
        """Asked at each step, renewed now and then: the fold writes to that file all the time, and steps would wait."""
        nonlocal renew_at, held_until
        now = clock()
        if now < renew_at:
            return True
        try:
            is_ours = leases.take(name, holder, now, LEASE)
        except sqlite3.OperationalError:  # the fold had the file all the while; ours is not over yet
            if now >= held_until:
                raise
            return True
        renew_at, held_until = (now + RENEW_AFTER, now + LEASE) if is_ours else (now, now)
        return is_ours

    _let_go_of_the_dead(leases, name)
    if not hold():
        raise Unready(
            f"{shop.address} is being read already, by {leases.holder(name, clock())}. Wait for it, or stop it."
        )
    try:
        with (
            guarded_session(config.allow_insecure_upstreams, timeout=TIMEOUT_S) as http,
            closing(SyncInbox(desk.locations.inbox)) as inbox,
            closing(FileSpill(desk.locations.state.with_suffix(""))) as spill,
        ):
            history, changes = READERS[shop.platform](config, desk, http, spill, None)
            yield SyncServices(
                history=history,
                changes=ChangedOnly(changes, runs),
                inbox=inbox,
                runs=runs,
                clock=clock,
                sleep=time.sleep,
                fresh_key=lambda: secrets.token_hex(8),
                folded=lambda: cursors.read(shop.id, Lane.HISTORY, desk.reader.generation()),
                has_worker=lambda: reports.live_workers(desk.state, clock()) > 0,
                hold=hold,
            )
    finally:
        leases.release(name, holder)


def window(config: Config, shop: Shop, wants_off_peak: bool) -> Window | None:
    """When bulk work may run; None: at any time."""
    stated = config.sync.window
    zone = shop.policy.zone or shop.zone if stated.zone == "shop" else stated.zone
    if stated.from_ is not None and stated.to is not None:
        return Window(stated.from_, stated.to, zone)
    return Window(*OFF_PEAK, zone) if wants_off_peak else None


def reconcile_jobs(
    config: Config,
    desk: Desk,
    shops: Callable[[], Sequence[Shop]],
    http: requests.Session,
    append: Callable[[Sequence[NewRow]], None],
    sleep: Callable[[float], None] = time.sleep,
) -> Callable[[], Sequence[Job]]:
    """One for each shop that can be read at this moment. Used by one thread."""
    runs = SyncRuns(desk.state)
    spill = FileSpill(desk.locations.state.with_suffix(""))
    patience = Patience(JOB_PATIENCE_S, sleep)
    made = {platform: reader(config, desk, http, spill, patience)[1] for platform, reader in READERS.items()}

    def unfolded_since(shop_id: int) -> datetime | None:
        folded = desk.cursors.read(shop_id, Lane.LIVE, desk.reader.generation())
        return desk.reader.oldest_after(shop_id, Lane.LIVE, folded)

    def of(shop: Shop) -> Job:
        services = ReconcileServices(
            changes=ChangedOnly(made[shop.platform], runs),
            products=runs,
            runs=runs,
            append=append,
            unfolded_since=unfolded_since,
            clock=clock,
            fresh_key=lambda: secrets.token_hex(8),
        )
        return Reconcile(services, shop)

    return lambda: [of(shop) for shop in shops() if may_be_asked(desk, shop)]


@dataclass(frozen=True, slots=True)
class Standing:
    """A shop for `connectors status`."""

    connection: Connection
    sync: SyncStatus
    numbers: ShopNumbers


@dataclass(frozen=True, slots=True)
class Waiting:
    """Rows of one lane that are not folded yet; `since`: when the oldest of them arrived."""

    rows: int
    since: datetime | None


def standing_of(desk: Desk, shop: Shop) -> Standing:
    now, leases = clock(), Leases(desk.state)
    holder = leases.holder(lease_of(shop.id), now)
    runs = SyncRuns(desk.state).newest(shop.id, NEWEST_RUNS)
    return Standing(
        connection(desk, shop),
        standing(runs, holder is not None and not _is_dead(holder), now),
        numbers_of(desk.state, shop.id),
    )


def waiting_of(desk: Desk, shop: Shop) -> dict[Lane, Waiting]:
    """What arrived of this shop, was read or told, and is not folded yet."""
    cursors = desk.cursors.all(desk.reader.generation())
    return {lane: _waiting(desk, shop, lane, cursors.get((shop.id, lane), 0)) for lane in Lane}


def _waiting(desk: Desk, shop: Shop, lane: Lane, folded: int) -> Waiting:
    return Waiting(desk.reader.count_after(shop.id, lane, folded), desk.reader.oldest_after(shop.id, lane, folded))


def _let_go_of_the_dead(leases: Leases, name: str) -> None:
    """A run that was killed on this machine need not be waited for."""
    holder = leases.holder(name, clock())
    if holder is not None and _is_dead(holder):
        leases.release(name, holder)


def _is_dead(holder: str) -> bool:
    """Of this machine, and no longer running. Of another machine nobody knows."""
    host, _, rest = holder.rpartition(":")[0].rpartition(":")
    if host != socket.gethostname() or not rest.isdigit():
        return False
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # somebody else's: alive
        return False
    return False


Readers = tuple[HistoryReader, ChangeReader]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one question may be waited for by a job that others wait for, and how it waits."""

    patience_s: float
    sleep: Callable[[float], None]


def _shopify(
    config: Config, desk: Desk, http: requests.Session, spill: FileSpill, patience: Patience | None
) -> Readers:
    apis = ShopifyApis(config, desk.state, http, **asdict(patience) if patience else {})
    return ShopifyHistory(apis, spill), ShopifyChanges(apis, clock)


def _woocommerce(
    config: Config, desk: Desk, http: requests.Session, _spill: FileSpill, patience: Patience | None
) -> Readers:
    """By hand every customer's date is looked at; the job that comes round asks a slow host for less."""
    apis = WooCommerceApis(config, desk.state, http, **asdict(patience) if patience else {})
    return WooCommerceHistory(apis, clock), WooCommerceChanges(apis, clock, looks_at_all=patience is None)


READERS: Mapping[str, Callable[[Config, Desk, requests.Session, FileSpill, Patience | None], Readers]] = {
    "shopify": _shopify,
    "woocommerce": _woocommerce,
}
