"""What keeps a connected shop live: its webhooks, what has to be read again, its stock, the days since last orders.

A platform takes part with a line in `Platforms`; stock and days need none.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import requests

from collector.bootstrap.connections import lack_of
from collector.bootstrap.desk import Desk
from collector.bootstrap.own_turn import AtItNow, own_turn
from collector.bootstrap.parts import clock
from collector.bootstrap.rotating import end_rotation
from collector.bootstrap.shopify import ShopifyApis
from collector.bootstrap.shops import blocks_by_address, webhook_address
from collector.bootstrap.woocommerce import WooCommerceApis
from collector.config import Config
from collector.domain.connections import is_open
from collector.domain.describing import ShopReader
from collector.domain.door import NewRow
from collector.domain.errors import Misuse, SourceUnavailable, Unready
from collector.domain.jobs import DESCRIPTION, SUBSCRIPTIONS, Job, of_shop
from collector.domain.rereading import RecordReader
from collector.domain.shop import Shop
from collector.domain.subscriptions import Missed, Removable, SignedBySecret
from collector.domain.syncing import ORDERS, RunState, RunType
from collector.domain.timestamps import to_text
from collector.pipeline.answers import WRONG_SECRET
from collector.pipeline.describing import DescribeShop
from collector.pipeline.ending_rotation import EndRotation
from collector.pipeline.guarding import NO_PUBLIC_URL, Ears, GuardSubscriptions, in_words
from collector.pipeline.refreshing_recency import RefreshRecency
from collector.pipeline.rereading import RereadRecords
from collector.pipeline.watching_stock import WatchStock
from collector.sources.shopify.describing import ShopifyDescription
from collector.sources.shopify.rereading import ShopifyRecords
from collector.sources.shopify.webhooks import ShopifyWebhooks
from collector.sources.woocommerce.describing import WooCommerceDescription
from collector.sources.woocommerce.rereading import WooCommerceRecords
from collector.sources.woocommerce.webhooks import WooCommerceWebhooks
from collector.storage.sqlite.inbox import InboxWriter
from collector.storage.sqlite.jobs import Jobs
from collector.storage.sqlite.reports import newest_theme
from collector.storage.sqlite.state import SqliteState
from collector.storage.sqlite.sync_runs import SyncRuns

THEME_SETTLES = timedelta(hours=2)
PATIENCE_S = 60.0
ONE_RECORD_S = 5.0  # a record the shop fails on is asked for again later, after the others
LOOKED_BACK = 10  # runs of a shop, to find its newest reconciliation


@dataclass(frozen=True, slots=True)
class Platforms:
    """By the platform's name; one that is not there has nothing to keep or to read again. `signed`: where webhooks
    sign with a secret of ours."""

    subscriptions: Mapping[str, Removable]
    signed: Mapping[str, SignedBySecret]
    records: Mapping[str, RecordReader]
    has_access: Callable[[Shop], bool]
    descriptions: Mapping[str, ShopReader]


def platforms(
    config: Config,
    desk: Desk,
    http: requests.Session,
    sleep: Callable[[float], None] = time.sleep,
    patience_s: float = PATIENCE_S,
) -> Platforms:
    """For one thread. `patience_s`: for one question."""
    shopify = ShopifyApis(config, desk.state, http, patience_s=patience_s, sleep=sleep)
    woocommerce = WooCommerceApis(config, desk.state, http, patience_s=patience_s, sleep=sleep)
    asking_shortly = WooCommerceApis(config, desk.state, http, patience_s=ONE_RECORD_S, sleep=sleep)

    def hook_keys() -> list[str]:
        return [shop.secrets.hook_key for shop in desk.shops.all() if is_open(shop)]

    woocommerce_webhooks = WooCommerceWebhooks(woocommerce, hook_keys)
    return Platforms(
        {"shopify": ShopifyWebhooks(shopify), "woocommerce": woocommerce_webhooks},
        {"woocommerce": woocommerce_webhooks},
        {"shopify": ShopifyRecords(shopify, clock), "woocommerce": WooCommerceRecords(asking_shortly, clock)},
        lambda shop: lack_of(desk, shop) is None,
        {
            "shopify": ShopifyDescription(shopify, clock),
            "woocommerce": WooCommerceDescription(woocommerce, clock),
        },
    )


def ears(desk: Desk) -> Ears:
    """What is known of a shop's webhooks besides what the shop says."""
    runs = SyncRuns(desk.state)

    def refused(shop_id: int, since: datetime) -> int:
        counts = desk.reader.counts_since(since, shop_id)
        return sum(one.n for one in counts if (one.door, one.reason) == ("webhook", WRONG_SECRET))

    def missed(shop_id: int) -> Missed | None:
        ended = [run for run in runs.newest(shop_id, LOOKED_BACK) if run.state is RunState.DONE]
        run = next((run for run in ended if run.type is RunType.RECONCILE), None)
        if run is None or run.since is None or ORDERS not in run.counts:
            return None
        return Missed(run.counts[ORDERS].get("missed", 0), run.since)

    return Ears(desk.reader.heard_at, refused, missed)


def live_jobs(
    config: Config,
    desk: Desk,
    shops: Callable[[], Sequence[Shop]],
    http: requests.Session,
    append: Callable[[Sequence[NewRow]], None],
    sleep: Callable[[float], None] = time.sleep,
) -> Callable[[], Sequence[Job]]:
    """The jobs of each shop there is at this moment. `append` puts rows into the inbox."""
    able, state, hearing = platforms(config, desk, http, sleep), SqliteState(desk.state), ears(desk)
    named = blocks_by_address(config, desk.sources)

    def is_rotating(shop: Shop) -> bool:
        """Two secrets that the file names stay two until the file changes."""
        block = named.get((shop.platform, shop.address))
        return len(shop.secrets.webhook) > 1 and not (block is not None and block[1].webhook_secret)

    def of(shop: Shop) -> list[Job]:
        found: list[Job] = []
        subscriptions, records = able.subscriptions.get(shop.platform), able.records.get(shop.platform)
        if subscriptions is not None and able.has_access(shop):
            address = webhook_address(config.public_url, shop)
            found.append(GuardSubscriptions(shop, subscriptions, address, state, hearing))
            if address and shop.platform in able.signed and is_rotating(shop):
                found.append(EndRotation(shop, able.signed[shop.platform], address, partial(end_rotation, desk)))
        if shop.platform in able.descriptions and able.has_access(shop):
            found.append(DescribeShop(shop, able.descriptions[shop.platform], append))
        if records is not None:
            found.append(RereadRecords(shop, records, state, append, clock))
        if shop.policy.stock.is_followed:
            found.append(WatchStock(shop, state))
        return [*found, RefreshRecency(shop, state, clock)]

    return lambda: [job for shop in shops() if is_open(shop) for job in of(shop)]


def keep_subscriptions(config: Config, desk: Desk, shop: Shop, http: requests.Session) -> list[str]:
    """Register a shop's webhooks now, at the end of an installation: sentences of what was done and what is missing.

    The guardian comes round again by itself; what fails here is only said.
    """
    subscriptions = platforms(config, desk, http).subscriptions.get(shop.platform)
    if subscriptions is None:
        return []
    address = webhook_address(config.public_url, shop)
    if not address:
        return [NO_PUBLIC_URL]
    try:
        with own_turn(desk, of_shop(SUBSCRIPTIONS, shop.id)):
            kept = subscriptions.keep(shop, address)
    except AtItNow:
        return ["The worker registers the webhooks at this moment."]
    except (SourceUnavailable, Misuse, Unready) as problem:
        return [f"The webhooks could not be registered: {problem} The worker tries again."]
    return [f"Webhooks: {in_words(kept)}", *kept.notes]


def subscription_troubles(desk: Desk) -> list[tuple[str, str]]:
    """(what, cure) of all shops: webhooks as they were at the guardian's last look, and pages that fell silent."""
    found: list[tuple[str, str]] = []
    for shop in desk.shops.all():
        if not is_open(shop):
            continue
        found += _silent_since_theme(desk, shop)
        found += _said_of_itself(desk, shop)
        seen = Jobs(desk.state).read(of_shop(SUBSCRIPTIONS, shop.id))
        if seen is None:
            continue
        name = f"webhooks of {shop.address}"
        if seen.failures:
            found.append((f"{name}: {seen.said}", "the worker tries again; mend what it says"))
        found += [(f"{name}: {said}", "see `tajo connectors test`") for said in seen.progress.get("problems", ())]
    return found


def _said_of_itself(desk: Desk, shop: Shop) -> list[tuple[str, str]]:
    """What was wrong with its API when it was last asked what it is."""
    seen = Jobs(desk.state).read(of_shop(DESCRIPTION, shop.id))
    problems = seen.progress.get("problems", ()) if seen is not None else ()
    return [(f"{shop.address}: {what}", cure) for what, cure in problems]


def _silent_since_theme(desk: Desk, shop: Shop) -> list[tuple[str, str]]:
    """Pages were looked at until the shop got another theme, and none since: the snippet stayed in the old one."""
    changed_at, beacon_at = newest_theme(desk.state, shop.id), desk.reader.heard_at(shop.id, "beacon")
    if changed_at is None or beacon_at is None or clock() - changed_at < THEME_SETTLES:
        return []
    if beacon_at + timedelta(hours=1) > changed_at:  # known to the hour
        return []
    what = f"{shop.address}: another theme since {to_text(changed_at)}, and no page was looked at since"
    return [(what, f"paste the snippet into the new theme: tajo snippet {desk.shops.name_of(shop)}")]


def writer(desk: Desk) -> InboxWriter:
    """The way into the inbox for what jobs read."""
    return InboxWriter(desk.locations.inbox, clock)
