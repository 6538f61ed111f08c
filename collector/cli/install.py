"""`tajo connectors install …`: check the input, read the shop once, then store everything or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import click

from collector.bootstrap import Desk, clock, locations, make_sources, new_shop, open_desk, secret_box
from collector.bootstrap.connections import Hearing
from collector.bootstrap.live import keep_subscriptions
from collector.bootstrap.shops import blocks_by_address, webhook_address
from collector.bootstrap.snippets import snippet
from collector.cli.late import LateCommands
from collector.cli.secret_input import take_secret
from collector.cli.settings import settings
from collector.config import Config, policy_for
from collector.domain.errors import Misuse
from collector.domain.shop import OWN_KEY, Secrets, Shop
from collector.outgoing.guard import guarded_session
from collector.sources.shopify import install as shopify_install
from collector.storage.sqlite.access_tokens import AccessTokens
from collector.storage.sqlite.shops import NewShop

# What is pasted in the wrong place: the fields lie beside each other on Shopify's page.
MIXED_UP = (
    ("access_token", "shpss_", "the app's secret, for --api-secret"),
    ("api_secret", "shpat_", "the access token, for --access-token"),
    ("api_key", "shpat_", "the access token, for --access-token"),
    ("api_key", "shpss_", "the app's secret, for --api-secret"),
)
OWN_BREVO_KEY = click.option(
    "--brevo-api-key", help="A Brevo account of this shop's own; - reads it. Left out: as before, or that of all shops."
)


SAYS = "Connect a WooCommerce shop, or all of a WordPress network."


@dataclass(frozen=True, slots=True)
class Found:
    """What the read call told about a shop; `notes` are sentences for the merchant."""

    name: str
    currency: str
    zone: str = ""
    notes: Sequence[str] = ()
    storefront: str = ""


@click.group("install", cls=LateCommands, late={"woocommerce": ("collector.cli.install_woocommerce", "command", SAYS)})
def command() -> None:
    """Connect a shop, or give a connected one new credentials."""


@command.command("shopify")
@click.option("--shop-url", required=True, help="your-store.myshopify.com")
@click.option("--api-key", envvar="SHOPIFY_API_KEY", help="The app's API key (client id).")
@click.option("--api-secret", envvar="SHOPIFY_API_SECRET", help="The app's secret; it signs webhooks.")
@click.option("--access-token", help="In place of --api-key: a permanent token (shpat_…).")
@click.option("--api-version", help="Of the Admin API, such as 2026-10. Left out: as before, or the one we know best.")
@click.option("--api-url", hidden=True, help="Where the API is instead of at the shop, for tests.")
@OWN_BREVO_KEY
def shopify(
    shop_url: str,
    api_key: str | None,
    api_secret: str | None,
    access_token: str | None,
    api_version: str | None,
    api_url: str | None,
    brevo_api_key: str | None,
) -> None:
    """Connect a Shopify shop: with the client id and secret of an app of your own, or a permanent token."""
    config = settings()
    address, url = make_sources()["shopify"].normalise_address(shop_url)
    asked = given_settings(config, "shopify", address, {"api_version": api_version, "api_url": api_url})
    credentials: dict[str, str] = {}
    if access_token is not None:
        credentials["access_token"] = take_secret("--access-token", access_token)
    else:
        credentials["api_key"] = take_secret("--api-key", api_key)
    credentials["api_secret"] = take_secret("--api-secret", api_secret)
    for name, prefix, what in MIXED_UP:
        if credentials.get(name, "").startswith(prefix):
            raise Misuse(f"--{name.replace('_', '-')} begins with {prefix}: that is {what}. Copy the right one")
    with guarded_session(config.allow_insecure_upstreams) as http:
        read = shopify_install.read_shop(
            http, address, credentials, asked.get("api_url") or None, api_version=asked.get("api_version", "")
        )

        def finish(desk: Desk, shop: Shop) -> list[str]:
            """A token of the credentials before is of no use any more; one that was just bought is."""
            tokens = AccessTokens(desk.state, secret_box(config))
            tokens.forget(shop.id)
            if read.token is not None:
                tokens.keep(shop.id, read.token)
            Hearing(desk.state).of(shop)(None)  # it answered, or nothing would be stored
            return keep_subscriptions(config, desk, shop, http)

        connect(
            config,
            "shopify",
            address,
            url,
            credentials | own_account_key(brevo_api_key),
            Found(
                read.name,
                read.currency,
                read.detail.get("time_zone", ""),
                read.detail.get("notes", ()),
                read.detail.get("storefront", ""),
            ),
            (credentials["api_secret"],),
            {name: value for name, value in asked.items() if value},
            finish,
        )


def given_settings(config: Config, platform: str, address: str, given: Mapping[str, str | None]) -> dict[str, str]:
    """What is asked of the API: as given, else as the file says of this shop, else as it was installed.

    Read through the shop's block, so that a wrong one is refused in the same words as in the file.
    """
    sources = make_sources()
    block = blocks_by_address(config, sources).get((platform, address))
    found = {name: getattr(block[1], name) for name in given} if block else _stored(config, platform, address)
    found |= {name: value for name, value in given.items() if value is not None}
    asked = {name: found.get(name, "") for name in given}
    policy_for(config, platform, address, asked)
    return asked


def _stored(config: Config, platform: str, address: str) -> dict[str, Any]:
    if not locations(config).state.exists():
        return {}
    with open_desk(config) as desk:
        old = desk.shops.find(platform, address)
        return desk.shops.settings(old.id) if old else {}


def own_account_key(brevo_api_key: str | None) -> dict[str, str]:
    """The shop's own key for Brevo, if one is given."""
    return {} if brevo_api_key is None else {OWN_KEY: take_secret("--brevo-api-key", brevo_api_key)}


def connect(
    config: Config,
    platform: str,
    address: str,
    url: str,
    credentials: Mapping[str, str],
    found: Found,
    webhook: tuple[str, ...],
    asked: Mapping[str, Any] | None = None,
    finish: Callable[[Desk, Shop], Sequence[str]] = lambda desk, shop: (),
) -> None:
    """Store the shop that was read, and say what is left to do. Keys that stand in pages are kept.

    `asked`: settings of its block to be kept with it. `finish`: what follows once it is stored; it says what it did.
    """
    with open_desk(config, may_create=True) as desk:
        shop = desk.shops.install(to_store(desk, platform, address, url, credentials, found, webhook, asked), clock())
        click.echo(f"✓ {found.name or address} ({address}, {found.currency or 'currency not known'}) is connected.")
        for note in (*found.notes, *finish(desk, shop)):
            click.echo(f"  {note}")
        tell_next(config, desk, shop)


def to_store(
    desk: Desk,
    platform: str,
    address: str,
    url: str,
    credentials: Mapping[str, str],
    found: Found,
    webhook: tuple[str, ...] = (),
    asked: Mapping[str, Any] | None = None,
) -> NewShop:
    """The shop that was read, with the keys it has already or fresh ones."""
    old = desk.shops.find(platform, address)
    fresh = new_shop(platform, address, url)
    kept = old.secrets if old else Secrets()
    wanted = Secrets(
        webhook=webhook or kept.webhook or fresh.secrets.webhook,
        identity=kept.identity or fresh.secrets.identity,
        hook_key=kept.hook_key or fresh.secrets.hook_key,
        credentials={name: one for name, one in kept.credentials.items() if name == OWN_KEY} | dict(credentials),
    )
    stored = desk.shops.settings(old.id) if old else {}
    return replace(
        fresh,
        secrets=wanted,
        name=found.name,
        currency=found.currency,
        zone=found.zone,
        storefront=found.storefront,
        settings={**stored, **(asked or {})},
    )


def tell_next(config: Config, desk: Desk, shop: Shop) -> None:
    name = desk.shops.name_of(shop)
    place, text = snippet(shop, config.base_url, config.tracker.path)
    click.echo(f"\nWebhook address (keep it like a password):\n  {webhook_address(config.base_url, shop)}")
    if shop.platform == "woocommerce":
        click.echo(f"Webhook secret:\n  {shop.secrets.webhook[-1]}")
    click.echo(f"\nPaste into {place}:\n\n{text}")
    if not config.public_url:
        click.echo("public_url is not set: the addresses above only work on this machine.")
    click.echo(f"The shop is on `{shop.sending}`. See it: tajo connectors logs {name} --type webhook --last 24h")
    if shop.activated_at is None:
        click.echo(f"When all looks right: tajo connectors activate {name}")
