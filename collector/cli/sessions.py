"""`tajo sessions`: who visited, and what they did."""

from __future__ import annotations

from dataclasses import asdict

import click

from collector.bootstrap import clock, open_desk
from collector.cli.events import tell
from collector.cli.printing import as_json, pairs, period, table
from collector.cli.settings import settings
from collector.domain.errors import Misuse
from collector.storage.sqlite import reports


@click.group("sessions")
def command() -> None:
    """See who visited."""


@command.command("list")
@click.argument("name", required=False)
@click.option("--last", default="24h", show_default=True, help="How far back: 30m, 24h, 7d.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@click.option("--json", "wants_json", is_flag=True, help="For programs.")
def list_sessions(name: str | None, last: str, limit: int, wants_json: bool) -> None:
    """The newest sessions of a shop, or of all."""
    since = clock() - period(last)
    with open_desk(settings()) as desk:
        shop_id = desk.shops.by_name(name).id if name else None
        found = reports.sessions(desk.state, shop_id, since, limit)
    if wants_json:
        as_json([asdict(one) for one in found])
        return
    heads = ["id", "shop", "last event", "visitor", "known as", "device", "pages", "products", "cart", "from"]
    table(
        heads,
        (
            (
                *(one.id, one.shop, one.last_event_at, one.visitor_id, " ".join(one.emails), one.device),
                *(one.page_views, one.product_views, one.cart_changes, one.utm.get("source") or one.referrer),
            )
            for one in found
        ),
    )
    if not found:
        click.echo(f"no session in the last {last}")


@command.command("show")
@click.argument("session_id", type=int, metavar="ID")
@click.option("--json", "wants_json", is_flag=True, help="For programs.")
def show(session_id: int, wants_json: bool) -> None:
    """One session with its events."""
    with open_desk(settings()) as desk:
        found = reports.session(desk.state, session_id)
        if found is None:
            raise Misuse(f"there is no session {session_id}; `tajo sessions list` shows them")
        events = reports.session_events(desk.state, session_id)
    if wants_json:
        as_json({**asdict(found), "event_list": [asdict(one) for one in events]})
        return
    pairs(
        {**asdict(found), "utm": " ".join(f"{k}={v}" for k, v in found.utm.items()), "emails": " ".join(found.emails)}
    )
    click.echo()
    for one in events:
        tell(one)
