"""The figures of `/metrics`, each read from the database at the moment somebody asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from importlib.metadata import version
from itertools import product

from collector.bootstrap.desk import Desk, open_desk
from collector.bootstrap.parts import clock
from collector.bootstrap.syncing import standing_of
from collector.config import Config
from collector.domain.door import Lane
from collector.domain.figures import Figure
from collector.domain.shop import Shop
from collector.storage.sqlite import reports
from collector.storage.sqlite.jobs import Jobs
from collector.storage.sqlite.outbox import Outbox

Sample = tuple[Sequence[str], float]
SHOP = ("platform", "shop")
LOOKED_BACK = timedelta(hours=1)


def figures(config: Config, not_ready: Mapping[str, str]) -> list[Figure]:
    """Of a database that does not answer, only that."""
    found = [
        Figure("tajo_build_info", "The version that runs.", ("version",), [((version("tajo-collector"),), 1)]),
        Figure("tajo_ready", "1 when everything that is needed answers.", (), [((), float(not not_ready))]),
    ]
    if "database" in not_ready:
        return found
    with open_desk(config) as desk:
        now, shops = clock(), desk.shops.all()
        return [*found, *_of_worker(desk, now), *_of_messages(desk, now), *_of_shops(desk, shops, now)]


def _of_worker(desk: Desk, now: datetime) -> Iterator[Figure]:
    yield Figure(
        "tajo_workers_alive", "Workers with a fresh sign of life.", (), [((), reports.live_workers(desk.state, now))]
    )
    yield Figure(
        "tajo_jobs_failing",
        "Jobs that come round by themselves and failed last.",
        (),
        [((), Jobs(desk.state).failing())],
    )


def _of_messages(desk: Desk, now: datetime) -> Iterator[Figure]:
    outbox = Outbox(desk.state)
    yield Figure(
        "tajo_messages",
        "Messages of the outbox that are not over, by state.",
        ("account", "state"),
        [((account, state), n) for account, state, n in outbox.unfinished()],
    )
    yield Figure(
        "tajo_messages_finished_last_hour",
        "Messages that were done, skipped or given up within an hour.",
        ("account", "state"),
        [((account, state), n) for account, state, n in outbox.finished_since(now - LOOKED_BACK)],
    )
    stopped = outbox.stopped()
    yield Figure(
        "tajo_account_stopped",
        "1 for a Brevo account that refuses everything it is told, with the reason.",
        ("account", "reason"),
        [((one.account, one.reason), 1) for one in stopped],
    )


def _of_shops(desk: Desk, shops: Sequence[Shop], now: datetime) -> Iterator[Figure]:
    names = {shop.id: (shop.platform, shop.address) for shop in shops}
    cursors = desk.cursors.all(desk.reader.generation())
    waiting: list[Sample] = []
    oldest: list[Sample] = []
    for shop_id, lane in product(names, Lane):
        labels, folded = (*names[shop_id], lane.value), cursors.get((shop_id, lane), 0)
        waiting.append((labels, desk.reader.count_after(shop_id, lane, folded)))
        arrived_at = desk.reader.oldest_after(shop_id, lane, folded)
        oldest.append((labels, max((now - arrived_at).total_seconds(), 0.0) if arrived_at else 0.0))
    by_lane = (*SHOP, "lane")
    yield Figure("tajo_inbox_rows_waiting", "Rows that arrived and are not folded yet.", by_lane, waiting)
    yield Figure("tajo_inbox_oldest_waiting_seconds", "How long the oldest of them waits.", by_lane, oldest)
    answers = desk.reader.counts_since(now - LOOKED_BACK)
    yield Figure(
        "tajo_door_answers",
        "What the doors answered in this hour and the one before.",
        (*SHOP, "door", "reason"),
        [((*names.get(one.shop_id or 0, ("", "")), one.door, one.reason), one.n) for one in answers],
    )
    yield from _of_records(desk, shops)


def _of_records(desk: Desk, shops: Sequence[Shop]) -> Iterator[Figure]:
    """As `tajo connectors status` tells them."""
    standings = [((shop.platform, shop.address), standing_of(desk, shop)) for shop in shops]
    yield Figure(
        "tajo_shop_connected",
        "1 while the shop is there and its API lets us in, as far as it said last.",
        SHOP,
        [(labels, float(one.connection.is_there)) for labels, one in standings],
    )
    yield Figure(
        "tajo_missed_by_webhooks",
        "Records of the last seven days that no webhook told of.",
        (*SHOP, "resource"),
        [((*labels, resource), n) for labels, one in standings for resource, n in one.sync.missed],
    )
    yield Figure(
        "tajo_reconciled_timestamp_seconds",
        "When the shop was last compared with what webhooks told.",
        SHOP,
        [(labels, one.sync.reconciled_at.timestamp()) for labels, one in standings if one.sync.reconciled_at],
    )
    yield Figure(
        "tajo_records",
        "Records of the shop that are here.",
        (*SHOP, "resource"),
        [
            ((*labels, resource), n)
            for labels, one in standings
            for resource, n in (
                ("customers", one.numbers.customers),
                ("orders", one.numbers.orders),
                ("products", one.numbers.products),
            )
        ],
    )
    yield Figure(
        "tajo_quarantined",
        "Webhooks nobody understood.",
        SHOP,
        [(labels, one.numbers.quarantined) for labels, one in standings],
    )
    yield Figure(
        "tajo_reminders",
        "Reminders that left, and how many were followed by an order.",
        (*SHOP, "what"),
        [
            ((*labels, what), n)
            for labels, one in standings
            for what, n in (("sent", one.numbers.reminded), ("recovered", one.numbers.recovered))
        ],
    )
