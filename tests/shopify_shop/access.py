"""Who may ask what: the app, its tokens of every kind, its scopes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

from tests.shopify_shop.naming import Json
from tests.stand_ins.clock import Clock

SCOPES = ("read_customers", "read_orders", "read_products", "read_inventory", "read_all_orders")
DAY, HOUR, QUARTER = timedelta(seconds=86399), timedelta(hours=1), timedelta(days=90)


@dataclass
class Grant:
    scopes: tuple[str, ...]
    expires_at: datetime | None = None


@dataclass
class Access:
    """One app at one shop. `scopes`: what the merchant has agreed to, now."""

    clock: Clock
    client_id: str = "0123456789abcdef0123456789abcdef"
    client_secret: str = "shpss_of_the_app"
    scopes: tuple[str, ...] = SCOPES
    can_use_credentials: bool = True  # client credentials: the merchant's own app
    is_installed: bool = True
    sees_people: bool = True  # protected customer data: without it names and addresses are null
    tokens: dict[str, Grant] = field(default_factory=dict)
    codes: set[str] = field(default_factory=set)
    refresh_tokens: dict[str, datetime] = field(default_factory=dict)
    previous: dict[str, str] = field(default_factory=dict)  # refresh token -> the one it took the place of
    given: int = 0

    def permanent(self) -> str:
        token = f"shpat_{secrets.token_hex(16)}"
        self.tokens[token] = Grant(self.scopes)
        return token

    def grant(self, token: str) -> Grant | None:
        """None: the token opens nothing (any more)."""
        found = self.tokens.get(token)
        if found is None or not self.is_installed:
            return None
        if found.expires_at is not None and found.expires_at <= self.clock.now():
            return None
        return found

    def revoke(self) -> None:
        """All there are; new ones can be had."""
        self.tokens.clear()

    def uninstall(self) -> None:
        self.is_installed = False
        self.revoke()
        self.refresh_tokens.clear()

    def code(self) -> str:
        code = secrets.token_hex(16)
        self.codes.add(code)
        return code

    def signed_query(self, **more: str) -> str:
        """What a browser brings back from the consent page."""
        parts = {"timestamp": str(int(self.clock.now().timestamp())), **more}
        message = "&".join(f"{name}={value}" for name, value in sorted(parts.items()))
        return urlencode(
            {**parts, "hmac": hmac.new(self.client_secret.encode(), message.encode(), "sha256").hexdigest()}
        )

    def answer(self, asked: Mapping[str, str]) -> tuple[int, Json]:
        """`POST /admin/oauth/access_token`."""
        is_ours = hmac.compare_digest(asked.get("client_id", ""), self.client_id)
        if not is_ours or not hmac.compare_digest(asked.get("client_secret", ""), self.client_secret):
            return 400, {"error": "invalid_client", "error_description": "Client authentication failed"}
        grant_type = asked.get("grant_type", "")
        if grant_type == "client_credentials":
            if not self.can_use_credentials or not self.is_installed:
                return 400, {"error": "shop_not_permitted", "error_description": "The app is not installed"}
            return 200, self._token(DAY)
        if grant_type == "refresh_token":
            return self._refreshed(asked.get("refresh_token", ""))
        code = asked.get("code", "")
        if code not in self.codes:
            return 400, {"error": "invalid_request", "error_description": "The authorization code was not found"}
        self.codes.discard(code)
        self.is_installed = True
        if asked.get("expiring") == "1":
            return 200, self._pair()
        return 200, {"access_token": self.permanent(), "scope": ",".join(self.scopes)}

    def _refreshed(self, refresh: str) -> tuple[int, Json]:
        """The one before stays good until the new one is used."""
        ends_at = self.refresh_tokens.get(refresh)
        if ends_at is None or ends_at <= self.clock.now():
            return 400, {"error": "invalid_grant", "error_description": "The refresh token is not valid"}
        self.refresh_tokens.pop(self.previous.pop(refresh, ""), None)
        pair = self._pair()
        self.previous[str(pair["refresh_token"])] = refresh
        return 200, pair

    def _pair(self) -> Json:
        refresh = f"shprt_{secrets.token_hex(16)}"
        self.refresh_tokens[refresh] = self.clock.now() + QUARTER
        more = {"refresh_token": refresh, "refresh_token_expires_in": int(QUARTER.total_seconds())}
        return {**self._token(HOUR), **more}

    def _token(self, lives: timedelta) -> Json:
        token = f"shpat_{secrets.token_hex(16)}"
        self.tokens[token] = Grant(self.scopes, self.clock.now() + lives)
        self.given += 1
        return {"access_token": token, "scope": ",".join(self.scopes), "expires_in": int(lives.total_seconds())}

    def sign(self, body: bytes) -> str:
        """X-Shopify-Hmac-Sha256."""
        return base64.b64encode(hmac.new(self.client_secret.encode(), body, hashlib.sha256).digest()).decode()
