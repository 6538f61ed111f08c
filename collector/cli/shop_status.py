"""`tajo connectors status` and `history`: how a shop stands, and the runs that read it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import click

from collector.bootstrap import clock, open_desk
from collector.bootstrap.syncing import Standing, Waiting, standing_of, waiting_of
from collector.cli.printing import as_json, pairs, table
from collector.cli.settings import settings
from collector.cli.syncing import described
from collector.domain.door import Lane
from collector.domain.shop import Shop
from collector.domain.syncing import Run
from collector.domain.timestamps import to_text
from collector.storage.sqlite.sync_runs import SyncRuns


@click.command("status")
@click.argument("name")
@click.option("--json", "wants_json", is_flag=True, help="For programs.")
def status(name: str, wants_json: bool) -> None:
    """Whether a shop is connected, until when it was read, how much of it is here, and what its webhooks missed."""
    with open_desk(settings()) as desk:
        shop = desk.shops.by_name(name)
        found = status_of(shop, standing_of(desk, shop), waiting_of(desk, shop), clock())
    if wants_json:
        as_json(found)
        return
    connection, sync, missed = found.pop("connection"), found.pop("sync"), found.pop("missed")
    is_connected = bool(found["connected"])
    waiting = found.pop("waiting")
    del found["rowsWaiting"]  # for programs: of both lanes
    found["connected"] = _connected_said(is_connected, connection)
    pairs({word: _said(value) for word, value in found.items()})
    pairs(_waiting_said(waiting))
    pairs({"sync": _sync_said(sync), "missed by webhooks": _missed_said(missed, is_connected)})


@click.command("history")
@click.argument("name")
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True, help="How many runs.")
@click.option("--json", "wants_json", is_flag=True, help="For programs.")
def history(name: str, limit: int, wants_json: bool) -> None:
    """The runs that read a shop: by hand, and those that look for what webhooks missed."""
    with open_desk(settings()) as desk:
        shop = desk.shops.by_name(name)
        runs = SyncRuns(desk.state).newest(shop.id, limit)
    if wants_json:
        as_json([described(run) for run in runs])
        return
    table(["started_at", "type", "state", "took", "read", "error"], (_row(run) for run in runs))
    if not runs:
        click.echo(f"{shop.address} was never read: `tajo connectors sync` does that")


def status_of(shop: Shop, standing: Standing, waiting: Mapping[Lane, Waiting], now: datetime) -> dict[str, object]:
    """For programs; names as the documents have them."""
    sync, numbers, connection = standing.sync, standing.numbers, standing.connection
    done = sync.last_done
    return {
        "address": shop.address,
        "platform": shop.platform,
        "connected": connection.is_there,
        "connection": {
            "cause": connection.cause,
            "cure": connection.cure,
            "answeredAt": to_text(connection.answered_at) if connection.answered_at else None,
        },
        "sending": shop.sending.value,
        "lastSync": to_text(done.ended_at) if done and done.ended_at else None,
        "customersCount": numbers.customers,
        "ordersCount": numbers.orders,
        "productsCount": numbers.products,
        "sync": {
            "state": sync.state,
            "run": described(sync.run) if sync.run else None,
        },
        "missed": {
            "lastLook": to_text(sync.reconciled_at) if sync.reconciled_at else None,
            "within": "7d",
            "counts": dict(sync.missed),
        },
        "errorRate": sync.error_rate,
        "rowsWaiting": sum(one.rows for one in waiting.values()),
        "waiting": {
            lane.value: {
                "rows": one.rows,
                "oldestSeconds": round(max((now - one.since).total_seconds(), 0.0)) if one.since else 0,
            }
            for lane, one in waiting.items()
        },
        "quarantined": numbers.quarantined,
        "reminders": numbers.reminded,
        "recovered": numbers.recovered,
    }


def _said(value: object) -> object:
    return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value


def _connected_said(is_there: bool, connection: object) -> str:
    """On one line: since when, or why not and what to do."""
    stated = connection if isinstance(connection, dict) else {}
    if not is_there:
        return f"no: {stated.get('cause')} {stated.get('cure')}".strip()
    answered_at = stated.get("answeredAt")
    return f"yes, its API answered {answered_at}" if answered_at else "yes, though its API was not asked yet"


def _sync_said(sync: object) -> str:
    stated = sync if isinstance(sync, dict) else {}
    run = stated.get("run")
    if not run:
        return str(stated.get("state"))
    counts = ", ".join(f"{count.get('read', 0):,} {resource}" for resource, count in run["counts"].items())
    error = f": {run['error']}" if run["error"] else ""
    return f"{stated.get('state')} ({run['type']} of {run['startedAt']}{', ' if counts else ''}{counts}){error}"


def _waiting_said(waiting: object) -> dict[str, str]:
    """A line for each lane: an import may wait, what shoppers do should not."""
    stated = waiting if isinstance(waiting, dict) else {}
    names = {Lane.LIVE: "live rows waiting", Lane.HISTORY: "import rows waiting"}
    said = {}
    for lane, name in names.items():
        one = stated[lane.value]
        said[name] = f"{one['rows']:,}" + (f", the oldest for {one['oldestSeconds']:,} s" if one["rows"] else "")
    return said


def _missed_said(missed: object, is_connected: bool) -> str:
    stated = missed if isinstance(missed, dict) else {}
    if not stated.get("lastLook"):
        return f"nobody looked yet{': a worker does, every 4 hours' if is_connected else ''}"
    counts = ", ".join(f"{count:,} {resource}" for resource, count in stated["counts"].items())
    return f"{counts or 'nothing'} within 7 days; last look {stated['lastLook']}"


def _row(run: Run) -> list[object]:
    took = f"{(run.ended_at - run.started_at).total_seconds():.0f} s" if run.ended_at else None
    read = ", ".join(
        f"{counts.get('missed', counts.get('read', 0)):,} {resource}" for resource, counts in run.counts.items()
    )
    return [to_text(run.started_at), run.type.value, run.state.value, took, read, run.error]
