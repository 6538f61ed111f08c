"""What a shop's mapping reads of a customer beside the fields every record has: meta data, the shipping address.

Plugins keep texts, lists, maps and JSON in a text under one key. `meta_data.prefs.colour` is the key `prefs.colour`,
else `colour` inside `prefs`; a number is a place in a list (`meta_data.children.0.name`), a name in a list of maps is
that of all of them. Several values become one text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from collector.domain.mapping import SHIPPING
from collector.domain.ports import Addresses
from collector.sources.woocommerce.parse_values import as_object, meta, plain, text

META = "meta_data"
LONGEST = 1000
THEIRS = {"region": "state"}  # their names for fields of an address
Kept = str | int | float | bool


class _Missing:
    """Nothing is there; null is something."""


MISSING = _Missing()


def extras(
    body: Mapping[str, Any], wanted: Mapping[str, bool], country: str, addresses: Addresses
) -> dict[str, Kept] | None:
    """Wanted name -> value, only those that are there; None where this body does not carry them.

    `wanted`: whether it is a phone number, by name. `country`: whose numbers they are.
    """
    has_meta = any(name.startswith(f"{META}.") for name in wanted)
    if not wanted or (has_meta and META not in body):
        return None
    kept, shipping = meta(body) if has_meta else {}, as_object(body.get("shipping"))
    found: dict[str, Kept] = {}
    for name, is_phone in wanted.items():
        block, _, path = name.partition(".")
        value = shipping.get(THEIRS.get(path, path), MISSING) if block == SHIPPING else at(kept, path)
        if value is MISSING:
            continue
        said = in_words(value)
        fit = addresses.phone(str(said), country) if is_phone else said
        if fit is not None:
            found[name] = fit
    return found


def at(kept: Mapping[str, Any], path: str) -> Any:
    """MISSING if nothing is there. A key may have dots itself: the longest that is there counts."""
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        key = ".".join(parts[:length])
        if key in kept:
            return _inside(kept[key], parts[length:])
    return MISSING


def in_words(value: object) -> Kept:
    """ "" for a map: nobody knows what of it is meant."""
    if isinstance(value, bool):
        return value
    listed = _listed(value)
    if listed is None:
        return plain(value, LONGEST)
    words = (plain("yes" if one else "no") if isinstance(one, bool) else plain(one, LONGEST) for one in listed)
    return ", ".join(word for word in words if word)[:LONGEST]


def _inside(value: object, parts: Sequence[str]) -> Any:
    if not parts:
        return value
    opened = _opened(value)
    name, rest = parts[0], parts[1:]
    if isinstance(opened, dict):
        if name in opened:
            return _inside(opened[name], rest)
        return MISSING
    if not isinstance(opened, list):
        return MISSING
    if name.isascii() and name.isdigit():
        return _inside(opened[int(name)], rest) if int(name) < len(opened) else MISSING
    return list(_each(opened, parts)) or MISSING


def _each(entries: Sequence[object], parts: Sequence[str]) -> Iterator[Any]:
    for entry in entries:
        found = _inside(entry, parts)
        if found is not MISSING:
            yield found


def _opened(value: object) -> object:
    """JSON in a text is what it says."""
    if not isinstance(value, str) or value[:1] not in ("{", "["):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError):
        return value


def _listed(value: object) -> list[Any] | None:
    """None for what is no list. PHP writes a list with gaps as a map of numbers."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return list(value.values()) if all(text(key).isdigit() for key in value) else []
    return None
