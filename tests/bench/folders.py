"""Folders as `tajo serve` finds them: settings, both database files and the key, with one shop."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from collector import bootstrap
from collector.config import Config, load
from collector.domain.door import BeaconRequest, NewRow
from collector.pipeline.accept_beacon import accept_beacon
from collector.sources.tracker.verify import TrackerFormat
from collector.standards.user_agents import KnownUserAgents
from collector.storage.sqlite.inbox import InboxWriter
from tests.bench import traffic
from tests.cli import running

SETTINGS = f"""\
connectors:
  woocommerce:
    store_url: {traffic.SHOP_URL}
    consumer_key: ck_bench
    consumer_secret: cs_bench
    site_key: {traffic.SITE_KEY}
    domains: [shop.example]
"""
# One machine sends everything, so no limit may count.
LIMITS: Mapping[str, str] = {
    "TAJO_LIMITS_PER_ADDRESS": "1000000/s",
    "TAJO_LIMITS_PER_SHOP": "1000000/s",
    "TAJO_LIMITS_NEW_ADDRESSES_PER_VISITOR": "1000000/d",
    "TAJO_LIMITS_NEW_ADDRESSES_PER_NETWORK": "1000000/h",
}
STEP = timedelta(milliseconds=50)  # between two beacons of the prepared ones


def environment() -> dict[str, str]:
    """This one's, with limits out of the way and without other settings of ours."""
    return running.environment(**LIMITS)


def make(folder: Path) -> Config:
    """A new folder with one shop and nothing that happened."""
    folder.mkdir(parents=True)
    (folder / "tajo.yml").write_text(SETTINGS, encoding="utf-8")
    config = config_of(folder)
    bootstrap.migrate(config)
    return config


def config_of(folder: Path) -> Config:
    return load(LIMITS, folder)


def copy(folder: Path, to: Path) -> Config:
    """Another of the same, once nobody has it open."""
    shutil.copytree(folder, to)
    return config_of(to)


def requests(amount: int, run: str, now: datetime) -> Iterator[BeaconRequest]:
    """Beacons as the door sees them, sent one after the other up to `now`."""
    dice, texts = random.Random(11), traffic.texts()
    headers = {name.lower(): value for name, value in traffic.HEADERS.items()}
    for number in range(amount):
        sent_at = now - STEP * (amount - number)
        body = traffic.fill(texts[number % len(texts)], number, run, int(sent_at.timestamp()), dice)
        yield BeaconRequest(traffic.SITE_KEY, headers, body, "192.0.2.0/24")


def stock(folder: Path, amount: int) -> Config:
    """A new folder whose inbox holds so many beacons, judged by the door and not yet folded."""
    config = make(folder)
    now = datetime.now(UTC)
    with bootstrap.open_desk(config) as desk:
        [shop] = desk.shops.all()
    door, agents = TrackerFormat(), KnownUserAgents()
    rows: list[NewRow] = []
    for number, request in enumerate(requests(amount, "stock", now)):
        verdict = accept_beacon(request, shop, now - STEP * (amount - number), door, agents)
        if verdict.row is None:
            raise RuntimeError(f"the door refused a beacon of the bench: {verdict.answer.body or verdict.answer}")
        rows.append(verdict.row)
    with closing(InboxWriter(bootstrap.locations(config).inbox, bootstrap.clock)) as inbox:
        for start in range(0, amount, 1000):
            inbox.append_many(rows[start : start + 1000])
    return config


@contextmanager
def thrown_away(folder: Path) -> Iterator[Path]:
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
