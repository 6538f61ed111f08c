"""All records of a kind, by a bulk operation: Shopify writes them into a file, which is fetched, put aside and read.

Stages of a cursor: nothing yet -> `running` (asked again until it is done) -> `fetching` (lines into the spill, from
line number so and so) -> `reading` (families out of the spill). A bulk operation and its file live for days, so any
stage goes on after a restart; a result that is over is made again. The file's address opens it to whoever has it, so
it is asked for when it is needed and never kept.
Source: shopify.dev, bulk operations (read 2026-11-21).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from collector.domain.errors import SourceUnavailable
from collector.domain.mapping import wanted_extras
from collector.domain.shop import Shop
from collector.domain.syncing import CUSTOMERS, ORDERS, PRODUCTS, RawRecord, Spill, Step
from collector.sources.shopify import bulk_result, fields, queries, scopes, searching
from collector.sources.shopify.answers import Throttled, UserErrors
from collector.sources.shopify.fields import Json
from collector.sources.shopify.graphql import ShopifyApi

log = logging.getLogger(__name__)

TRIES = 3  # operations that fail, before it is said
BREAKS = 5  # times in a row that a download breaks off without a line more
FIRST_LOOK_S, LONGEST_LOOK_S = 0.5, 10.0
BUSY_S = 15.0  # until there is room for another operation
LINES = 2000  # put aside at once
FETCHES = 5  # of these in a step
FAMILIES, BYTES = 200, 4 * 1024 * 1024  # records in a step, which are one transaction: the doors wait for it
SHOWN = timedelta(days=60)  # the orders that are shown to an app without `read_all_orders`

BUSY = {"OPERATION_IN_PROGRESS", "LIMIT_REACHED"}
ENDED_BADLY = {"FAILED", "CANCELED", "EXPIRED"}


@dataclass(slots=True)
class _Open:
    """A result that is being read in this process. `lines`: what is left of its file, while that is being fetched."""

    name: str  # of the operation
    kept: int  # its lines in the spill
    lines: Iterator[bytes] | None = None


class ShopifyHistory:
    """domain.syncing.HistoryReader. For one thread, as its api and spill are."""

    resources = (CUSTOMERS, ORDERS, PRODUCTS)

    def __init__(self, api: Callable[[Shop], ShopifyApi], spill: Spill) -> None:
        self._api = api
        self._spill = spill
        self._open: dict[tuple[int, str], _Open] = {}

    def step(self, shop: Shop, resource: str, since: datetime | None, cursor: Mapping[str, Any]) -> Step:
        try:
            match cursor.get("stage"):
                case "running":
                    return self._watched(shop, cursor)
                case "fetching":
                    return self._fetched(shop, resource, cursor)
                case "reading":
                    return self._read(shop, resource, cursor)
                case _:
                    return self._started(shop, resource, since, cursor)
        except Throttled as turned_away:
            return Step(cursor, wait_s=max(turned_away.wait_s, 1.0), said="waits for Shopify to take questions again")

    def forget(self, shop: Shop, resource: str) -> None:
        self._open.pop((shop.id, resource), None)
        self._spill.drop(shop.id, resource)

    def limits(self, shop: Shop, resources: Sequence[str], since: datetime | None, now: datetime) -> list[str]:
        shown_from = now - SHOWN
        if ORDERS not in resources or (since is not None and since >= shown_from):
            return []
        installation = fields.mapping(self._api(shop).ask("shop").get("currentAppInstallation"))
        granted = [fields.text(scope.get("handle")) for scope in fields.objects(installation.get("accessScopes"))]
        if scopes.is_granted(scopes.WHOLE_HISTORY, granted):
            return []
        return [
            f"orders before {shown_from.date()} need {scopes.WHOLE_HISTORY}: without it Shopify shows an app the orders"
            " of 60 days"
        ]

    def _started(self, shop: Shop, resource: str, since: datetime | None, cursor: Mapping[str, Any]) -> Step:
        question, keys = _question(shop, resource)
        variables = {"search": searching.history(resource, since), "keys": keys}
        text = bulk_result.inlined(queries.query(question).text, variables)
        try:
            payload = self._api(shop).change("start_bulk", text=text)
        except UserErrors as refused:
            if BUSY & {fields.text(error.get("code")) for error in refused.errors}:
                return Step(cursor, wait_s=BUSY_S, said="waits for another bulk read of this app")
            raise
        operation = fields.mapping(payload.get("bulkOperation"))
        number = fields.text(operation.get("id"))
        if not number:
            raise SourceUnavailable(
                f"{shop.address} began a bulk read without naming it.", "Try again; see shopifystatus.com."
            )
        return Step(
            {"stage": "running", "operation": number, "tries": cursor.get("tries", 0), "looks": 0},
            wait_s=FIRST_LOOK_S,
            said="Shopify puts the records together",
        )

    def _watched(self, shop: Shop, cursor: Mapping[str, Any]) -> Step:
        answer = self._api(shop).ask("watch_bulk", id=cursor["operation"])
        operation = fields.mapping(answer.get("bulkOperation"))
        status = fields.text(operation.get("status")) or "EXPIRED"  # it is not known any more
        total = fields.count(operation.get("rootObjectCount"), "rootObjectCount")
        if status == "COMPLETED":
            return self._completed(cursor, operation, total)
        if status in ENDED_BADLY:
            return self._ended_badly(shop, cursor, operation, status)
        looks = cursor.get("looks", 0) + 1
        wait_s = min(FIRST_LOOK_S * 1.5**looks, LONGEST_LOOK_S)
        said = f"Shopify puts the records together: {total:,} so far" if total else "Shopify puts the records together"
        return Step({**cursor, "looks": min(looks, 20)}, wait_s=wait_s, said=said)

    def _completed(self, cursor: Mapping[str, Any], operation: Json, total: int | None) -> Step:
        if not operation.get("url"):  # a result without records has no file
            return Step({}, is_done=True, total=0)
        return Step(_to_fetch(cursor, operation), total=total)

    def _ended_badly(self, shop: Shop, cursor: Mapping[str, Any], operation: Json, status: str) -> Step:
        why = fields.text(operation.get("errorCode")) or status
        if why == "ACCESS_DENIED":
            needed = ", ".join(scopes.NEEDED_SCOPES)
            raise SourceUnavailable(
                f"{shop.address} forbids this app a part of what is read.", f"Give the app the scopes {needed}."
            )
        tries = cursor.get("tries", 0) + 1
        if tries < TRIES:
            return Step({"tries": tries}, wait_s=BUSY_S * tries, said=f"the bulk read ended with {why}, once more")
        failed = f"Shopify gave up the bulk read {tries} times ({why})."
        if not operation.get("partialDataUrl"):
            return Step({}, failed=failed)
        return Step({**_to_fetch(cursor, operation), "failed": failed}, said="takes the part that is there")

    def _fetched(self, shop: Shop, resource: str, cursor: Mapping[str, Any]) -> Step:
        result = self._opened(shop, resource, cursor)
        before = result.kept
        if result.lines is None and (url := self._url(shop, cursor)) is not None:
            result.lines = self._api(shop).lines(url, start_at=result.kept)
        if result.lines is None:  # the result is over
            return Step({"tries": cursor["tries"]})
        try:
            is_over = self._put_aside(result, result.lines)
        except SourceUnavailable as trouble:
            return self._broken_off(cursor, result, before, trouble)
        missing = cursor["objects"] - result.kept
        if not is_over:
            return Step({**cursor, "breaks": 0}, said=f"fetched {result.kept:,} lines")
        if missing > 0 and cursor["breaks"] < BREAKS:  # ended as if it were whole
            return self._broken_off(cursor, result, before, None)
        if missing > 0:
            log.warning(
                "bulk result has fewer lines than its operation said",
                extra={"shop_id": shop.id, "resource": resource, "missing": missing},
            )
        total = self._spill.count()
        reading = {**cursor, "stage": "reading", "after": cursor.get("after", 0), "lines": result.kept}
        reading["is_cut"] = missing > 0 or bool(cursor.get("failed"))
        return Step(reading, total=total)

    def _url(self, shop: Shop, cursor: Mapping[str, Any]) -> str | None:
        """Where the file is now; None: it is no longer there."""
        operation = fields.mapping(self._api(shop).ask("watch_bulk", id=cursor["operation"]).get("bulkOperation"))
        url = operation.get("partialDataUrl" if cursor.get("failed") else "url")
        return fields.text(url, limit=8000) or None

    def _broken_off(
        self, cursor: Mapping[str, Any], result: _Open, before: int, trouble: SourceUnavailable | None
    ) -> Step:
        """It goes on with the next line; only without any progress is it trouble at last."""
        result.lines = None
        breaks = 0 if result.kept > before else cursor["breaks"] + 1
        if trouble is not None and breaks >= BREAKS:
            raise trouble
        return Step({**cursor, "breaks": breaks}, wait_s=float(2**breaks), said="the download broke off, goes on")

    def _put_aside(self, result: _Open, lines: Iterator[bytes]) -> bool:
        """Some thousand lines more; whether these were the last. What came before a break is kept."""
        for _ in range(FETCHES):
            taken: list[bulk_result.Line] = []
            try:
                for line in islice(lines, LINES):
                    taken.append(bulk_result.read_line(line))  # noqa: PERF401 - what came before a break is kept
            finally:
                self._spill.keep(taken)
                result.kept += len(taken)
            if len(taken) < LINES:
                return True
        return False

    def _read(self, shop: Shop, resource: str, cursor: Mapping[str, Any]) -> Step:
        result = self._opened(shop, resource, cursor)
        if result.kept < cursor["lines"]:  # the spill is gone: it is made again, and gone on with where we were
            return Step({**cursor, "stage": "fetching", "breaks": 0})
        families = self._spill.families(cursor["after"], FAMILIES, BYTES)
        if not families:
            failed = cursor.get("failed", "")
            return Step({}, is_done=not failed, failed=failed)
        wanted = ("metafields",) if resource == CUSTOMERS and _question(shop, resource)[1] else ()
        stated = {"triggered_at": cursor["stated_at"]} | ({fields.CUT: True} if cursor.get("is_cut") else {})
        records = [
            RawRecord(f"read/{resource}", bulk_result.body_of(resource, line, below, wanted), stated)
            for _, line, below in families
        ]
        return Step({**cursor, "after": families[-1][0]}, records)

    def _opened(self, shop: Shop, resource: str, cursor: Mapping[str, Any]) -> _Open:
        name = f"{cursor['operation']}{' in part' if cursor.get('failed') else ''}"
        known = self._open.get((shop.id, resource))
        if known is None or known.name != name:
            known = _Open(name, self._spill.open(shop.id, resource, name))
            self._open = {(shop.id, resource): known}  # a spill holds one result at a time
        return known


def _to_fetch(cursor: Mapping[str, Any], operation: Json) -> dict[str, Any]:
    objects = fields.count(operation.get("objectCount"), "objectCount") or 0
    return {
        "stage": "fetching",
        "operation": cursor["operation"],
        "tries": cursor.get("tries", 0),
        # As of the operation's beginning: what a webhook said later is newer.
        "stated_at": fields.text(operation.get("createdAt")),
        "objects": objects if fields.text(operation.get("status")) == "COMPLETED" else 0,
        "breaks": 0,
        "after": cursor.get("after", 0),
    }


def _question(shop: Shop, resource: str) -> tuple[str, list[str]]:
    """Which query, and the metafields it names."""
    keys = sorted(wanted_extras(shop.policy.mapping, "shopify"))
    if resource == CUSTOMERS and keys:
        return "bulk_customers_with_metafields", keys
    return f"bulk_{resource}", []
