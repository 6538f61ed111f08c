"""How answers look on a terminal: columns, ages, durations. Programs use --json instead."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import click

from collector.domain.errors import Misuse

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def clean(value: object) -> str:
    """Text from a browser or shop without what could steer the terminal; None is a dash."""
    return "-" if value is None or value == "" else _CONTROL.sub("·", str(value))


def is_at_a_terminal() -> bool:
    return sys.stdout.isatty()


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Columns as wide as needed; nothing at all without rows."""
    cells = [[clean(cell) for cell in row] for row in rows]
    if not cells:
        return
    widths = [max(len(row[column]) for row in [list(heads), *cells]) for column in range(len(heads))]
    for row in [list(heads), *cells]:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def pairs(values: Mapping[str, object]) -> None:
    """`name: value` lines."""
    for name, value in values.items():
        click.echo(f"{name}: {clean(value)}")


def as_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def as_json_line(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False))


def period(text: str) -> timedelta:
    """`24h` -> a day. Raises Misuse."""
    match = re.fullmatch(r"(\d{1,6})([smhd])", text.strip())
    if match is None:
        raise Misuse(f"--last {text!r} is no period; give a number with s, m, h or d such as 24h")
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]])
