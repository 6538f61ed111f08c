"""`tajo brevo`: does the key work, is everything there that we write to, does an event arrive."""

from __future__ import annotations

import secrets
import sys

import click

from collector.bootstrap import clock
from collector.cli import brevo_webhook, history
from collector.cli.brevo_accounts import exchange, used_accounts
from collector.cli.brevo_checks import Line, checked, prepared, refused, same_account
from collector.cli.printing import as_json, clean
from collector.cli.settings import settings
from collector.destinations.brevo import setup
from collector.domain.errors import DeliveryFailed, Misuse


@click.group("brevo")
def command() -> None:
    """Check and prepare the Brevo account."""


command.add_command(history.command)


@command.command("check")
@click.option("--json", "wants_json", is_flag=True, help="For programs.")
def check(wants_json: bool) -> None:
    """Key, account, lists, attributes, mappings. Status 1 if something is wrong."""
    config = settings()
    seen: dict[str, setup.AccountSeen] = {}
    lines: list[Line] = []
    for used in used_accounts(config):
        lines += checked(config, used, seen)
        with exchange(config, used.account) as calls:
            lines.append(brevo_webhook.checked(config, calls))
    _tell([*lines, *same_account(seen)], wants_json)


@command.command("setup")
@click.option("--activate-ecommerce", is_flag=True, help="Also switch on what products and orders need.")
def prepare(activate_ecommerce: bool) -> None:
    """Make the attributes and the lists (those given by name) that are missing. Nothing is changed or deleted."""
    config = settings()
    lines: list[Line] = []
    for used in used_accounts(config):
        lines += prepared(config, used)
        with exchange(config, used.account) as calls:
            lines.append(brevo_webhook.prepared(config, calls))
        if not activate_ecommerce:
            continue
        with exchange(config, used.account) as calls:
            try:
                setup.activate_ecommerce(calls)
                lines.append(Line(True, f"{used.account.name}: the e-commerce app is on in about five minutes"))
            except DeliveryFailed as failed:
                lines.append(refused(used.account.name, failed))
    _tell(lines, wants_json=False)


@command.command("test-event")
@click.option("--email", help="Whose event; the account's own address otherwise. Must be a contact there.")
def test_event(email: str | None) -> None:
    """Send the event `tajo_test`, which starts nothing by itself."""
    config = settings()
    lines = []
    for used in used_accounts(config):
        with exchange(config, used.account) as calls:
            try:
                address = email or setup.read_account(calls).email
                if not address:
                    raise Misuse("--email: say whose event it shall be; this key may not read the account's address")
                setup.send_test_event(calls, address, secrets.token_hex(8), clock())
            except DeliveryFailed as failed:
                lines.append(refused(used.account.name, failed))
                continue
        lines.append(
            Line(True, f"{used.account.name}: {setup.TEST_EVENT} for {address} was taken; see Brevo > Contacts")
        )
    _tell(lines, wants_json=False)


def _tell(lines: list[Line], wants_json: bool) -> None:
    if wants_json:
        as_json([{"ok": line.is_good, "says": line.says, "cure": line.cure} for line in lines])
    else:
        for line in lines:
            sign = "·" if line.is_note else "✓" if line.is_good else "✗"
            click.echo(f"{sign} {clean(line.says)}{f': {clean(line.cure)}' if line.cure else ''}")
    sys.exit(0 if all(line.is_good for line in lines) else 1)
