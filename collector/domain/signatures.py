"""HMACs over raw bytes, compared in constant time. What is signed and where it stands differs by sender."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable


def base64_sha256(secret: str, body: bytes) -> str:
    """Shopify's and WooCommerce's webhook signature: base64(HMAC-SHA256(secret, body))."""
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def hex_sha256(secret: str, body: bytes) -> str:
    """Our own signatures (identity, server beacons): hex(HMAC-SHA256(secret, body))."""
    return hmac.digest(secret.encode(), body, hashlib.sha256).hex()


def matches_base64(secrets: Iterable[str], body: bytes, given: str) -> bool:
    """Whether `given` is the base64 signature of `body` under any of the secrets (rotation).

    Empty secrets never match: an empty key signs what anybody can sign. Every secret is tried, so the
    time taken tells nothing about which one fits.
    """
    try:
        digest = base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        return False
    found = False
    for secret in secrets:
        if secret and hmac.compare_digest(hmac.digest(secret.encode(), body, hashlib.sha256), digest):
            found = True
    return found


def matches_hex(secrets: Iterable[str], body: bytes, given: str) -> bool:
    """Like `matches_base64` for hexadecimal signatures (upper or lower case)."""
    try:
        digest = bytes.fromhex(given)
    except ValueError:
        return False
    found = False
    for secret in secrets:
        if secret and hmac.compare_digest(hmac.digest(secret.encode(), body, hashlib.sha256), digest):
            found = True
    return found
