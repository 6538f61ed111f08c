"""Tokens that end, encrypted as the shops' own secrets are. See domain.access_tokens."""

from __future__ import annotations

import json
import logging
import sqlite3

from collector.domain.access_tokens import AccessToken
from collector.domain.errors import Unready
from collector.domain.shop import Secrets
from collector.domain.timestamps import from_text, to_text
from collector.storage.sqlite.secret_box import SecretBox
from collector.storage.sqlite.statements import statements

log = logging.getLogger(__name__)

_SQL = statements("access_tokens")


class AccessTokens:
    """Each call is a transaction of its own, unless the caller is inside one."""

    def __init__(self, connection: sqlite3.Connection, box: SecretBox) -> None:
        self._connection = connection
        self._box = box

    def read(self, shop_id: int) -> AccessToken | None:
        """None also where no secret key fits any more: a token is got again, or the merchant is asked."""
        row = self._connection.execute(_SQL["read"], {"shop_id": shop_id}).fetchone()
        if row is None:
            return None
        kind, locked, client, scopes, expires_at, refresh_expires_at, obtained_at = row
        try:
            kept = self._box.unlock(locked, f"shop {shop_id}").credentials
        except Unready as problem:
            log.warning("a token could not be opened", extra={"shop_id": shop_id, "why": str(problem)})
            return None
        return AccessToken(
            token=kept["token"],
            kind=kind,
            expires_at=from_text(expires_at),
            obtained_at=from_text(obtained_at),
            client=client,
            scopes=tuple(json.loads(scopes)),
            refresh=kept["refresh"],
            refresh_expires_at=from_text(refresh_expires_at) if refresh_expires_at else None,
            previous=kept["previous"],
        )

    def keep(self, shop_id: int, token: AccessToken) -> None:
        secrets = {"token": token.token, "refresh": token.refresh, "previous": token.previous}
        given = {
            "shop_id": shop_id,
            "kind": token.kind,
            "secrets": self._box.lock(Secrets(credentials=secrets)),
            "client": token.client,
            "scopes": json.dumps(token.scopes),
            "expires_at": to_text(token.expires_at),
            "refresh_expires_at": to_text(token.refresh_expires_at) if token.refresh_expires_at else None,
            "obtained_at": to_text(token.obtained_at),
        }
        self._connection.execute(_SQL["keep"], given)

    def forget(self, shop_id: int) -> None:
        self._connection.execute(_SQL["forget"], {"shop_id": shop_id})
