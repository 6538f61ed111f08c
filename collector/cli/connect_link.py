"""`tajo connectors link`: a link with which a merchant connects a shop in the browser, with the app of this server."""

from __future__ import annotations

import secrets

import click

from collector.bootstrap import clock, make_sources, open_desk
from collector.bootstrap.connecting import platforms
from collector.cli.settings import settings
from collector.domain.connecting import LINK_LIVES
from collector.domain.errors import Misuse
from collector.storage.sqlite.connect_links import ConnectLinks


@click.command("link")
@click.argument("platform", default="shopify")
@click.option("--shop-url", help="The only shop it is good for; left out: the merchant says which.")
def command(platform: str, shop_url: str | None) -> None:
    """Print a link that connects a shop by one click: good once, for 15 minutes.

    It needs an app of your own in the settings: shopify_app.api_key and shopify_app.api_secret.
    """
    config = settings()
    if platform not in platforms(config):
        raise Misuse(f"{platform}: set shopify_app.api_key and shopify_app.api_secret of an app of yours first")
    address = make_sources()[platform].normalise_address(shop_url)[0] if shop_url else ""
    token = secrets.token_urlsafe(32)
    with open_desk(config, may_create=True) as desk:
        ConnectLinks(desk.state).add(platform, address, token, clock())
    click.echo(
        f"Good once, for {int(LINK_LIVES.total_seconds() // 60)} minutes; whoever has it connects a shop:", err=True
    )
    click.echo(f"{config.base_url}/install/{platform}?link={token}")
    click.echo(f"In the app's settings, allow the redirect URL {config.base_url}/install/{platform}/callback", err=True)
    if not config.public_url:
        click.echo("public_url is not set: the link only works on this machine.", err=True)
