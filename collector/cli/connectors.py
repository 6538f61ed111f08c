"""`tajo connectors …`: which shops there are, and what may be done for each."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

import click

from collector.bootstrap import Desk, clock, open_desk
from collector.bootstrap.shops import webhook_address
from collector.cli.late import LateCommands
from collector.cli.printing import as_json, table
from collector.cli.settings import settings
from collector.domain.errors import Misuse
from collector.domain.shop import Sending, Shop
from collector.domain.timestamps import to_text
from collector.storage.sqlite import reports

LATE = MappingProxyType(
    {
        "install": ("collector.cli.install", "command", "Connect a shop, or give a connected one new credentials."),
        "link": ("collector.cli.connect_link", "command", "Print a link that connects a shop by one click, once."),
        "logs": ("collector.cli.logs", "command", "See what arrived or left, and what became of it."),
        "test": (
            "collector.cli.connector_test",
            "command",
            "Look at the connection: what works, and what does not.",
        ),
        "rotate": ("collector.cli.rotate", "command", "Give a shop another identity key or webhook secret."),
        "remove": ("collector.cli.remove", "command", "Take down a shop's webhooks and close its doors."),
        "sync": ("collector.cli.syncing", "command", "Read a shop's records."),
        "status": ("collector.cli.shop_status", "status", "Say how a shop stands."),
        "history": ("collector.cli.shop_status", "history", "List a shop's readings."),
    }
)


@click.group("connectors", cls=LateCommands, late=LATE)
def command() -> None:
    """Connect shops; see, start, pause and remove them.

    NAME is `shopify` or `woocommerce` while there is one shop of that kind, else its address.
    """


@command.command("list")
@click.option("--json", "wants_json", is_flag=True, help="For programs.")
@click.option("--reveal", is_flag=True, help="With the secrets; on a terminal only.")
def list_shops(wants_json: bool, reveal: bool) -> None:
    """The shops, what they send and how much is known."""
    if reveal and not sys.stdout.isatty():
        raise Misuse("--reveal prints secrets, so it works on a terminal only")
    config = settings()
    with open_desk(config) as desk:
        shops = desk.shops.all()
        lines = [_described(desk, shop, shops) for shop in shops]
        if reveal:
            for line, shop in zip(lines, shops, strict=True):
                line |= {
                    "webhook_address": webhook_address(config.base_url, shop),
                    "webhook_secret": list(shop.secrets.webhook),
                    "identity_key": list(shop.secrets.identity),
                    "credentials": dict(shop.secrets.credentials),
                }
    if wants_json or reveal:
        as_json(lines)
        return
    columns = ["name", "address", "sending", "enabled", "from", "events", "last_event_at", "quarantined"]
    table(columns, ([line[column] for column in columns] for line in lines))
    if not lines:
        click.echo("no shop is connected yet: `tajo connectors install` does that")


def _described(desk: Desk, shop: Shop, shops: Sequence[Shop]) -> dict[str, Any]:
    counts = reports.counts_of_shop(desk.state, shop.id)
    return {
        "name": desk.shops.name_of(shop),
        "title": desk.shops.display_name(shop.id),
        "platform": shop.platform,
        "address": shop.address,
        "url": shop.url,
        "storefront": shop.storefront,
        "currency": shop.currency,
        "site_key": shop.site_key,
        "sending": shop.sending.value,
        "enabled": shop.is_enabled,
        "from": shop.origin,
        "installed_at": to_text(shop.installed_at) if shop.installed_at else None,
        "activated_at": to_text(shop.activated_at) if shop.activated_at else None,
        "uninstalled_at": to_text(shop.uninstalled_at) if shop.uninstalled_at else None,
        "events": counts.events,
        "last_event_at": counts.last_event_at,
        "quarantined": counts.quarantined,
    }


@command.command("observe")
@click.argument("name")
def observe(name: str) -> None:
    """Decide and log everything, send nothing."""
    _send(name, Sending.OBSERVE)


@command.command("activate")
@click.argument("name")
def activate(name: str) -> None:
    """Let messages out, for what happens from now on."""
    _send(name, Sending.LIVE)


@command.command("pause")
@click.argument("name")
def pause(name: str) -> None:
    """Decide nothing and send nothing; what arrives is still stored."""
    _send(name, Sending.OFF)


def _send(name: str, sending: Sending) -> None:
    with open_desk(settings()) as desk:
        shop = desk.shops.by_name(name)
        desk.shops.send(shop.id, sending, clock())
        click.echo(f"{shop.address}: {sending.value}")
