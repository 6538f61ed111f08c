"""How WooCommerce decides who asks: `WC_REST_Authentication` of 10.5, said again from its source, for tests.

PHP's reading of a query belongs to it: names with brackets become lists, a name given twice counts once.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote_plus, urlsplit

Php = dict[str, Any]  # an array of PHP: in the order it was filled; values are texts or arrays
WINDOW_S = 15 * 60


class Denied(Exception):
    """As the shop answers it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


UNKNOWN = Denied(401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")


def wrong(message: str) -> Denied:
    return Denied(401, "woocommerce_rest_authentication_error", message)


def php_query(query: str) -> Php:
    """`$_GET`."""
    found: Php = {}
    for pair in filter(None, query.split("&")):
        name, _, value = pair.partition("=")
        _put(found, unquote_plus(name), unquote_plus(value))
    return found


def _put(into: Php, name: str, value: str) -> None:
    first, brackets = re.match(r"([^\[]*)(.*)", name, re.DOTALL).groups()  # type: ignore[union-attr]
    steps = [first.lstrip(" ").replace(" ", "_").replace(".", "_"), *re.findall(r"\[([^\]]*)\]", brackets)]
    here = into
    for number, step in enumerate(steps):
        if not step and number:
            step = str(max((int(one) for one in here if one.isdigit()), default=-1) + 1)
        if number == len(steps) - 1:
            here[step] = value
        else:
            if not isinstance(here.get(step), dict):
                here[step] = {}
            here = here[step]


@dataclass
class Gate:
    """One key pair of a shop. `home`: its address as it knows it; `sees_https`: what PHP's is_ssl() says."""

    home: str
    key: str
    secret: str
    sees_https: bool = True
    permissions: str = "read_write"
    has_role: bool = True
    now: float = 1_795_280_000.0
    nonces: set[str] = field(default_factory=set)

    def check(self, method: str, url: str, headers: Mapping[str, str]) -> None:
        """Raises Denied."""
        params = php_query(urlsplit(url).query)
        if not (self.sees_https and self._is_known(params, headers)) and not self._is_signed(method, url, params):
            raise UNKNOWN
        needed = "read" if method in ("GET", "HEAD") else "write"
        if needed not in self.permissions:
            raise wrong(f"The API key provided does not have {needed} permissions.")
        if not self.has_role:
            raise Denied(403, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")

    def _is_known(self, params: Php, headers: Mapping[str, str]) -> bool:
        key, secret = params.get("consumer_key", ""), params.get("consumer_secret", "")
        scheme, _, coded = headers.get("Authorization", "").partition(" ")
        if not (key and secret) and scheme == "Basic":
            key, _, secret = base64.b64decode(coded).decode().partition(":")
        if not key or not secret or key != self.key:
            return False
        if not hmac.compare_digest(str(secret), self.secret):
            raise wrong("Consumer secret is invalid.")
        return True

    def _is_signed(self, method: str, url: str, params: Php) -> bool:
        named = ("consumer_key", "timestamp", "nonce", "signature", "signature_method")
        given = [name for name in named if params.get(f"oauth_{name}")]
        if not given:
            return False
        if len(given) < len(named):
            raise wrong("Missing OAuth parameter(s)")
        if params["oauth_consumer_key"] != self.key:
            raise wrong("Consumer key is invalid.")
        if params["oauth_signature"].replace(" ", "+") != self.signature(method, url):
            raise wrong("Invalid signature - provided signature does not match.")
        if abs(float(params["oauth_timestamp"]) - self.now) > WINDOW_S:
            raise wrong("Invalid timestamp.")
        if params["oauth_nonce"] in self.nonces:
            raise wrong("Invalid nonce - nonce has already been used.")
        self.nonces.add(params["oauth_nonce"])
        return True

    def signature(self, method: str, url: str) -> str:
        """What it should be, by the address as it came."""
        parts, home = urlsplit(url), urlsplit(self.home)
        path = parts.path.removeprefix(home.path).lstrip("/")
        base = f"{'https' if self.sees_https else 'http'}://{home.netloc}{home.path}/{path}"
        params = {name: value for name, value in php_query(parts.query).items() if name != "oauth_signature"}
        in_order = sorted(
            params.items(), key=lambda pair: pair[0].encode()
        )  # uksort by strcmp, of the outer names only
        joined = "%26".join(_joined([(_coded(name), value) for name, value in in_order]))
        hashed = {"HMAC-SHA1": hashlib.sha1, "HMAC-SHA256": hashlib.sha256}[str(params["oauth_signature_method"])]
        text = f"{method}&{_coded(base)}&{joined}"
        return base64.b64encode(hmac.digest(f"{self.secret}&".encode(), text.encode(), hashed)).decode()


def _joined(pairs: list[tuple[str, Any]], key: str = "") -> list[str]:
    found = []
    for name, value in pairs:
        name = f"{key}%5B{name}%5D" if key else name
        if isinstance(value, dict):
            found += _joined(list(value.items()), name)
        else:
            found.append(_coded(f"{name}={_coded(value)}"))
    return found


def _coded(text: str) -> str:
    """rawurlencode."""
    return quote(text, safe="~")
