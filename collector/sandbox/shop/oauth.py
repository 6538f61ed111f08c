"""OAuth 1.0a, one-legged, as WooCommerce checks it over http: signature, clock within 15 minutes, nonce once.

Parameters come in the query or the Authorization header. Basic and keys in the query are for https only, so
here they are no keys at all.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote, unquote

WINDOW_S = 15 * 60
METHODS = {"HMAC-SHA1": hashlib.sha1, "HMAC-SHA256": hashlib.sha256}


class Denied(Exception):
    """Why the shop does not answer: WooCommerce's own code and words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Gate:
    """One key pair and the nonces already seen."""

    def __init__(self, key: str, secret: str) -> None:
        self._key = key
        self._secret = secret
        self._lock = threading.Lock()
        self._nonces: dict[str, float] = {}

    def check(self, method: str, url: str, query: Sequence[tuple[str, str]], header: str, now: datetime) -> None:
        """`url` without its query. Raises Denied."""
        given = [*query, *_of_header(header)]
        found = dict(given)
        if found.get("oauth_consumer_key") != self._key:
            raise Denied("woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
        hashed = METHODS.get(found.get("oauth_signature_method", ""))
        if hashed is None:
            raise _denied("Invalid signature - signature method is invalid.")
        signed = sorted((_coded(name), _coded(value)) for name, value in given if name != "oauth_signature")
        together = "&".join(f"{name}={value}" for name, value in signed)
        base = "&".join((method, _coded(url), _coded(together)))
        digest = hmac.digest(f"{_coded(self._secret)}&".encode(), base.encode(), hashed)
        if not hmac.compare_digest(b64encode(digest).decode(), found.get("oauth_signature", "")):
            raise _denied("Invalid signature - provided signature does not match.")
        self._use(found.get("oauth_nonce", ""), found.get("oauth_timestamp", ""), now.timestamp())

    def _use(self, nonce: str, timestamp: str, now: float) -> None:
        if not timestamp.isdigit() or abs(now - int(timestamp)) > WINDOW_S:
            raise _denied("Invalid timestamp.")
        with self._lock:
            self._nonces = {known: at for known, at in self._nonces.items() if at > now - WINDOW_S}
            if not nonce or nonce in self._nonces:
                raise _denied("Invalid nonce - nonce has already been used.")
            self._nonces[nonce] = now


def _denied(message: str) -> Denied:
    return Denied("woocommerce_rest_authentication_error", message)


def _coded(text: str) -> str:
    return quote(text, safe="~")


def _of_header(header: str) -> list[tuple[str, str]]:
    """`OAuth a="b", c="d"` as pairs; nothing for another scheme."""
    scheme, _, rest = header.partition(" ")
    if scheme.lower() != "oauth":
        return []
    pairs = (part.strip().partition("=") for part in rest.split(","))
    return [(name, unquote(value.strip('"'))) for name, _, value in pairs if name.startswith("oauth_")]
