"""One read call to a shop's REST API, and what its failures mean, each in one line with the cure.

Over https the keys go as Basic, and if the host strips the Authorization header, in the query. Over http
WooCommerce takes OAuth 1.0a only. Redirects are not followed: they would carry the keys along. No message
holds a key, an URL with a query, or the words of an exception from below (those quote URLs).
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import msgspec
import requests
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth1

from collector.domain.errors import SourceUnavailable

API = "/wp-json/wc/v3/"
BASIC, QUERY, OAUTH1 = "basic", "query", "oauth1"
NEW_KEY = "Make a new one with Read/Write under WooCommerce > Settings > Advanced > REST API."


class Declined(SourceUnavailable):
    """The shop answered, and not with what was asked. `status` and `code` are its own ("" if not JSON)."""

    def __init__(self, message: str, cure: str, status: int, code: str) -> None:
        super().__init__(message, cure)
        self.status = status
        self.code = code


@dataclass(slots=True)
class Reader:
    """Reads of one shop. `http` brings timeouts and the guard; `url` is the shop's home address.

    `auth` is the way the keys go now: basic, query or oauth1.
    """

    http: requests.Session
    url: str
    key: str = field(repr=False)
    secret: str = field(repr=False)
    verify_ssl: bool = True
    auth: str = ""

    def __post_init__(self) -> None:
        if not self.auth:
            self.auth = BASIC if self.url.startswith("https://") else OAUTH1

    def read(self, path: str, **params: str) -> Any:
        """The JSON behind `/wp-json/wc/v3/<path>`. Raises SourceUnavailable.

        A 401 that knows no key may mean that the host dropped the Authorization header: asked once more
        with the keys in the query, and `auth` stays so if that works.
        """
        try:
            return self._read(API + path, params, self.auth)
        except Declined as declined:
            if self.auth != BASIC or declined.code != "woocommerce_rest_cannot_view" or declined.status != 401:
                raise
        found = self._read(API + path, params, QUERY)
        self.auth = QUERY
        return found

    def read_open(self, path: str, **params: str) -> Any:
        """The JSON behind `<home>/<path>`, asked without keys. Raises SourceUnavailable."""
        return self._read(f"/{path}", params, "")

    def _read(self, path: str, params: Mapping[str, str], auth: str) -> Any:
        asked = dict(params)
        if auth == QUERY:
            asked |= {"consumer_key": self.key, "consumer_secret": self.secret}
        try:
            response = self.http.get(
                self.url + path,
                params=asked,
                auth=self._signer(auth),
                verify=self.verify_ssl,
                allow_redirects=False,
                headers={"Accept": "application/json"},
            )
        except SourceUnavailable:
            raise
        except requests.RequestException as error:
            raise unreachable(self.url, error) from None
        return answer(self.url, response)

    def _signer(self, auth: str) -> requests.auth.AuthBase | None:
        if auth == BASIC:
            return HTTPBasicAuth(self.key.encode(), self.secret.encode())
        if auth == OAUTH1:
            return OAuth1(self.key, self.secret, signature_method="HMAC-SHA256", signature_type="QUERY")
        return None


def unreachable(url: str, error: requests.RequestException) -> SourceUnavailable:
    """No answer at all: name, port, time or certificate."""
    host = urlsplit(url).netloc
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return SourceUnavailable(
            f"The certificate of {host} is not valid.",
            "Mend it (an expired or incomplete chain is the usual cause); for tests only, verify_ssl: false.",
        )
    if isinstance(error, requests.exceptions.SSLError):
        return SourceUnavailable(f"{host} does not speak TLS as we do.", "Check that the port is the https one.")
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return SourceUnavailable(f"Nobody knows the name {host}.", "Check the address for a typing error.")
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return SourceUnavailable(f"{host} refuses connections.", "Check the port and that the shop is up.")
    if isinstance(error, requests.exceptions.Timeout):
        return SourceUnavailable(f"{host} did not answer in time.", "Try again; ask the host if it stays so.")
    return SourceUnavailable(
        f"The connection to {host} broke ({type(error).__name__}).", "Try again; ask the host if it stays so."
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and those below it: urllib3 and requests wrap them, also as arguments."""
    waiting, met = [error], set[int]()
    while waiting:
        found = waiting.pop()
        if id(found) in met:
            continue
        met.add(id(found))
        yield found
        below = (found.__cause__, found.__context__, *found.args)
        waiting += [each for each in below if isinstance(each, BaseException)]


def answer(url: str, response: requests.Response) -> Any:
    """The JSON of a good answer. Raises Declined for everything else."""
    status = response.status_code
    if 300 <= status < 400:
        raise _moved(url, response)
    body = _json(response.content)
    if 200 <= status < 300:
        if body is not None:
            return body
        raise Declined(
            f"{url} answers with a page instead of data.",
            "A maintenance page or a security plugin stands before the API: let /wp-json/ through.",
            status,
            "",
        )
    said = body if isinstance(body, dict) else {}
    code, message = (" ".join(str(said.get(name, "")).split())[:200] for name in ("code", "message"))
    what, cure = _meaning(url, status, code, message)
    raise Declined(what, cure, status, code)


def _json(content: bytes) -> Any:
    """The object or list in an answer; None if there is none.

    Plugins print notices and byte order marks before it: then it begins at the first brace or bracket.
    """
    starts = [place for place in (content.find(b"{"), content.find(b"[")) if place >= 0]
    for start in (0, *sorted(starts)):
        try:
            found = msgspec.json.decode(content[start:])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        if isinstance(found, dict | list):
            return found
    return None


def _moved(url: str, response: requests.Response) -> Declined:
    target = urlsplit(urljoin(url + API, response.headers.get("Location", "")))
    home = target.path.partition("/wp-json")[0].rstrip("/")
    to = f"{target.scheme}://{target.netloc.rpartition('@')[2]}{home}"
    return Declined(
        f"{url} redirects to {to}; keys are not sent along.",
        "Use the address it redirects to." if to != url else "Look at the shop's redirect rules for /wp-json/.",
        response.status_code,
        "",
    )


def _meaning(url: str, status: int, code: str, message: str) -> tuple[str, str]:
    """What a refusal means and what to do. The words are those of WooCommerce 10.5."""
    is_https = url.startswith("https://")
    if status == 401 and "secret is invalid" in message.lower():
        return "The consumer secret does not belong to the consumer key.", f"Copy both again. {NEW_KEY}"
    if status == 401 and "does not have read" in message:
        return "The key may only write.", NEW_KEY
    if status == 401 and "does not have write" in message:
        return "The key may only read.", NEW_KEY
    if status == 401 and code == "woocommerce_rest_authentication_error":
        return (
            f"The shop does not accept the keys ({message}).",
            f"Copy both again and check the clocks of both machines. {NEW_KEY}",
        )
    if status == 401 and code == "woocommerce_rest_cannot_view":
        if not is_https:
            return "The shop does not know the consumer key.", f"Copy it again, or use https. {NEW_KEY}"
        return (
            "The shop does not know the consumer key, or does not see that we came over https.",
            f"Copy the key again. {NEW_KEY} If it is right: a proxy before the shop must pass on"
            " X-Forwarded-Proto, and permalinks must not be Plain.",
        )
    if status == 401:
        return (
            f"{url} asks for a password before WooCommerce is reached.",
            "Take the site's own password protection (staging) off /wp-json/.",
        )
    if status == 403 and code:
        return "The key's owner may not see this.", "Use a key of an administrator or a shop manager."
    if status == 403:
        return f"A firewall before {url} turned us away.", "Let this machine reach /wp-json/."
    if status == 404 and code == "rest_no_route":
        return f"{url} is WordPress without WooCommerce's API.", "Activate WooCommerce (3.5 or newer)."
    if status == 404:
        return (
            f"There is no {API} at {url}.",
            "Check the address; in WordPress set Settings > Permalinks to anything but Plain.",
        )
    if status == 429:
        return f"{url} asks us to slow down.", "Try again in a few minutes."
    if status >= 500:
        return (
            f"{url} answered {status}: the shop itself failed.",
            "Look at its PHP error log; try again later.",
        )
    return f"{url} answered {status} {code}".strip() + ".", "Check the address."
