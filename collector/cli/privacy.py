"""`tajo privacy`: everything held about somebody, to hand over or to erase."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import Any

import click

from collector.bootstrap import Desk, clock, open_desk
from collector.bootstrap.held import held
from collector.cli import privacy_requests
from collector.cli.printing import as_json, as_json_line, clean
from collector.cli.settings import settings
from collector.domain.errors import CollectorError, Misuse
from collector.domain.identity import Node
from collector.domain.shop import Shop
from collector.domain.timestamps import to_text
from collector.pipeline.erasing import Erased, erase
from collector.standards.addresses import StandardAddresses
from collector.storage.sqlite.state import SqliteState

TRIES = 10  # a second apart: a worker has a row in hand for moments


class NobodyKnown(CollectorError):
    """Nothing is held under the address."""


@click.group("privacy")
def command() -> None:
    """Export or erase what is held about somebody."""


command.add_command(privacy_requests.command)


@command.command("export")
@click.argument("email")
@click.option("--json", "wants_json", is_flag=True, help="For programs: in one line.")
def export(email: str, wants_json: bool) -> None:
    """Everything held about an address, as JSON: records, consents with their proofs, carts, orders, messages."""
    address = _address(email)
    with open_desk(settings()) as desk:
        found = [one for shop in desk.shops.all(also_removed=True) if (one := _held(desk, shop, address))]
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
    config = settings()
    with open_desk(config) as desk:
        all_shops = desk.shops.all(also_removed=True)
        shops = [desk.shops.by_name(name)] if name else all_shops
        found = [one for shop in shops if (one := _held(desk, shop, address))]
        _tell_found(address, found)
        if not yes:
            if not sys.stdin.isatty():
                raise Misuse("--yes: say so when nobody is there to be asked")
            click.confirm("Erase all of it?", abort=True)
        done = _erase(desk, shops, all_shops, address)
    _tell_done(done, is_dry_run=config.delivery.mode == "dry_run")


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
    return held(desk.state, shop, [Node("email", address)])


def _tell_found(address: str, found: Sequence[dict[str, Any]]) -> None:
    if not found:
        click.echo(f"nothing is held under {clean(address)}; raw rows and logs are looked through all the same")
    for one in found:
        click.echo(f"{one['platform']} {clean(one['shop'])}, known as {clean(', '.join(one['known_as']))}:")
        for kind, rows in one.items():
            if isinstance(rows, list) and kind != "known_as":
                click.echo(f"  {kind}: {len(rows)}")


def _tell_done(done: Erased, *, is_dry_run: bool) -> None:
    click.echo("erased:")
    for kind, rows in sorted(done.counts.items()):
        click.echo(f"  {kind}: {rows}")
    if not done.counts:
        click.echo("  nothing was there")
    if done.told and is_dry_run:
        click.echo(
            "the contact at Brevo stays: delivery.mode is dry_run, and the address is not kept for later; "
            "delete it there, or run this again once the mode is live"
        )
    elif done.told:
        click.echo("the contact at Brevo is deleted as soon as the worker gets to it; `tajo check` says if it cannot")
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
