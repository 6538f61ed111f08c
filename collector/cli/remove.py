"""`tajo connectors remove NAME`: its webhooks are taken down, its doors closed; its data stays unless purged."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack, suppress

import click

from collector.bootstrap import Desk, clock, open_desk
from collector.bootstrap.own_turn import own_turn
from collector.bootstrap.taking_down import take_down
from collector.cli.printing import clean
from collector.cli.settings import settings
from collector.domain.errors import Misuse, Unready
from collector.domain.jobs import SUBSCRIPTIONS, of_shop
from collector.domain.shop import Shop
from collector.outgoing.guard import guarded_session
from collector.storage.sqlite.file_lock import turn_file
from collector.storage.sqlite.spill import drop_of_shop

TURN_S = 10.0  # for the worker, which may be looking at the same webhooks


@click.command("remove")
@click.argument("name")
@click.option("--purge", is_flag=True, help="Delete everything stored of it as well.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(name: str, purge: bool, yes: bool) -> None:
    """Take down a shop's webhooks and close its doors; its data stays unless purged.

    A shop that cannot be asked is removed all the same, and what is left there is said.
    """
    config = settings()
    with open_desk(config) as desk:
        shop = desk.shops.by_name(name)
        if purge and not yes:
            if not sys.stdin.isatty():
                raise Misuse(
                    f"--purge deletes everything stored of {shop.address}; say --yes where nobody can be asked"
                )
            click.confirm(f"Delete everything stored of {shop.address}?", abort=True)
        guarding = of_shop(SUBSCRIPTIONS, shop.id)
        with ExitStack() as held:
            with suppress(Unready):  # the worker, or one that was killed: a shop is removed all the same
                held.enter_context(own_turn(desk, guarding, longest_wait_s=TURN_S, sleep=time.sleep))
            http = held.enter_context(guarded_session(config.allow_insecure_upstreams))
            for line in take_down(config, desk, shop, http, time.sleep):
                click.echo(clean(line))
            desk.shops.remove(shop.id, clock())
        if purge:
            _purge(desk, shop)
        click.echo(f"{shop.address}: removed{' with everything stored of it' if purge else ', its data is kept'}")
        if shop.origin == "file":
            click.echo("The file of settings still names it: take it out there too, or it is back at the next start.")


def _purge(desk: Desk, shop: Shop) -> None:
    while desk.reader.purge_shop(shop.id):
        pass
    drop_of_shop(desk.locations.state.with_suffix(""), shop.id)
    turn_file(desk.locations.state, shop.id).unlink(missing_ok=True)
    desk.shops.purge(shop.id)
