"""Failures on demand: what a network and a busy or strict Brevo do to a caller.

| mode | what the caller sees |
|---|---|
| a status (`"429"`, `"500"`, `"425"`, ...) | that answer, nothing is kept; 502, 503 and 504 are a proxy's HTML |
| `ip_block` | 401 with Brevo's sentence about an unknown address |
| `outage` | 503 as HTML |
| `slow` | the real answer after `delay_s` (1 s) |
| `timeout` | no answer, nothing kept; the connection stays until the caller gives up |
| `timeout_after_accepting` | the same, but the call was carried out |
| `reset` | the connection closes without an answer, nothing kept |
| `reset_after_accepting` | the same, but the call was carried out |
"""

from __future__ import annotations

import select
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Response

from collector.sandbox.brevo.answers import Json, Refusal

_STATUSES: dict[int, tuple[str, str]] = {
    400: ("bad_request", "The request could not be understood"),
    401: ("unauthorized", "Key not found"),
    402: ("not_enough_credits", "Not enough credits"),
    403: ("permission_denied", "You are not allowed to access this resource"),
    404: ("document_not_found", "Not found"),
    408: ("bad_request", "Request timeout"),
    422: ("unprocessable_entity", "Unprocessable entity"),
    425: ("account_in_process", "Account is under validation"),
    429: ("too_many_requests", "Too many requests"),
    500: ("internal_error", "Internal server error"),
}
_FROM_A_PROXY = {502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}
_UNANSWERED = ("timeout", "timeout_after_accepting", "reset", "reset_after_accepting")
MODES = (*map(str, _STATUSES), *map(str, _FROM_A_PROXY), "ip_block", "outage", "slow", *_UNANSWERED)
_HOLD_AT_MOST_S = 300.0


@dataclass(slots=True)
class Failure:
    mode: str
    path: str  # a prefix
    method: str | None
    times_left: int | None  # None: no count
    until: datetime | None  # None: no end
    delay_s: float

    @property
    def is_after_accepting(self) -> bool:
        return self.mode.endswith("_after_accepting")

    @property
    def is_unanswered(self) -> bool:
        return self.mode in _UNANSWERED

    def described(self) -> Json:
        return {
            "mode": self.mode,
            "path": self.path,
            "method": self.method,
            "times_left": self.times_left,
            "until": None if self.until is None else self.until.isoformat(),
            "delay_s": self.delay_s,
        }

    def answer(self) -> Response:
        """What a mode that answers says. Not for `slow` and the unanswered ones."""
        if self.mode == "ip_block":
            message = (
                "We have detected you are using an unrecognised IP address 203.0.113.7. If you performed this action"
                " make sure to add the new IP address in this link: https://app.brevo.com/security/authorised_ips"
            )
            return Refusal(401, "unauthorized", message).response()
        status = 503 if self.mode == "outage" else int(self.mode)
        if status in _FROM_A_PROXY:
            title = f"{status} {_FROM_A_PROXY[status]}"
            page = f"<html><head><title>{title}</title></head><body><center><h1>{title}</h1></center></body></html>"
            return Response(page, status, content_type="text/html")
        return Refusal(status, *_STATUSES[status]).response()


class Failures:
    """The failures that are set, oldest first; the first that fits a call is taken and counted down."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._set: list[Failure] = []
        self._cleared = threading.Event()

    def add(self, asked: Mapping[str, Any], now: datetime) -> Failure:
        """Raises ValueError, naming the field. Without `times` and `seconds` it lasts until cleared."""
        mode, times, seconds = str(asked.get("mode")), asked.get("times"), asked.get("seconds")
        if mode not in MODES:
            raise ValueError(f"mode: one of {', '.join(MODES)}")
        if times is not None and (type(times) is not int or times < 1):
            raise ValueError("times: a number from 1")
        if seconds is not None and (type(seconds) not in (int, float) or seconds <= 0):
            raise ValueError("seconds: a number above 0")
        delay_s = asked.get("delay_s", 1.0)
        if type(delay_s) not in (int, float) or not 0 <= delay_s <= _HOLD_AT_MOST_S:
            raise ValueError(f"delay_s: a number up to {_HOLD_AT_MOST_S:.0f}")
        path = str(asked.get("path") or "/v3")
        failure = Failure(
            mode,
            path if path.startswith("/v3") else "/v3" + path,
            asked.get("method"),
            times,
            None if seconds is None else now + timedelta(seconds=seconds),
            delay_s,
        )
        with self._lock:
            self._set.append(failure)
        return failure

    def take(self, method: str, path: str, now: datetime) -> Failure | None:
        with self._lock:
            self._set = [one for one in self._set if one.until is None or one.until > now]
            for failure in self._set:
                if not path.startswith(failure.path) or failure.method not in (None, method):
                    continue
                if failure.times_left is not None:
                    failure.times_left -= 1
                    if failure.times_left == 0:
                        self._set.remove(failure)
                return failure
        return None

    def all(self, now: datetime) -> list[Failure]:
        with self._lock:
            return [one for one in self._set if one.until is None or one.until > now]

    def clear(self) -> None:
        """Ends everything, also the calls held just now: their connections close."""
        with self._lock:
            self._set = []
            self._cleared.set()
            self._cleared = threading.Event()

    def carry_out(self, failure: Failure, environ: Mapping[str, Any]) -> None:
        """For an unanswered mode: hold if it is a timeout, then close the caller's connection."""
        connection = _connection(environ)
        if failure.mode.startswith("timeout"):
            _hold(connection, self._cleared)
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # the caller was quicker


def pause(failure: Failure) -> None:
    time.sleep(failure.delay_s)


def _connection(environ: Mapping[str, Any]) -> socket.socket:
    connection = environ.get("werkzeug.socket") or environ.get("gunicorn.socket")
    if connection is None:
        raise ConnectionResetError("this failure needs a real server: see collector.sandbox.brevo.serving")
    found: socket.socket = connection
    return found


def _hold(connection: socket.socket, cleared: threading.Event) -> None:
    """Returns when the caller has hung up, when failures are cleared, or after five minutes."""
    give_up_at = time.monotonic() + _HOLD_AT_MOST_S
    while time.monotonic() < give_up_at and not cleared.is_set():
        readable, _, _ = select.select([connection], [], [], 0.05)
        if not readable:
            continue
        try:
            has_hung_up = connection.recv(1, socket.MSG_PEEK) == b""
        except OSError:
            return
        if has_hung_up:
            return
        cleared.wait(0.05)
