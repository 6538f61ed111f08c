"""`tajo login`: a link into the dashboard, for whoever may run commands here."""

from __future__ import annotations

import click

from collector.bootstrap.dashboard import login_link
from collector.cli.settings import settings
from collector.domain.one_use_links import LINK_LIVES


@click.command("login")
def command() -> None:
    """Print a link that logs in to the dashboard. It works once; keep it to yourself until then."""
    click.echo(login_link(settings()))
    click.echo(f"It works once, within {LINK_LIVES.total_seconds() / 60:.0f} minutes.", err=True)
