"""From plain values to typed settings. What is wrong raises Misuse: place, key, value, what is allowed."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import yaml

from collector.config.declaring import Declared, declared
from collector.config.document import FromEnvironment, Path_
from collector.config.kinds import Kind, NotThere
from collector.domain.errors import Misuse

S = TypeVar("S")


@dataclasses.dataclass(frozen=True, slots=True)
class Origin:
    """Where values come from, for messages: a file's name and lines, and variables that replaced values."""

    name: str
    lines: Mapping[Path_, int] = dataclasses.field(default_factory=dict)
    variables: Mapping[Path_, str] = dataclasses.field(default_factory=dict)

    def place(self, path: Path_) -> str:
        """`tajo.yml:12: abandonment.cart.after`, or `TAJO_BIND`."""
        for length in range(len(path), 0, -1):
            if variable := self.variables.get(path[:length]):
                rest = dotted(path[length:])
                return f"{variable}: {rest}" if rest else variable
        line = next((self.lines[path[:n]] for n in range(len(path), -1, -1) if path[:n] in self.lines), None)
        return f"{self.name}:{line}: {dotted(path)}" if line else f"{self.name}: {dotted(path)}"


def dotted(path: Path_) -> str:
    """('connectors', 'shopify', 1, 'enabled') -> connectors.shopify[1].enabled"""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """` (did you mean X?)`, or nothing."""
    close = difflib.get_close_matches(word, list(words), n=1, cutoff=0.6)
    return f" (did you mean {close[0]}?)" if close else ""


def read_section(of: type[S], raw: Any, path: Path_, origin: Origin, base: S | None = None, defaults: Any = None) -> S:
    """`raw` (a map) as an `of`; what it leaves out is as in `base`, else the default.

    `defaults` is the whole configuration while a shop's block is read: groups that may differ per shop
    (brevo, abandonment, consent, mail) start from there.
    """
    raw = _opened(raw)
    if raw is None:
        raw = {}
    if not isinstance(raw, dict):
        raise Misuse(f"{origin.place(path)}: {shown(raw)} is not allowed; a map of settings is")
    known = {one.name: one for one in declared(of)}
    values: dict[str, Any] = {}
    for name, value in raw.items():
        here = (*path, name)
        if name not in known:
            close = did_you_mean(name, known)
            raise Misuse(f"{origin.place(here)}: no such setting{close}; allowed: {', '.join(known)}")
        values[known[name].field] = _read_one(known[name], value, here, origin, base, defaults)
    if base is not None:
        return dataclasses.replace(base, **values)  # type: ignore[type-var]
    return of(**values)


def _read_one(one: Declared, value: Any, path: Path_, origin: Origin, base: Any, defaults: Any) -> Any:
    if one.section is None:
        assert one.kind is not None
        return read_value(one.kind, value, path, origin, one)
    value = _opened(value)
    if one.is_many:
        if not isinstance(value, list):
            return (read_section(one.section, value, path, origin, defaults=defaults),)
        return tuple(
            read_section(one.section, block, (*path, place), origin, defaults=defaults)
            for place, block in enumerate(value)
        )
    if one.has_switch and isinstance(value, bool):
        value = {"enabled": value}
    start = getattr(base, one.field, None) or (getattr(defaults, one.field, None) if defaults is not None else None)
    if not isinstance(start, one.section):
        start = None
    return read_section(one.section, value, path, origin, start, defaults)


def read_value(kind: Kind[Any], value: Any, path: Path_, origin: Origin, one: Declared) -> Any:
    """One value by its kind. Raises Misuse, which never shows a secret."""
    try:
        return kind.read(str(value) if isinstance(value, FromEnvironment) and kind.takes_text else _opened(value))
    except NotThere as wrong:
        place, given = (
            origin.place((*path, *wrong.below)),
            "the value (kept secret)" if one.is_secret else shown(wrong.value),
        )
        raise Misuse(f"{place}: {given} is not allowed; {wrong.said}") from None
    except (ValueError, yaml.YAMLError):
        given = "the value (kept secret)" if one.is_secret else shown(value)
        raise Misuse(f"{origin.place(path)}: {given} is not allowed; allowed: {kind.allowed}. {one.meaning}") from None


def _opened(value: Any) -> Any:
    """Text from the environment read as YAML; anything else as it is."""
    if not isinstance(value, FromEnvironment):
        return value
    try:
        return yaml.safe_load(str(value))
    except yaml.YAMLError:
        return str(value)


def shown(value: Any) -> str:
    """The value in a message: on one line, not endless."""
    text = repr(str(value)) if isinstance(value, str) else repr(value)
    return text if len(text) <= 120 else text[:119] + "…"
