"""OAuth 1.0a as WooCommerce verifies it: its own reading of the request, its own base string, its own refusals.

Written after WC_REST_Authentication (10.5), not after a client: both sides may be wrong about the standard.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, quote, unquote

WINDOW_S = 15 * 60
NEEDED = ("oauth_consumer_key", "oauth_timestamp", "oauth_nonce", "oauth_signature", "oauth_signature_method")
HASHES = {"HMAC-SHA1": hashlib.sha1, "HMAC-SHA256": hashlib.sha256}
IN_HEADER = re.compile(r'(oauth_[a-z_]+)="([^"]*)"')


class Refused(Exception):
    """In WooCommerce's words."""


class Nonces:
    """Of one key: used once within the window."""

    def __init__(self) -> None:
        self._used: dict[str, int] = {}

    def use(self, nonce: str, timestamp: int, now: int) -> None:
        if abs(now - timestamp) > WINDOW_S:
            raise Refused("Invalid timestamp.")
        if nonce in self._used:
            raise Refused("Invalid nonce - nonce has already been used.")
        self._used = {one: at for one, at in self._used.items() if at >= now - WINDOW_S} | {nonce: timestamp}


def parameters(query: str, authorization: str) -> dict[str, str]:
    """Everything that is signed, lists by PHP's numbering (`a[]=1` is `a[0]`). {} if it is no attempt at OAuth."""
    found: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name.endswith("[]"):
            count = sum(1 for one in found if one.startswith(name[:-1]))
            found[f"{name[:-2]}[{count}]"] = value
        else:
            found[name] = value
    if authorization.startswith("OAuth "):
        found |= {name: unquote(value) for name, value in IN_HEADER.findall(authorization)}
    missing = [name for name in NEEDED if not found.get(name)]
    if len(missing) == len(NEEDED):
        return {}
    if missing:
        raise Refused(f"Missing OAuth parameter {missing[0]}")
    return found


def verify(
    method: str, url: str, given: Mapping[str, str], secret_of: Callable[[str], str | None], nonces: Nonces, now: int
) -> None:
    """`url`: as the site calls itself, without the query. Raises Refused."""
    secret = secret_of(given["oauth_consumer_key"])
    if secret is None:
        raise Refused("Consumer key is invalid.")
    if given["oauth_signature_method"] not in HASHES:
        raise Refused("Invalid signature - signature method is invalid.")
    wanted = signature(method, url, given, secret)
    stated = unquote(given["oauth_signature"].replace(" ", "+"))
    if not hmac.compare_digest(stated, wanted):
        raise Refused("Invalid signature - provided signature does not match.")
    timestamp = given["oauth_timestamp"]
    nonces.use(given["oauth_nonce"], int(timestamp) if timestamp.isdigit() else 0, now)


def signature(method: str, url: str, given: Mapping[str, str], secret: str) -> str:
    """Percent signs are encoded twice, and what looks encoded in a value is decoded first."""
    signed = sorted((name, value) for name, value in given.items() if name != "oauth_signature")
    pairs = [f"{_twice(name)}%3D{_twice(value)}" for name, value in signed]
    base = f"{method.upper()}&{quote(url, safe='~')}&{'%26'.join(pairs)}"
    made = hmac.new(f"{secret}&".encode(), base.encode(), HASHES[given["oauth_signature_method"]])
    return base64.b64encode(made.digest()).decode()


def _twice(text: str) -> str:
    return quote(unquote(text), safe="~").replace("%", "%25")
