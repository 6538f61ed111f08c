"""`tajo connectors link`: a link with which a merchant connects a shop in the browser."""

from __future__ import annotations

import secrets

import click

from collector.bootstrap import clock, open_desk
from collector.bootstrap.connecting import platforms
from collector.cli.settings import settings
from collector.domain.errors import Misuse
from collector.domain.one_use_links import LINK_LIVES
from collector.storage.sqlite.one_use_links import OneUseLinks


@click.command("link")
@click.argument("platform", required=False)
@click.option("--shop-url", help="The only shop it is good for; left out: the merchant says which.")
@click.option("--store-url", help="The same, of a WooCommerce shop.")
def command(platform: str | None, shop_url: str | None, store_url: str | None) -> None:
    """Print a link that connects a shop by one click: good once, for 15 minutes.

    Shopify (also if no PLATFORM is given) needs an app of your own in the settings: shopify_app.api_key and
    shopify_app.api_secret. WooCommerce needs a public_url that begins with https.
    """
    if shop_url and store_url:
        raise click.UsageError("--shop-url and --store-url say the same: give one of them")
    platform, named = platform or ("woocommerce" if store_url else "shopify"), store_url or shop_url
    config = settings()
    able = platforms(config).get(platform)
    if able is None and platform == "shopify":
        raise Misuse(f"{platform}: set shopify_app.api_key and shopify_app.api_secret of an app of yours first")
    if able is None:
        raise Misuse(f"{platform}: no such platform; there are shopify and woocommerce")
    what, cure = able.not_here(config.base_url)
    if what:
        raise Misuse(f"{what} {cure}")
    address = able.address(named) if named else ""
    token = secrets.token_urlsafe(32)
    with open_desk(config, may_create=True) as desk:
        OneUseLinks(desk.state).add(platform, address, token, clock())
    click.echo(
        f"Good once, for {int(LINK_LIVES.total_seconds() // 60)} minutes; whoever has it connects a shop:", err=True
    )
    click.echo(f"{config.base_url}/install/{platform}?link={token}")
    back = f"{config.base_url}/install/{platform}/callback"
    if platform == "shopify":
        click.echo(f"In the app's settings, allow the redirect URL {back}", err=True)
    else:
        click.echo(f"The shop has to reach {back}: it sends its keys there.", err=True)
    if not config.public_url:
        click.echo("public_url is not set: the link only works on this machine.", err=True)
