"""Talking to Brevo over HTTP: one `Exchange` for each message pays for its calls and remembers what was said.

Whether a call may have arrived is decided here: refused, unknown or unencrypted hosts were never reached; silence
or a broken connection after sending is an unknown outcome. The key goes in a header and into no message or log.
"""

from __future__ import annotations

import json
import logging
import re
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from urllib3.exceptions import NewConnectionError

from collector.destinations.brevo.answers import KEY_CURE, LOGIN_CURE, TIME_CURE, URL_CURE, Answer, failure, read
from collector.destinations.brevo.limits import Meter
from collector.destinations.brevo.login import Login
from collector.domain.delivery_calls import Call
from collector.domain.errors import DeliveryFailed, OutcomeUnknown, Remedy, SourceUnavailable, causes

log = logging.getLogger(__name__)

TIMEOUT_S = (5.0, 20.0)
KEPT_ANSWER = 4000  # characters of an answer in the delivery log
BEFORE_SENDING = (
    requests.exceptions.ConnectTimeout,
    NewConnectionError,
    ConnectionRefusedError,
    socket.gaierror,
    ssl.SSLCertVerificationError,
)


@dataclass(frozen=True, slots=True)
class BrevoAccount:
    """What opens an account. `name` is what budgets and the outbox call it."""

    name: str
    api_key: str = field(repr=False)
    api_url: str = "https://api.brevo.com/v3"
    login: Login | None = None  # in place of a key


def opened(accounts: Mapping[str, BrevoAccount], name: str) -> BrevoAccount:
    """Raises DeliveryFailed (STOP) when no account is called so."""
    account = accounts.get(name)
    if account is None:
        what = f"no Brevo account is called {name}" if name else "no Brevo account is configured"
        raise DeliveryFailed(what, remedy=Remedy.STOP, reason="no_account", cure=KEY_CURE)
    return account


def no_call_left(family: str, wait_s: float, said: Mapping[str, Any] | None = None) -> DeliveryFailed:
    """The budget of a family is used up for so long."""
    return DeliveryFailed(
        f"no call of the family {family} is left",
        remedy=Remedy.WAIT,
        reason="budget",
        cure=TIME_CURE,
        retry_after_s=wait_s,
        answer=said,
    )


@dataclass(slots=True)
class Exchange:
    """The calls made for one message. `paid`: a family one call of which the caller has paid for already.

    `http` brings the guard. `steps` is what was asked and answered in a few words, without addresses; `calls` the
    same in full, for the delivery log. `heard` is told each of them at once, where nobody waits for the end.
    """

    http: requests.Session
    account: BrevoAccount
    meter: Meter
    paid: str = ""
    steps: list[dict[str, Any]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list, repr=False)
    heard: Callable[[Call], object] = field(default=lambda call: None, repr=False)

    def post(self, family: str, path: str, body: Mapping[str, Any], shown: str = "") -> Answer:
        """Any answer but those that mean the same for every call (see `call`)."""
        return self.call("POST", family, path, body, shown)

    def put(self, family: str, path: str, body: Mapping[str, Any], shown: str = "") -> Answer:
        return self.call("PUT", family, path, body, shown)

    def get(self, family: str, path: str, **query: str | int) -> Any:
        """The JSON of a good answer. Raises DeliveryFailed."""
        answer = self.call("GET", family, f"{path}?{urlencode(query)}" if query else path, None, path)
        if answer.status == 200 and answer.is_json:
            return answer.content
        raise self.failed(answer, family)

    def call(self, method: str, family: str, path: str, body: Mapping[str, Any] | None, shown: str) -> Answer:
        """Good answers, and 400 and 404 with Brevo's own words, which mean something else for each call.

        Raises DeliveryFailed for everything else, OutcomeUnknown if a write may have arrived.
        """
        self.spend(family)
        content = None if body is None else to_bytes(body)
        step: dict[str, Any] = {"method": method, "path": shown or path, "bytes": len(content or b"")}
        self.steps.append(step)
        response = self._send(method, path, content)
        answer = read(response.status_code, response.content, response.headers.get("sib-request-id", ""))
        self._keep(step, content, answer, response.content)
        step |= {"status": answer.status, "request_id": answer.request_id}
        extra = {"account": self.account.name, "family": family, **step}
        is_usual = answer.is_good or answer.status in (400, 404)  # a contact that is (not) there yet, for instance
        log.log(logging.DEBUG if is_usual else logging.WARNING, "brevo answered", extra=extra)
        if answer.status == 429:
            wait = self.meter.refused(self.account.name, family, response.headers)
            raise self.failed(answer, family, wait)
        self.meter.told(self.account.name, family, response.headers)
        is_a_page = bool(response.content) and not answer.is_json
        if (answer.is_good or answer.status in (400, 404)) and not is_a_page:
            if content is not None and not answer.is_good:
                step["said"] = answer.message
            return answer
        raise self.failed(answer, family)

    def failed(self, answer: Answer, family: str, wait_s: float = 0.0) -> DeliveryFailed:
        """The failure an answer means, with everything said so far."""
        made = failure(answer, family, self.said(), wait_s)
        if made.cure == KEY_CURE and self.account.login is not None:
            made.cure = LOGIN_CURE
        return made

    def said(self) -> dict[str, Any]:
        return {"steps": self.steps}

    def _keep(self, step: Mapping[str, Any], content: bytes | None, answer: Answer, said: bytes) -> None:
        answered = said.decode("utf-8", "replace")[:KEPT_ANSWER]
        sent = (content or b"").decode()
        self._log(Call(step["method"], step["path"], sent, answer.status, answered, answer.request_id))

    def _log(self, call: Call) -> None:
        self.calls.append(call)
        self.heard(call)

    def spend(self, family: str) -> None:
        """Count a call of this family. Raises DeliveryFailed (WAIT) when none is left."""
        if self.paid == family:
            self.paid = ""
            return
        wait = self.meter.take(self.account.name, family, is_more=True)
        if wait > 0:
            raise no_call_left(family, wait, self.said())

    def _send(self, method: str, path: str, content: bytes | None) -> requests.Response:
        login = self.account.login
        if login is not None:
            token = login.token(self.http)
            response = self._request(method, path, content, {"authorization": f"Bearer {token}"})
            if response.status_code != 401:
                return response
            login.refused(token)  # ended early or taken back: once more with a fresh one
            return self._request(method, path, content, {"authorization": f"Bearer {login.token(self.http)}"})
        if not re.fullmatch(r"[!-~]+", self.account.api_key):
            raise self._never_left("the API key is missing or holds what no key holds", "key_refused", KEY_CURE)
        return self._request(method, path, content, {"api-key": self.account.api_key})

    def _request(self, method: str, path: str, content: bytes | None, opened_by: dict[str, str]) -> requests.Response:
        headers = {**opened_by, "accept": "application/json"}
        if content is not None:
            headers["content-type"] = "application/json"
        try:
            return self.http.request(
                method,
                self.account.api_url + path,
                data=content,
                headers=headers,
                timeout=TIMEOUT_S,
                allow_redirects=False,
            )
        except SourceUnavailable as refused:
            raise self._never_left(str(refused), "address_refused", refused.cure) from None
        except requests.RequestException as error:
            raise self._meaning(error, method, content) from None

    def _never_left(self, what: str, reason: str, cure: str) -> DeliveryFailed:
        return DeliveryFailed(what, remedy=Remedy.STOP, reason=reason, cure=cure, answer=self.said())

    def _meaning(self, error: requests.RequestException, method: str, content: bytes | None) -> DeliveryFailed:
        """No answer. Exceptions from below quote addresses with queries, so their words are not passed on."""
        host = urlsplit(self.account.api_url).netloc
        kind = type(error).__name__
        self.steps[-1]["error"] = kind
        self._log(Call(method, self.steps[-1]["path"], (content or b"").decode(), error=kind))
        if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.MissingSchema):
            return self._never_left(f"{host} is no address", "not_the_api", URL_CURE)
        if not never_connected(error) and method != "GET":
            return OutcomeUnknown(f"{host} gave no answer ({kind})", answer=self.said())
        return DeliveryFailed(
            f"{host} could not be reached ({kind})",
            remedy=Remedy.RETRY,
            reason="unreachable",
            cure=f"Look at this machine's network and at status.brevo.com. {TIME_CURE}",
            answer=self.said(),
        )


def never_connected(error: BaseException) -> bool:
    """Whether no connection came about. urllib3 and requests wrap the reason, also as an argument."""
    return any(
        isinstance(cause, BEFORE_SENDING) or getattr(cause, "reason", None) == "WRONG_VERSION_NUMBER"
        for cause in causes(error)
    )


def to_bytes(body: Mapping[str, Any]) -> bytes:
    """The body as it is sent and measured."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
