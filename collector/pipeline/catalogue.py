"""Telling the catalogue to a destination, one account at a time: categories, then products, then their variants.

Calls by the hundred are scarce (a hundred an hour for everything), single ones are not. So a few changes go one by
one within seconds, many go by the hundred, and when no call by the hundred is left they go one by one again. What the
destination refuses is set aside with its words, and holds up nothing else. Everything may be told twice: a crash
between telling and writing that down costs a call.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from collector.domain.errors import DeliveryFailed, Remedy
from collector.domain.retries import FAMILY_PROBE, LONGEST_WAIT
from collector.domain.shop import Shop
from collector.pipeline.catalogue_categories import TellingCategories
from collector.pipeline.catalogue_names import follow_rules, is_followed
from collector.pipeline.catalogue_products import TellingProducts
from collector.pipeline.catalogue_services import AccountInHand, CatalogueServices, Named, Turn
from collector.pipeline.coupons import fill_pools
from collector.pipeline.posting import is_telling

__all__ = ["CatalogueServices", "Turn", "accounts_due", "release", "tell_some"]


def accounts_due(services: CatalogueServices, now: datetime) -> list[str]:
    """The accounts with something to look at."""
    shops = _telling_shops(services)
    with services.state.read() as tx:
        due = {
            shop.policy.account
            for shop in shops
            if not is_followed(tx.catalogue.named(shop.id), shop) or tx.catalogue.has_due(shop.id, now)
        }
        held = {account for account in due if (until := tx.catalogue.account(account).until) and now < until}
    return sorted(due - held)


def tell_some(services: CatalogueServices, account: str, now: datetime) -> Turn:
    """One turn for one account. It ends early when the account is away, out of calls, or takes no catalogue."""
    with services.state.read() as tx:
        hand = AccountInHand(services, account, now, tx.catalogue.account(account))
    shops = [shop for shop in _telling_shops(services) if shop.policy.account == account]
    turn = hand.turn
    try:
        named = _named(services, shops, now)
        TellingCategories(hand).run(named)
        TellingProducts(hand).run(named)
        for shop in shops:
            fill_pools(hand, shop)
    except DeliveryFailed as failure:
        turn.failure = failure
        if failure.remedy is Remedy.WAIT:
            turn.until = services.clock() + min(timedelta(seconds=failure.retry_after_s or 1.0), LONGEST_WAIT)
        elif failure.remedy is Remedy.STOP:
            turn.until = services.clock() + FAMILY_PROBE
            hand.hold(turn.until, failure)
    return turn


def release(services: CatalogueServices) -> None:
    """Held accounts may be tried at once: the program was started again, perhaps because something was mended."""
    with services.state.write() as tx:
        for account in {shop.policy.account for shop in _telling_shops(services)}:
            held = tx.catalogue.account(account)
            if held.until is not None:
                tx.catalogue.hold(account, None, held.reason, held.cure)


def _telling_shops(services: CatalogueServices) -> list[Shop]:
    return [] if services.is_dry_run else [shop for shop in services.shops() if is_telling(shop)]


def _named(services: CatalogueServices, shops: Sequence[Shop], now: datetime) -> Named:
    """The shops whose products are told."""
    found: dict[int, str] = {}
    with services.state.read() as tx:
        for shop in shops:
            known = tx.catalogue.named(shop.id)
            if known is not None and is_followed(known, shop):
                found[shop.id] = known.prefix
    if len(found) < len(shops):
        with services.state.write() as tx:
            found = {shop.id: follow_rules(tx, shop, now) for shop in shops}
    return {shop.id: (shop, found[shop.id]) for shop in shops if shop.policy.catalogue.is_told}
