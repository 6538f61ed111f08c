"""`tajo snippet NAME`: what to paste into the shop, filled in. Standard output is the snippet and nothing else."""

from __future__ import annotations

import click

from collector.bootstrap import open_desk
from collector.bootstrap.snippets import CHECKOUT_SNIPPETS, checkout_snippet, snippet
from collector.cli.settings import settings


@click.command("snippet")
@click.argument("name")
@click.option("--checkout", is_flag=True, help="For the checkout instead: Shopify's custom pixel.")
def command(name: str, checkout: bool) -> None:
    """Print what to paste into a shop's theme, filled in.

    NAME is `shopify` or `woocommerce` while there is one shop of that kind, else its address.
    """
    config = settings()
    with open_desk(config) as desk:
        shop = desk.shops.by_name(name)
        place, text = (checkout_snippet if checkout else snippet)(shop, config.base_url, config.tracker.path)
    click.echo(f"Paste into {place}:", err=True)
    if not config.public_url:
        click.echo("public_url is not set: the address in it only works on this machine.", err=True)
    if not checkout and shop.platform in CHECKOUT_SNIPPETS:
        click.echo(f"For the steps of the checkout, besides this: tajo snippet {name} --checkout", err=True)
    click.echo(text, nl=not text.endswith("\n"))
