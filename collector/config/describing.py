"""The settings in force as lines for a person, secrets masked, and the README's table of all settings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from decimal import Decimal
from typing import Any

from collector.config.declaring import Declared, declared, every_setting
from collector.config.environment import variable_of
from collector.config.settings import Config

MASK = "(set, kept secret)"


@dataclass(frozen=True, slots=True)
class Line:
    """`value` is plain JSON, or MASK; `is_default` says it is what the program would do anyhow."""

    key: str
    value: Any
    is_default: bool


def in_force(config: Config) -> list[Line]:
    """Every setting of the program and of each configured shop."""
    return list(_lines(config, ""))


def _lines(values: Any, path: str) -> Iterator[Line]:
    for one in declared(type(values)):
        key = f"{path}.{one.name}" if path else one.name
        value = getattr(values, one.field)
        if one.section is None:
            yield Line(key, _shown(one, value), value == _default(one))
        elif one.is_many:
            for place, block in enumerate(value):
                yield from _lines(block, f"{key}[{place}]" if len(value) > 1 else key)
        elif value is not None:
            yield from _lines(value, key)


def _default(one: Declared) -> Any:
    assert one.kind is not None
    return one.kind.read(one.default)


def _shown(one: Declared, value: Any) -> Any:
    if one.is_secret:
        return MASK if value else ""
    return plain(value)


def plain(value: Any) -> Any:
    """A setting's value as JSON knows values."""
    if isinstance(value, timedelta):
        return _duration_text(value)
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    if isinstance(value, Decimal):
        return str(value)
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def _duration_text(value: timedelta) -> str:
    seconds = value.total_seconds()
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{int(seconds // size)}{unit}"
    return f"{seconds:g}s"


def markdown() -> str:
    """The table of all settings: key, variable, default, what is allowed, meaning."""
    rows = ["| key | variable | default | allowed | meaning |", "|---|---|---|---|---|"]
    for path, one in every_setting(Config):
        cells = [f"`{'.'.join(path)}`", f"`{variable_of(path)}`"]
        if one.kind is None:
            allowed = (
                "a block or a list of blocks" if one.is_many else "a map, or true/false" if one.has_switch else "a map"
            )
            cells += ["", allowed, one.meaning]
        else:
            default = "" if one.default in ("", None, [], {}) else f"`{_written(one.default)}`"
            cells += [default, one.kind.allowed, one.meaning]
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def _written(default: Any) -> str:
    return default if isinstance(default, str) else json.dumps(default)
