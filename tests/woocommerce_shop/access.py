"""Keys of a site: who they belong to, what they may do, and every way WooCommerce says no."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from tests.woocommerce_shop import oauth
from tests.woocommerce_shop.oauth import Nonces
from tests.woocommerce_shop.replies import ApiError

READ_METHODS = ("GET", "HEAD")


@dataclass
class Key:
    """`permissions`: read | write | read_write. `has_role`: whether its owner may see the shop at all."""

    consumer_key: str
    consumer_secret: str
    permissions: str = "read_write"
    has_role: bool = True
    nonces: Nonces = field(default_factory=Nonces)


@dataclass(frozen=True)
class Asked:
    """The part of a request that decides who asks. `url`: as the site calls itself, without the query."""

    method: str
    url: str
    query: str
    authorization: str
    consumer_key: str
    consumer_secret: str
    is_ssl: bool


class Access:
    def __init__(self, *keys: Key) -> None:
        self.keys = {key.consumer_key: key for key in keys}
        self.ways: list[str] = []  # basic, query, oauth1, password: how whoever came in had sent the keys

    def add(self, key: Key) -> Key:
        self.keys[key.consumer_key] = key
        return key

    def key_of(self, asked: Asked, now: int) -> Key | None:
        """Whose key; None: nobody's, as far as can be seen. Raises ApiError where WooCommerce says more."""
        found = self._by_plain_keys(asked) if asked.is_ssl else None
        if found is None:
            found = self._by_signature(asked, now)
        if found is not None:
            self._check_permission(found, asked.method)
        return found

    def _by_plain_keys(self, asked: Asked) -> Key | None:
        name, secret, way = asked.consumer_key, asked.consumer_secret, "query"
        if not (name and secret):
            name, secret = _basic(asked.authorization)
            way = "basic"
        found = self.keys.get(name)
        if found is None:
            return None
        if found.consumer_secret != secret:
            raise _refused("Consumer secret is invalid.")
        self.ways.append(way)
        return found

    def _by_signature(self, asked: Asked, now: int) -> Key | None:
        try:
            given = oauth.parameters(asked.query, asked.authorization)
            if not given:
                return None
            found = self.keys.get(given["oauth_consumer_key"])
            nonces = found.nonces if found else Nonces()
            oauth.verify(asked.method, asked.url, given, self._secret_of, nonces, now)
        except oauth.Refused as refused:
            raise _refused(str(refused)) from None
        self.ways.append("oauth1")
        return found

    def _secret_of(self, name: str) -> str | None:
        found = self.keys.get(name)
        return found.consumer_secret if found else None

    def _check_permission(self, key: Key, method: str) -> None:
        needed = "read" if method in READ_METHODS else "write"
        if needed not in key.permissions:
            raise _refused(f"The API key provided does not have {needed} permissions.")


def _basic(authorization: str) -> tuple[str, str]:
    if not authorization.startswith("Basic "):
        return "", ""
    try:
        decoded = base64.b64decode(authorization.removeprefix("Basic ")).decode()
    except ValueError:
        return "", ""
    name, _, secret = decoded.partition(":")
    return name, secret


def _refused(message: str) -> ApiError:
    return ApiError(401, "woocommerce_rest_authentication_error", message)
