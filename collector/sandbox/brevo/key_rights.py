"""What opens the account: API keys that may be limited or expired, and tokens for programs (OAuth2 between machines).

Scopes are written `{resource}:{read|write}` with the first part of the path as the resource; writing does not imply
reading. Not documented, decided here: the words for an expired key and for a missing scope, and that an expired key
answers 401.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from collector.sandbox.brevo.answers import Json, Refusal


@dataclass(frozen=True, slots=True)
class Rights:
    """`scopes` None: everything. `expires_at` None: never."""

    scopes: frozenset[str] | None = None
    expires_at: datetime | None = None

    def check(self, method: str, path: str, now: datetime) -> None:
        """`path` is without `/v3`. Raises Refusal."""
        if self.expires_at is not None and now >= self.expires_at:
            raise Refusal(401, "unauthorized", "Key has expired")
        wanted = f"{path.strip('/').partition('/')[0]}:{'read' if method == 'GET' else 'write'}"
        if self.scopes is not None and wanted not in self.scopes:
            raise Refusal(403, "permission_denied", f"The key does not have the scope {wanted}")


@dataclass(frozen=True, slots=True)
class Client:
    """A program that may ask for tokens."""

    secret: str
    lasts: timedelta = timedelta(hours=1)
    scopes: frozenset[str] | None = None


class Keys:
    """Not thread-safe: the caller holds the account's lock."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        self._keys = dict.fromkeys(keys, Rights())
        self._clients: dict[str, Client] = {}
        self._tokens: dict[str, Rights] = {}
        self.tokens_given = 0

    def set(self, key: str, rights: Rights | None) -> None:
        """None: the key is gone."""
        if rights is None:
            self._keys.pop(key, None)
        else:
            self._keys[key] = rights

    def set_client(self, client_id: str, client: Client) -> None:
        self._clients[client_id] = client

    def revoke_tokens(self) -> None:
        self._tokens.clear()

    def token(self, client_id: str, client_secret: str, now: datetime) -> tuple[str, float]:
        """(token, seconds it lasts). Raises KeyError."""
        client = self._clients[client_id]
        if not secrets.compare_digest(client.secret.encode(), client_secret.encode()):
            raise KeyError(client_id)
        token = secrets.token_urlsafe(24)
        self._tokens[token] = Rights(client.scopes, now + client.lasts)
        self.tokens_given += 1
        return token, client.lasts.total_seconds()

    def check(self, headers: Mapping[str, str], method: str, path: str, now: datetime) -> None:
        """Raises Refusal."""
        given = {name.lower(): value for name, value in headers.items()}
        key, (kind, _, token) = given.get("api-key"), given.get("authorization", "").partition(" ")
        if key:
            rights = _found(self._keys, key)
        elif kind.lower() == "bearer" and token:
            rights = _found(self._tokens, token)
        else:
            raise Refusal(401, "unauthorized", "authentication not found in headers")
        rights.check(method, path, now)

    def described(self) -> Json:
        """Without the keys and secrets themselves."""
        return {"keys": len(self._keys), "clients": sorted(self._clients), "tokens_given": self.tokens_given}


def _found(known: Mapping[str, Rights], given: str) -> Rights:
    for one, rights in known.items():
        if secrets.compare_digest(one.encode(), given.encode()):
            return rights
    raise Refusal(401, "unauthorized", "Key not found")
