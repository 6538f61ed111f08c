"""How a setting is declared: name, kind, default and meaning on one line, in a dataclass.

The same lines make the typed value, the messages, `tajo check` and the table in the README. A trailing
underscore in a field's name is there for Python's sake (`from_`) and no part of the key.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from collector.config.kinds import Kind

T = TypeVar("T")
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Declared:
    """What one field of a settings class says about itself."""

    name: str  # as written in the file
    field: str  # as named in the class
    meaning: str
    kind: Kind[Any] | None = None
    default: Any = None  # as it would be written in the file
    is_secret: bool = False
    section: type[Any] | None = None
    is_many: bool = False  # a block, or a list of blocks
    has_switch: bool = False  # true/false may stand for {enabled: …}


def setting(kind: Kind[T], default: Any, meaning: str, *, secret: bool = False) -> T:
    """A value. `default` is written as in the file and read by the kind."""
    made: T = dataclasses.field(
        default_factory=lambda: kind.read(default),
        repr=not secret,
        metadata={"kind": kind, "default": default, "meaning": meaning, "secret": secret},
    )
    return made


def section(of: type[S], meaning: str, *, switch: bool = False) -> S:
    """A group of settings. With `switch`, true/false alone means {enabled: true/false}."""
    metadata = {"section": of, "meaning": meaning, "switch": switch}
    made: S = dataclasses.field(default_factory=of, metadata=metadata)
    return made


def blocks(of: type[S], meaning: str) -> tuple[S, ...]:
    """One block or a list of them."""
    metadata = {"section": of, "meaning": meaning, "many": True}
    return cast("tuple[S, ...]", dataclasses.field(default_factory=tuple, metadata=metadata))


def override(of: type[S], meaning: str) -> S | None:
    """A group that may differ for one shop; what it leaves out is as for all shops."""
    return cast("S | None", dataclasses.field(default=None, metadata={"section": of, "meaning": meaning}))


def declared(of: type[Any]) -> list[Declared]:
    """The settings of a class, in the order they are written."""
    return [
        Declared(
            name=field.name.rstrip("_"),
            field=field.name,
            meaning=field.metadata["meaning"],
            kind=field.metadata.get("kind"),
            default=field.metadata.get("default"),
            is_secret=field.metadata.get("secret", False),
            section=field.metadata.get("section"),
            is_many=field.metadata.get("many", False),
            has_switch=field.metadata.get("switch", False),
        )
        for field in dataclasses.fields(of)
        if "meaning" in field.metadata
    ]


def every_setting(of: type[Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Declared]]:
    """(path, what it says) of each setting and group under `of`, groups before what is in them."""
    for one in declared(of):
        here = (*path, one.name)
        yield here, one
        if one.section is not None:
            yield from every_setting(one.section, here)
