"""Ids and amounts as GraphQL and webhooks write them."""

from __future__ import annotations

import hashlib
from typing import Any

Json = dict[str, Any]


def gid(kind: str, number: int) -> str:
    return f"gid://shopify/{kind}/{number}"


def number_of(stated: str) -> int:
    """`gid://shopify/Order/12?x=1` -> 12."""
    return int(stated.rsplit("/", 1)[-1].split("?", 1)[0])


def amount(cents: int) -> str:
    return f"{cents / 100:.2f}"


def token(*parts: object) -> str:
    """32 hex digits that belong to these parts."""
    return hashlib.md5("|".join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()
