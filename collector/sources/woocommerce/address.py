"""The name of a WooCommerce shop: `host[:port][/path]`, whatever way somebody wrote it.

The path counts: one WordPress network is many shops on one host. The scheme does not: the same shop
calls itself http or https depending on the proxy in front of it.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec
import requests

from collector.domain.errors import Misuse

EXAMPLE = "Give the shop's home address, like https://shop.example or https://shop.example/store."
DEFAULT_PORTS = {"http": 80, "https": 443}
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
NOT_HOME = re.compile(r"/(wp-json|wp-admin|wp-login\.php|index\.php)(/|$)")


def normalise_address(text: str) -> tuple[str, str]:
    """What a merchant typed or a shop calls itself -> (address, url). Without a scheme: https.

    Host in lower case and as DNS has it (IDNA), default ports and the last slash dropped, path as it is.
    Raises Misuse naming the value and the cure; never repeats a password.
    """
    typed = text.strip()
    if not typed or len(typed) > 2000 or re.search(r"[\s\\\x00-\x1f\x7f]", typed):
        raise Misuse(f"{typed[:100]!r} is no address. {EXAMPLE}")
    has_scheme = SCHEME.match(typed) is not None
    full = typed if has_scheme else f"https://{typed.removeprefix('//')}"
    try:
        parts = urlsplit(full)
        port = parts.port
    except ValueError:
        raise Misuse(f"{typed[:100]!r} is no address. {EXAMPLE}") from None
    if "@" in parts.netloc:
        raise Misuse(f"The address of {parts.hostname} has a user name or password in it. Leave them out.")
    if parts.scheme not in DEFAULT_PORTS:
        raise Misuse(f"{typed[:100]!r} begins with {parts.scheme}://; a shop's begins with https://. {EXAMPLE}")
    if parts.query or parts.fragment:
        raise Misuse(f"{typed[:100]!r} goes on after the home address. Leave out everything from ? or # on.")
    host = _host(parts.hostname or "")
    is_bare_word = not has_scheme and port is None and "." not in host and ":" not in host
    if not host or port == 0 or (is_bare_word and host != "localhost"):
        raise Misuse(f"{typed[:100]!r} is no address. {EXAMPLE}")
    path = re.sub(r"/+", "/", quote(parts.path, safe="/%:@!$&'()*+,;=~")).rstrip("/")
    if NOT_HOME.search(path) or {".", ".."} & set(path.split("/")):
        raise Misuse(f"{typed[:100]!r} is a page inside the shop. {EXAMPLE}")
    colon_port = "" if port in (None, DEFAULT_PORTS[parts.scheme]) else f":{port}"
    address = f"{host}{colon_port}{path}"
    return address, f"{parts.scheme}://{address}"


def _host(text: str) -> str:
    """The host as DNS has it, IPv6 in brackets; "" for what is no host."""
    host = text.lower().removesuffix(".")
    if ":" in host:
        try:
            return f"[{ipaddress.IPv6Address(host)}]"
        except ValueError:
            return ""
    if not host.isascii():
        try:  # requests brings today's IDNA rules; Python's own are those of 2003
            host = urlsplit(requests.Request("GET", f"https://{host}/").prepare().url or "").hostname or ""
        except (requests.RequestException, ValueError):
            return ""
    labels = host.split(".")
    if len(host) > 253 or not all(LABEL.fullmatch(label) for label in labels):
        return ""
    if labels[-1].isdigit() or labels[-1].startswith("0x"):  # then it must be an IPv4 address, plainly written
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            return ""
    return host


class _Link(msgspec.Struct):
    href: str = ""


class _Links(msgspec.Struct):
    self_: list[_Link] = msgspec.field(name="self", default_factory=list)


class _Linked(msgspec.Struct):
    links: _Links | None = msgspec.field(name="_links", default=None)


_LINKED: msgspec.json.Decoder[Any] = msgspec.json.Decoder(_Linked)


def named_address(body: bytes) -> str | None:
    """The shop a resource's own link names; None where there is none (deletions, actions). Never raises.

    `https://shop.example/store/wp-json/wc/v3/orders/27` -> `shop.example/store`.
    """
    try:
        linked: _Linked = _LINKED.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if linked.links is None or not linked.links.self_:
        return None
    return _home(linked.links.self_[0].href)


def _home(href: str) -> str | None:
    """What stands before the REST part of a link, normalised."""
    before, rest, _ = href.rpartition("/wp-json/")
    if not rest:
        before, rest, _ = href.partition("?rest_route=")
    if not rest:
        return None
    return address_or_none(before.rstrip("/").removesuffix("/index.php"))


def address_or_none(text: str) -> str | None:
    """For addresses that came from outside: None instead of Misuse."""
    try:
        return normalise_address(text)[0]
    except Misuse:
        return None
