"""The versions of the API this shop knows, and what it makes of others. Source: shopify.dev, API versioning."""

from __future__ import annotations

import re

from tests.shopify_shop.naming import Json

SUPPORTED: tuple[str, ...] = ("2026-01", "2026-04", "2026-07", "2026-10")


def served(asked: str, supported: tuple[str, ...]) -> str | None:
    """An expired version falls forward to the oldest that is supported; None: there is no such version."""
    if asked in supported:
        return asked
    is_version = re.fullmatch(r"20\d\d-(01|04|07|10)", asked) is not None
    return supported[0] if is_version and asked < supported[0] else None


def node(handle: str) -> Json:
    return {"handle": handle, "displayName": handle, "supported": True}
