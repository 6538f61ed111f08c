"""`tajo`: one file per group of commands, loaded when it is called.

What goes wrong on purpose (CollectorError) is one line on standard error: status 2 for wrong use, 1 for
what the machine or a shop does not give. Anything else is a fault of ours and shows where.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import click

from collector.domain.errors import CollectorError, Misuse

# Command -> where it lives. In the order `tajo --help` shows them.
COMMANDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "serve": ("collector.cli.serve", "Run the web server and a worker."),
        "demo": ("collector.cli.demo", "Try everything: a demo shop and a local Brevo, no account needed."),
        "worker": ("collector.cli.work", "Run a worker alone; several may run at once."),
        "migrate": ("collector.cli.migrate", "Make the database, or bring it up to this version."),
        "check": ("collector.cli.check", "Print the settings in force and what is missing."),
        "login": ("collector.cli.login", "Print a link that logs in to the dashboard, once."),
        "connectors": ("collector.cli.connectors", "Connect shops; see, start, pause and remove them."),
        "brevo": ("collector.cli.brevo", "Check and prepare the Brevo account."),
        "snippet": ("collector.cli.snippet", "Print what to paste into a shop's pages."),
        "explain": ("collector.cli.explain", "Say why somebody did (not) get a message."),
        "outbox": ("collector.cli.outbox", "See and retry what Brevo is told."),
        "catalogue": ("collector.cli.catalogue", "See what Brevo has of the shops' products."),
        "sessions": ("collector.cli.sessions", "See who visited."),
        "events": ("collector.cli.events", "See what happens in the shops."),
        "privacy": ("collector.cli.privacy", "Export or erase what is held about somebody."),
        "quarantine": ("collector.cli.quarantine", "See and replay what was not understood."),
    }
)


class Commands(click.Group):
    """Loads the file of a command when it is called, so that `serve` does not wait for the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _ = COMMANDS[cmd_name]
        command: click.Command = importlib.import_module(module).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, says) for name, (_, says) in COMMANDS.items()])

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """click's own, with our errors as one line."""
        try:
            return super().main(*args, **kwargs)
        except CollectorError as error:
            click.echo(f"tajo: {' '.join(str(error).split())}", err=True)
            sys.exit(2 if isinstance(error, Misuse) else 1)


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tajo-collector", prog_name="tajo")
def main() -> None:
    """Tajo Collector tells Brevo who looks at what, what lies in whose cart, and who ordered."""
