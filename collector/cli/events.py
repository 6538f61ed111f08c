"""`tajo events tail`: what happens in the shops, as it is folded."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from collector.bootstrap import open_desk
from collector.cli.following import follow
from collector.cli.printing import as_json_line, clean
from collector.cli.settings import settings
from collector.storage.sqlite import reports
from collector.storage.sqlite.reports import EventLine

LONGEST_DETAIL = 160
PAGE = 500


@click.group("events")
def command() -> None:
    """See what happens in the shops."""


@command.command("tail")
@click.argument("name", required=False)
@click.option(
    "-n", "amount", type=click.IntRange(0, 10_000), default=20, show_default=True, help="So many to begin with."
)
@click.option("--follow", "follows", is_flag=True, help="Go on with what comes, until Ctrl-C.")
@click.option("--json", "wants_json", is_flag=True, help="One object a line.")
def tail(name: str | None, amount: int, follows: bool, wants_json: bool) -> None:
    """The newest events of a shop, or of all."""
    with open_desk(settings()) as desk:
        shop_id = desk.shops.by_name(name).id if name else None
        begin = reports.newest_events(desk.state, None, 1)
        newest = begin[-1].id if begin else 0
        for one in reports.newest_events(desk.state, shop_id, amount):
            newest = max(newest, one.id)
            tell(one, wants_json)

        def show_next() -> None:
            nonlocal newest
            for one in reports.events_after(desk.state, shop_id, newest, PAGE):
                newest = one.id
                tell(one, wants_json)

        if follows:
            follow(show_next)


def tell(one: EventLine, wants_json: bool = False) -> None:
    """One line."""
    if wants_json:
        as_json_line(asdict(one))
        return
    detail = clean(json.dumps(one.detail, ensure_ascii=False))
    cut = detail if len(detail) <= LONGEST_DETAIL else detail[: LONGEST_DETAIL - 1] + "…"
    click.echo(f"{one.occurred_at}  {clean(one.shop)}  {one.type}  {clean(one.visitor_id)}  {cut}")
