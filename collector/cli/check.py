"""`tajo check`: the settings in force, and what is missing or stands still, with its cure."""

from __future__ import annotations

import sys

import click

from collector.bootstrap import clock, locations, open_desk
from collector.bootstrap.live import subscription_troubles
from collector.bootstrap.relocking import left_behind
from collector.cli.brevo_accounts import mapping_problems
from collector.cli.outbox import TOLD_FOR, in_words, still_to_erase
from collector.cli.printing import as_json, clean
from collector.cli.privacy_requests import overdue
from collector.cli.settings import settings
from collector.config import Config, accesses
from collector.config.describing import in_force, markdown
from collector.config.rules import Mail
from collector.domain.errors import Unready
from collector.storage.sqlite.outbox import Outbox


@click.command("check")
@click.option("--markdown", "as_markdown", is_flag=True, help="The table of all settings, for a document.")
@click.option("--json", "wants_json", is_flag=True, help="For programs.")
def command(as_markdown: bool, wants_json: bool) -> None:
    """Print the settings in force (secrets masked), what is missing and what stands still. Status 1 for either."""
    if as_markdown:
        click.echo(markdown(), nl=False)
        return
    config = settings()
    lines, missing = in_force(config), [*what_is_missing(config), *what_is_stopped(config), *what_is_not_heard(config)]
    unsafe = what_is_unsafe(config)
    if wants_json:
        as_json(
            {
                "file": str(config.file) if config.file else None,
                "database": str(locations(config).state),
                "settings": {line.key: line.value for line in lines},
                "missing": [{"what": what, "cure": cure} for what, cure in missing],
                "warnings": [{"what": what, "cure": cure} for what, cure in unsafe],
            }
        )
    else:
        click.echo(f"file: {config.file or 'none (tajo.yml or TAJO_CONFIG)'}")
        click.echo(f"database: {locations(config).state}")
        for line in lines:
            click.echo(f"{line.key}: {clean(line.value)}{'' if line.is_default else '   (set)'}")
        for what, cure in missing:
            click.echo(f"✗ {what}: {cure}")
        for what, cure in unsafe:
            click.echo(f"! {what}: {cure}")
        if not missing:
            click.echo("✓ nothing is missing")
    sys.exit(1 if missing else 0)


def what_is_missing(config: Config) -> list[tuple[str, str]]:
    """(what, cure), in the order to mend them."""
    found: list[tuple[str, str]] = []
    if not config.public_url and not config.bind.is_loopback:
        found.append(("public_url", "set the address under which the internet reaches this server"))
    if not locations(config).state.parent.is_dir():
        found.append(("database", f"make the folder {locations(config).state.parent}"))
    elif not locations(config).state.exists():
        found.append(("database", "`tajo serve` or `tajo migrate` makes it"))
    if not accesses(config):
        found.append(("brevo.api_key", "set BREVO_API_KEY; without it nothing can be told to Brevo"))
    cure = "correct the mapping; the field is not written"
    found += [(f"{key}: {problem}", cure) for key, problem in mapping_problems(config)]
    blocks = [*config.connectors.shopify, *config.connectors.woocommerce]
    if any(wants_notice(one) for one in (config.mail, *(block.mail for block in blocks if block.mail is not None))):
        cure = "set the day since which customers are told, when they order, that they may be written to"
        found.append(("mail.notice_since: without it nobody is an existing customer", cure))
    cure = "give its credentials in the file, or run `tajo connectors install`"
    found += [(f"credentials of {block.given_address}", cure) for block in blocks if not block.credentials]
    return found


def what_is_stopped(config: Config) -> list[tuple[str, str]]:
    """(what, cure) for every account that refuses what it is told, and for what was given up and has to be done."""
    if not locations(config).state.exists():
        return []
    try:
        with open_desk(config) as desk:
            outbox = Outbox(desk.state)
            stopped, not_deleted = outbox.stopped(), outbox.not_deleted(clock() - TOLD_FOR)
        return [*in_words(stopped), *still_to_erase(not_deleted), *overdue(config)]
    except Unready as trouble:
        return [("database", str(trouble))]


def what_is_not_heard(config: Config) -> list[tuple[str, str]]:
    """(what, cure) of webhooks that a shop does not send us."""
    if not locations(config).state.exists():
        return []
    try:
        with open_desk(config) as desk:
            return subscription_troubles(desk)
    except Unready:  # said already
        return []


def what_is_unsafe(config: Config) -> list[tuple[str, str]]:
    """(what, cure) of what is so on purpose and ought not to stay."""
    if not locations(config).state.exists():
        return []
    try:
        with open_desk(config) as desk:
            lax = [shop.address for shop in desk.shops.all() if not shop.policy.verify_ssl]
        behind = left_behind(config)
    except Unready:  # said already
        return []
    cure = "whoever is on the way can read the keys: take verify_ssl: false away, it is only for tests"
    return [*behind, *((f"the certificate of {address} is not checked", cure) for address in lax)]


def wants_notice(mail: Mail) -> bool:
    """Whether it means to write to existing customers and does not say since when they are told of it."""
    return mail.notice_since is None and "existing_customers" in (mail.basis, *mail.regions.values())
