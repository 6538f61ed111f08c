"""Connecting shops in a browser, put together. It is rare, so nothing is kept open for it between two requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

import requests
from itsdangerous import URLSafeTimedSerializer

from collector.bootstrap.accounts import BrevoAccounts
from collector.bootstrap.connections import Hearing
from collector.bootstrap.desk import Desk, open_desk
from collector.bootstrap.parts import clock, make_sources, secret_keys
from collector.bootstrap.shopify import shopify_tokens
from collector.bootstrap.shops import new_shop
from collector.bootstrap.snippets import CHECKOUT_SNIPPETS, checkout_snippet, snippet
from collector.config import Config
from collector.destinations.brevo import setup
from collector.destinations.brevo.client import BrevoAccount, Exchange
from collector.destinations.brevo.limits import NoMeter
from collector.domain.connecting import Granted, OneClick, Returned
from collector.domain.errors import DeliveryFailed
from collector.domain.jobs import SUBSCRIPTIONS, of_shop
from collector.domain.one_use_links import OneUseLink
from collector.domain.shop import OWN_KEY, Secrets, Shop
from collector.outgoing.guard import guarded_session
from collector.pipeline.connecting import ConnectServices
from collector.sources.shopify.oauth import ShopifyOneClick
from collector.sources.woocommerce.one_click import WooCommerceOneClick
from collector.storage.sqlite.jobs import Jobs
from collector.storage.sqlite.known_apis import KnownApis
from collector.storage.sqlite.one_use_links import OneUseLinks
from collector.web.connecting import ConnectPages

SALT = "connecting a shop"
TIMEOUT_S = (5.0, 15.0)  # a shop waits while its keys are tried, and a browser behind it


def connect_pages(config: Config) -> ConnectPages:
    """What the pages need."""
    found = platforms(config)
    return ConnectPages(
        services=ConnectServices(clock, lambda: _Links(config), lambda: _Shops(config), found, config.base_url),
        signer=URLSafeTimedSerializer(secret_keys(config), salt=SALT),
        base_url=config.base_url,
        is_secure=config.base_url.startswith("https://"),
    )


def platforms(config: Config) -> dict[str, OneClick]:
    """Shopify needs an app in the settings; WooCommerce asks in the shop itself."""
    app, found = config.shopify_app, dict[str, OneClick]()
    if app.api_key and app.api_secret:
        found["shopify"] = _OwnSession(
            config, lambda http: ShopifyOneClick(http, app.api_key, app.api_secret, app.scopes, app.api_url)
        )
    found["woocommerce"] = _OwnSession(config, lambda http: _woocommerce(config, http))
    return found


def _woocommerce(config: Config, http: requests.Session) -> WooCommerceOneClick:
    def checks_certificate(address: str) -> bool:
        """A shop that is known, by the file or an installation, may have been said to have any."""
        known = _Shops(config).at("woocommerce", address)
        return known is None or known.policy.verify_ssl

    return WooCommerceOneClick(http, checks_certificate, allow_insecure=config.allow_insecure_upstreams)


class _OwnSession:
    """domain.connecting.OneClick with a session for each use: requests come on any thread."""

    def __init__(self, config: Config, make: Callable[[requests.Session], OneClick]) -> None:
        self._config = config
        self._make = make

    @contextmanager
    def _opened(self) -> Iterator[OneClick]:
        with guarded_session(self._config.allow_insecure_upstreams, timeout=TIMEOUT_S) as http:
            yield self._make(http)

    def not_here(self, base_url: str) -> tuple[str, str]:
        with self._opened() as platform:
            return platform.not_here(base_url)

    def address(self, typed: str) -> str:
        with self._opened() as platform:
            return platform.address(typed)

    def question(self, address: str, state: str, come_back_to: str) -> str:
        with self._opened() as platform:
            return platform.question(address, state, come_back_to)

    def way_back(self, query: str, now: datetime) -> Returned:
        with self._opened() as platform:
            return platform.way_back(query, now)

    def delivered(self, body: bytes) -> Returned:
        with self._opened() as platform:
            return platform.delivered(body)

    def take(self, address: str, grant: Mapping[str, str]) -> Granted:
        with self._opened() as platform:
            return platform.take(address, grant)


class _Links:
    """domain.one_use_links.OneUseLinks."""

    def __init__(self, config: Config) -> None:
        self._config = config

    @contextmanager
    def _links(self) -> Iterator[OneUseLinks]:
        with open_desk(self._config) as desk:
            yield OneUseLinks(desk.state)

    def add(self, purpose: str, address: str, token: str, now: datetime) -> None:
        with self._links() as links:
            links.add(purpose, address, token, now)

    def find(self, token: str) -> OneUseLink | None:
        with self._links() as links:
            return links.find(token)

    def use(self, token: str, now: datetime, *, address: str = "", state: str = "") -> bool:
        with self._links() as links:
            return links.use(token, now, address=address, state=state)

    def begun(self, state: str) -> OneUseLink | None:
        with self._links() as links:
            return links.begun(state)

    def note(self, state: str, why: str, cure: str) -> None:
        with self._links() as links:
            links.note(state, why, cure)

    def come_back(self, state: str, now: datetime, notes: Sequence[str] = ()) -> OneUseLink | None:
        with self._links() as links:
            return links.come_back(state, now, notes)


class _Shops:
    """domain.connecting.ConnectedShops."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def keep(self, platform: str, address: str, granted: Granted, now: datetime) -> Shop:
        with open_desk(self._config) as desk:
            shop = _stored(desk, platform, address, granted, now)
            if granted.answer:
                with guarded_session(self._config.allow_insecure_upstreams) as http:
                    shopify_tokens(self._config, desk.state, http).take_over(shop, dict(granted.answer))
            Hearing(desk.state).of(shop)(None)  # it was tried with them
            if granted.learnt:
                KnownApis(desk.state).keep(shop.id, granted.learnt, now)
            # Its webhooks are registered by the worker, at once.
            Jobs(desk.state).bring_forward(of_shop(SUBSCRIPTIONS, shop.id), now)
            return shop

    def find(self, shop_id: int) -> Shop | None:
        with open_desk(self._config) as desk:
            return next((shop for shop in desk.shops.all() if shop.id == shop_id), None)

    def at(self, platform: str, address: str) -> Shop | None:
        with open_desk(self._config) as desk:
            return desk.shops.find(platform, desk.sources[platform].normalise_address(address)[0])

    def has_general_account(self) -> bool:
        return bool(BrevoAccounts(self._config))

    def try_account(self, key: str) -> str:
        account = BrevoAccount("new", key, self._config.brevo.api_url)
        with guarded_session(self._config.allow_insecure_upstreams) as http:
            try:
                seen = setup.read_account(Exchange(http, account, NoMeter()))
            except DeliveryFailed as failed:
                if own := setup.own_address(failed):
                    failed.cure = f"Brevo sees this server as {own}. {failed.cure}"
                raise
        return seen.company or seen.email

    def keep_account(self, shop: Shop, key: str) -> None:
        with open_desk(self._config) as desk:
            now_stored = desk.shops.get(shop.id).secrets
            credentials = {**now_stored.credentials, OWN_KEY: key}
            desk.shops.change_secrets(shop.id, replace(now_stored, credentials=credentials))

    def snippet(self, shop: Shop) -> tuple[str, str]:
        return snippet(shop, self._config.base_url, self._config.tracker.path)

    def checkout_snippet(self, shop: Shop) -> tuple[str, str] | None:
        if shop.platform not in CHECKOUT_SNIPPETS:
            return None
        return checkout_snippet(shop, self._config.base_url, self._config.tracker.path)


def _stored(desk: Desk, platform: str, given: str, granted: Granted, now: datetime) -> Shop:
    """Keys that stand in pages and at the platform are kept, and so is the shop's own account."""
    address, url = make_sources()[platform].normalise_address(given)
    old = desk.shops.find(platform, address)
    fresh = new_shop(platform, address, url)
    kept = old.secrets if old else Secrets()
    secrets = Secrets(
        webhook=tuple(granted.webhook_secrets) or kept.webhook or fresh.secrets.webhook,
        identity=kept.identity or fresh.secrets.identity,
        hook_key=kept.hook_key or fresh.secrets.hook_key,
        credentials={name: one for name, one in kept.credentials.items() if name == OWN_KEY}
        | dict(granted.credentials),
    )
    settings = {**(desk.shops.settings(old.id) if old else {}), **granted.settings}
    new = replace(
        fresh,
        secrets=secrets,
        name=granted.name,
        currency=granted.currency,
        zone=granted.zone,
        storefront=granted.storefront,
        settings=settings,
    )
    return desk.shops.install(new, now)
