"""What keeps a connected shop live: its webhooks, what has to be read again, its stock, the days since last orders.

A platform takes part with a line in `Platforms`; stock and days need none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import requests

from collector.bootstrap.desk import Desk
from collector.bootstrap.parts import clock
from collector.bootstrap.shopify import ShopifyApis
from collector.config import Config
from collector.domain.door import NewRow
from collector.domain.errors import Misuse, SourceUnavailable
from collector.domain.jobs import SUBSCRIPTIONS, Job, of_shop
from collector.domain.rereading import RecordReader
from collector.domain.shop import Shop
from collector.domain.subscriptions import Subscriptions
from collector.domain.timestamps import to_text
from collector.pipeline.guarding import NO_PUBLIC_URL, GuardSubscriptions, in_words
from collector.pipeline.refreshing_recency import RefreshRecency
from collector.pipeline.rereading import RereadRecords
from collector.pipeline.watching_stock import WatchStock
from collector.sources.shopify.rereading import ShopifyRecords
from collector.sources.shopify.webhooks import ShopifyWebhooks
from collector.storage.sqlite.inbox import InboxWriter
from collector.storage.sqlite.jobs import Jobs
from collector.storage.sqlite.reports import newest_theme
from collector.storage.sqlite.state import SqliteState

THEME_SETTLES = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Platforms:
    """By the platform's name; one that is not there has nothing to keep or to read again."""

    subscriptions: Mapping[str, Subscriptions]
    records: Mapping[str, RecordReader]
    has_access: Callable[[Shop], bool]


def platforms(config: Config, desk: Desk, http: requests.Session) -> Platforms:
    """For one thread."""
    shopify = ShopifyApis(config, desk.state, http)

    def has_access(shop: Shop) -> bool:
        given = shop.secrets.credentials
        return bool(given.get("access_token") or (given.get("api_key") and given.get("api_secret"))) or (
            shop.platform == "shopify" and shopify.tokens.has_expiring(shop)
        )

    return Platforms({"shopify": ShopifyWebhooks(shopify)}, {"shopify": ShopifyRecords(shopify, clock)}, has_access)


def live_jobs(
    config: Config,
    desk: Desk,
    shops: Callable[[], Sequence[Shop]],
    http: requests.Session,
    append: Callable[[Sequence[NewRow]], None],
) -> Callable[[], Sequence[Job]]:
    """The jobs of each shop there is at this moment. `append` puts rows into the inbox."""
    able, state = platforms(config, desk, http), SqliteState(desk.state)

    def of(shop: Shop) -> list[Job]:
        found: list[Job] = []
        subscriptions, records = able.subscriptions.get(shop.platform), able.records.get(shop.platform)
        if subscriptions is not None and able.has_access(shop):
            address = webhook_address(config, shop)
            found.append(GuardSubscriptions(shop, subscriptions, address, state, desk.reader.heard_at))
        if records is not None:
            found.append(RereadRecords(shop, records, state, append, clock))
        if shop.policy.stock.is_followed:
            found.append(WatchStock(shop, state))
        return [*found, RefreshRecency(shop, state, clock)]

    return lambda: [job for shop in shops() if is_live(shop) for job in of(shop)]


def is_live(shop: Shop) -> bool:
    """Whether anything comes from it."""
    return shop.is_enabled and shop.removed_at is None and shop.uninstalled_at is None


def webhook_address(config: Config, shop: Shop) -> str:
    """Where its webhooks go; "" while the internet cannot reach us."""
    return f"{config.public_url}/webhooks/{shop.platform}/{shop.secrets.hook_key}" if config.public_url else ""


def keep_subscriptions(config: Config, desk: Desk, shop: Shop, http: requests.Session) -> list[str]:
    """Register a shop's webhooks now, at the end of an installation: sentences of what was done and what is missing.

    The guardian comes round again by itself; what fails here is only said.
    """
    subscriptions = platforms(config, desk, http).subscriptions.get(shop.platform)
    if subscriptions is None:
        return []
    address = webhook_address(config, shop)
    if not address:
        return [NO_PUBLIC_URL]
    try:
        kept = subscriptions.keep(shop, address)
    except (SourceUnavailable, Misuse) as problem:
        return [f"The webhooks could not be registered: {problem} The worker tries again."]
    return [f"Webhooks: {in_words(kept)}", *kept.notes]


def subscription_troubles(desk: Desk) -> list[tuple[str, str]]:
    """(what, cure) of all shops: webhooks as they were at the guardian's last look, and pages that fell silent."""
    found: list[tuple[str, str]] = []
    for shop in desk.shops.all():
        if not is_live(shop):
            continue
        found += _silent_since_theme(desk, shop)
        seen = Jobs(desk.state).read(of_shop(SUBSCRIPTIONS, shop.id))
        if seen is None:
            continue
        name = f"webhooks of {shop.address}"
        if seen.failures:
            found.append((f"{name}: {seen.said}", "the worker tries again; mend what it says"))
        found += [(f"{name}: {said}", "see `tajo connectors test`") for said in seen.progress.get("problems", ())]
    return found


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
