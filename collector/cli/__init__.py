"""`tajo`: one file per group of commands, loaded when it is called.

What goes wrong on purpose (CollectorError) is one line on standard error: status 2 for wrong use, 1 for
what the machine or a shop does not give. Anything else is a fault of ours and shows where.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import click

from collector.cli.late import LateCommands
from collector.domain.errors import CollectorError, Misuse

# Command -> where it lives. In the order `tajo --help` shows them.
COMMANDS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "serve": ("collector.cli.serve", "command", "Run the web server and a worker."),
        "demo": ("collector.cli.demo", "command", "Try everything: a demo shop and a local Brevo, no account needed."),
        "worker": ("collector.cli.work", "command", "Run a worker alone; several may run at once."),
        "migrate": ("collector.cli.migrate", "command", "Make the database, or bring it up to this version."),
        "check": ("collector.cli.check", "command", "Print the settings in force and what is missing."),
        "login": ("collector.cli.login", "command", "Print a link that logs in to the dashboard, once."),
        "connectors": ("collector.cli.connectors", "command", "Connect shops; see, start, pause and remove them."),
        "brevo": ("collector.cli.brevo", "command", "Check and prepare the Brevo account."),
        "snippet": ("collector.cli.snippet", "command", "Print what to paste into a shop's pages."),
        "explain": ("collector.cli.explain", "command", "Say why somebody did (not) get a message."),
        "outbox": ("collector.cli.outbox", "command", "See and retry what Brevo is told."),
        "catalogue": ("collector.cli.catalogue", "command", "See what Brevo has of the shops' products."),
        "sessions": ("collector.cli.sessions", "command", "See who visited."),
        "events": ("collector.cli.events", "command", "See what happens in the shops."),
        "privacy": ("collector.cli.privacy", "command", "Export or erase what is held about somebody."),
        "quarantine": ("collector.cli.quarantine", "command", "See and replay what was not understood."),
    }
)


class Commands(LateCommands):
    """All of them; what goes wrong in one is told in its words."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """click's own, with our errors as one line."""
        try:
            return super().main(*args, **kwargs)
        except CollectorError as error:
            click.echo(f"tajo: {' '.join(str(error).split())}", err=True)
            sys.exit(2 if isinstance(error, Misuse) else 1)


@click.group(cls=Commands, late=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tajo-collector", prog_name="tajo")
def main() -> None:
    """Tajo Collector tells Brevo who looks at what, what lies in whose cart, and who ordered."""
