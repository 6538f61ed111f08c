"""Asking a shop: GraphQL over requests, paced by what the shop says it has left.

What is asked stands in `queries/*.graphql`; what answers mean, in `answers.py`. A question is sent again after
network trouble or a 5xx, with growing pauses and a bound. A mutation is sent again only where nothing was done
(THROTTLED, 429, a refused token, no connection), unless its file says that it is safe to repeat.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from copy import copy
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import requests

from collector.domain.errors import SourceUnavailable
from collector.domain.ports import Clock
from collector.domain.shop import Shop
from collector.sources.shopify import answers, fields, queries, versions
from collector.sources.shopify.answers import (
    Frozen,
    LinkGone,
    NoAnswer,
    NotAShop,
    Revoked,
    ScopeMissing,
    Throttled,
    TooCostly,
    UnknownVersion,
    UserErrors,
)
from collector.sources.shopify.fields import Json
from collector.sources.shopify.pace import Asked, Pace, asked_as
from collector.sources.shopify.tokens import Tokens, base_of

__all__ = [
    "Frozen",
    "LinkGone",
    "NoAnswer",
    "NotAShop",
    "Revoked",
    "ScopeMissing",
    "ShopifyApi",
    "Throttled",
    "TooCostly",
    "UnknownVersion",
    "UserErrors",
]

log = logging.getLogger(__name__)

TRIES = 5
FIRST_PAUSE_S = 1.0
PIECE = 65536
LONGEST_LINE = 16 * 1024 * 1024
GONE = (401, 403, 404, 410)  # what storages say of an address that is over


class ShopifyApi:
    """One shop; cheap to make; not shared between threads. `http` brings the guard and its timeouts.

    `patience_s`: how long one question may be waited for in all, turned away or not. `base_url` stands in for the
    shop's own address. `pace` may be handed on to the next object for the same shop. `heard` is told how each
    question ended (None: with data).
    """

    def __init__(
        self,
        http: requests.Session,
        shop: Shop,
        tokens: Tokens,
        *,
        clock: Clock,
        sleep: Callable[[float], None],
        patience_s: float = 60.0,
        base_url: str | None = None,
        pace: Pace | None = None,
        heard: Callable[[SourceUnavailable | None], None] = lambda problem: None,
    ) -> None:
        self._http = http
        self._shop = shop
        self._tokens = tokens
        self._clock = clock
        self._sleep = sleep
        self._patience_s = patience_s
        self._base = (base_url or base_of(shop)).rstrip("/")
        self._pace = pace or Pace()
        self._heard = heard
        self._version = versions.version_of(shop)
        self.seen_version = ""
        self.clock_ahead: timedelta | None = None
        """How far our clock is ahead of the shop's, by the last answer."""

    @property
    def asked_version(self) -> str:
        return self._version

    def with_version(self, version: str) -> ShopifyApi:
        """The same, asking for another version of the API."""
        other = copy(self)
        other._version = versions.checked(version)
        return other

    def ask(self, query: str, **variables: Any) -> Json:
        """`data` of `queries/<query>.graphql`. Raises SourceUnavailable, Misuse."""
        return self._asked(queries.query(query), variables)

    def change(self, query: str, **variables: Any) -> Json:
        """The payload of a mutation with one root field. Raises UserErrors when it says it did not do it."""
        data = self._asked(queries.query(query), variables)
        payload = next((fields.mapping(value) for value in data.values()), {})
        errors = list(fields.objects(payload.get("userErrors")))
        if errors:
            said = "; ".join(filter(None, (answers.one_line(error.get("message")) for error in errors[:3])))
            raise UserErrors(f"{self._shop.address} did not do {query}: {said or 'no reason given'}.", errors)
        return payload

    def lines(self, url: str, *, start_at: int = 0) -> Iterator[bytes]:
        """The lines of a bulk result from number `start_at` on, as they come. No token goes along: the address is the
        key. Raises LinkGone, NoAnswer; what was given before that is good."""
        host = urlsplit(url).netloc
        try:
            with self._http.get(url, stream=True, allow_redirects=False) as response:
                if response.status_code in GONE:
                    raise LinkGone(f"The result at {host} is no longer there.", "Start the operation again.")
                if response.status_code != 200:
                    raise NoAnswer(f"{host} answered HTTP {response.status_code}.", answers.WAIT_CURE)
                for number, line in enumerate(_lines(host, response)):
                    if number >= start_at:
                        yield line
        except SourceUnavailable:
            raise
        except requests.RequestException as error:
            raise answers.unreachable(host, self._shop.address, error) from error

    def _asked(self, query: queries.Query, variables: dict[str, Any]) -> Json:
        try:
            data = self._patiently(query, variables)
        except SourceUnavailable as problem:
            self._heard(problem)
            raise
        self._heard(None)
        return data

    def _patiently(self, query: queries.Query, variables: dict[str, Any]) -> Json:
        """One answer, waiting for points, for a new token, or for the shop to be back; all within the patience."""
        asked, began_at = asked_as(query.name, variables), self._clock()
        waited_s, silences, refusals, is_renewed, fresh = 0.0, 0, 0, False, False
        pause_s = self._pace.wait_s(asked, began_at, is_change=query.is_change)

        def is_too_long(pause_s: float) -> bool:
            gone_s = max(waited_s, (self._clock() - began_at).total_seconds())
            return pause_s > self._patience_s - gone_s

        if pause_s > 0 and is_too_long(pause_s):
            raise Throttled(f"{self._shop.address} has no points left for {query.name}.", answers.WAIT_CURE, pause_s)
        while True:
            if pause_s > 0:
                self._sleep(pause_s)
                waited_s += pause_s
            token = self._tokens.token(self._shop, fresh=fresh)  # what it raises, it has tried long enough
            try:
                return self._once(query, variables, asked, token)
            except Throttled as problem:
                refusals += 1
                self._pace.learn(asked, problem.cost, self._clock())
                pause_s = problem.wait_s = self._pace.pause_s(asked, self._clock(), refusals, problem.wait_s)
                if is_too_long(pause_s):
                    raise
            except Revoked:
                if is_renewed or fresh or not self._tokens.can_renew(self._shop):
                    raise
                pause_s, fresh, is_renewed = 0.0, True, True
                continue
            except NoAnswer as problem:
                silences += 1
                pause_s = FIRST_PAUSE_S * 2 ** (silences - 1)
                may_repeat = query.is_repeatable or not problem.was_sent
                if not may_repeat or silences >= TRIES or is_too_long(pause_s):
                    raise
            fresh = False

    def _once(self, query: queries.Query, variables: dict[str, Any], asked: Asked, token: str) -> Json:
        began_at, response = self._clock(), None
        try:
            response = answers.post(
                self._http,
                self._shop.address,
                f"{self._base}/admin/api/{self._version}/graphql.json",
                json={"query": query.text, "variables": variables},
                headers={"X-Shopify-Access-Token": token},
            )
        finally:
            self._tell(query.name, began_at, response)
        try:
            answer = answers.read_answer(self._shop.address, response)
        except NotAShop:
            self._blame_version(token)
            raise
        self._look_at(response)
        cost = fields.mapping(fields.mapping(answer.get("extensions")).get("cost"))
        self._pace.learn(asked, cost, self._clock())
        return answers.read_data(self._shop.address, answer)

    def _tell(self, query: str, began_at: datetime, response: requests.Response | None) -> None:
        """In the log, for a shop that wants every step there."""
        if self._shop.policy.logs_steps:
            took_ms = round((self._clock() - began_at).total_seconds() * 1000)
            status = response.status_code if response is not None else None
            extra = {"shop": self._shop.address, "query": query, "status": status, "took_ms": took_ms}
            log.debug("shopify asked", extra=extra)

    def _blame_version(self, token: str) -> None:
        """A 404 is for the shop or for the version that was asked for: our own one tells. Raises UnknownVersion, or
        what stands in the way of asking."""
        if self._version == versions.API_VERSION:
            return
        self.with_version(versions.API_VERSION)._once(queries.query("shop"), {}, asked_as("shop", {}), token)
        raise UnknownVersion(
            f"{self._shop.address} does not know version {self._version} of Shopify's API.",
            f"Leave api_version out, or give {versions.API_VERSION}.",
        )

    def _look_at(self, response: requests.Response) -> None:
        """Which version answered, and whose clock is right."""
        self.seen_version = fields.text(response.headers.get(versions.HEADER), limit=50) or self.seen_version
        if versions.differs(self._version, self.seen_version):
            versions.warn_once(self._shop.address, self._version, self.seen_version)
        theirs = answers.date_of(response)
        self.clock_ahead = self._clock() - theirs if theirs is not None else None


def _lines(host: str, response: requests.Response) -> Iterator[bytes]:
    """Without their ends. Never more than one line and one piece in memory."""
    rest = bytearray()
    for piece in response.iter_content(PIECE):
        rest += piece
        if b"\n" in piece:
            *whole, last = bytes(rest).split(b"\n")
            rest = bytearray(last)
            yield from (line for line in whole if line.strip())
        elif len(rest) > LONGEST_LINE:
            raise SourceUnavailable(f"{host} sends a line without end.", "Start the operation again.")
    if rest.strip():
        yield bytes(rest)
