"""One call to a shop's REST API: sent as the shop understands it, repeated where that helps and harms nobody.

How the keys travel and where the API is are found out once and remembered. A read is sent again after trouble that
passes, with growing pauses and a bound. A change is never sent again unless it certainly was not done: where its end
is not known, that is said (MaybeDone). Redirects are not followed: they would carry the keys along.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec
import requests
import urllib3

from collector.domain.errors import SourceUnavailable
from collector.sources.woocommerce import answers
from collector.sources.woocommerce.answers import Busy, Declined, MaybeDone, NoAnswer
from collector.sources.woocommerce.credentials import Kind, keep_out_of_the_clear
from collector.sources.woocommerce.known import Known
from collector.sources.woocommerce.pace import Pace
from collector.sources.woocommerce.refusals import WITHIN, WRONG_KEYS
from collector.sources.woocommerce.rest_root import find_prefix
from collector.sources.woocommerce.signing import QUERY, Method, Value, hide_keys_in_logs, query_of, signed, ways

log = logging.getLogger(__name__)

TRIES = 4
FIRST_PAUSE_S = 1.0


@dataclass(frozen=True, slots=True)
class Question:
    """One call. `place`: below the REST API's root. `has_keys`: whether they go along."""

    method: Method
    place: str
    params: Mapping[str, Value]
    body: Any = None
    has_keys: bool = True

    @property
    def is_change(self) -> bool:
        return self.method != "GET"


@dataclass(slots=True)
class Caller:
    """Calls to one shop, one at a time. `url`: its home address without a slash at the end. `clock_ahead`: how far our
    clock is ahead of the shop's, by the last answer."""

    http: requests.Session
    url: str
    key: str = field(repr=False)
    secret: str = field(repr=False)
    kind: Kind
    verify_ssl: bool
    known: Known
    remember: Callable[[Known], None] = field(repr=False)
    pace: Pace
    patience_s: float
    clock: Callable[[], datetime] = field(repr=False)
    monotonic: Callable[[], float] = field(repr=False)
    sleep: Callable[[float], None] = field(repr=False)
    turn: Callable[[], AbstractContextManager[object]] = field(repr=False)
    is_logged: bool = False
    heard: Callable[[SourceUnavailable | None], None] = field(default=lambda problem: None, repr=False)
    clock_ahead: timedelta | None = None
    _has_tried_ways: bool = False
    _has_looked_for_root: bool = False
    _why_no_root: Declined | None = None

    def __post_init__(self) -> None:
        hide_keys_in_logs()
        if self.known.way not in ways(self.url, self.kind):
            self.known = replace(self.known, way="")
        if not self.verify_ssl:  # the merchant is told in our words, at every look
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    @property
    def way(self) -> str:
        return self.known.way or ways(self.url, self.kind)[0]

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    def ask(self, question: Question, tries: int = TRIES) -> tuple[Any, Mapping[str, str]]:
        """One answer, waiting for the host where it wants to be left alone; all within the patience.

        `tries`: for a failure that a smaller question may not have; being turned away for now is not one.
        """
        try:
            found = self._patiently(question, tries)
        except SourceUnavailable as problem:
            if _tells_of_keys(question):
                problem.is_refusal = problem.is_refusal or _is_of_orders(question, problem)
                self.heard(problem)
            raise
        if _tells_of_keys(question):
            self.heard(None)
        return found

    def _patiently(self, question: Question, tries: int) -> tuple[Any, Mapping[str, str]]:
        until, failures, pause_s = self.monotonic() + self.patience_s, 0, FIRST_PAUSE_S
        self._wait(until)
        while True:
            try:
                return self._once(question)
            except Busy as problem:
                self._turned_away(problem.wait_s)
                if question.is_change and problem.status != 429:
                    raise self._maybe_done(question, problem) from problem
                if not self._may_wait(self.pace.wait_s(self.monotonic()), until):
                    raise
                self._wait(until)
            except (NoAnswer, Declined) as problem:
                if not _may_pass(problem):
                    raise
                if question.is_change and not (isinstance(problem, NoAnswer) and not problem.was_sent):
                    raise self._maybe_done(question, problem) from problem
                failures += 1
                wait_s = max(pause_s, self.pace.wait_s(self.monotonic()))
                if failures >= tries or not self._may_wait(wait_s, until):
                    raise
                self.sleep(wait_s)
                pause_s *= 2

    def _may_wait(self, pause_s: float, until: float) -> bool:
        return pause_s < until - self.monotonic()

    def _wait(self, until: float) -> None:
        """What the pace wants before a request. Pauses out of courtesy are cut short by the patience; a host that
        asked to be left alone is."""
        now = self.monotonic()
        wait_s = self.pace.wait_s(now)
        if wait_s > max(until - now, 0.0):
            if self.pace.back_off_s:
                what = f"{self.url} asked us to slow down."
                raise Busy(what, "We do; ask the host for its limit if it stays so.", 429, "", wait_s)
            wait_s = max(until - now, 0.0)
        if wait_s > 0:
            self.sleep(wait_s)

    def _turned_away(self, wait_s: float) -> None:
        now = self.monotonic()
        self.pace.refused(wait_s, now)
        busy_until = self.clock() + timedelta(seconds=self.pace.wait_s(now))
        self.learn(back_off_s=self.pace.back_off_s, busy_until=busy_until)

    def _maybe_done(self, question: Question, problem: SourceUnavailable) -> MaybeDone:
        what = str(problem).removesuffix(problem.cure).strip()
        return MaybeDone(
            f"{question.method} {question.place}: {what} Whether it was done is not known.",
            "Look at the shop before doing it again.",
        )

    def _once(self, question: Question) -> tuple[Any, Mapping[str, str]]:
        """One answer; more requests only where the first one found nobody who knows the keys, or no API."""
        try:
            return self._send(question, self.way if question.has_keys else "")
        except Declined as problem:
            if _may_be_elsewhere(problem) and self._finds_root():
                return self._once(question)
            if not question.has_keys or not _may_be_the_way(problem) or self._has_tried_ways:
                raise
            return self._other_ways(question, problem)

    def _finds_root(self) -> bool:
        """Whether the API is somewhere else than we thought. Asked once; raises Declined where keys work nowhere."""
        if self._why_no_root is not None:
            raise self._why_no_root
        if self._has_looked_for_root:
            return False
        self._has_looked_for_root = True
        try:
            prefix = find_prefix(self.http, self.url, verify_ssl=self.verify_ssl)
        except Declined as problem:
            self._why_no_root = problem
            raise
        if prefix is None or prefix == self.known.prefix:
            return False
        self.learn(prefix=prefix)
        return True

    def _other_ways(self, question: Question, first: Declined) -> tuple[Any, Mapping[str, str]]:
        """The shop knows no key: a host may drop the header, or PHP not see that we came over https."""
        self._has_tried_ways = True
        telling = first
        for way in ways(self.url, self.kind):
            if way == self.way:
                continue
            try:
                found = self._send(question, way)
            except Declined as problem:
                if problem.status >= 500 or problem.status == 429:
                    raise
                if problem.status != 401 or (way == QUERY and problem.code == WRONG_KEYS):
                    self.learn(way=way)  # the keys came through, and the answer is about something else
                    raise
                if problem.code == WRONG_KEYS:
                    telling = problem
                continue
            self.learn(way=way)
            return found
        raise telling from None

    def _send(self, question: Question, way: str) -> tuple[Any, Mapping[str, str]]:
        address = f"{self.url}{self.known.prefix}/{question.place}"
        query, auth, headers = query_of(question.params), None, {"Accept": "application/json"}
        if query:
            address = f"{address}?{query}"
        if way:
            keep_out_of_the_clear(self.kind, address)
            address, auth = signed(way, question.method, address, self.key, self.secret)
        body = None if question.body is None else msgspec.json.encode(question.body)
        if body is not None:
            headers["Content-Type"] = "application/json"
        with self.turn():
            began_at, response = self.monotonic(), None
            try:
                response = self.http.request(
                    question.method,
                    address,
                    data=body,
                    auth=auth,
                    verify=self.verify_ssl,
                    allow_redirects=False,
                    headers=headers,
                )
            except SourceUnavailable:
                raise
            except requests.RequestException as error:
                raise answers.unreachable(self.url, error) from None
            finally:
                now = self.monotonic()
                self.pace.took(now - began_at, now)
                self._tell(question, way, now - began_at, response)
        theirs = answers.date_of(response)
        self.clock_ahead = self.clock() - theirs if theirs is not None else None
        if response.status_code < 500 and response.status_code != 429:
            self.pace.recover()
        found, is_noisy = answers.read(self.url, response, self.kind)
        if way and self.known.way != way:
            self.learn(way=way)
        if is_noisy and not self.known.is_noisy:
            log.warning("a shop prints something before its answers", extra={"shop": self.host})
            self.learn(is_noisy=True)
        if self.known.back_off_s and not self.pace.back_off_s:
            self.learn(back_off_s=0.0, busy_until=None)
        return found, response.headers

    def _tell(self, question: Question, way: str, took_s: float, response: requests.Response | None) -> None:
        """In the log, for a shop that wants every step there. The parameters stay out: they may be somebody's."""
        if self.is_logged:
            asked = {"shop": self.host, "method": question.method, "place": question.place, "way": way}
            status = response.status_code if response is not None else None
            log.debug("woocommerce asked", extra={**asked, "status": status, "took_ms": round(took_s * 1000)})

    def learn(self, **changes: Any) -> None:
        known = replace(self.known, **changes)
        if known != self.known:
            self.known = known
            self.remember(known)


def _tells_of_keys(question: Question) -> bool:
    """Whether keys open the shop. A key may be for reading alone, and what needs none is answered to everybody."""
    return question.has_keys and not question.is_change


def _is_of_orders(question: Question, problem: SourceUnavailable) -> bool:
    """Keys of somebody who may not see the orders are no use, whatever else they open."""
    is_refused = isinstance(problem, Declined) and problem.status in (401, 403)
    return is_refused and question.place.endswith("/orders")


def _may_be_elsewhere(problem: Declined) -> bool:
    """No such page. Where every page reaches WordPress, one that is not there is redirected to itself and a slash."""
    return problem.code == WITHIN or (problem.status == 404 and not problem.code)


def _may_be_the_way(problem: Declined) -> bool:
    """Nobody was recognised. A page instead of JSON is a password of the host's, not a question of ways."""
    return problem.status == 401 and problem.code not in ("", WRONG_KEYS)


def _may_pass(problem: NoAnswer | Declined) -> bool:
    return problem.may_pass if isinstance(problem, NoAnswer) else problem.status >= 500 and problem.status != 501
