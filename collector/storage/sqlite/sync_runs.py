"""The runs that read a shop's records, how far its changes are read, and what is known of it by now."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from collector.domain.syncing import RESOURCES, Run, RunState, RunType
from collector.domain.timestamps import from_text, to_text
from collector.storage.sqlite.connection import write
from collector.storage.sqlite.statements import statements

SQL = statements("sync_runs")
KEPT = 1000  # runs of a shop; a reconciliation is one, and there are six a day


class SyncRuns:
    """ports of domain.syncing: Runs, KnownVersions, KnownProducts."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def begin(
        self, key: str, shop_id: int, type_: RunType, resources: Sequence[str], since: datetime | None, now: datetime
    ) -> Run:
        given = {
            "key": key,
            "shop_id": shop_id,
            "type": type_.value,
            "resources": json.dumps(list(resources)),
            "since": to_text(since) if since else None,
            "started_at": to_text(now),
        }
        with write(self._connection) as connection:
            number = connection.execute(SQL["begin"], given).lastrowid
            connection.execute(SQL["forget"], {"shop_id": shop_id, "kept": KEPT})
        return Run(number or 0, key, shop_id, type_, tuple(resources), since, now)

    def keep(self, run: Run) -> None:
        given = {
            "id": run.id,
            "state": run.state.value,
            "ended_at": to_text(run.ended_at) if run.ended_at else None,
            "counts": json.dumps({resource: dict(counts) for resource, counts in run.counts.items()}),
            "error": run.error,
            "said": json.dumps(list(run.said), ensure_ascii=False),
        }
        with write(self._connection) as connection:
            connection.execute(SQL["keep"], given)

    def end(
        self, run: Run, state: RunState, now: datetime, counts: Mapping[str, Mapping[str, int]], error: str = ""
    ) -> Run:
        ended = replace(run, state=state, ended_at=now, counts=counts, error=error)
        self.keep(ended)
        return ended

    def newest_sync(self, shop_id: int) -> Run | None:
        row = self._connection.execute(SQL["newest_sync"], {"shop_id": shop_id}).fetchone()
        return _run(row) if row else None

    def newest(self, shop_id: int, limit: int) -> list[Run]:
        """Of all kinds, the newest first."""
        rows = self._connection.execute(SQL["newest"], {"shop_id": shop_id, "limit": limit})
        return [_run(row) for row in rows]

    def mark(self, shop_id: int, resource: str) -> datetime | None:
        row = self._connection.execute(SQL["mark"], {"shop_id": shop_id, "resource": resource}).fetchone()
        return from_text(row[0]) if row else None

    def keep_mark(self, shop_id: int, resource: str, read_until: datetime) -> None:
        given = {"shop_id": shop_id, "resource": resource, "read_until": to_text(read_until)}
        with write(self._connection) as connection:
            connection.execute(SQL["keep_mark"], given)

    def versions(self, shop_id: int, resource: str, ids: Sequence[str]) -> Mapping[str, datetime]:
        """KnownVersions. Nothing is known of a kind that has no table."""
        if resource not in RESOURCES:
            return {}
        given = {"shop_id": shop_id, "ids": json.dumps(list(ids))}
        rows = self._connection.execute(SQL[f"{resource}_known"], given)
        return {number: datetime.fromisoformat(version_at) for number, version_at in rows}

    def unconfirmed(self, shop_id: int, before: datetime, limit: int) -> list[str]:
        given = {"shop_id": shop_id, "before": to_text(before), "limit": limit}
        return [number for (number,) in self._connection.execute(SQL["products_unconfirmed"], given)]

    def keep_asked(self, shop_id: int, ids: Sequence[str], at: datetime) -> None:
        given = {"shop_id": shop_id, "ids": json.dumps(list(ids)), "at": to_text(at)}
        with write(self._connection) as connection:
            connection.execute(SQL["keep_asked"], given)


@dataclass(frozen=True, slots=True)
class ShopNumbers:
    """How much is here of a shop. `reminded`: messages about carts and visits; `recovered`: followed by an order."""

    customers: int
    orders: int
    products: int
    quarantined: int
    reminded: int
    recovered: int


def numbers_of(connection: sqlite3.Connection, shop_id: int) -> ShopNumbers:
    counts = connection.execute(SQL["counts"], {"shop_id": shop_id}).fetchone()
    return ShopNumbers(*counts, *connection.execute(SQL["recovery"], {"shop_id": shop_id}).fetchone())


def _run(row: Sequence[Any]) -> Run:
    number, key, shop_id, type_, resources, since, started_at, state, ended_at, counts, error, said = row
    return Run(
        id=number,
        key=key,
        shop_id=shop_id,
        type=RunType(type_),
        resources=tuple(json.loads(resources)),
        since=from_text(since) if since else None,
        started_at=from_text(started_at),
        state=RunState(state),
        ended_at=from_text(ended_at) if ended_at else None,
        counts=json.loads(counts),
        error=error,
        said=tuple(json.loads(said)),
    )
