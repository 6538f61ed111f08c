"""How a secret comes in: asked on a terminal, from standard input (`-`), or as a flag with a warning."""

from __future__ import annotations

import sys

import click

from collector.domain.errors import Misuse

LONGEST = 1000


def take_secret(flag: str, given: str | None, *, has_blanks: bool = False) -> str:
    """The value of the secret that `flag` names. Raises Misuse when there is none to take or it is none.

    `has_blanks`: it is shown in groups, which are joined."""
    if given is None:
        if not sys.stdin.isatty():
            raise Misuse(f"{flag} is missing; give it, or {flag} - to read it from standard input")
        value = click.prompt(flag.removeprefix("--").replace("-", " "), hide_input=True, err=True)
    elif given == "-":
        value = sys.stdin.readline()
    else:
        value = given
        if click.get_current_context().get_parameter_source(_name_of(flag)) is _FLAG:
            click.echo(f"tajo: {flag} stays in the shell's history; `{flag} -` reads standard input", err=True)
    value = "".join(value.split()) if has_blanks else value.strip()
    if not value:
        raise Misuse(f"{flag} is empty; copy it again from the shop")
    if len(value) > LONGEST or not value.isascii() or not value.isprintable() or " " in value:
        raise Misuse(f"{flag} holds characters no key has; copy it again from the shop")
    return value


_FLAG = click.core.ParameterSource.COMMANDLINE


def _name_of(flag: str) -> str:
    return flag.removeprefix("--").replace("-", "_")
