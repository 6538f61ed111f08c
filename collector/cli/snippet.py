"""`tajo snippet NAME`: what to put into the shop, filled in. Standard output is the snippet and nothing else."""

from __future__ import annotations

from pathlib import Path

import click

from collector.bootstrap import open_desk
from collector.bootstrap.snippets import (
    CHECKOUT_SNIPPETS,
    PLUGINS,
    checkout_snippet,
    plugin,
    plugin_archive,
    snippet,
)
from collector.cli.settings import settings


@click.command("snippet")
@click.argument("name")
@click.option("--checkout", is_flag=True, help="For the checkout instead: Shopify's custom pixel.")
@click.option("--plugin", "is_plugin", is_flag=True, help="WooCommerce's plugin instead: one file, nothing to set up.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write it there; a .zip (with --plugin) is what WordPress takes under Plugins > Add New > Upload.",
)
def command(name: str, checkout: bool, is_plugin: bool, output: Path | None) -> None:
    """Print what to put into a shop, filled in: a snippet to paste, or a plugin.

    NAME is `shopify` or `woocommerce` while there is one shop of that kind, else its address.
    """
    is_archive = output is not None and output.suffix == ".zip"
    if checkout and is_plugin:
        raise click.UsageError("--checkout and --plugin are two things: ask for one at a time")
    if is_archive and not is_plugin:
        raise click.UsageError("only the plugin comes as a .zip: add --plugin")
    config = settings()
    with open_desk(config) as desk:
        shop = desk.shops.by_name(name)
        make = plugin if is_plugin else checkout_snippet if checkout else snippet
        place, text = make(shop, config.base_url, config.tracker.path)
    click.echo(f"Put it into {place}:" if is_plugin else f"Paste into {place}:", err=True)
    if is_plugin:
        click.echo("It holds the key that signs what the shop's server tells: not for public places.", err=True)
    if not config.public_url:
        click.echo("public_url is not set: the address in it only works on this machine.", err=True)
    if not checkout and shop.platform in CHECKOUT_SNIPPETS:
        click.echo(f"For the steps of the checkout, besides this: tajo snippet {name} --checkout", err=True)
    if not is_plugin and shop.platform in PLUGINS:
        click.echo(f"With carts told by the shop's server and the opt-in box: tajo snippet {name} --plugin", err=True)
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    _write(output, plugin_archive(shop, text) if is_archive else text.encode())


def _write(output: Path, content: bytes) -> None:
    try:
        output.write_bytes(content)
    except OSError as problem:
        raise click.ClickException(f"{output} cannot be written: {problem.strerror}") from problem
    click.echo(f"Written: {output}", err=True)
