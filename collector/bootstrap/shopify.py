"""Clients for Shopify's API, put together."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence

import requests

from collector.bootstrap.connections import Hearing
from collector.bootstrap.parts import clock, secret_box
from collector.config import Config
from collector.domain.jobs import Job
from collector.domain.shop import Shop
from collector.pipeline.renewing_tokens import RenewTokens
from collector.sources.shopify.graphql import ShopifyApi
from collector.sources.shopify.pace import Pace
from collector.sources.shopify.tokens import Tokens
from collector.storage.sqlite.access_tokens import AccessTokens
from collector.storage.sqlite.leases import Leases

# What bulk work leaves in a shop's bucket, so that a truth check before a reminder never waits for it.
BULK_RESERVE = 0.15


def shopify_tokens(
    config: Config,
    state: sqlite3.Connection,
    http: requests.Session,
    sleep: Callable[[float], None] = time.sleep,
) -> Tokens:
    """For one thread: that of `state` and `http`."""
    app = config.shopify_app
    return Tokens(
        http,
        AccessTokens(state, secret_box(config)),
        Leases(state),
        clock=clock,
        sleep=sleep,
        app_secrets={app.api_key: app.api_secret[-1]} if app.api_key and app.api_secret else {},
    )


def token_jobs(
    config: Config,
    state: sqlite3.Connection,
    http: requests.Session,
    shops: Callable[[], Sequence[Shop]],
    sleep: Callable[[float], None] = time.sleep,
) -> Callable[[], Sequence[Job]]:
    """One for each shop whose token may have to be renewed."""
    tokens, hearing = shopify_tokens(config, state, http, sleep), Hearing(state)

    def may_expire(shop: Shop) -> bool:
        is_connected = shop.is_enabled and shop.uninstalled_at is None
        return is_connected and shop.platform == "shopify" and tokens.can_renew(shop)

    return lambda: [RenewTokens(shop, tokens, hearing.of(shop)) for shop in shops() if may_expire(shop)]


class ShopifyApis:
    """ShopifyApi for any shop, for one thread. What is learnt of a shop's bucket is kept between calls.

    `reserve`: the share of the bucket that is left to others.
    """

    def __init__(
        self,
        config: Config,
        state: sqlite3.Connection,
        http: requests.Session,
        *,
        patience_s: float = 60.0,
        reserve: float = BULK_RESERVE,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.tokens = shopify_tokens(config, state, http, sleep)
        self._http = http
        self._patience_s = patience_s
        self._reserve = reserve
        self._sleep = sleep
        self._paces: dict[int, Pace] = {}
        self._hearing = Hearing(state)

    def __call__(self, shop: Shop) -> ShopifyApi:
        return ShopifyApi(
            self._http,
            shop,
            self.tokens,
            clock=clock,
            sleep=self._sleep,
            patience_s=self._patience_s,
            pace=self._paces.setdefault(shop.id, Pace(self._reserve)),
            heard=self._hearing.of(shop),
        )
