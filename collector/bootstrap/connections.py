"""Whether shops are connected, put together: what opens them, and what every job and command hears of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from collector.bootstrap.desk import Desk
from collector.bootstrap.parts import clock, secret_box
from collector.domain.connections import Connection, Lack, LastAnswer, connection_of, is_open
from collector.domain.errors import SourceUnavailable
from collector.domain.shop import Shop
from collector.sources.shopify import tokens
from collector.sources.woocommerce import credentials
from collector.storage.sqlite.access_tokens import AccessTokens
from collector.storage.sqlite.shop_answers import ShopAnswers

SAME_FOR = timedelta(minutes=1)  # an answer like the last one is written down once in so long

Heard = Callable[[SourceUnavailable | None], None]
"""Told how a question ended: None, it was answered."""


class Hearing:
    """What shops answer, written down; for one thread, as its connection is."""

    def __init__(self, state: sqlite3.Connection) -> None:
        self._answers = ShopAnswers(state)

    def of(self, shop: Shop) -> Heard:
        return lambda problem: self._hear(shop, problem)

    def _hear(self, shop: Shop, problem: SourceUnavailable | None) -> None:
        """Silence, and a refusal of one question alone, say nothing about the connection. A file that is busy or full,
        or a shop purged meanwhile, is no reason to lose what was answered."""
        now = clock()
        answer = LastAnswer(now)
        if problem is not None:
            if not problem.is_refusal:
                return
            answer = LastAnswer(now, True, str(problem).removesuffix(problem.cure).strip(), problem.cure)
        with suppress(sqlite3.OperationalError, sqlite3.IntegrityError):
            last = self._answers.read(shop)
            if last is None or replace(last, at=now) != answer or now - last.at >= SAME_FOR:
                self._answers.keep(shop, answer)


def lack_of(desk: Desk, shop: Shop) -> Lack | None:
    """What is missing to ask its API; None: nothing."""
    if shop.platform == "woocommerce":
        return credentials.lack_of(shop)
    return tokens.lack_of(shop, lambda: AccessTokens(desk.state, secret_box(desk.config)).read(shop.id))


def may_be_asked(desk: Desk, shop: Shop) -> bool:
    """Also where the last answer was a refusal: that may be over."""
    return is_open(shop) and lack_of(desk, shop) is None


def connection(desk: Desk, shop: Shop) -> Connection:
    return connection_of(shop, lack_of(desk, shop), ShopAnswers(desk.state).read(shop))
