"""The one-click side of Shopify: the authorisation page, its signed way back, the code for a token.

The token is an expiring one with a refresh token that changes (`expiring=1`), which Shopify demands of public apps.
Source: shopify.dev, "Implement authorization code grant" and "Use expiring offline access tokens" (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlencode

import requests

from collector.domain.access_tokens import EXPIRING
from collector.domain.connecting import Granted, NotConnected, Returned
from collector.domain.errors import InvalidSignature
from collector.sources.shopify import address as addresses
from collector.sources.shopify import answers, install, scopes, signed_query
from collector.sources.shopify.fields import Json
from collector.sources.shopify.tokens import read_token


class ShopifyOneClick:
    """`app_secrets` oldest to newest. `api_url` stands in for every shop's address, in tests."""

    def __init__(
        self, http: requests.Session, app_key: str, app_secrets: Sequence[str], more_scopes: Sequence[str], api_url: str
    ) -> None:
        self._http = http
        self._key = app_key
        self._secrets = tuple(app_secrets)
        self._scopes = tuple(dict.fromkeys([*scopes.NEEDED_SCOPES, *more_scopes]))
        self._api_url = api_url.rstrip("/")

    def not_here(self, base_url: str) -> tuple[str, str]:
        return "", ""

    def address(self, typed: str) -> str:
        return addresses.normalise_address(typed)[0]

    def question(self, address: str, state: str, come_back_to: str) -> str:
        asked = {"client_id": self._key, "scope": ",".join(self._scopes), "redirect_uri": come_back_to, "state": state}
        return f"{self._base(address)}/admin/oauth/authorize?{urlencode(asked)}"

    def way_back(self, query: str, now: datetime) -> Returned:
        """An error in place of a code is the merchant's no."""
        if "error" in parse_qs(query[: signed_query.LONGEST]):
            raise NotConnected("cancelled", "The shop was not connected: the request was turned down at Shopify.")
        try:
            found = signed_query.of_return(query, self._secrets, now)
        except InvalidSignature as problem:
            raise NotConnected(
                "bad_signature",
                "This answer does not come from Shopify, or came too late.",
                "Begin again. If it happens again, check this server's clock and the app's client secret.",
            ) from problem
        if not found.get("code"):
            raise NotConnected("no_code", "Shopify sent no code.")
        return Returned(found.get("state", ""), found["shop"].lower(), {"code": found["code"]})

    def delivered(self, body: bytes) -> Returned:
        raise NotConnected("no_delivery", "Shopify sends nothing here by itself.")

    def take(self, address: str, grant: Mapping[str, str]) -> Granted:
        answer = self._trade(address, grant["code"])
        token = read_token(address, answer, datetime.now(UTC), EXPIRING, "")
        missing = [scope for scope in self._scopes if not scopes.is_granted(scope, token.scopes)]
        needed = scopes.missing(token.scopes)
        if needed:
            named = ", ".join(f"{scope.handle} ({scope.needed_for})" for scope in needed)
            raise NotConnected(
                "missing_scope",
                f"The shop was not connected: the app was not given {named}.",
                "Give the app these scopes in Shopify's Dev Dashboard, and release that version.",
            )
        read = install.read_shop(self._http, address, {"access_token": token.token}, self._api_url or None)
        notes = [*read.detail.get("notes", ()), *(f"Not granted: {scope}." for scope in missing)]
        return Granted(
            name=read.name,
            currency=read.currency,
            zone=read.detail.get("time_zone", ""),
            storefront=read.detail.get("storefront", ""),
            credentials={"api_key": self._key, "api_secret": self._secrets[-1]},
            webhook_secrets=self._secrets,
            answer=answer,
            settings={"api_url": self._api_url} if self._api_url else {},
            notes=notes,
        )

    def _trade(self, address: str, code: str) -> Json:
        """A code is good once, so this is not tried again."""
        asked = {"client_id": self._key, "client_secret": self._secrets[-1], "code": code, "expiring": "1"}
        response = answers.post(self._http, address, f"{self._base(address)}/admin/oauth/access_token", json=asked)
        if response.status_code == 400:
            raise NotConnected(
                "code_refused",
                f"Shopify does not take this code ({answers.reason(response)}): it was used before, or is too old.",
            )
        return answers.read_answer(address, response)

    def _base(self, address: str) -> str:
        return self._api_url or f"https://{address}"
