"""How the keys travel: Basic, in the query, or as an OAuth 1.0a signature; and keeping them out of what is written.

WooCommerce takes Basic and the query only where PHP itself sees https, and OAuth only where it does not. So behind a
proxy that ends TLS and does not say so, an https address wants a signature over the same address with http.
Source: `WC_REST_Authentication` of WooCommerce 10.5.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal
from urllib.parse import quote, urlencode

from oauthlib.oauth1 import SIGNATURE_HMAC_SHA256, SIGNATURE_TYPE_QUERY, Client
from requests.auth import HTTPBasicAuth

from collector.sources.woocommerce.credentials import APPLICATION_PASSWORD, CONSUMER_KEY, Kind

BASIC: Final = "basic"
QUERY: Final = "query"
OAUTH1: Final = "oauth1"

KEYS_IN_TEXT = re.compile(r"((?:consumer_(?:key|secret)|oauth_\w+)=)[^&\s\"'<>]*|c[ks]_[0-9A-Za-z]{8,}")

Method = Literal["GET", "POST", "PUT", "DELETE"]
Value = str | int | bool | Sequence[str | int] | None


def ways(url: str, kind: Kind = CONSUMER_KEY) -> tuple[str, ...]:
    """What may work at this address, best first. Over http nothing but a signature is safe, nor taken. An application
    password has one way only, and where that is not safe it does not travel (`keep_out_of_the_clear`)."""
    if kind == APPLICATION_PASSWORD:
        return (BASIC,)
    return (BASIC, QUERY, OAUTH1) if url.startswith("https://") else (OAUTH1,)


def query_of(params: Mapping[str, Value]) -> str:
    """Parameters as a query, in the order of OAuth: PHP keeps the order of a list as it came, and WooCommerce signs it
    so. None is left out, a list is joined by commas (WordPress takes both spellings, and signatures only this one)."""
    pairs = sorted((name, _text(value)) for name, value in params.items() if value is not None)
    return urlencode(pairs, quote_via=quote, safe="")


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        return str(value)
    return ",".join(str(one) for one in value or ())


def signed(way: str, method: Method, url: str, key: str, secret: str) -> tuple[str, HTTPBasicAuth | None]:
    """(address to ask, what requests puts in the header). `url` with its query."""
    if way == BASIC:
        return url, HTTPBasicAuth(key.encode(), secret.encode())
    if way == QUERY:
        keys = urlencode({"consumer_key": key, "consumer_secret": secret})
        return f"{url}{'&' if '?' in url else '?'}{keys}", None
    scheme, _, rest = url.partition("://")
    client = Client(key, secret, signature_method=SIGNATURE_HMAC_SHA256, signature_type=SIGNATURE_TYPE_QUERY)
    address, _, _ = client.sign(f"http://{rest}", http_method=method)
    return f"{scheme}://{str(address).partition('://')[2]}", None


def hidden(text: str) -> str:
    """The text without keys and signatures."""
    return KEYS_IN_TEXT.sub(lambda found: f"{found[1] or ''}…", text)


class HideKeys(logging.Filter):
    """For the loggers of urllib3 and oauthlib, which write whole addresses when they are set to DEBUG."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        if hidden(said) != said:
            record.msg, record.args = hidden(said), None
        return True


def hide_keys_in_logs() -> None:
    """Once for the process; again does nothing."""
    for name in ("urllib3.connectionpool", "oauthlib.oauth1.rfc5849"):
        logger = logging.getLogger(name)
        if not any(isinstance(one, HideKeys) for one in logger.filters):
            logger.addFilter(HideKeys())
