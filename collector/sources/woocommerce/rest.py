"""Asking a shop's REST API, and changing things there: one request at a time, as fast as the host can bear.

What one call is, how it is repeated and how keys travel: `rest_calls.py`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from collector.domain.errors import SourceUnavailable
from collector.sources.woocommerce import answers
from collector.sources.woocommerce.answers import Busy, Declined, MaybeDone, NoAnswer
from collector.sources.woocommerce.credentials import CONSUMER_KEY, Kind, keys_of
from collector.sources.woocommerce.known import Known
from collector.sources.woocommerce.pace import Pace
from collector.sources.woocommerce.rest_batch import BatchAnswer, BatchError, BatchStopped, batch
from collector.sources.woocommerce.rest_calls import TRIES, Caller, Question
from collector.sources.woocommerce.rest_lists import LARGEST, Page, PageSizes, count, kind_of
from collector.sources.woocommerce.signing import Value

__all__ = [
    "NAMESPACE",
    "BatchAnswer",
    "BatchError",
    "BatchStopped",
    "Busy",
    "Declined",
    "Known",
    "MaybeDone",
    "NoAnswer",
    "Page",
    "RestClient",
    "keys_of",
]

log = logging.getLogger(__name__)

NAMESPACE = "wc/v3"


class RestClient:
    """One shop; cheap to make; used by one thread. `http` brings the guard and its timeouts, `url` is the shop's home
    address. `key`, `secret`, `kind`: `credentials.Keys`. All raise SourceUnavailable, one line with the cure.

    `patience_s`: how long one call may be waited for, with pauses and repetitions; 0 asks once. `known` and `remember`
    carry what was learnt to the next client; `pace` too, within a process. `turn` is held while a request is under way.
    `is_logged`: each request has a line in the log. `heard` is told how each question with the keys ended (None: well).
    """

    def __init__(
        self,
        http: requests.Session,
        url: str,
        key: str,
        secret: str,
        kind: Kind = CONSUMER_KEY,
        *,
        verify_ssl: bool = True,
        namespace: str = NAMESPACE,
        known: Known | None = None,
        remember: Callable[[Known], None] = lambda known: None,
        pace: Pace | None = None,
        patience_s: float = 60.0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        turn: Callable[[], AbstractContextManager[object]] = nullcontext,
        is_logged: bool = False,
        heard: Callable[[SourceUnavailable | None], None] = lambda problem: None,
    ) -> None:
        self.url = url.rstrip("/")
        self._namespace = namespace
        self._calls = Caller(
            http,
            self.url,
            key,
            secret,
            kind,
            verify_ssl=verify_ssl,
            known=known or Known(),
            remember=remember,
            pace=pace or Pace(),
            patience_s=patience_s,
            clock=clock,
            monotonic=monotonic,
            sleep=sleep,
            turn=turn,
            is_logged=is_logged,
            heard=heard,
        )
        self._sizes = PageSizes.known(self.known.sizes)

    def __repr__(self) -> str:
        return f"RestClient({self.url!r})"

    @property
    def known(self) -> Known:
        return self._calls.known

    @property
    def kind(self) -> Kind:
        """What opens the shop: a consumer key, or an application password."""
        return self._calls.kind

    @property
    def way(self) -> str:
        """How the keys travel: basic, query or oauth1."""
        return self._calls.way

    @property
    def clock_ahead(self) -> timedelta | None:
        """How far our clock is ahead of the shop's, by the last answer."""
        return self._calls.clock_ahead

    def get(self, path: str, **params: Value) -> Any:
        """The JSON of `wc/v3/<path>`: "orders", "orders/7", "products/7/variations", "reports/sales", …"""
        return self._calls.ask(Question("GET", self._below(path), params))[0]

    def get_open(self, path: str = "", **params: Value) -> Any:
        """The JSON of the REST API's own `<path>`, asked without keys; "" is its index."""
        return self._calls.ask(Question("GET", path.strip("/"), params, has_keys=False))[0]

    def get_below(self, namespace: str, path: str, **params: Value) -> Any:
        """Of another API with the same keys, such as "wc-analytics"."""
        return self._calls.ask(Question("GET", f"{namespace}/{path.strip('/')}", params))[0]

    def page_below(self, namespace: str, path: str, **params: Value) -> Page:
        """One page of a list of another API, as it comes."""
        found, headers = self._calls.ask(Question("GET", f"{namespace}/{path.strip('/')}", params))
        return self._page_of(path, found, headers)

    def page(self, path: str, **params: Value) -> Page:
        """One page of a list, `per_page` records of it (100 unless told): exactly those, also where the host only
        survives smaller questions, which are then several."""
        params = dict(params)
        wanted, number = int(str(params.pop("per_page", LARGEST))), int(str(params.pop("page", 1)))
        kind = kind_of(path)
        while True:
            size = self._sizes.size(kind, wanted)
            try:
                page = self._gather(path, params, number, wanted, size)
            except SourceUnavailable as problem:
                if not answers.is_too_much(problem) or not self._sizes.failed(kind, size, wanted):
                    raise
                log.info(
                    "a shop is asked for fewer records", extra={"shop": self._calls.host, "list": kind, "size": size}
                )
                self._calls.learn(sizes=self._sizes.learnt())
                continue
            if self._sizes.worked(kind):
                self._calls.learn(sizes=self._sizes.learnt())
            return page

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        return self._calls.ask(Question("POST", self._below(path), {}, body))[0]

    def put(self, path: str, body: Mapping[str, Any]) -> Any:
        return self._change(Question("PUT", self._below(path), {}, body))

    def delete(self, path: str, **params: Value) -> Any:
        return self._change(Question("DELETE", self._below(path), params))

    def batch(
        self,
        path: str,
        *,
        create: Sequence[Mapping[str, Any]] = (),
        update: Sequence[Mapping[str, Any]] = (),
        delete: Sequence[int] = (),
    ) -> BatchAnswer:
        """Any number of changes, a hundred in a call; each thing's own error is kept. See rest_batch."""
        return batch(self.post, path, create, update, delete)

    def _change(self, question: Question) -> Any:
        """Some hosts let only GET and POST through; WordPress takes the word for the deed."""
        try:
            return self._calls.ask(question)[0]
        except Declined as problem:
            if problem.code or problem.status not in (403, 405, 501):
                raise
        named = {**question.params, "_method": question.method}
        return self._calls.ask(replace(question, method="POST", params=named))[0]

    def _below(self, path: str) -> str:
        return f"{self._namespace}/{path.strip('/')}"

    def _gather(self, path: str, params: Mapping[str, Value], number: int, wanted: int, size: int) -> Page:
        """`wanted` records in questions for `size`. A short answer is the last."""
        parts, offset = wanted // size, params.get("offset")
        records: list[dict[str, Any]] = []
        total = pages = None
        for part in range(parts):
            place: dict[str, Value] = {"page": (number - 1) * parts + 1 + part, "per_page": size}
            if offset is not None:
                place = {"offset": int(str(offset)) + part * size, "per_page": size}
            is_smallest = not PageSizes().failed("", size, wanted)
            question = Question("GET", self._below(path), {**params, **place})
            found, headers = self._calls.ask(question, TRIES if is_smallest else 1)
            page = self._page_of(path, found, headers)
            if part == 0:
                total, pages = page.total, page.pages
            records += page.records
            if len(found) < size:
                break
        if parts > 1 and total is not None:
            pages = -(-total // wanted)
        return Page(records, total, pages)

    def _page_of(self, path: str, found: Any, headers: Mapping[str, str]) -> Page:
        if not isinstance(found, list):
            what = f"{self.url} answered something that is no list to {path}."
            raise Declined(what, "Look at what changes its API: a plugin does.", 200, "no_list")
        records = [thing for thing in found if isinstance(thing, dict)]
        return Page(records, count(headers.get("X-WP-Total")), count(headers.get("X-WP-TotalPages")))
