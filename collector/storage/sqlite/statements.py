"""Named SQL statements from `queries/*.sql`.

A file is a list of statements, each under a line `-- name: <name>`; the comments below the name say why.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

_FOLDER = Path(__file__).parent / "queries"
_NAME = re.compile(r"^-- name: (\w+)[ \t]*$", re.MULTILINE)


@cache
def statements(thing: str) -> Mapping[str, str]:
    """The statements of `queries/<thing>.sql` by name. Raises ValueError for a name given twice."""
    parts = _NAME.split((_FOLDER / f"{thing}.sql").read_text(encoding="utf-8"))
    found: dict[str, str] = {}
    for name, text in zip(parts[1::2], parts[2::2], strict=True):
        if name in found:
            raise ValueError(f"queries/{thing}.sql names {name} twice")
        found[name] = text.strip()
    return MappingProxyType(found)
