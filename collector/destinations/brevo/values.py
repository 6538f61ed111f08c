"""Values as Brevo takes them: no nulls, no infinities, keys of [A-Za-z0-9_-], at most so many bytes."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

LONGEST_KEY = 255
LONGEST_TEXT = 500  # of a text when everything does not fit
DEEPEST = 20
KEPT = ("event_id", "abandonment_id")  # by these an event is found again


def text(value: str) -> str:
    """Without halves of surrogate pairs, which UTF-8 cannot carry."""
    return value.encode("utf-8", "replace").decode()


def value(given: Any, depth: int = 0) -> Any:
    """The value, or None where there is nothing to send."""
    if isinstance(given, str):
        return text(given)
    if isinstance(given, bool | int):
        return given
    if isinstance(given, float):
        return given if math.isfinite(given) else None
    if depth >= DEEPEST:
        return None
    if isinstance(given, Mapping):
        return properties(given, depth + 1)
    if isinstance(given, list | tuple):
        return [one for one in (value(each, depth + 1) for each in given) if one is not None]
    return None


def properties(given: Mapping[str, Any], depth: int = 0) -> dict[str, Any]:
    """A map without what has no value. Characters a key may not have become `_`."""
    found: dict[str, Any] = {}
    for name, one in given.items():
        key = re.sub(r"[^A-Za-z0-9_-]", "_", str(name))[:LONGEST_KEY]
        cleaned = value(one, depth)
        if key and cleaned is not None:
            found[key] = cleaned
    return found


def size(given: Any) -> int:
    """Bytes as sent."""
    return len(json.dumps(given, ensure_ascii=False, separators=(",", ":")).encode())


def fitting(given: dict[str, Any], most: int) -> dict[str, Any]:
    """The same in at most `most` bytes; `items_left_out` says how many items are missing, `is_cut` that others are.

    Items go first, from the end; then long texts are cut; then the largest properties go, never our ids.
    """
    if size(given) <= most:
        return given
    trimmed = dict(given)
    items = trimmed.get("items")
    if isinstance(items, list) and items:
        trimmed = _fewer_items(trimmed, items, most)
        if size(trimmed) <= most:
            return trimmed
    trimmed = {
        key: one[:LONGEST_TEXT] if isinstance(one, str) and key not in KEPT else one for key, one in trimmed.items()
    } | {"is_cut": True}
    while size(trimmed) > most:
        others = [key for key in trimmed if key not in (*KEPT, "is_cut", "items_left_out")]
        if not others:
            return {key: one[:LONGEST_KEY] if isinstance(one, str) else one for key, one in trimmed.items()}
        del trimmed[max(others, key=lambda key: size(trimmed[key]))]
    return trimmed


def _fewer_items(given: dict[str, Any], items: list[Any], most: int) -> dict[str, Any]:
    """As many of the first items as fit, perhaps none."""
    rest = size({**given, "items": [], "items_left_out": len(items)})
    kept = 0
    for item in items:
        rest += size(item) + 1
        if rest > most:
            break
        kept += 1
    return {**given, "items": items[:kept], "items_left_out": len(items) - kept}
