"""`tajo migrate`: the database made, or brought up to this version of the program; its secrets under a newer key."""

from __future__ import annotations

import click

from collector.bootstrap import locations, migrate
from collector.bootstrap.relocking import relock
from collector.cli.settings import settings


@click.command("migrate")
@click.option(
    "--relock", "wants_relock", is_flag=True, help="Also encrypt all secrets anew, under the last key of secret_key."
)
def command(wants_relock: bool) -> None:
    """Make the database, or bring it up to this version; the shops of the file are put into it."""
    config = settings()
    migrate(config)
    click.echo(f"{locations(config).state}: ready")
    if wants_relock:
        click.echo(f"{relock(config)} secrets are under the newest secret_key; the older ones may go")
