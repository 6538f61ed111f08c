"""`tajo snippet NAME…`: what to put into the shop, filled in. Standard output is the snippet and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
from collector.domain.shop import Shop


@click.command("snippet")
@click.argument("names", metavar="NAME…", nargs=-1, required=True)
@click.option("--checkout", is_flag=True, help="For the checkout instead: Shopify's custom pixel.")
@click.option("--plugin", "is_plugin", is_flag=True, help="WooCommerce's plugin instead: one file, nothing to set up.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write it there; a .zip (with --plugin) is what WordPress takes under Plugins > Add New > Upload.",
)
def command(names: tuple[str, ...], checkout: bool, is_plugin: bool, output: Path | None) -> None:
    """Print what to put into a shop, filled in: a snippet to paste, or a plugin.

    NAME is `shopify` or `woocommerce` while there is one shop of that kind, else its address. Only the plugin takes
    several: the sites of a WordPress network, each of which finds its own values in the one file.
    """
    is_archive = output is not None and output.suffix == ".zip"
    if checkout and is_plugin:
        raise click.UsageError("--checkout and --plugin are two things: ask for one at a time")
    if is_archive and not is_plugin:
        raise click.UsageError("only the plugin comes as a .zip: add --plugin")
    if len(names) > 1 and not is_plugin:
        raise click.UsageError("what is pasted is one shop's: ask for one at a time, or for a network's --plugin")
    config = settings()
    with open_desk(config) as desk:
        shops = [desk.shops.by_name(name) for name in dict.fromkeys(names)]
    shop, base_url, path = shops[0], config.base_url, config.tracker.path
    if is_plugin:
        place, text = plugin(shops, base_url, path)
    else:
        place, text = (checkout_snippet if checkout else snippet)(shop, base_url, path)
    click.echo(f"Put it into {place}:" if is_plugin else f"Paste into {place}:", err=True)
    for note in _notes(shops, checkout, is_plugin):
        click.echo(note, err=True)
    if not config.public_url:
        click.echo("public_url is not set: the address in it only works on this machine.", err=True)
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    _write(output, plugin_archive(shop.platform, text) if is_archive else text.encode())


def _notes(shops: Sequence[Shop], checkout: bool, is_plugin: bool) -> Iterator[str]:
    """What to know of it, and what else there is."""
    platform, address = shops[0].platform, shops[0].address
    if is_plugin:
        yield "It holds the key that signs what the shop's server tells: not for public places."
    if len(shops) > 1:
        yield "Upload it in the Network Admin and activate it for the network; other sites tell nothing."
    if not checkout and platform in CHECKOUT_SNIPPETS:
        yield f"For the steps of the checkout, besides this: tajo snippet {address} --checkout"
    if not is_plugin and platform in PLUGINS:
        yield f"With carts told by the shop's server and the opt-in box: tajo snippet {address} --plugin"


def _write(output: Path, content: bytes) -> None:
    try:
        output.write_bytes(content)
    except OSError as problem:
        raise click.ClickException(f"{output} cannot be written: {problem.strerror}") from problem
    click.echo(f"Written: {output}", err=True)
