"""Telling whether two records say the same: a hash over their content.

`dataclasses.asdict` copies everything it meets, which took most of the time; here nothing is copied.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, is_dataclass
from typing import Any

ADDED = ("properties",)  # fields that came later: left out while empty, so that what was kept before hashes alike


def plain(record: Any) -> dict[str, Any]:
    """The fields of a dataclass by name; what is inside them stays as it is."""
    said = {field.name: getattr(record, field.name) for field in fields(record)}
    for name in ADDED:
        if name in said and not said[name]:
            del said[name]
    return said


def fingerprint(content: Any) -> str:
    """32 hex digits. `content`: JSON, with dataclasses and anything that has a text for itself inside."""
    text = json.dumps(content, sort_keys=True, default=_plainer, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _plainer(value: Any) -> Any:
    return plain(value) if is_dataclass(value) else str(value)
