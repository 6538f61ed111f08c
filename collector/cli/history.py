"""`tajo brevo history`: what imports made known and Brevo is still to be told in bulk, and how long that takes."""

from __future__ import annotations

import click

from collector.bootstrap import open_desk
from collector.bootstrap.history import AccountHistory, histories
from collector.cli.printing import as_json, clean
from collector.cli.settings import settings
from collector.domain.history import Batch, BatchState
from collector.domain.timestamps import to_text
from collector.pipeline.history.planning import in_words
from collector.pipeline.history.status import Status


@click.command("history")
@click.option("--json", "wants_json", is_flag=True, help="For programs.")
def command(wants_json: bool) -> None:
    """What of the imports is told and what waits: the calls it costs and the time it takes."""
    with open_desk(settings()) as desk:
        found = histories(desk.config, desk)
    if wants_json:
        as_json([described(one) for one in found])
        return
    if not found:
        click.echo("no shop has a Brevo account")
    for one in found:
        for line in in_lines(one):
            click.echo(clean(line))


def in_lines(one: AccountHistory) -> list[str]:
    """For people."""
    seen = one.status
    lines = [f"{seen.account}: {seen.to_text()}"]
    if seen.waiting.contacts or seen.waiting.alone or seen.waiting.orders:
        lines.append(f"  {arithmetic(seen)}")
    if one.job is not None and one.job.said:
        lines.append(f"  last turn: {one.job.said}; next {to_text(one.job.due_at)}")
    elif one.job is None and not seen.is_idle:
        lines.append("  no worker has looked after it yet: `tajo serve` or `tajo worker` does")
    return lines + [f"  {_line(batch)}" for batch in seen.newest]


def arithmetic(seen: Status) -> str:
    plan = seen.plan
    parts = [
        (plan.readings, "to read who is there"),
        (plan.imports, "imports"),
        (plan.looks, "looks at them"),
        (plan.order_batches, "batches of orders"),
        (plan.alone, "for contacts told one by one"),
    ]
    shown = " + ".join(f"{count:,} {what}" for count, what in parts if count)
    return f"{plan.calls:,} calls = {shown}; {in_words(plan.lasts)} within what bulk work may use"


def _line(batch: Batch) -> str:
    what = f"{batch.subjects:,} {batch.kind}, {batch.bytes / 1e6:.1f} MB"
    how = f" ({batch.grouping})" if batch.grouping else ""
    named = f" as {batch.reference}" if batch.reference else ""
    said = f": {batch.said}" if batch.said else ""
    when = batch.ended_at or batch.made_at
    looked = f", looked at {batch.looks} times" if batch.state is BatchState.SENT and batch.looks else ""
    return f"{to_text(when)} {batch.state.value} {what}{how}{named}{looked}{said}"


def described(one: AccountHistory) -> dict[str, object]:
    """For programs."""
    seen, plan = one.status, one.status.plan
    return {
        "account": seen.account,
        "waiting": {
            "contacts": seen.waiting.contacts,
            "alone": seen.waiting.alone,
            "orders": seen.waiting.orders,
            "since": to_text(seen.waiting.oldest_at) if seen.waiting.oldest_at else None,
        },
        "plan": {
            "calls": plan.calls,
            "readings": plan.readings,
            "imports": plan.imports,
            "looks": plan.looks,
            "order_batches": plan.order_batches,
            "alone": plan.alone,
            "seconds": round(plan.lasts.total_seconds()),
        },
        "on_their_way": [_batch(batch) for batch in seen.on_their_way],
        "newest": [_batch(batch) for batch in seen.newest],
        "said": one.job.said if one.job else "",
        "due_at": to_text(one.job.due_at) if one.job else None,
    }


def _batch(batch: Batch) -> dict[str, object]:
    return {
        "id": batch.id,
        "shop_id": batch.shop_id,
        "kind": batch.kind,
        "grouping": batch.grouping,
        "subjects": batch.subjects,
        "bytes": batch.bytes,
        "state": batch.state.value,
        "reference": batch.reference,
        "made_at": to_text(batch.made_at),
        "next_look_at": to_text(batch.next_look_at) if batch.ended_at is None else None,
        "looks": batch.looks,
        "ended_at": to_text(batch.ended_at) if batch.ended_at else None,
        "said": batch.said,
    }
