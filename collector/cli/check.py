"""`tajo check`: the settings in force, and what is missing with its cure."""

from __future__ import annotations

import sys

import click

from collector.bootstrap import locations
from collector.cli.printing import as_json, clean
from collector.cli.settings import settings
from collector.config import Config
from collector.config.describing import in_force, markdown


@click.command("check")
@click.option("--markdown", "as_markdown", is_flag=True, help="The table of all settings, for a document.")
@click.option("--json", "wants_json", is_flag=True, help="For programs.")
def command(as_markdown: bool, wants_json: bool) -> None:
    """Print the settings in force (secrets masked) and what is missing. Status 1 if something is."""
    if as_markdown:
        click.echo(markdown(), nl=False)
        return
    config = settings()
    lines, missing = in_force(config), what_is_missing(config)
    if wants_json:
        as_json(
            {
                "file": str(config.file) if config.file else None,
                "database": str(locations(config).state),
                "settings": {line.key: line.value for line in lines},
                "missing": [{"what": what, "cure": cure} for what, cure in missing],
            }
        )
    else:
        click.echo(f"file: {config.file or 'none (tajo.yml or TAJO_CONFIG)'}")
        click.echo(f"database: {locations(config).state}")
        for line in lines:
            click.echo(f"{line.key}: {clean(line.value)}{'' if line.is_default else '   (set)'}")
        for what, cure in missing:
            click.echo(f"✗ {what}: {cure}")
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
    if not config.brevo.api_key:
        found.append(("brevo.api_key", "set BREVO_API_KEY; without it nothing can be told to Brevo"))
    blocks = [*config.connectors.shopify, *config.connectors.woocommerce]
    cure = "give its credentials in the file, or run `tajo connectors install`"
    found += [(f"credentials of {block.given_address}", cure) for block in blocks if not block.credentials]
    return found
