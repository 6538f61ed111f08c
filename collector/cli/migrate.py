"""`tajo migrate`: the database made, or brought up to this version of the program."""

from __future__ import annotations

import click

from collector.bootstrap import locations, migrate
from collector.cli.settings import settings


@click.command("migrate")
def command() -> None:
    """Make the database, or bring it up to this version; the shops of the file are put into it."""
    config = settings()
    migrate(config)
    click.echo(f"{locations(config).state}: ready")
