"""Which sites a WordPress network has: asked of the network itself, as one of its users.

Consumer keys cannot tell: they know one site. `wp.getUsersBlogs` of WordPress's XML-RPC can, and takes the same
application password as the REST API. Only the marshalling is Python's; the request goes through the guarded session.
"""

from __future__ import annotations

import re
import xmlrpc.client
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit
from xml.parsers.expat import ExpatError

import requests

from collector.domain.errors import SourceUnavailable
from collector.sources.woocommerce import answers, pages, refusals
from collector.sources.woocommerce.address import address_or_none
from collector.sources.woocommerce.answers import Declined
from collector.sources.woocommerce.credentials import Keys, keep_out_of_the_clear
from collector.sources.woocommerce.password_looks import no_passwords, what_is_wrong, why_nobody
from collector.sources.woocommerce.password_refusals import BY_KEYS, NEW_ONE
from collector.sources.woocommerce.rest import RestClient
from collector.sources.woocommerce.self_description import described, read_settings

METHOD: Final = "wp.getUsersBlogs"
MOST_BYTES: Final = 4_000_000  # some thousand sites
LET_THROUGH: Final = f"Let this machine reach xmlrpc.php there, or {BY_KEYS}."
REFUSED_LOGIN, SWITCHED_OFF = 403, (405, -32601)  # faults; the last: no such method
WRONG_LOGIN: Final = "wrong_login"
_BEGINS = re.compile(r"<\?xml\s|<methodResponse>")
_ENCODING = re.compile(r"""<\?xml[^>]*\sencoding=["']([A-Za-z0-9._-]+)["']""")
_DECLARES = re.compile(r"<!(DOCTYPE|ENTITY)", re.IGNORECASE)


class NoList(Declined):
    """The network did not list its sites."""


def sites_of_user(http: requests.Session, url: str, keys: Keys, verify_ssl: bool = True) -> tuple[str, ...]:
    """Addresses of the sites of the network at `url` that the user belongs to, in its words and not checked; () for a
    site that is no network and does not list.

    `keys`: user name and application password. Raises SourceUnavailable, one line with the cure.
    """
    client = RestClient(http, url, *keys, verify_ssl=verify_ssl, patience_s=0)
    try:
        return _listed(http, client.url, keys, verify_ssl)
    except NoList as problem:
        if problem.code == WRONG_LOGIN and (better := no_passwords(client) or what_is_wrong(client)) is not None:
            raise better from None
        if _is_alone(client, problem):
            return ()
        raise


def is_beside(site: str, network: str) -> bool:
    """Whether an address that the network told is on its own host or below its name. The password opens the whole
    network, and whoever runs one site of it may be able to say where that site is."""
    there, here = urlsplit(f"//{site}"), urlsplit(f"//{network}")
    host, home = there.hostname or "", here.hostname or ""
    name = home.removeprefix("www.")
    return there.port == here.port and (host in (home, name) or host.endswith(f".{name}"))


def is_no_shop(problem: SourceUnavailable) -> bool:
    """Whether a site that answered has no WooCommerce, or none for this user."""
    if not isinstance(problem, Declined):
        return False
    is_without = problem.status == 404 and problem.code == "rest_no_route"
    return is_without or (problem.status == 403 and problem.code.startswith("woocommerce_"))


def _is_alone(client: RestClient, unlisted: NoList) -> bool:
    """Whether it is one site, which needs no list. Raises what the REST API says against the password, unless XML-RPC
    has said it: there it does not travel in a header that a host may drop."""
    try:
        settings = read_settings(client)
    except Declined as problem:
        if problem.status == 401 and unlisted.code != WRONG_LOGIN:
            raise (why_nobody(client, problem) or problem) from None
        return False
    return settings is not None and described(client.url, settings, {}).is_multisite is False


def _listed(http: requests.Session, url: str, keys: Keys, verify_ssl: bool) -> tuple[str, ...]:
    address = f"{url}/xmlrpc.php"
    keep_out_of_the_clear(keys.kind, address)
    body = xmlrpc.client.dumps((keys.name, keys.secret), METHOD).encode("utf-8", "xmlcharrefreplace")
    try:
        response = http.post(
            address,
            data=body,
            headers={"Content-Type": "text/xml; charset=utf-8"},
            verify=verify_ssl,
            allow_redirects=False,
        )
    except SourceUnavailable:
        raise
    except requests.RequestException as error:
        raise answers.unreachable(url, error) from None
    if 300 <= response.status_code < 400:
        what, cure, code = refusals.moved(url, response)
        raise Declined(what, cure, response.status_code, code)
    try:
        return _sites(url, _unmarshalled(response.content))
    except xmlrpc.client.Fault as fault:
        _refuse(url, fault.faultCode)
    except _NoXml:
        _say_what_stands_there(url, response)


class _NoXml(Exception):
    """What came is not an answer of XML-RPC."""


def _unmarshalled(content: bytes) -> Any:
    """The value in an answer. Raises Fault, or _NoXml. Only UTF-8 and no declarations: nothing can be hidden from the
    look before Expat, or be blown up in it."""
    if len(content) > MOST_BYTES:
        raise _NoXml
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _NoXml from None
    begins = _BEGINS.search(text)  # plugins print notices before it
    if begins is None:
        raise _NoXml
    text = text[begins.start() :]
    encoding = _ENCODING.match(text)
    if _DECLARES.search(text) or (encoding is not None and encoding[1].lower() not in ("utf-8", "utf8")):
        raise _NoXml
    end = text.rfind("</methodResponse>")
    text = text[: end + len("</methodResponse>")] if end >= 0 else text
    try:
        (value,), _ = xmlrpc.client.loads(text)
    except xmlrpc.client.Fault:
        raise
    # Of an answer that is XML and no XML-RPC, the stack machine below raises whatever it stumbles over.
    except (ExpatError, xmlrpc.client.Error, ValueError, LookupError, TypeError, ArithmeticError, AttributeError):
        raise _NoXml from None
    return value


def _sites(url: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise NoList(f"{url} answered something that is no list of sites.", LET_THROUGH, 200, "no_list")
    homes = [one.get("url") for one in value if isinstance(one, dict)]
    found = {address_or_none(home) or home: home for home in homes if isinstance(home, str) and home}
    return tuple(found.values())


def _refuse(url: str, code: object) -> NoReturn:
    if code == REFUSED_LOGIN:
        what = f"{url} does not accept the user name with this application password."
        raise NoList(what, f"Look at the name, and that the password was not taken back. {NEW_ONE}", 401, WRONG_LOGIN)
    if code in SWITCHED_OFF:
        what = f"XML-RPC is switched off at {url}, so the network does not list its sites."
        raise NoList(what, f"Allow it (a security plugin switches it off), or {BY_KEYS}.", 405, "")
    raise NoList(f"{url} did not list its sites (XML-RPC fault {code}).", LET_THROUGH, 500, "")


def _say_what_stands_there(url: str, response: requests.Response) -> NoReturn:
    """A page where XML was due. Raises NoList, or the refusal if it is no matter of XML-RPC."""
    status, content = response.status_code, response.content
    name = pages.firewall(content, response.headers) or pages.riddle(content, response.headers)
    if status in refusals.BUSY or status >= 500 or (status == 200 and pages.is_maintenance(content)):
        words = refusals.page(url, response) if status == 200 else refusals.meaning(url, response, "", "")
        raise Declined(*words, status, "")
    if status == 401:
        raise NoList(f"{url}/xmlrpc.php asks for a password of the host's.", LET_THROUGH, status, "")
    if status in (404, 410):
        raise NoList(f"There is no xmlrpc.php at {url}, so nobody lists its sites.", LET_THROUGH, status, "")
    if status == 200:
        said = f"{name} answers for it" if name else "something answers for it with a page"
        raise NoList(f"xmlrpc.php of {url} is not reached: {said}.", LET_THROUGH, status, "")
    said = f"{name} turned us away" if name else "a firewall or the host turned us away"
    raise NoList(f"xmlrpc.php of {url} is blocked: {said} ({status}).", LET_THROUGH, status, "")
