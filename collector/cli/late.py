"""Commands that are loaded when they are called: whoever lists shops does not wait for what installs them."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click


class LateCommands(click.Group):
    """A group some of whose commands lie elsewhere. `late`: name -> (module, the command there, what it does)."""

    def __init__(self, *args: Any, late: Mapping[str, tuple[str, str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._late = late

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*self._late, *self.commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._late:
            return super().get_command(ctx, cmd_name)
        module, name, _ = self._late[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        here = [(name, command.get_short_help_str(limit=200)) for name, command in self.commands.items()]
        with formatter.section("Commands"):
            formatter.write_dl([*((name, says) for name, (_, _, says) in self._late.items()), *here])
