"""The kinds of values a setting may hold: how one is read, and what to say it may be.

A kind takes what YAML gave (text, number, true/false, list, map) and returns the typed value, or raises
ValueError. The message for the merchant is made by `reading`, from the kind's `allowed` sentence.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST_S = 3650 * 86400


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """`takes_text` says that text from the environment is the value as it stands, not YAML."""

    allowed: str
    read: Callable[[Any], T]
    takes_text: bool = False


class NotThere(ValueError):
    """Something inside a value is not allowed. `below`: where; `said`: what is, in place of the kind's sentence."""

    def __init__(self, below: tuple[str | int, ...], value: str, said: str) -> None:
        super().__init__(said)
        self.below = below
        self.value = value
        self.said = said


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `amount` in any `per`."""

    amount: int
    per: timedelta

    def __str__(self) -> str:
        seconds = int(self.per.total_seconds())
        unit = next((name for name, size in _UNITS.items() if size == seconds), None)
        return f"{self.amount}/{unit}" if unit else f"{self.amount}/{seconds}s"


@dataclass(frozen=True, slots=True)
class Bind:
    """Where the web server listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def _text(raw: Any) -> str:
    if not isinstance(raw, str) or any(ord(character) < 32 for character in raw):
        raise ValueError
    return raw.strip()


def _flag(raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise ValueError
    return raw


def _url(raw: Any) -> str:
    given = _text(raw).rstrip("/")
    parts = urlsplit(given)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError
    if parts.username or parts.password or parts.port == 0 or re.search(r"\s", given):
        raise ValueError
    return given


def _url_path(raw: Any) -> str:
    given = _text(raw)
    taken = ("/webhooks", "/t", "/r", "/api", "/install", "/healthz", "/readyz", "/metrics")
    if not re.fullmatch(r"(/[A-Za-z0-9_-]+)+", given) or given in taken or given.startswith("/webhooks/"):
        raise ValueError
    return given


def _bind(raw: Any) -> Bind:
    host, _, port = _text(raw).rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not re.fullmatch(r"[A-Za-z0-9.:-]+", host) or not re.fullmatch(r"[0-9]{1,5}", port):
        raise ValueError
    if not 1 <= int(port) <= 65535:
        raise ValueError
    return Bind(host, int(port))


def _database(raw: Any) -> str:
    given = _text(raw)
    if not given.startswith("sqlite:///") or given.rstrip("/") == "sqlite:":
        raise ValueError
    return given


def _duration(raw: Any) -> timedelta:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd])", raw.strip()) if isinstance(raw, str) else None
    if match is None:
        raise ValueError
    seconds = float(match[1]) * _UNITS[match[2]]
    if seconds > _LONGEST_S:
        raise ValueError
    return timedelta(seconds=seconds)


def _positive_duration(raw: Any) -> timedelta:
    found = _duration(raw)
    if not found:
        raise ValueError
    return found


def _steps(raw: Any) -> tuple[timedelta, ...]:
    found = tuple(_positive_duration(step) for step in (raw if isinstance(raw, list) else [raw]))
    if not found or list(found) != sorted(set(found)):
        raise ValueError
    return found


def _rate(raw: Any) -> Rate:
    match = re.fullmatch(r"(\d{1,9})\s*/\s*([smhd])", raw.strip()) if isinstance(raw, str) else None
    if match is None or int(match[1]) == 0:
        raise ValueError
    return Rate(int(match[1]), timedelta(seconds=_UNITS[match[2]]))


def _amount(raw: Any) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, (int, float, str)):
        raise ValueError
    try:
        found = Decimal(str(raw))
    except InvalidOperation:
        raise ValueError from None
    if not found.is_finite() or not 0 <= found <= 10**9:
        raise ValueError
    return found


def _clock_time(raw: Any) -> time:
    # YAML 1.1 reads an unquoted 21:00 as 1260, a number in base sixty.
    if isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw < 24 * 60:
        return time(raw // 60, raw % 60)
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", raw.strip()) if isinstance(raw, str) else None
    if match is None:
        raise ValueError
    return time(int(match[1]), int(match[2]))


def _day(raw: Any) -> date:
    # YAML reads an unquoted 2026-01-31 as a day already, and one with a time as a moment, which is refused.
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    return date.fromisoformat(_text(raw))


def _list_or_name(raw: Any) -> int | str | None:
    if raw is None or (isinstance(raw, int) and not isinstance(raw, bool) and raw > 0):
        return raw
    if (found := _text(raw)) == "":
        raise ValueError
    return found


def _network(raw: Any) -> str:
    return str(ipaddress.ip_network(_text(raw), strict=False))


def _host(raw: Any) -> str:
    found = _text(raw).lower().rstrip(".")
    if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?", found):
        raise ValueError
    return found


def _signing_key(raw: Any) -> str:
    if not isinstance(raw, str) or not re.fullmatch(r"[A-Za-z0-9_.+/=-]{16,}", raw):
        raise ValueError
    return raw


def _site_key(raw: Any) -> str:
    if not isinstance(raw, str) or not re.fullmatch(r"[A-Za-z0-9_-]{8,64}|", raw):
        raise ValueError
    return raw


def _attribute_prefix(raw: Any) -> str:
    given = _text(raw)
    if given and not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,19}", given):
        raise ValueError
    return given


def _shopify_version(raw: Any) -> str:
    given = _text(raw).strip()
    if given and not re.fullmatch(r"20[0-9]{2}-(01|04|07|10)", given):
        raise ValueError
    return given


def _woocommerce_version(raw: Any) -> str:
    given = _text(raw).strip().strip("/")
    if given and not re.fullmatch(r"wc/v[123]", given):
        raise ValueError
    return given


def _time_zone(raw: Any) -> str:
    name = _text(raw)
    try:
        return ZoneInfo(name).key if name else ""
    except (LookupError, OSError):
        raise ValueError from None


text = Kind("text (put it in quotes if it looks like a number)", _text, takes_text=True)
flag = Kind("true or false", _flag)
url = Kind("an address such as https://shop.example.com", _url, takes_text=True)
optional_url = Kind(url.allowed, lambda raw: _url(raw) if raw != "" else "", takes_text=True)
bind = Kind("HOST:PORT such as 127.0.0.1:8000", _bind, takes_text=True)
url_path = Kind("a path such as /c (letters, digits, - and _; not one of our own)", _url_path)
database = Kind("sqlite:///file.db (beside the file of settings) or sqlite:////absolute/path.db", _database, True)
duration = Kind("a number with s, m, h or d such as 30m or 24h", _duration, takes_text=True)
positive_duration = Kind("a number above 0 with s, m, h or d such as 30m or 24h", _positive_duration, True)
steps = Kind("a duration such as 30m, or a rising list such as [30m, 24h, 72h]", _steps)
rate = Kind("a number per s, m, h or d such as 120/m", _rate, takes_text=True)
amount = Kind("a number from 0 up", _amount)
clock_time = Kind('a time of day such as "21:00"', _clock_time, takes_text=True)
day = Kind("a day such as 2026-01-31", _day, takes_text=True)
list_or_name = Kind("the number of a Brevo list, or its name", _list_or_name)
network = Kind("an IP address or network such as 10.0.0.0/8", _network, takes_text=True)
attribute_prefix = Kind("up to 20 letters, digits and _, beginning with a letter", _attribute_prefix, takes_text=True)
shopify_version = Kind("a version of Shopify's API such as 2026-07 or 2026-10", _shopify_version, takes_text=True)
woocommerce_version = Kind("a version of WooCommerce's API: wc/v3", _woocommerce_version, takes_text=True)
time_zone = Kind("the name of a time zone such as Europe/Berlin", _time_zone, takes_text=True)
host = Kind("a host name such as shop.example.com", _host, takes_text=True)
signing_key = Kind("16 or more letters, digits or _-.+/=", _signing_key, takes_text=True)
site_key = Kind("8 to 64 letters, digits, _ or -", _site_key, takes_text=True)


def number(low: int, high: int) -> Kind[int]:
    """A whole number of the range, ends included."""

    def read(raw: Any) -> int:
        if isinstance(raw, bool) or not isinstance(raw, int) or not low <= raw <= high:
            raise ValueError
        return raw

    return Kind(f"a whole number from {low} to {high}", read)


def choice(*names: str) -> Kind[str]:
    """One of these words."""

    def read(raw: Any) -> str:
        if raw is False and "off" in names:  # YAML 1.1 reads a bare `off` as false
            return "off"
        if not isinstance(raw, str) or raw not in names:
            raise ValueError
        return raw

    return Kind(", ".join(names[:-1]) + f" or {names[-1]}", read, takes_text=True)


def one_of(enum: type[E]) -> Kind[E]:
    """A member of a domain enumeration, by its value."""
    words = choice(*(member.value for member in enum))
    return Kind(words.allowed, lambda raw: enum(words.read(raw)), takes_text=True)


def optional(kind: Kind[T]) -> Kind[T | None]:
    """Nothing, or what the kind allows."""
    return Kind(kind.allowed, lambda raw: None if raw is None else kind.read(raw), kind.takes_text)


def many(item: Kind[T]) -> Kind[tuple[T, ...]]:
    """A list; one value alone stands for a list of one."""

    def read(raw: Any) -> tuple[T, ...]:
        if raw is None or raw == "":
            return ()
        return tuple(item.read(one) for one in (raw if isinstance(raw, list) else [raw]))

    return Kind(f"a list; each entry: {item.allowed}", read)


def table(value: Kind[T], key_allowed: str = "name") -> Kind[Mapping[str, T]]:
    """A map with free keys."""

    def read(raw: Any) -> Mapping[str, T]:
        if not isinstance(raw, dict) or not all(isinstance(key, str) for key in raw):
            raise ValueError
        return MappingProxyType({key: value.read(one) for key, one in raw.items()})

    return Kind(f"a map of {key_allowed}: {value.allowed}", read)


def pairs(
    first: str,
    second: str,
    seconds: Mapping[str, Collection[str]],
    why_no_first: Callable[[str], str],
    why_no_second: Callable[[str, str], str],
) -> Kind[tuple[tuple[str, str], ...]]:
    """A list of maps with exactly these two keys; `seconds`: what may stand beside which first. The last two say what
    is allowed in place of something else."""
    each = "; ".join(f"{one} with {', '.join(others)}" for one, others in seconds.items())

    def check(place: int, one: str, other: str) -> None:
        if one not in seconds:
            raise NotThere((place, first), one, why_no_first(one))
        if other not in seconds[one]:
            raise NotThere((place, second), other, why_no_second(one, other))

    return _pairs(first, second, f"a list of {{{first}: …, {second}: …}}: {each}", check)


def free_pairs(first: str, second: str) -> Kind[tuple[tuple[str, str], ...]]:
    """A list of maps with exactly these two keys, each with a text that is not empty."""

    def check(_: int, one: str, other: str) -> None:
        if not one or not other:
            raise ValueError

    return _pairs(first, second, f"a list of {{{first}: …, {second}: …}}, both texts", check)


def _pairs(
    first: str, second: str, allowed: str, check: Callable[[int, str, str], None]
) -> Kind[tuple[tuple[str, str], ...]]:
    def read(raw: Any) -> tuple[tuple[str, str], ...]:
        if not isinstance(raw, list):
            raise ValueError
        found = []
        for place, entry in enumerate(raw):
            if not isinstance(entry, dict) or set(entry) != {first, second}:
                raise ValueError
            pair = (_text(entry[first]), _text(entry[second]))
            check(place, *pair)
            found.append(pair)
        return tuple(found)

    return Kind(allowed, read)
