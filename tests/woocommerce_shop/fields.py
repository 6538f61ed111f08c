"""`_fields=id,billing.email`: what is left of a record."""

from __future__ import annotations

from typing import Any

from tests.woocommerce_shop.kind import Json


def wanted(stated: list[str]) -> list[list[str]]:
    """The paths asked for; [] for everything."""
    return [path.strip().split(".") for one in stated for path in one.split(",") if path.strip()]


def trimmed(record: Json, paths: list[list[str]]) -> Json:
    if not paths:
        return record
    kept: Json = {}
    for path in paths:
        _keep(record, kept, path)
    return kept


def _keep(source: Any, kept: Json, path: list[str]) -> None:
    name, rest = path[0], path[1:]
    if not isinstance(source, dict) or name not in source:
        return
    if not rest:
        kept[name] = source[name]
    elif isinstance(source[name], dict):
        below = kept.setdefault(name, {})
        if below is not source[name]:
            _keep(source[name], below, rest)
