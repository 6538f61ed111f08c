"""`tajo login`: a link into the dashboard, for whoever may run commands here."""

from __future__ import annotations

import click

from collector.bootstrap import open_desk
from collector.bootstrap.dashboard import LINK_LASTS, login_link
from collector.cli.settings import settings


@click.command("login")
def command() -> None:
    """Print a link that logs in to the dashboard. It works once; keep it to yourself until then."""
    config = settings()
    with open_desk(config):  # a link without a database would lead nowhere
        click.echo(login_link(config))
    click.echo(f"It works once, within {LINK_LASTS.total_seconds() / 60:.0f} minutes.", err=True)
