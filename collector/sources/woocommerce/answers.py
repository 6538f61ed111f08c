"""What a shop's answers mean, and what no answer means: each in one line with the cure.

No message holds a key, an URL with a query, or the words of an exception from below (those quote URLs).
"""

from __future__ import annotations

import re
import socket
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

import msgspec
import requests

from collector.domain.errors import SourceUnavailable, causes
from collector.sources.woocommerce import refusals
from collector.sources.woocommerce.credentials import CONSUMER_KEY, Kind
from collector.sources.woocommerce.refusals import BUSY, WAIT_CURE

LONGEST_WAIT_S = 3600.0
NOTHING = "no_content"  # our word for an answer that is called good and is empty
BEGINS = re.compile(rb"[{\[]")
BEGINNINGS = 50  # where JSON may begin in an answer


class Declined(SourceUnavailable):
    """The shop answered, and not with what was asked. `status` and `code` are its own ("" if not JSON)."""

    def __init__(self, message: str, cure: str, status: int, code: str) -> None:
        super().__init__(message, cure)
        self.status = status
        self.code = code
        self.is_refusal = refusals.is_of_us(status, code)


class Busy(Declined):
    """Not now (429, 503). `wait_s`: how long the shop asks to be left alone, 0 where it does not say."""

    def __init__(self, message: str, cure: str, status: int, code: str, wait_s: float) -> None:
        super().__init__(message, cure, status, code)
        self.wait_s = wait_s


class NoAnswer(SourceUnavailable):
    """Nothing usable came. `was_sent`: the request may have reached the shop all the same; `may_pass`: asking again
    may help."""

    def __init__(self, message: str, cure: str, *, was_sent: bool, may_pass: bool) -> None:
        super().__init__(message, cure)
        self.was_sent = was_sent
        self.may_pass = may_pass


class MaybeDone(SourceUnavailable):
    """A change was sent and how it ended is not known. It is never sent again by itself."""


def unreachable(url: str, error: requests.RequestException) -> NoAnswer:
    """No answer at all: name, port, time or certificate."""
    host = urlsplit(url).netloc
    below = list(causes(error))
    certificate = next((cause for cause in below if isinstance(cause, ssl.SSLCertVerificationError)), None)
    if certificate is not None:
        what, cure = _certificate(host, certificate)
        return NoAnswer(what, f"{cure} For tests only: verify_ssl: false.", was_sent=False, may_pass=False)
    if isinstance(error, requests.exceptions.SSLError):
        what, cure = f"{host} does not speak TLS as we do.", "Check that the port is the https one."
        return NoAnswer(what, cure, was_sent=False, may_pass=False)
    if any(isinstance(cause, socket.gaierror) for cause in below):
        what, cure = f"Nobody knows the name {host}.", "Check the address for a typing error."
        return NoAnswer(what, cure, was_sent=False, may_pass=False)
    if any(isinstance(cause, ConnectionRefusedError) for cause in below):
        what, cure = f"{host} refuses connections.", "Check the port and that the shop is up."
        return NoAnswer(what, cure, was_sent=False, may_pass=True)
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return NoAnswer(f"{host} cannot be reached in time.", WAIT_CURE, was_sent=False, may_pass=True)
    if isinstance(error, requests.exceptions.Timeout):
        return NoAnswer(f"{host} did not answer in time.", WAIT_CURE, was_sent=True, may_pass=True)
    what = f"The connection to {host} broke ({type(error).__name__})."
    return NoAnswer(what, WAIT_CURE, was_sent=True, may_pass=True)


def _certificate(host: str, problem: ssl.SSLCertVerificationError) -> tuple[str, str]:
    """By OpenSSL's own numbers."""
    code = getattr(problem, "verify_code", 0)
    if code == 10:
        return f"The certificate of {host} has expired.", "Renew it at the host."
    if code == 18 or code == 19:
        return f"The certificate of {host} is self-signed.", "Get a real one; hosts give them for free."
    if code in (20, 21):
        return f"The certificate of {host} comes without its chain.", "Install the intermediate certificates too."
    if code == 62:
        return f"The certificate of {host} is for another name.", "Get one for this name, or check the address."
    return f"The certificate of {host} is not valid.", "Mend it: an expired or incomplete chain is the usual cause."


def read(url: str, response: requests.Response, kind: Kind = CONSUMER_KEY) -> tuple[Any, bool]:
    """(the JSON of a good answer, whether something stood round it). Raises Declined, NoAnswer for all else. `kind` of
    the keys that went along."""
    status = response.status_code
    if 300 <= status < 400:
        what, cure, code = refusals.moved(url, response)
        raise Declined(what, cure, status, code)
    try:
        body, is_noisy = _json(response.content)
    except _CutOff:
        if 200 <= status < 300:
            raise NoAnswer(f"{url} sent an answer that is cut off.", WAIT_CURE, was_sent=True, may_pass=True) from None
        body, is_noisy = None, False
    if 200 <= status < 300:
        if body is not None:
            return body, is_noisy
        raise Declined(*refusals.page(url, response), status, "" if response.content.strip() else NOTHING)
    said = body if isinstance(body, dict) else {}
    code, message = (" ".join(str(said.get(name, "")).split())[:200] for name in ("code", "message"))
    what, cure = refusals.meaning(url, response, code, message, kind)
    if status in BUSY:
        raise Busy(what, cure, status, code, retry_after_s(response))
    raise Declined(what, cure, status, code)


class _CutOff(Exception):
    """It began as JSON and ends before its end."""


def _json(content: bytes) -> tuple[Any, bool]:
    """The object or list in an answer, and whether something stood round it; None if there is none. Raises _CutOff.

    Plugins print notices and byte order marks before it: then it begins at the first brace or bracket from which
    everything to the end is JSON. A few are tried: notices have brackets of their own. Caches write remarks behind it.
    """
    for start in (0, *(found.start() for found in islice(BEGINS.finditer(content), BEGINNINGS))):
        try:
            found = msgspec.json.decode(memoryview(content)[start:])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
            if "truncated" in str(problem) and content[start : start + 1] in (b"{", b"["):
                raise _CutOff from None  # what could be read further in would be a part of it
            if "trailing characters" in str(problem) and not content[:start].strip():
                return _before_a_remark(content[start:])
            continue
        if isinstance(found, dict | list):
            return found, bool(content[:start].strip())
    return None, False


def _before_a_remark(content: bytes) -> tuple[Any, bool]:
    """JSON with HTML behind it."""
    body, mark, _ = content.rpartition(b"<!--")
    try:
        found = msgspec.json.decode(body) if mark else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = None
    return (found, True) if isinstance(found, dict | list) else (None, False)


def retry_after_s(response: requests.Response) -> float:
    """`Retry-After`, in seconds or as a date; 0 where there is none that can be read."""
    stated = response.headers.get("Retry-After", "").strip()
    if stated.isdigit():
        return min(float(stated[:9]), LONGEST_WAIT_S)
    try:
        until = parsedate_to_datetime(stated)
    except ValueError:
        return 0.0
    now = date_of(response) or datetime.now(UTC)
    at = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max((at - now).total_seconds(), 0.0), LONGEST_WAIT_S)


def date_of(response: requests.Response) -> datetime | None:
    """The shop's clock, to the second."""
    try:
        found = parsedate_to_datetime(response.headers.get("Date", ""))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def is_too_much(problem: SourceUnavailable) -> bool:
    """Whether a smaller question may be answered: the shop died of this one, or its answer is too large for us."""
    if isinstance(problem, NoAnswer):
        return problem.was_sent
    if isinstance(problem, Declined):
        died = problem.status in (500, 502, 504, 507, 508) or 520 <= problem.status < 530
        return died or problem.code == NOTHING
    return isinstance(problem, requests.RequestException)  # the guard's: more than we take
