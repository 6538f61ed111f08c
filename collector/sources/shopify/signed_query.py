"""Queries that Shopify signs with the app's secret: the way back from an authorisation, and requests through a shop's
own domain (app proxy). Both are good for 90 seconds either side of their `timestamp`.

Source: shopify.dev, "Implement authorization code grant" and "Authenticate app proxies" (read 2026-11-21), and
Shopify's own npm library, with which the tests compare.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from urllib.parse import parse_qsl, quote_plus

from collector.domain.errors import InvalidSignature
from collector.domain.signatures import matches_hex
from collector.sources.shopify.address import valid_address

TOLERANCE_S = 90
LONGEST = 8192
MOST_FIELDS = 100
DIGEST = re.compile(r"\A[0-9a-f]{64}\Z")
SECONDS = re.compile(r"\A[0-9]{1,12}\Z")

Fields = Mapping[str, Sequence[str]]


def of_return(query: str, secrets: Iterable[str], now: datetime) -> dict[str, str]:
    """The fields of the way back from an authorisation, each there once. Raises InvalidSignature.

    `hmac` is over the other fields, sorted, in the form they have in an address.
    """
    found = _read(query)
    if any(len(values) > 1 for values in found.values()):
        raise InvalidSignature("a field is there twice")
    return _checked(found, "hmac", _as_in_addresses, secrets, now)


def of_proxy(query: str, secrets: Iterable[str], now: datetime) -> dict[str, str]:
    """The fields a shop's own domain adds: shop, logged_in_customer_id ("": nobody), path_prefix, timestamp.

    `signature` is over all others, sorted and joined with nothing between them; of one that is there several times
    the values are joined by commas. Raises InvalidSignature, also when one of Shopify's own is there twice.
    """
    found = _read(query)
    for name in ("shop", "timestamp", "signature", "logged_in_customer_id", "path_prefix"):
        if len(found.get(name, ())) > 1:
            raise InvalidSignature(f"{name} is there twice")
    return _checked(found, "signature", _run_together, secrets, now)


def proposed_shop(query: str) -> str | None:
    """The shop a query names. Proves nothing."""
    named = dict(parse_qsl(query[:LONGEST], max_num_fields=MOST_FIELDS)) if query.count("&") < MOST_FIELDS else {}
    return valid_address(named.get("shop"))


def _read(query: str) -> dict[str, list[str]]:
    if len(query) > LONGEST:
        raise InvalidSignature("a query of this length was signed by nobody")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as problem:
        raise InvalidSignature(str(problem)) from problem
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def _checked(
    found: dict[str, list[str]],
    stands_in: str,
    text_of: Callable[[Fields], str],
    secrets: Iterable[str],
    now: datetime,
) -> dict[str, str]:
    given = found.get(stands_in, [""])[0]
    if not DIGEST.match(given):
        raise InvalidSignature(f"no {stands_in}, or none that could be one")
    signed = {name: values for name, values in sorted(found.items()) if name not in ("hmac", "signature")}
    if not matches_hex(secrets, text_of(signed).encode("utf-8", "surrogatepass"), given):
        raise InvalidSignature(f"{stands_in} does not fit the query and the app's secret")
    stamp = signed.get("timestamp", [""])[0]
    if not SECONDS.match(stamp) or abs(now.timestamp() - int(stamp)) > TOLERANCE_S:
        raise InvalidSignature("the timestamp is too old or too new")
    if valid_address(signed.get("shop", [""])[0]) is None:
        raise InvalidSignature("it names no shop")
    return {name: values[0] for name, values in signed.items()}


def _as_in_addresses(fields: Fields) -> str:
    return "&".join(f"{_encoded(name)}={_encoded(values[0])}" for name, values in fields.items())


def _run_together(fields: Fields) -> str:
    return "".join(f"{name}={','.join(values)}" for name, values in fields.items())


def _encoded(text: str) -> str:
    """As browsers encode forms: `*` stays, `~` does not."""
    return quote_plus(text, safe="*").replace("~", "%7E")
