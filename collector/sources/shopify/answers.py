"""What Shopify's answers mean: the JSON of a good one, or a named trouble with its cure.

Everything that asks Shopify (GraphQL, tokens, the first read of an installation) reads its answers here, so there is
one place that knows what 402, a page of HTML or an error inside HTTP 200 stands for. No message holds a token, an
address with a query, or the words of an exception from below.

SourceUnavailable
├── NoAnswer         network trouble, 5xx, an internal error: worth another try
├── Throttled        out of points, or HTTP 429; `wait_s`
├── ScopeMissing     ACCESS_DENIED; `scope` and `field` as far as named
│   └── Forbidden    403: the app may ask nothing at all
├── Revoked          401: the token is no longer taken
├── Frozen           402, 423: the shop is not paid for, or locked
├── NotAShop         404: no such shop
├── NotTheApi        a redirect or a page: something else stands there
├── UnknownVersion   404 with another version of the API than ours, which is there
├── TooCostly        MAX_COST_EXCEEDED: smaller pages are needed
├── LinkGone         the address of a bulk result is over
└── UserErrors       a mutation was understood and not done; `errors`
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests

from collector.domain.errors import SourceUnavailable
from collector.sources.shopify import fields
from collector.sources.shopify.fields import Json
from collector.sources.shopify.scopes import NEEDED_SCOPES

CREDENTIALS_CURE = (
    "Copy the credentials again from the app's settings and check that the app is installed on this shop."
)
WAIT_CURE = "Try again in a minute."
SCOPES_CURE = "Give the app the scopes " + ", ".join(NEEDED_SCOPES) + " and reinstall it."
PROTECTED_CURE = (
    "Request access to protected customer data (name, address, phone, e-mail) in the app's settings; "
    "some of Shopify's plans do not allow it to apps of one's own."
)
SCOPE = re.compile(r"\b((?:read|write)_[a-z_]+)\b")
FIELD = re.compile(r"\bfor (?:the )?`?(\w+)`? (?:field|object)|\bto access the `?(\w+)`? object")
FIRST_WAIT_S = 1.0


class NoAnswer(SourceUnavailable):
    """`was_sent` False: nothing can have arrived, so even what changes something may be sent again."""

    def __init__(self, message: str, cure: str = "", *, was_sent: bool = True) -> None:
        super().__init__(message, cure)
        self.was_sent = was_sent


class Throttled(SourceUnavailable):
    """Nothing was done. `wait_s`: when there is something to be had again, as far as known."""

    def __init__(self, message: str, cure: str, wait_s: float, cost: Json | None = None) -> None:
        super().__init__(message, cure)
        self.wait_s = wait_s
        self.cost = cost or {}


class ScopeMissing(SourceUnavailable):
    """`scope` and `field` are "" where the answer does not name them."""

    def __init__(self, message: str, cure: str, scope: str = "", field: str = "") -> None:
        super().__init__(message, cure)
        self.scope = scope
        self.field = field


class Forbidden(ScopeMissing):
    """This app may ask the shop nothing."""

    is_refusal = True


class Revoked(SourceUnavailable):
    """The token is not taken: the app was removed, the token replaced or over."""

    is_refusal = True


class Frozen(SourceUnavailable):
    """The shop is not served until its owner has done something."""

    is_refusal = True


class NotAShop(SourceUnavailable):
    """Nobody is there under this name."""

    is_refusal = True


class NotTheApi(SourceUnavailable):
    """Something stands at this address, and it is not the shop's API."""

    is_refusal = True


class UnknownVersion(SourceUnavailable):
    """The shop is there, and the version of the API that the settings name is not."""

    is_refusal = True


class TooCostly(SourceUnavailable):
    """One question asks for more points than any may."""


class LinkGone(SourceUnavailable):
    """Addresses of bulk results live seven days."""


class UserErrors(SourceUnavailable):
    """`errors`: Shopify's own, each {"field": [...], "message": "...", "code": "..."} as far as asked for."""

    def __init__(self, message: str, errors: Sequence[Json]) -> None:
        super().__init__(message, "Look at what was asked; the shop's data may have changed meanwhile.")
        self.errors = tuple(errors)


def post(http: requests.Session, shop_address: str, url: str, **request: Any) -> requests.Response:
    """One POST. Redirects are not followed: they would carry the token elsewhere. Raises SourceUnavailable."""
    try:
        return http.post(url, allow_redirects=False, **request)
    except SourceUnavailable:  # the guard's own, which say more
        raise
    except requests.RequestException as error:
        raise unreachable(urlsplit(url).netloc, shop_address, error) from error


def unreachable(host: str, shop_address: str, error: requests.RequestException) -> NoAnswer:
    """No answer at all: name, port, time or certificate."""
    if isinstance(error, requests.exceptions.SSLError):
        return NoAnswer(
            f"No trusted TLS connection to {host}.",
            "Check this machine's clock, its CA certificates, and whether a proxy is in between.",
            was_sent=False,
        )
    if isinstance(error, requests.Timeout):
        return NoAnswer(
            f"{host} did not answer in time.",
            "Try again; check the network and the firewall.",
            was_sent=not isinstance(error, requests.ConnectTimeout),
        )
    said = str(error)
    if any(words in said for words in ("NameResolutionError", "Failed to resolve", "getaddrinfo")):
        return NoAnswer(
            f"The name {host} is not known (DNS).", "Check the shop's address and this machine's DNS.", was_sent=False
        )
    if "refused" in said.lower():
        return NoAnswer(f"{host} refused the connection.", "Check the address and the firewall.", was_sent=False)
    if isinstance(error, requests.ConnectionError):
        return NoAnswer(f"The connection to {host} broke off.", "Try again; check the network.")
    return NoAnswer(f"The request to {host} failed ({type(error).__name__}).", f"Check the address {shop_address}.")


def read_answer(shop_address: str, response: requests.Response) -> Json:
    """The JSON object of a 200. Raises SourceUnavailable for every other answer."""
    status = response.status_code
    if 300 <= status < 400:
        target = urlsplit(response.headers.get("Location", "")).netloc or "another page"
        raise NotTheApi(
            f"{shop_address} redirects to {target}, which is not followed.",
            "Use the shop's .myshopify.com address.",
        )
    if status != 200:
        raise _refusal(shop_address, response)
    try:
        answer = response.json()
    except (requests.exceptions.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        kind = response.headers.get("Content-Type", "unknown type").split(";")[0].strip()
        if "json" in kind:
            raise NoAnswer(f"{shop_address} answered with broken JSON.", "Try again in a few minutes.") from error
        raise NotTheApi(
            f"{shop_address} answered with a page ({kind}) instead of JSON.",
            "Use the shop's .myshopify.com address; check that no proxy stands in between.",
        ) from error
    if not isinstance(answer, dict):
        raise SourceUnavailable(f"{shop_address} answered with JSON that is no object.", "Check the address.")
    return answer


def _refusal(shop_address: str, response: requests.Response) -> SourceUnavailable:
    """What a status says, and the cure. Shopify answers 404 for names of no shop, 402 for unpaid ones."""
    status, why = response.status_code, f"(HTTP {response.status_code})"
    if status == 401:
        return Revoked(f"{shop_address} does not accept these credentials {why}.", CREDENTIALS_CURE)
    if status == 402:
        return Frozen(
            f"{shop_address} is frozen until the merchant has paid Shopify {why}.",
            "Pay the plan in the Shopify admin, then try again.",
        )
    if status == 403:
        return Forbidden(f"{shop_address} forbids this app to read {why}.", SCOPES_CURE)
    if status == 404:
        return NotAShop(
            f"{shop_address} is not a shop, or not with this API {why}.", "Check --shop-url for a typing mistake."
        )
    if status == 423:
        return Frozen(f"{shop_address} is locked by Shopify {why}.", "Ask Shopify's support to unlock the shop.")
    if status == 429:
        wait_s = _seconds(response.headers.get("Retry-After"))
        return Throttled(f"{shop_address} asks us to wait, too many requests {why}.", WAIT_CURE, wait_s)
    said = f"{shop_address} answered HTTP {status} ({reason(response)})."
    cure = "Try again in a few minutes; see shopifystatus.com."
    return NoAnswer(said, cure) if status >= 500 or status == 408 else SourceUnavailable(said, cure)


def _seconds(header: str | None) -> float:
    try:
        return max(float(header or ""), 0.0)
    except ValueError:  # absent, or a date: rare, and waiting a little is right either way
        return FIRST_WAIT_S


def reason(response: requests.Response) -> str:
    """Shopify's own words, short and on one line; no page's HTML."""
    try:
        answer = response.json()
    except (requests.exceptions.JSONDecodeError, UnicodeDecodeError, RecursionError):
        return "no reason given"
    stated = fields.mapping(answer)
    said = stated.get("error_description") or stated.get("error") or stated.get("errors")
    return one_line(said) or "no reason given"


def one_line(said: object) -> str:
    return re.sub(r"\s+", " ", fields.text(said, limit=200))


def read_data(shop_address: str, answer: Json) -> Json:
    """`data` of a GraphQL answer: HTTP 200 may still carry errors, and then half an answer is none."""
    errors = answer.get("errors")
    if errors:
        raise _graphql_trouble(shop_address, answer, errors)
    data = answer.get("data")
    if not isinstance(data, dict):
        raise NoAnswer(f"{shop_address} answered without data.", "Try again in a few minutes.")
    return data


def _graphql_trouble(shop_address: str, answer: Json, errors: object) -> SourceUnavailable:
    first = next(fields.objects(errors), {"message": errors})
    message = one_line(first.get("message")) or "no reason given"
    extensions = fields.mapping(first.get("extensions"))
    code = fields.text(extensions.get("code"), limit=50)
    said = f"{shop_address} refused the question: {message.rstrip('.')}."
    match code:
        case "THROTTLED":
            cost = fields.mapping(fields.mapping(answer.get("extensions")).get("cost"))
            return Throttled(said, WAIT_CURE, FIRST_WAIT_S, cost)
        case "ACCESS_DENIED":
            return _denied(shop_address, said, message, extensions, first.get("path"))
        case "MAX_COST_EXCEEDED":
            return TooCostly(said, "Ask for smaller pages.")
        case "SHOP_INACTIVE":
            return Frozen(said, "Open the shop again in the Shopify admin, then try again.")
        case "INTERNAL_SERVER_ERROR" | "TIMEOUT":
            return NoAnswer(said, "Try again in a few minutes; see shopifystatus.com.")
        case "":
            return SourceUnavailable(said, CREDENTIALS_CURE)
        case _:  # a question Shopify's schema does not know: the version is another than ours
            return SourceUnavailable(said, "Leave api_version out, or update this program.")


def _denied(shop_address: str, said: str, message: str, extensions: Json, path: object) -> ScopeMissing:
    """Which scope, and for what. Shopify names them in words."""
    scopes = SCOPE.findall(fields.text(extensions.get("requiredAccess"), limit=500)) or SCOPE.findall(message)
    named = FIELD.search(message)
    stated = [step for step in path if isinstance(step, str)] if isinstance(path, list) else []
    field = next(filter(None, (*(named.groups() if named else ()), ".".join(stated))), "")
    if "protected" in message.lower() or "not approved to access" in message.lower():
        return ScopeMissing(said, PROTECTED_CURE, field=field)
    if not scopes:
        return ScopeMissing(said, SCOPES_CURE, field=field)
    cure = f"Give the app the scope {scopes[0]} and install it again."
    what = f"{shop_address} does not let this app read {field}: it lacks {scopes[0]}." if field else said
    return ScopeMissing(what, cure, scopes[0], field)


def date_of(response: requests.Response) -> datetime | None:
    """The shop's clock, by its Date header."""
    try:
        stated = parsedate_to_datetime(response.headers.get("Date", ""))
    except (TypeError, ValueError):  # absent, or no date
        return None
    return stated if stated.tzinfo is not None else None
