"""`tajo connectors rotate NAME`: another identity key or webhook secret, and what has to be pasted for it."""

from __future__ import annotations

import time

import click

from collector.bootstrap import Desk, clock, open_desk
from collector.bootstrap.live import platforms
from collector.bootstrap.rotating import Rotated, renew_identity_key, rotate_by_hand, rotate_webhook_secret
from collector.bootstrap.shops import blocks_by_address, webhook_address
from collector.bootstrap.snippets import PLUGINS, snippet
from collector.cli.printing import clean
from collector.cli.settings import settings
from collector.config import Config, ShopBlock
from collector.domain.connections import is_open
from collector.domain.errors import Misuse, SourceUnavailable, Unready
from collector.domain.shop import IDENTIFIES_ON, Shop
from collector.domain.timestamps import to_text
from collector.outgoing.guard import guarded_session

PATIENCE_S = 20.0  # for one question; what the shop does not answer now, the worker asks again
AT_SHOPIFY = "Shopify signs with the app's own secret: change it in the Dev Dashboard, under the app's settings, then"
FOR_AN_HOUR = "The one before is taken for an hour more"
WHERE = "WooCommerce > Settings > Advanced > Webhooks"


@click.command("rotate")
@click.argument("name")
@click.option("--identity-key", is_flag=True, help="Signs who is logged in, and what the plugin tells.")
@click.option("--webhook-secret", is_flag=True, help="Signs the shop's webhooks.")
def command(name: str, identity_key: bool, webhook_secret: bool) -> None:
    """Give a shop another key or secret. What is signed with the old one is taken for as long as it may be under way.

    NAME is `shopify` or `woocommerce` while there is one shop of that kind, else its address.
    """
    if identity_key == webhook_secret:
        raise click.UsageError("say which of the two: --identity-key or --webhook-secret")
    config = settings()
    with open_desk(config) as desk:
        shop = desk.shops.by_name(name)
        found = blocks_by_address(config, desk.sources).get((shop.platform, shop.address))
        if identity_key:
            _identity_key(config, desk, shop, found[1] if found else None, name)
        else:
            _refuse_unless_ours(config, shop, found[1] if found else None)
            _webhook_secret(config, desk, shop, name)


def _refuse_unless_ours(config: Config, shop: Shop, block: ShopBlock | None) -> None:
    """Raises Misuse for a webhook secret that stands in the settings, or is made by somebody else."""
    if shop.platform == "shopify":
        raise Misuse(f"{AT_SHOPIFY} {_then_at_shopify(config, shop, block)}")
    if block is not None and block.webhook_secret:
        raise Misuse(_in_file(shop, "webhook_secret", "wait until the worker told the shop's webhooks, and then"))
    if not is_open(shop):
        raise Misuse(f"{shop.address} is not connected at the moment; connect it again first")


def _in_file(shop: Shop, key: str, then: str) -> str:
    return (
        f"the {key} of {shop.address} stands in the settings: make connectors.{shop.platform}.{key} a list there with"
        f" the new one last, restart, {then} take the old one out"
    )


def _then_at_shopify(config: Config, shop: Shop, block: ShopBlock | None) -> str:
    if block is not None and (block.webhook_secret or block.credentials.get("api_secret")):
        key = "webhook_secret" if block.webhook_secret else "api_secret"
        return f"put the new one into connectors.shopify.{key} of the settings, and restart. {FOR_AN_HOUR}"
    given = shop.secrets.credentials
    if config.shopify_app.api_key and given.get("api_key") == config.shopify_app.api_key:
        return f"put the new one into shopify_app.api_secret of the settings, and restart. {FOR_AN_HOUR}"
    access = "--access-token -" if given.get("access_token") else f"--api-key {given.get('api_key') or '…'}"
    return f"`tajo connectors install shopify --shop-url {shop.address} {access} --api-secret -`. {FOR_AN_HOUR}"


def _identity_key(config: Config, desk: Desk, shop: Shop, block: ShopBlock | None, name: str) -> None:
    """Standard output is what to paste and nothing else, as of `tajo snippet`. Raises Misuse where the settings say
    which key it is."""
    if block is not None and block.identity_key:
        raise Misuse(_in_file(shop, "identity_key", f"paste the snippet anew, and {IDENTIFIES_ON.days} days later"))
    now = clock()
    renewed = renew_identity_key(desk, shop, now)
    place, text = snippet(renewed, config.base_url, config.tracker.path)
    until = to_text(now + IDENTIFIES_ON)
    click.echo(f"✓ {shop.address} has a new identity key. Paste anew into {place}:", err=True)
    if shop.platform in PLUGINS:
        click.echo(
            "With the plugin, put the new key where the old one stands. The first of these that holds one counts:"
            " TAJO_COLLECTOR_IDENTITY_KEY in wp-config.php; WooCommerce > Tajo Collector > Identity key; the plugin's"
            f" file (`tajo snippet {name} --plugin --output tajo-collector.zip`, upload it).",
            err=True,
        )
    click.echo(f"The new key, also for a server of your own that signs: {renewed.secrets.identity[-1]}", err=True)
    click.echo(f"The old one is taken until {until}, as long as what it signed is good. Then {_then(shop)}.", err=True)
    if not config.public_url:
        click.echo("public_url is not set: the address in it only works on this machine.", err=True)
    click.echo(text, nl=not text.endswith("\n"))


def _then(shop: Shop) -> str:
    refused = " and what the plugin tells is refused" if shop.platform in PLUGINS else ""
    return f"who is logged in is not believed any more where it still signs{refused}"


def _webhook_secret(config: Config, desk: Desk, shop: Shop, name: str) -> None:
    with guarded_session(config.allow_insecure_upstreams) as http:
        able = platforms(config, desk, http, time.sleep, PATIENCE_S)
        address = webhook_address(config.public_url, shop)
        if not address or not able.has_access(shop):
            _say_by_hand(rotate_by_hand(desk, shop), is_reachable=bool(address))
            return
        try:
            rotated = rotate_webhook_secret(desk, shop, able.signed[shop.platform], address, time.sleep)
        except SourceUnavailable as problem:
            raise SourceUnavailable(
                f"The new secret is stored, and the shop could not be told all of it: {problem}", _again(name)
            ) from problem
        except Unready as problem:
            raise Unready(
                f"The new secret is stored, and not told to the shop yet. {problem} {_again(name)}"
            ) from problem
    if not rotated.is_new:
        click.echo("A secret that was made before and not told to every webhook is the new one.")
    if rotated.until is None:
        raise SourceUnavailable(
            f"{len(rotated.signed.before)} webhooks of {shop.address} have the older secret still."
            f" {' '.join(rotated.problems)}",
            _again(name),
        )
    click.echo(f"✓ {shop.address} signs its webhooks with a new secret; {rotated.told} were told.")
    click.echo(f"The old one is taken until {to_text(rotated.until)}. The plugin and the snippet do not hold it.")
    for left in rotated.problems:
        click.echo(f"  {clean(left)}")
    if rotated.signed.by_hand:
        click.echo(f"Made by hand, so delete them under {WHERE} (ours tell the same), or paste the new secret there:")
        for one in rotated.signed.by_hand:
            click.echo(f"  {clean(one)}")
        click.echo(f"Webhook secret:\n  {rotated.shop.secrets.webhook[-1]}")


def _again(name: str) -> str:
    return (
        "Nothing is lost: deliveries with either secret are taken until every webhook has the new one. The worker tells"
        f" them as soon as it can; at once: tajo connectors rotate {name} --webhook-secret"
    )


def _say_by_hand(rotated: Rotated, *, is_reachable: bool) -> None:
    why = "there is no key to ask the shop with" if is_reachable else "public_url is not set"
    click.echo(f"Nobody can tell the shop ({why}). Paste the new secret into each webhook under {WHERE}:")
    click.echo(f"  {rotated.shop.secrets.webhook[-1]}")
    click.echo(f"The old one is taken until {to_text(rotated.until or clock())}.")
