"""The one-click side of WooCommerce: the shop's own page, its keys by a post of its own, the merchant's way back.

`/wc-auth/v1/authorize` asks the merchant. After the yes the shop posts a new pair of keys to us, unsigned, and only
then sends the browser back with `success=1`; a no sends it back with `success=0`. What ties the post to the question is
`user_id`, which is our state: random, told to nobody else, good once. And whoever posts keys has to post keys of the
very shop that was asked about: they are tried there before anything is kept. Any other answer than 200 and the shop
throws the keys away again.
Source: WooCommerce 10.5 `WC_Auth` (read 2026-11-22), and a recorded post.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import parse_qs, urlencode

import msgspec
import requests

from collector.domain.connecting import Granted, NotConnected, Returned
from collector.domain.errors import SourceUnavailable
from collector.sources.woocommerce import address as addresses
from collector.sources.woocommerce import network
from collector.sources.woocommerce.install import read_shop
from collector.sources.woocommerce.known import as_json
from collector.sources.woocommerce.parse_values import text

APP_NAME = "Tajo Collector"
SCOPE = "read_write"
LONGEST = 4000  # of a query
BY_HAND = "Without one, connect it with keys made by hand: `tajo connectors install woocommerce`."
UNKNOWN_CURE = (
    "The shop made these keys itself, a moment ago. A proxy before it must pass on X-Forwarded-Proto, and a security"
    " plugin must let new keys be used at once."
)
NO_HTTPS = "WooCommerce sends new keys to https addresses only, and this server's public_url is not one."


class _Posted(msgspec.Struct):
    user_id: str | int = ""
    consumer_key: str = ""
    consumer_secret: str = ""
    key_permissions: str = ""


class WooCommerceOneClick:
    """`checks_certificate` says of a shop whether its certificate has to be good."""

    def __init__(
        self, http: requests.Session, checks_certificate: Callable[[str], bool], *, allow_insecure: bool = False
    ) -> None:
        self._http = http
        self._checks_certificate = checks_certificate
        self._allow_insecure = allow_insecure

    def not_here(self, base_url: str) -> tuple[str, str]:
        if base_url.startswith("https://") or self._allow_insecure:
            return "", ""
        return NO_HTTPS, f"Set public_url to the https address under which the shop reaches this server. {BY_HAND}"

    def address(self, typed: str) -> str:
        """With its scheme: the question is asked there."""
        return addresses.normalise_address(typed)[1]

    def question(self, address: str, state: str, come_back_to: str) -> str:
        asked = {
            "app_name": APP_NAME,
            "scope": SCOPE,
            "user_id": state,
            "return_url": come_back_to,
            "callback_url": come_back_to,
        }
        return f"{address}/wc-auth/v1/authorize?{urlencode(asked)}"

    def way_back(self, query: str, now: datetime) -> Returned:
        said = {name: found[-1] for name, found in parse_qs(query[:LONGEST]).items()}
        if said.get("success") == "0":
            raise NotConnected("cancelled", "The shop was not connected: the request was turned down there.")
        if said.get("success") != "1" or not said.get("user_id"):
            raise NotConnected("bad_return", "This is not the way back from a shop.")
        return Returned(said["user_id"])

    def delivered(self, body: bytes) -> Returned:
        try:
            posted = msgspec.json.decode(body, type=_Posted)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise _not_understood() from None
        key, secret = posted.consumer_key.strip(), posted.consumer_secret.strip()
        if not key.startswith("ck_") or not secret.startswith("cs_") or len(key) + len(secret) > 1000:
            raise _not_understood()
        return Returned(text(posted.user_id), grant={"consumer_key": key, "consumer_secret": secret})

    def take(self, address: str, grant: Mapping[str, str]) -> Granted:
        """Try the keys at the shop that was asked about, and nowhere else."""
        credentials = {name: grant[name] for name in ("consumer_key", "consumer_secret")}
        try:
            read = read_shop(self._http, address, credentials, self._checks_certificate(address))
        except SourceUnavailable as problem:
            raise NotConnected(
                "keys_refused",
                f"The keys that came do not open {address}. {str(problem).removesuffix(problem.cure).strip()}",
                UNKNOWN_CURE if network.is_unknown_key(problem) else problem.cure,
            ) from problem
        return Granted(
            name=read.name,
            currency=read.currency,
            zone=str(read.detail.get("time_zone", "")),
            credentials=credentials,
            learnt=as_json(read.known),
            notes=read.notes,
        )


def _not_understood() -> NotConnected:
    return NotConnected("bad_delivery", "These are not the keys of a shop.")
