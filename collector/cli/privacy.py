"""`tajo privacy`: everything held about somebody, to hand over or to erase."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import Any

import click

from collector.bootstrap import Desk, clock, open_desk
from collector.cli.printing import as_json, as_json_line, clean
from collector.cli.settings import settings
from collector.domain.errors import CollectorError, Misuse
from collector.domain.outbox import OutboxRow
from collector.domain.shop import Shop
from collector.domain.timestamps import to_text
from collector.pipeline.erasing import Erased, erase, looked_through, person
from collector.standards.addresses import StandardAddresses
from collector.storage.sqlite.explaining import dossiers
from collector.storage.sqlite.outbox import Outbox
from collector.storage.sqlite.state import SqliteState

TRIES = 10  # a second apart: a worker has a row in hand for moments
NO_EVENTS = 1  # they are exported by themselves


class NobodyKnown(CollectorError):
    """Nothing is held under the address."""


@click.group("privacy")
def command() -> None:
    """Export or erase what is held about somebody."""


@command.command("export")
@click.argument("email")
@click.option("--json", "wants_json", is_flag=True, help="For programs: in one line.")
def export(email: str, wants_json: bool) -> None:
    """Everything held about an address, as JSON: records, consents with their proofs, carts, orders, messages."""
    address = _address(email)
    with open_desk(settings()) as desk:
        found = [held for shop in desk.shops.all(also_removed=True) if (held := _held(desk, shop, address))]
    if not found:
        raise NobodyKnown(f"nothing is held about {clean(address)}")
    said = {"email": address, "exported_at": to_text(clock()), "shops": found}
    (as_json_line if wants_json else as_json)(said)


@command.command("erase")
@click.argument("email")
@click.option("--shop", "name", help="In this shop only; `tajo connectors list` shows the names.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase_person(email: str, name: str | None, yes: bool) -> None:
    """Erase whoever has this address, here and at Brevo. It cannot be taken back."""
    address = _address(email)
    with open_desk(settings()) as desk:
        all_shops = desk.shops.all(also_removed=True)
        shops = [desk.shops.by_name(name)] if name else all_shops
        held = [one for shop in shops if (one := _held(desk, shop, address))]
        _tell_found(address, held)
        if not yes:
            if not sys.stdin.isatty():
                raise Misuse("--yes: say so when nobody is there to be asked")
            click.confirm("Erase all of it?", abort=True)
        done = _erase(desk, shops, all_shops, address)
    _tell_done(done)


def _erase(desk: Desk, shops: Sequence[Shop], all_shops: Sequence[Shop], address: str) -> Erased:
    """Again while a worker has something of it in hand."""
    state = SqliteState(desk.state)
    done = erase(state, desk.reader, shops, all_shops, address, clock())
    for _ in range(TRIES):
        if not done.busy:
            break
        time.sleep(1)
        again = erase(state, desk.reader, shops, all_shops, address, clock())
        for kind, rows in again.counts.items():
            done.count(kind, rows)
        done.busy = again.busy
    return done


def _address(email: str) -> str:
    address = StandardAddresses().email(email)
    if address is None:
        raise Misuse(f"{email!r} is no e-mail address")
    return address


def _held(desk: Desk, shop: Shop, address: str) -> dict[str, Any]:
    """{}: nothing."""
    state = SqliteState(desk.state)
    with state.read() as tx:
        nodes = person(tx, shop, address)
        kept = {kind: rows for kind, rows in tx.erasing.everything(shop.id, nodes).items() if rows}
        rows = list(looked_through(tx, shop, "outbox", nodes))
    messages = [_message(row) for number in rows if (row := Outbox(desk.state).get(number)) is not None]
    told = [one for one in dossiers(desk.state, address, NO_EVENTS) if one.shop_id == shop.id]
    entries = [entry for one in told for entry in one.entries if entry.kind == "decision"]
    decisions = [{"at": one.at, "reason": one.what, **one.facts} for one in entries]
    kept |= {kind: rows for kind, rows in (("decisions", decisions), ("messages", messages)) if rows}
    if not kept:
        return {}
    known_as = sorted(f"{node.kind}:{node.value}" for node in nodes)
    return {"platform": shop.platform, "shop": shop.address, "known_as": known_as, **kept}


def _message(row: OutboxRow) -> dict[str, Any]:
    message = row.message
    return {
        "decided_at": to_text(message.created_at),
        "kind": message.kind,
        "event": message.event_name,
        "state": row.state.value,
        "reason": row.reason,
        "told_at": to_text(row.done_at) if row.done_at else None,
        "content": dict(message.payload),
    }


def _tell_found(address: str, held: Sequence[dict[str, Any]]) -> None:
    if not held:
        click.echo(f"nothing is held under {clean(address)}; raw rows and logs are looked through all the same")
    for one in held:
        click.echo(f"{one['platform']} {clean(one['shop'])}, known as {clean(', '.join(one['known_as']))}:")
        for kind, rows in one.items():
            if isinstance(rows, list) and kind != "known_as":
                click.echo(f"  {kind}: {len(rows)}")


def _tell_done(done: Erased) -> None:
    click.echo("erased:")
    for kind, rows in sorted(done.counts.items()):
        click.echo(f"  {kind}: {rows}")
    if not done.counts:
        click.echo("  nothing was there")
    if done.told:
        click.echo("the contact at Brevo is deleted as soon as the worker gets to it")
    if done.kept:
        click.echo("the contact at Brevo stays: another shop of the account knows the address")
    if done.left:
        click.echo("the contact at Brevo stays: no connected shop of its account is left to delete it; do it there")
    click.echo("what remains:")
    click.echo("  orders without the person: number, products, amounts and dates are the shop's books")
    click.echo("  a hash of the address, so that imports and late reports bring nothing back, and a no stays a no")
    click.echo("  orders at Brevo: its API deletes none; ask Brevo, and the shop itself, to erase theirs")
    if done.busy:
        click.echo(f"{done.busy} rows are in the hands of a worker or wait for one: run this again", err=True)
        sys.exit(1)
