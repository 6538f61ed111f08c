"""`tajo quarantine`: what was verified and not understood, and another try after a fix."""

from __future__ import annotations

import sys

import click

from collector.bootstrap import clock, open_desk
from collector.bootstrap.folding import fold_services
from collector.cli.printing import as_json, clean, pairs, table
from collector.cli.settings import settings
from collector.domain.errors import Misuse, Unparseable
from collector.domain.timestamps import to_text
from collector.pipeline.fold import ROW_FAULTS, refold
from collector.storage.sqlite.quarantine import Quarantined

PAGE = 100


@click.group("quarantine")
def command() -> None:
    """See and replay what was not understood."""


@command.command("list")
@click.argument("name", required=False)
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@click.option("--json", "wants_json", is_flag=True, help="For programs.")
def list_rows(name: str | None, limit: int, wants_json: bool) -> None:
    """What waits for a fix, the oldest first."""
    with open_desk(settings()) as desk:
        shop_id = desk.shops.by_name(name).id if name else None
        found = desk.quarantine.rows(shop_id, limit=limit)
        addresses = {shop.id: shop.address for shop in desk.shops.all(also_removed=True)}
    if wants_json:
        as_json([_described(one, addresses.get(one.row.shop_id, "")) for one in found])
        return
    heads = ["id", "shop", "received", "kind", "topic", "reason", "detail"]
    table(
        heads,
        (
            (
                *(one.id, addresses.get(one.row.shop_id), to_text(one.row.received_at), one.row.kind.value),
                *(one.row.topic, one.reason, one.detail[:80]),
            )
            for one in found
        ),
    )
    if not found:
        click.echo("the quarantine is empty")


@command.command("show")
@click.argument("row_id", type=int, metavar="ID")
@click.option("--json", "wants_json", is_flag=True, help="For programs.")
def show(row_id: int, wants_json: bool) -> None:
    """One row with its body."""
    with open_desk(settings()) as desk:
        one = desk.quarantine.get(row_id)
        if one is None:
            raise Misuse(f"there is no row {row_id} in quarantine; `tajo quarantine list` shows them")
        described = _described(one, desk.shops.get(one.row.shop_id).address)
    body = one.row.body.decode("utf-8", "replace")
    if wants_json:
        as_json({**described, "facts": dict(one.row.facts), "body": body})
        return
    pairs(described)
    click.echo()
    click.echo("\n".join(clean(line) for line in body.splitlines()))


@command.command("replay")
@click.argument("row_ids", type=int, nargs=-1, metavar="[ID]...")
def replay(row_ids: tuple[int, ...]) -> None:
    """Try these rows again, or all. Status 1 if some are still not understood."""
    config = settings()
    done = failed = 0
    with open_desk(config) as desk:
        services, generation = fold_services(desk), desk.reader.generation()
        wanted = list(row_ids)
        after = 0
        while not row_ids and (page := desk.quarantine.rows(after=after, limit=PAGE)):
            wanted += [one.id for one in page]
            after = page[-1].id
        for row_id in wanted:
            one = desk.quarantine.get(row_id)
            if one is None:
                raise Misuse(f"there is no row {row_id} in quarantine; `tajo quarantine list` shows them")
            now = clock()
            try:
                refold(services, desk.shops.get(one.row.shop_id), one.row, generation, now)
            except (Unparseable, *ROW_FAULTS) as trouble:
                failed += 1
                click.echo(f"#{row_id}: still not understood: {clean(trouble)}", err=True)
                continue
            desk.quarantine.replayed(row_id, now)
            done += 1
    click.echo(f"{done} replayed, {failed} still not understood")
    sys.exit(1 if failed else 0)


def _described(one: Quarantined, address: str) -> dict[str, object]:
    return {
        "id": one.id,
        "shop": address,
        "kind": one.row.kind.value,
        "lane": one.row.lane.value,
        "topic": one.row.topic,
        "delivery_id": one.row.delivery_id,
        "received_at": to_text(one.row.received_at),
        "quarantined_at": to_text(one.quarantined_at),
        "replayed_at": to_text(one.replayed_at) if one.replayed_at else None,
        "reason": one.reason,
        "detail": one.detail,
    }
