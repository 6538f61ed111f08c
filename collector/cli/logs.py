"""`tajo connectors logs`: what arrived for a shop or left for Brevo, and what became of it."""

from __future__ import annotations

import json
from datetime import datetime

import click

from collector.bootstrap import Desk, clock, open_desk
from collector.cli.following import follow
from collector.cli.outbox import deliveries
from collector.cli.outbox import tell as tell_delivery
from collector.cli.printing import as_json_line, clean, period
from collector.cli.settings import settings
from collector.domain.door import InboxRow, RowKind
from collector.domain.shop import Shop
from collector.domain.timestamps import to_text
from collector.storage.sqlite.arrivals import Arrival, arrivals
from collector.storage.sqlite.outbox import Outbox


@click.command("logs")
@click.argument("name")
@click.option("--type", "door", type=click.Choice(["webhook", "beacon", "delivery"]), required=True)
@click.option("--last", default="24h", show_default=True, help="How far back: 30m, 24h, 7d.")
@click.option("--follow", "follows", is_flag=True, help="Go on with what comes, until Ctrl-C.")
@click.option("--json", "wants_json", is_flag=True, help="One object a line.")
def command(name: str, door: str, last: str, follows: bool, wants_json: bool) -> None:
    """What arrived for a shop or left for Brevo, and what became of it."""
    since = clock() - period(last)
    with open_desk(settings()) as desk:
        shop = desk.shops.by_name(name)
        if not wants_json and door != "delivery":
            _tell_answers(desk, shop, door, since)
        newest = 0

        def show_next() -> None:
            nonlocal newest
            if door == "delivery":
                for message in deliveries(Outbox(desk.state), shop.id, since, newest):
                    newest = message.id
                    tell_delivery(message, wants_json)
                return
            for one in arrivals(desk.reader, desk.cursors, shop.id, RowKind(door), since, newest):
                newest = one.row.id
                _tell(one, wants_json)

        show_next()
        if follows:
            follow(show_next)


def _tell_answers(desk: Desk, shop: Shop, door: str, since: datetime) -> None:
    """What was answered in the whole hours since, refusals included: these leave no row."""
    counts = [one for one in desk.reader.counts_since(since, shop.id) if one.door == door]
    said = ", ".join(f"{one.reason} {one.n}" for one in counts)
    click.echo(f"answers: {said or 'none'}")


def _tell(one: Arrival, wants_json: bool) -> None:
    row = one.row
    if wants_json:
        as_json_line(
            {
                "id": row.id,
                "received_at": to_text(row.received_at),
                "lane": row.lane.value,
                "topic": row.topic,
                "record": record_of(row),
                "delivery_id": row.delivery_id,
                "bytes": len(row.body),
                "facts": dict(row.facts),
                "outcome": one.outcome,
                "reason": one.reason,
            }
        )
        return
    outcome = f"{one.outcome} {one.reason}".strip()
    record = record_of(row)
    about = [clean(row.topic), f"id {clean(record)}" if record else "", clean(row.delivery_id), f"{len(row.body)} B"]
    click.echo("  ".join([to_text(row.received_at), f"#{row.id}", *filter(None, about), outcome]))


def record_of(row: InboxRow) -> str:
    """The number of the record a webhook is about, as its body has it; "" where it has none (an error has none)."""
    if row.kind is not RowKind.WEBHOOK:
        return ""
    try:
        body = json.loads(row.body)
    except (ValueError, RecursionError):  # not understood; the outcome says so
        return ""
    number = body.get("id") if isinstance(body, dict) else None
    return str(number)[:100] if isinstance(number, int | str) and not isinstance(number, bool) else ""
