"""OAuth between machines, in place of an API key: a token for about an hour, kept until shortly before its end.

Brevo gives no refresh token: a new one is asked for with the same client id and secret. One `Login` belongs to one
client of an account and is shared by all threads of a process, so that one of them asks and the others wait for it.
Source: developers.brevo.com changelog of 2026-10-06.
"""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections.abc import Callable
from functools import cache
from urllib.parse import urlsplit

import requests

from collector.destinations.brevo.answers import LOGIN_ADDRESS_CURE, LOGIN_CURE, TIME_CURE, one_line
from collector.domain.errors import DeliveryFailed, Remedy, SourceUnavailable

log = logging.getLogger(__name__)

TIMEOUT_S = (5.0, 20.0)
USUAL_S = 3600.0  # where the answer does not say how long
EARLY_S = 60.0  # a token is renewed so long before its end, or after half its time if it is short


class Login:
    """`clock`: seconds that never go back."""

    def __init__(
        self, client_id: str, client_secret: str, token_url: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client_id = client_id
        self._client_secret = client_secret
        self._token_url = token_url
        self._clock = clock
        self._lock = threading.Lock()
        self._token = ""
        self._renew_at = 0.0

    def __repr__(self) -> str:
        return f"Login({self._client_id!r})"

    def token(self, http: requests.Session) -> str:
        """The one in use, or a fresh one. Raises DeliveryFailed: nothing has left."""
        with self._lock:
            if not self._token or self._clock() >= self._renew_at:
                self._token, lasts_s = self._ask(http)
                self._renew_at = self._clock() + max(lasts_s - EARLY_S, lasts_s / 2)
                log.info("brevo login renewed", extra={"client_id": self._client_id, "lasts_s": lasts_s})
            return self._token

    def refused(self, token: str) -> None:
        """Brevo did not take this one: the next call asks anew, unless somebody else did already."""
        with self._lock:
            if self._token == token:
                self._token = ""

    def _ask(self, http: requests.Session) -> tuple[str, float]:
        wanted = {"grant_type": "client_credentials", "client_id": self._client_id}
        try:
            response = http.post(
                self._token_url,
                data={**wanted, "client_secret": self._client_secret},
                headers={"accept": "application/json"},
                timeout=TIMEOUT_S,
                allow_redirects=False,
            )
        except SourceUnavailable as refused:
            raise _failed(str(refused), Remedy.STOP, "address_refused", refused.cure) from None
        except requests.RequestException as error:  # its words may quote what was sent
            host, kind = urlsplit(self._token_url).netloc, type(error).__name__
            raise _failed(f"{host} could not be reached ({kind})", Remedy.RETRY, "unreachable", TIME_CURE) from None
        return _read(response.status_code, response.content)


def _read(status: int, body: bytes) -> tuple[str, float]:
    """(token, seconds it lasts)."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    if status == 429 or status >= 500:
        raise _failed(f"the login answered {status}", Remedy.RETRY, f"http_{status}", TIME_CURE)
    if not isinstance(said, dict):
        raise _failed(f"the login answered {status} and no JSON", Remedy.STOP, "not_the_api", LOGIN_ADDRESS_CURE)
    token, lasts = said.get("access_token"), said.get("expires_in")
    if status == 200 and isinstance(token, str) and re.fullmatch(r"[!-~]+", token):
        if isinstance(lasts, int | float) and not isinstance(lasts, bool) and lasts > 0:
            return token, float(lasts)
        return token, USUAL_S
    words = one_line(said.get("error_description") or said.get("error")) or "no reason given"
    raise _failed(f"the login answered {status}: {words}", Remedy.STOP, "key_refused", LOGIN_CURE)


def _failed(what: str, remedy: Remedy, reason: str, cure: str) -> DeliveryFailed:
    return DeliveryFailed(what, remedy=remedy, reason=reason, cure=cure)


@cache
def shared_login(client_id: str, client_secret: str, token_url: str) -> Login:
    """The one of this process."""
    return Login(client_id, client_secret, token_url)
