"""`tajo snippet NAME`: what to paste into the shop, filled in. Standard output is the snippet and nothing else."""

from __future__ import annotations

import click

from collector.bootstrap import open_desk
from collector.cli.settings import settings
from collector.cli.snippets import snippet


@click.command("snippet")
@click.argument("name")
def command(name: str) -> None:
    """Print what to paste into a shop's theme, filled in.

    NAME is `shopify` or `woocommerce` while there is one shop of that kind, else its address.
    """
    config = settings()
    with open_desk(config) as desk:
        place, text = snippet(desk.shops.by_name(name), config.base_url, config.tracker.path)
    click.echo(f"Paste into {place}:", err=True)
    if not config.public_url:
        click.echo("public_url is not set: the address in it only works on this machine.", err=True)
    click.echo(text, nl=not text.endswith("\n"))
