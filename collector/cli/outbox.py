"""`tajo outbox`: what waits to be sent, what became of it, and another try. Addresses are masked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import click

from collector.bootstrap import clock, open_desk
from collector.cli.bulk_calls import bulk
from collector.cli.printing import as_json, as_json_line, clean, is_at_a_terminal, pairs, period, table
from collector.cli.settings import settings
from collector.domain.errors import Misuse
from collector.domain.messages import ERASURE
from collector.domain.outbox import NotDeleted, OutboxRow, State, Stopped
from collector.pipeline.deliver_log import described, in_full, line
from collector.storage.sqlite.outbox import Outbox

PAGE = 200
HEADS = ["id", "when", "what", "to", "state", "tries", "answer"]
TOLD_FOR = timedelta(days=30)  # in which an erasure is to be done
_FIRST = {"dry_run": "set delivery.mode to live and "}
STATES = click.Choice([state.value for state in State])


@click.group("outbox")
def command() -> None:
    """See what waits to be sent and what became of it; try again."""


command.add_command(bulk)


@command.command("list")
@click.option("--state", type=STATES, help="Only these.")
@click.option("--event", "event_name", help="Only this event of ours, e.g. cart_abandoned.")
@click.option("--since", help="Only what was decided since: 30m, 24h, 7d, or a date such as 2026-11-21.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@click.option("--json", "wants_json", is_flag=True, help="For programs.")
def list_rows(state: str | None, event_name: str | None, since: str | None, limit: int, wants_json: bool) -> None:
    """The oldest first, and how many there are in each state."""
    begin = moment(since)
    with open_desk(settings()) as desk:
        outbox = Outbox(desk.state)
        found = outbox.rows(state=State(state) if state else None, event_name=event_name, since=begin, limit=limit)
        states, stopped, not_deleted = outbox.states(), outbox.stopped(), outbox.not_deleted(clock() - TOLD_FOR)
    if wants_json:
        as_json([described(row) for row in found])
        return
    table(HEADS, (_cut(line(row)) for row in found))
    click.echo(", ".join(f"{one.value} {n}" for one, n in sorted(states.items())) or "the outbox is empty")
    for what, cure in [*in_words(stopped), *still_to_erase(not_deleted)]:
        click.echo(f"✗ {clean(what)}: {clean(cure)}")


def still_to_erase(found: Iterable[NotDeleted]) -> list[tuple[str, str]]:
    """(what, cure) for every contact of somebody erased that the destination still has."""
    return [
        (
            f"the contact of somebody erased is still at Brevo, in account {one.account} (#{one.row_id}, {one.reason})",
            f"{_FIRST.get(one.reason, '')}run `tajo privacy erase` once more with the address, which is not kept here, "
            "or delete the contact at Brevo",
        )
        for one in found
    ]


def in_words(stopped: Iterable[Stopped]) -> list[tuple[str, str]]:
    """(what, cure) for every account that refuses what it is told."""
    return [
        (
            f"account {one.account} refuses ({one.reason}, {one.waiting} waiting, see #{one.row_id}): {one.failure}",
            f"{one.cure} Nothing is lost: it goes on by itself.",
        )
        for one in stopped
    ]


@command.command("show")
@click.argument("row_id", type=int, metavar="ID")
@click.option("--json", "wants_json", is_flag=True, help="For programs.")
@click.option("--reveal", is_flag=True, help="With addresses and exact bodies; on a terminal only.")
def show(row_id: int, wants_json: bool, reveal: bool) -> None:
    """One message: what it says, every call made for it with body and answer, the next try."""
    if reveal and not is_at_a_terminal():
        raise Misuse("--reveal prints what is about a person, so it works on a terminal only")
    with open_desk(settings()) as desk:
        outbox = Outbox(desk.state)
        row, calls = outbox.get(row_id), outbox.calls(row_id)
    if row is None:
        raise _no_such(row_id)
    shown = in_full(row, calls, is_revealed=reveal)
    if wants_json:
        as_json(shown)
        return
    payload, called = shown.pop("payload"), shown.pop("calls")
    answer = shown.pop("answer") or {}
    pairs(shown | {name: answer.get(name) for name in ("failure", "cure")})
    kept_no_more = "of an erasure" if row.message.kind == ERASURE else "retention.raw"
    _tell_body("payload", f"its content is no longer kept ({kept_no_more})" if row.is_dropped else payload)
    for call in called:
        tell_call(call)


def tell_call(call: Mapping[str, Any]) -> None:
    """One request and its answer, for people."""
    came_back = call["status"] or f"no answer ({call['error']})"
    head = f"attempt {call['attempt']}, {call['at']}: {call['request']} -> {came_back} {call['request_id']}"
    click.echo(clean(head.rstrip()))
    for name in ("sent", "answered"):
        _tell_body(f"  {name}", call[name])


def _tell_body(name: str, content: Any) -> None:
    if isinstance(content, str):
        click.echo(f"{name}: {clean(content)}")
    else:
        click.echo(f"{name}:")
        as_json(content)


@command.command("retry")
@click.argument("row_ids", type=int, nargs=-1, metavar="[ID]...")
def retry(row_ids: tuple[int, ...]) -> None:
    """Send these once more, or all that are dead. They are due now and do not expire.

    What is `unknown` may have arrived: it is only sent again by its ID.
    """
    now = clock()
    with open_desk(settings()) as desk:
        outbox = Outbox(desk.state)
        for row_id in row_ids:
            if outbox.get(row_id) is None:
                raise _no_such(row_id)
        wanted = list(row_ids) or [row.id for row in _all(outbox, State.DEAD, None, None)]
        done = sum(outbox.requeue(row_id, now) for row_id in wanted)
    others = len(wanted) - done
    already = f", {others} had arrived already or are kept without their content" if others else ""
    click.echo(f"{done} sent once more{already}")


@command.command("replay")
@click.option("--state", type=STATES, default=State.DEAD.value, show_default=True)
@click.option("--event", "event_name", help="Only this event of ours, e.g. order_completed.")
@click.option("--since", help="Only what was decided since: 30m, 24h, 7d, or a date such as 2026-11-21.")
def replay(state: str, event_name: str | None, since: str | None) -> None:
    """Send once more what ended in a state. What arrived (`done`) never is."""
    if state == State.DONE.value:
        raise Misuse("--state done: what has arrived is not sent twice")
    begin, now = moment(since), clock()
    with open_desk(settings()) as desk:
        outbox = Outbox(desk.state)
        wanted = [row.id for row in _all(outbox, State(state), event_name, begin)]
        done = sum(outbox.requeue(row_id, now) for row_id in wanted)
    click.echo(f"{done} sent once more")


def deliveries(outbox: Outbox, shop_id: int, since: datetime, after: int = 0) -> Iterator[OutboxRow]:
    """What `tajo connectors logs --type delivery` shows: rows of a shop decided since, behind id `after`."""
    while page := outbox.rows(shop_id=shop_id, since=since, after=after, limit=PAGE):
        yield from page
        after = page[-1].id


def tell(row: OutboxRow, wants_json: bool = False) -> None:
    """One line of the delivery log."""
    if wants_json:
        as_json_line(described(row))
    else:
        click.echo("  ".join(clean(part) for part in line(row)))


def moment(text: str | None) -> datetime | None:
    """A period back from now, or a date or time (UTC when it says no zone). Raises Misuse."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        pass
    else:
        return found if found.tzinfo else found.replace(tzinfo=clock().tzinfo)
    try:
        return clock() - period(text)
    except Misuse:
        raise Misuse(f"--since {text!r}: give a period such as 24h or a date such as 2026-11-21") from None


def _all(outbox: Outbox, state: State, event_name: str | None, since: datetime | None) -> Iterator[OutboxRow]:
    after = 0
    while page := outbox.rows(state=state, event_name=event_name, since=since, after=after, limit=PAGE):
        yield from page
        after = page[-1].id


def _no_such(row_id: int) -> Misuse:
    return Misuse(f"there is no message {row_id} in the outbox; `tajo outbox list` shows them")


def _cut(cells: list[str]) -> list[str]:
    return [cell if len(cell) <= 100 else cell[:99] + "…" for cell in cells]
