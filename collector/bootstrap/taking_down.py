"""A shop that is removed: what we had it, and a Brevo account of its own, tell us is taken down there first.

Best effort: whoever removes a shop may have closed it, or revoked the key, before. What could not be deleted is said.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import requests

from collector.bootstrap.accounts import BrevoAccounts
from collector.bootstrap.desk import Desk
from collector.bootstrap.live import platforms
from collector.bootstrap.parts import secret_box
from collector.bootstrap.shops import webhook_address
from collector.config import Config
from collector.destinations.brevo import webhooks as brevo_webhooks
from collector.destinations.brevo.client import Exchange
from collector.destinations.brevo.limits import NoMeter
from collector.domain.errors import DeliveryFailed, Misuse, SourceUnavailable
from collector.domain.shop import Shop, own_account
from collector.storage.sqlite.account_hooks import AccountHooks

PATIENCE_S = 10.0  # somebody waits, and what fails is said


def take_down(
    config: Config, desk: Desk, shop: Shop, http: requests.Session, sleep: Callable[[float], None] = time.sleep
) -> list[str]:
    """Sentences of what was deleted, and of what is to be deleted by hand."""
    return [*_at_the_shop(config, desk, shop, http, sleep), *_at_brevo(config, desk, shop, http)]


def _at_the_shop(
    config: Config, desk: Desk, shop: Shop, http: requests.Session, sleep: Callable[[float], None]
) -> list[str]:
    able = platforms(config, desk, http, sleep, PATIENCE_S)
    webhooks = able.subscriptions.get(shop.platform)
    if webhooks is None or shop.uninstalled_at is not None:  # the platform took them with the app
        return []
    if not able.has_access(shop):
        return [f"Its webhooks stay: there is no key to ask the shop with. {webhooks.by_hand}"]
    try:
        done = webhooks.take_down(shop, webhook_address(config.public_url, shop))
    except (SourceUnavailable, Misuse) as problem:
        return [f"Its webhooks may be left: {problem} {webhooks.by_hand}"]
    said = [f"Webhooks deleted at the shop: {len(done.deleted)}."] if done.deleted else []
    if done.left:
        said.append(" ".join([f"Webhooks left at the shop: {len(done.left)}.", *done.problems, webhooks.by_hand]))
    return said


def _at_brevo(config: Config, desk: Desk, shop: Shop, http: requests.Session) -> list[str]:
    """An account of the settings keeps its webhook, which goes on being answered: other shops use it or will. One that
    the shop brought with it goes with the shop."""
    name = own_account(shop.address)
    others = [one for one in desk.shops.all() if one.id != shop.id]
    account = BrevoAccounts(config, lambda: [shop]).get(name)
    still_used = BrevoAccounts(config, lambda: others)
    hook = AccountHooks(desk.state, secret_box(config)).find(name)
    if account is None or hook is None or any(one.api_key == account.api_key for one in still_used.values()):
        return []
    path = f"/webhooks/brevo/{hook.key}"
    try:
        deleted = brevo_webhooks.unregister(Exchange(http, account, NoMeter()), path)
    except DeliveryFailed as failed:
        cure = "Delete those of this server at Brevo, among its webhooks."
        return [f"The webhooks at the shop's own Brevo account may be left: {failed} {cure}"]
    return [f"Webhooks deleted at the shop's own Brevo account: {deleted}."] if deleted else []
