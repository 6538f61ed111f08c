"""What opens a shop's API: a permanent token, one bought with key and secret for a day, or one that is renewed.

Which of them, the shop's credentials and the stored token say:
- `access_token` among the credentials: permanent (apps made in the Shopify admin).
- a stored expiring token (one-click installation): an hour long, renewed with a refresh token that changes each time.
- else `api_key` and `api_secret` of the merchant's own app: a token of 24 h by client credentials, asked for anew.

All are renewed five minutes early and after a 401. One renews at a time, across processes: a lease per shop; the
others wait and take what it stored. A lost reply costs nothing: until the new refresh token is used for the first
time the old one works. Source: shopify.dev, expiring offline tokens and client credentials grant (read 2026-11-21).
"""

from __future__ import annotations

import hashlib
import logging
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from collector.domain.access_tokens import CLIENT_CREDENTIALS, EXPIRING, AccessToken, Leases, TokenStore
from collector.domain.connections import Lack
from collector.domain.errors import Misuse, SourceUnavailable
from collector.domain.ports import Clock
from collector.domain.shop import Shop
from collector.sources.shopify import answers, fields
from collector.sources.shopify.fields import Json

log = logging.getLogger(__name__)

EARLY = timedelta(minutes=5)
LEASE = timedelta(minutes=1)
TRIES = 3
LOOK_S = 0.25
DAY_S = 86399.0  # of a token by client credentials that does not say how long it lives
HOUR_S = 3600.0
REFRESH_S = 7776000.0  # 90 days

PERMANENT = "permanent"


class AuthoriseAgain(answers.Revoked):
    """No token can be had any more without the merchant."""

    def __init__(self, shop_address: str, why: str) -> None:
        super().__init__(
            f"{shop_address} has to authorise this app again: {why}.",
            f"`tajo connectors link --shop-url {shop_address}` prints the address to open, as the shop's owner.",
        )


class Tokens:
    """Of all shops; for one thread, as its `http`, `store` and `leases` are. `sleep` takes seconds.

    `app_secrets`: the secret of an app of ours by its client id, which many shops share and only the settings rotate.
    """

    def __init__(
        self,
        http: requests.Session,
        store: TokenStore,
        leases: Leases,
        *,
        clock: Clock = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
        tries: int = TRIES,
        app_secrets: Mapping[str, str] | None = None,
    ) -> None:
        self._http = http
        self._store = store
        self._leases = leases
        self._clock = clock
        self._sleep = sleep
        self._tries = tries
        self._app_secrets = app_secrets or {}
        self._holder = f"tokens:{secrets.token_hex(8)}"
        self._last: dict[int, AccessToken] = {}

    def token(self, shop: Shop, *, fresh: bool = False) -> str:
        """What to send along. `fresh`: the one given last was not taken. Raises SourceUnavailable, Misuse."""
        permanent = shop.secrets.credentials.get("access_token", "")
        if permanent:
            return permanent
        used = self._last.get(shop.id)
        if used is not None and not fresh and _is_good(used, self._clock()) and used.client == client_of(shop):
            return used.token
        stored = self._stored(shop)
        is_another = stored is not None and (used is None or stored.token != used.token)
        if stored is None or not _is_good(stored, self._clock()) or (fresh and not is_another):
            stored = self._renewed(shop, stored)
        self._last[shop.id] = stored
        return stored.token

    def can_renew(self, shop: Shop) -> bool:
        """Whether asking again after a 401 may help."""
        keys = shop.secrets.credentials
        return bool(keys.get("api_key") and not keys.get("access_token"))

    def kind(self, shop: Shop) -> str:
        if shop.secrets.credentials.get("access_token"):
            return PERMANENT
        stored = self._stored(shop)
        return stored.kind if stored is not None else CLIENT_CREDENTIALS

    def renew_idle(self, shop: Shop, older_than: timedelta) -> bool:
        """Renew a token that is renewed by refreshing and was not for so long. Whether it was."""
        stored = self._stored(shop)
        if not self.can_renew(shop) or stored is None or stored.kind != EXPIRING:
            return False
        if self._clock() - stored.obtained_at < older_than:
            return False
        self._last[shop.id] = self._renewed(shop, stored)
        return True

    def has_expiring(self, shop: Shop) -> bool:
        stored = self._stored(shop)
        return self.can_renew(shop) and stored is not None and stored.kind == EXPIRING

    def take_over(self, shop: Shop, answer: Json) -> AccessToken:
        """Keep what a finished authorisation answered (`access_token`, `refresh_token`, `scope`, `expires_in`, …)."""
        token = read_token(shop.address, answer, self._clock(), EXPIRING, client_of(shop))
        self._store.keep(shop.id, token)
        self._last[shop.id] = token
        return token

    def forget(self, shop: Shop) -> None:
        """The app was removed, or the shop got other credentials."""
        self._store.forget(shop.id)
        self._last.pop(shop.id, None)

    def _stored(self, shop: Shop) -> AccessToken | None:
        stored = self._store.read(shop.id)
        return stored if stored is not None and stored.client == client_of(shop) else None

    def _renewed(self, shop: Shop, seen: AccessToken | None) -> AccessToken:
        """One renewer per shop; who comes second takes what the first one stored."""
        lease = f"token:{shop.id}"
        for _ in range(int(LEASE.total_seconds() / LOOK_S)):
            taken = self._leases.take(lease, self._holder, self._clock(), LEASE)
            try:
                stored = self._stored(shop)
                if stored is not None and stored != seen and _is_good(stored, self._clock()):
                    return stored
                if taken:
                    return self._obtained(shop, stored)
            finally:
                if taken:
                    self._leases.release(lease, self._holder)
            self._sleep(LOOK_S)
        raise answers.NoAnswer(f"The token of {shop.address} is being renewed elsewhere.", answers.WAIT_CURE)

    def _obtained(self, shop: Shop, stored: AccessToken | None) -> AccessToken:
        if stored is not None and stored.kind == EXPIRING:
            token = self._refreshed(shop, stored)
        else:
            key, secret = self._app_of(shop)
            answer = self._ask(shop, grant_type="client_credentials", client_id=key, client_secret=secret)
            token = read_token(shop.address, answer, self._clock(), CLIENT_CREDENTIALS, client_of(shop))
        self._store.keep(shop.id, token)
        return token

    def _refreshed(self, shop: Shop, stored: AccessToken) -> AccessToken:
        """With the newest refresh token, and where that is refused with the one before."""
        now = self._clock()
        if stored.refresh_expires_at is not None and stored.refresh_expires_at <= now:
            raise AuthoriseAgain(shop.address, "it was not used for more than 90 days")
        key, secret = self._app_of(shop)
        refusal: SourceUnavailable | None = None
        for refresh in filter(None, (stored.refresh, stored.previous)):
            try:
                answer = self._ask(
                    shop, grant_type="refresh_token", client_id=key, client_secret=secret, refresh_token=refresh
                )
            except (NotGiven, answers.Revoked) as problem:
                refusal = problem
                continue
            return read_token(shop.address, answer, self._clock(), EXPIRING, client_of(shop), previous=refresh)
        raise AuthoriseAgain(shop.address, "its refresh token is no longer taken") from refusal

    def _app_of(self, shop: Shop) -> tuple[str, str]:
        """Client id and secret. A secret in the settings is newer than the one stored with the shop."""
        keys = shop.secrets.credentials
        key = keys.get("api_key", "")
        secret = self._app_secrets.get(key) or keys.get("api_secret", "")
        if not key or not secret:
            raise Misuse(
                f"No credentials to read {shop.address}: "
                "give --access-token, or both --api-key and --api-secret of the shop's app."
            )
        return key, secret

    def _ask(self, shop: Shop, **asked: str) -> Json:
        """One token. Asked for again where no answer came: nothing is used up before the new token is used."""
        if shop.policy.logs_steps:
            log.debug("shopify asked for a token", extra={"shop": shop.address, "grant": asked.get("grant_type")})
        for pause_s in (1.0, 2.0, 4.0)[: self._tries - 1]:
            try:
                return ask_once(self._http, shop.address, base_of(shop), asked)
            except answers.NoAnswer:
                self._sleep(pause_s)
        return ask_once(self._http, shop.address, base_of(shop), asked)


class NotGiven(SourceUnavailable):
    """Shopify understood, and gives no token."""

    is_refusal = True


def ask_once(http: requests.Session, shop_address: str, base: str, asked: Mapping[str, str]) -> Json:
    """The answer to one grant, as it came. Raises SourceUnavailable."""
    response = answers.post(http, shop_address, f"{base}/admin/oauth/access_token", data=dict(asked))
    if response.status_code == 400:
        raise NotGiven(
            f"{shop_address} gives no token for this API key and secret ({answers.reason(response)}).",
            "The app must be of the same organisation as the shop and be installed on it; "
            "for an app made in the Shopify admin give --access-token instead.",
        )
    return answers.read_answer(shop_address, response)


def read_token(
    shop_address: str, answer: Json, now: datetime, kind: str, client: str, previous: str = ""
) -> AccessToken:
    """The answer to any of the grants. Raises SourceUnavailable."""
    token, refresh = fields.text(answer.get("access_token")), fields.text(answer.get("refresh_token"))
    if not token or (kind == EXPIRING and not refresh):
        missing = "a refresh_token" if token else "an access_token"
        raise SourceUnavailable(f"{shop_address} answered without {missing}.", answers.CREDENTIALS_CURE)
    lives_s = _seconds(answer.get("expires_in"), DAY_S if kind == CLIENT_CREDENTIALS else HOUR_S)
    refresh_lives_s = _seconds(answer.get("refresh_token_expires_in"), REFRESH_S)
    return AccessToken(
        token=token,
        kind=kind,
        expires_at=now + timedelta(seconds=lives_s),
        obtained_at=now,
        client=client,
        scopes=tuple(filter(None, (one.strip() for one in fields.text(answer.get("scope")).split(",")))),
        refresh=refresh,
        refresh_expires_at=now + timedelta(seconds=refresh_lives_s) if refresh else None,
        previous=previous,
    )


def lack_of(shop: Shop, stored: Callable[[], AccessToken | None]) -> Lack | None:
    """What is missing to ask this shop; None: nothing. `stored`: its token that ends, if there is one."""
    keys = shop.secrets.credentials
    if keys.get("access_token") or (keys.get("api_key") and keys.get("api_secret")):
        return None
    token = stored() if keys.get("api_key") else None
    if token is not None and token.kind == EXPIRING and token.client == client_of(shop):
        return None
    known = [name for name in ("api_key", "api_secret") if keys.get(name)]
    alone = f": {known[0]} alone opens nothing" if known else ""
    return Lack(
        f"No credentials to read {shop.address}{alone}.",
        "Give access_token, or both api_key and api_secret of the shop's app, in the settings or to "
        "`tajo connectors install shopify`.",
    )


def base_of(shop: Shop) -> str:
    """Where the shop's API is: at its own name, unless its settings send us to a stand-in."""
    return (shop.policy.api_url or f"https://{shop.address}").rstrip("/")


def client_of(shop: Shop) -> str:
    """Names the app without telling its key."""
    key = shop.secrets.credentials.get("api_key", "")
    return hashlib.sha256(key.encode()).hexdigest()[:16] if key else ""


def _is_good(token: AccessToken, now: datetime) -> bool:
    return now < token.expires_at - EARLY


def _seconds(stated: Any, default: float) -> float:
    is_number = isinstance(stated, int | float) and not isinstance(stated, bool) and 0 < stated < 10**9
    return float(stated) if is_number else default
