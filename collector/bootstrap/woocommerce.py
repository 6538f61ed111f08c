"""Clients for WooCommerce's API, put together: whose keys, how they travel, and who asks a shop at this moment."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial

import requests

from collector.bootstrap.connections import Heard, Hearing
from collector.bootstrap.parts import clock, locations
from collector.config import Config
from collector.domain.shop import Shop
from collector.sources.woocommerce.credentials import Keys, keys_of
from collector.sources.woocommerce.known import Known, as_json, from_json
from collector.sources.woocommerce.pace import SHARE, Pace
from collector.sources.woocommerce.rest import NAMESPACE, RestClient
from collector.storage.sqlite.file_lock import turn_file
from collector.storage.sqlite.known_apis import KnownApis

# Hosts get better, or are told to: after so long the size of pages and what was printed before answers count no more.
GROWS_OLD = timedelta(days=1)
LOOK_AGAIN_S = 0.05


class WooCommerceApis:
    """RestClient for any shop, for one thread. What is learnt of a shop is kept between calls and between processes.

    `share`: of the time an answer took, the pause after it; 0 for the few questions that somebody waits for.
    """

    def __init__(
        self,
        config: Config,
        state: sqlite3.Connection,
        http: requests.Session,
        *,
        patience_s: float = 60.0,
        sleep: Callable[[float], None] = time.sleep,
        share: float = SHARE,
    ) -> None:
        self._known = KnownApis(state)
        self._locks = locations(config).state
        self._http = http
        self._patience_s = patience_s
        self._sleep = sleep
        self._share = share
        self._paces: dict[int, Pace] = {}
        self._hearing = Hearing(state)

    def __call__(self, shop: Shop) -> RestClient:
        """Raises SourceUnavailable for a shop without keys."""
        keys = keys_of(shop)
        now, pace = clock(), self._paces.setdefault(shop.id, Pace(self._share))
        known = self._read(shop.id, now)
        if known.busy_until is not None and known.busy_until > now:  # somebody else was told, maybe
            pace.back_off_s = max(pace.back_off_s, known.back_off_s)
            busy_s = (known.busy_until - now).total_seconds()
            pace.free_at = max(pace.free_at, time.monotonic() + busy_s)
        remember = partial(self.remember, shop)
        return self._client(shop, shop.url, keys, known, remember, pace, self._hearing.of(shop))

    def at(self, shop: Shop, home: str) -> RestClient:
        """With this shop's keys at another home address; nothing is learnt."""
        return self._client(shop, home, keys_of(shop), Known(), lambda learnt: None, Pace(0.0), lambda problem: None)

    def _client(
        self,
        shop: Shop,
        home: str,
        keys: Keys,
        known: Known,
        remember: Callable[[Known], None],
        pace: Pace,
        heard: Heard,
    ) -> RestClient:
        return RestClient(
            self._http,
            home,
            *keys,
            verify_ssl=shop.policy.verify_ssl,
            namespace=shop.policy.api_version or NAMESPACE,
            known=known,
            remember=remember,
            pace=pace,
            patience_s=self._patience_s,
            clock=clock,
            sleep=self._sleep,
            turn=lambda: self._turn(shop.id),
            is_logged=shop.policy.logs_steps,
            heard=heard,
        )

    def remember(self, shop: Shop, known: Known) -> None:
        """A file that is busy or full, or a shop purged meanwhile, is no reason to lose an answer."""
        with suppress(sqlite3.OperationalError, sqlite3.IntegrityError):
            self._known.keep(shop.id, as_json(known), clock())

    def _read(self, shop_id: int, now: datetime) -> Known:
        found = self._known.read(shop_id)
        return from_json(found[0], is_old=now - found[1] > GROWS_OLD) if found else Known()

    @contextmanager
    def _turn(self, shop_id: int) -> Iterator[None]:
        """One request at a time for a shop, among all threads and processes of this machine. Nobody waits for it longer
        than for an answer: it is a courtesy to the host, and a killed holder lets go by itself."""
        file = turn_file(self._locks, shop_id)
        try:
            descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:  # somebody else's file, or a full disk: better without a turn than not at all
            yield
            return
        try:
            self._take(descriptor)
            yield
        finally:
            os.close(descriptor)

    def _take(self, descriptor: int) -> None:
        end = time.monotonic() + self._patience_s / 2
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= end:
                    return
                time.sleep(LOOK_AGAIN_S)
            else:
                return
