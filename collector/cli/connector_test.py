"""`tajo connectors test NAME`: does the connection work, line by line, each ✗ with its cause and its cure."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from collector.bootstrap import open_desk
from collector.bootstrap.diagnosing import look_at
from collector.cli.printing import as_json, clean
from collector.cli.settings import settings
from collector.domain.diagnosis import Check
from collector.outgoing.guard import guarded_session


@click.command("test")
@click.argument("name")
@click.option("--json", "wants_json", is_flag=True, help="For programs.")
def command(name: str, wants_json: bool) -> None:
    """Try the connection to a shop; nothing is changed there. Status 1 if anything does not work."""
    config = settings()
    with open_desk(config) as desk, guarded_session(config.allow_insecure_upstreams) as http:
        shop = desk.shops.by_name(name)
        checks = look_at(config, desk, shop, http)
    if wants_json:
        as_json({"shop": shop.address, "platform": shop.platform, "checks": [_as_json(check) for check in checks]})
    else:
        _print(checks)
    sys.exit(0 if all(check.is_good for check in checks) else 1)


def _print(checks: Sequence[Check]) -> None:
    for check in checks:
        note, is_sentence = clean(check.note), check.note.endswith(".")
        in_line = f" ({note})" if check.note and not is_sentence else ""
        click.echo(f"{'✓' if check.is_good else '✗'} {check.title}{in_line}")
        if is_sentence:
            click.echo(f"    {note}")
        if not check.is_good:
            click.echo(f"    {clean(check.cause)}")
            if check.cure:
                click.echo(f"    → {clean(check.cure)}")


def _as_json(check: Check) -> dict[str, object]:
    plain: dict[str, object] = {"name": check.name, "title": check.title, "ok": check.is_good}
    more = {"cause": check.cause, "cure": check.cure, "note": check.note}
    return plain | {name: value for name, value in more.items() if value}
