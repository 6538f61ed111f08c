"""`tajo outbox bulk`: what left about many at once, an import or a part of the catalogue. Addresses are masked."""

from __future__ import annotations

import click

from collector.bootstrap import clock, open_desk
from collector.cli.printing import as_json, clean, is_at_a_terminal, table
from collector.cli.settings import settings
from collector.domain.errors import Misuse
from collector.pipeline.deliver_log import bulk_described, bulk_in_full
from collector.storage.sqlite.bulk_calls import BulkCalls

HEADS = ["id", "when", "account", "request", "bytes", "answer"]


@click.command("bulk")
@click.argument("call_id", type=int, metavar="[ID]", required=False)
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@click.option("--json", "wants_json", is_flag=True, help="For programs.")
@click.option("--reveal", is_flag=True, help="With addresses; on a terminal only.")
def bulk(call_id: int | None, limit: int, wants_json: bool, reveal: bool) -> None:
    """Imports, orders and products that left many at once, the newest first; with ID one of them with its body."""
    if call_id is not None:
        _show(call_id, is_revealed=reveal)
        return
    with open_desk(settings()) as desk:
        found = [bulk_described(one) for one in BulkCalls(desk.state, clock).newest(limit)]
    if wants_json:
        as_json(found)
        return
    table(
        HEADS,
        (
            [
                f"#{one['id']}",
                one["at"],
                clean(one["account"]),
                clean(one["request"]),
                str(one["bytes"]),
                clean(f"{one['status'] or one['error']} {one['request_id']}".strip()),
            ]
            for one in found
        ),
    )


def _show(call_id: int, *, is_revealed: bool) -> None:
    if is_revealed and not is_at_a_terminal():
        raise Misuse("--reveal prints what is about people, so it works on a terminal only")
    with open_desk(settings()) as desk:
        found = BulkCalls(desk.state, clock).get(call_id)
    if found is None:
        raise Misuse(f"there is no bulk call {call_id}; `tajo outbox bulk` shows them")
    as_json(bulk_in_full(found, is_revealed=is_revealed))
