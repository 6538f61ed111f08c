"""The way of a request: failure set for it, key, limits, JSON, contract, then the view; afterwards headers and record.

That order is not documented by Brevo. A call without a valid key costs nothing; every other is counted before its body
is read.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from collector.sandbox.brevo import (
    account_view,
    blocked,
    catalogue,
    confirmations,
    contacts,
    control,
    events,
    imports,
    lists,
    orders,
    page,
    tokens,
    webhooks,
)
from collector.sandbox.brevo.answers import Refusal, invalid
from collector.sandbox.brevo.checks import parse
from collector.sandbox.brevo.current import BodyContract, account, contract, keep
from collector.sandbox.brevo.failures import Failure, pause
from collector.sandbox.brevo.limits import Standing, family_of
from collector.sandbox.brevo.state import Account, Call

_BODY_AT_MOST = 12 * 1024 * 1024  # an import may have 10 MB
_PREFIX = "/v3"
_SECRET_HEADERS = ("api-key", "authorization", "cookie", "partner-key")
# Checked one by one in its view, because a batch may be accepted in part.
_OWN_CHECK = (("POST", "/events/batch"),)


class _Sandbox(Flask):
    def dispatch_request(self) -> ResponseReturnValue:
        """Views run one at a time; waiting and hanging (before and after a view) hold nobody up."""
        with account().lock:
            return super().dispatch_request()


def create_brevo_sandbox(contract: Path | None = None, state: Account | None = None) -> Flask:
    """A fresh account (key `xkeysib-sandbox`), or the one given; `contract` is an OpenAPI file that bodies must fit."""
    app = _Sandbox(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _BODY_AT_MOST
    app.json.sort_keys = False  # type: ignore[attr-defined]  # Flask types the base provider only
    keep(app.extensions, state or Account(), _read_contract(contract))
    for module in (account_view, blocked, catalogue, contacts, events, imports, lists, orders, webhooks):
        app.register_blueprint(module.blueprint, url_prefix=_PREFIX)
    app.register_blueprint(confirmations.blueprint, url_prefix=_PREFIX)
    app.register_blueprint(confirmations.control)
    app.register_blueprint(webhooks.control)
    app.register_blueprint(control.blueprint)
    app.register_blueprint(page.blueprint)
    app.register_blueprint(tokens.blueprint)
    app.before_request(_before)
    app.after_request(_after)
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(HTTPException, _unknown)
    return app


def _read_contract(file: Path | None) -> BodyContract | None:
    if file is None:
        return None
    from collector.sandbox.brevo.contract import Contract  # its libraries are tools of tests, not of the product

    return Contract(file)


def _before() -> Response | None:
    if not _is_api():
        return None
    of, now = account(), account().clock()
    g.failure = failure = of.failures.take(request.method, request.path, now)
    raw = request.get_data()  # also of refused calls: it is recorded, and the connection stays usable
    path = request.path.removeprefix(_PREFIX)
    with of.lock:
        g.standing = of.limits.look(family_of(request.method, path), now)
        if failure is not None and (answer := _failed(failure)) is not None:
            return answer
    if failure is not None and failure.mode == "slow":
        pause(failure)
    with of.lock:
        of.keys.check(dict(request.headers.items()), request.method, path, now)
        g.standing = of.limits.spend(family_of(request.method, path), now)
        if not g.standing.is_allowed:
            raise Refusal(429, "too_many_requests", "Too many requests")
    if raw and request.method in ("POST", "PUT", "PATCH") and request.url_rule is not None:
        _read_body(path, raw)
    return None


def _failed(failure: Failure) -> Response | None:
    """The whole answer of a failure that replaces the call; None when the call is to be carried out."""
    if failure.mode == "slow" or failure.is_after_accepting:
        return None
    if failure.is_unanswered:
        return Response(b"", 503)  # recorded; the caller never sees it
    if failure.mode == "429":
        now: Standing = g.standing
        g.standing = Standing(False, now.limit, 0, now.reset_s)
    return failure.answer()


def _read_body(path: str, raw: bytes) -> None:
    if not request.is_json:
        raise invalid("Content-Type must be application/json", "bad_request")
    g.body = parse(raw)
    rules = contract()
    if rules is not None and (request.method, path) not in _OWN_CHECK:
        errors = rules.errors(request.method, path, g.body)
        if errors:
            g.found_by = "contract"
            raise invalid("; ".join(errors))


def _refused(refusal: Refusal) -> Response:
    if refusal.is_violation:
        with account().lock:
            account().violation(request.method, request.path, [refusal.message], g.get("found_by", "checks"))
    return refusal.response()


def _unknown(error: HTTPException) -> Response | HTTPException:
    """An address or method that does not exist: under /v3 in Brevo's words, and a violation."""
    if not _is_api() or error.code is None or error.code >= 500:
        return error
    code = {404: "document_not_found", 405: "method_not_allowed"}.get(error.code, "bad_request")
    return _refused(Refusal(error.code, code, error.description or error.name, is_violation=True))


def _after(response: Response) -> Response:
    if not _is_api():
        return response
    of = account()
    failure: Failure | None = g.get("failure")
    is_cut = failure is not None and failure.is_unanswered
    standing: Standing | None = g.get("standing")
    if standing is not None:
        reset = standing.reset_s * 1000 if of.reset_header_in_ms else standing.reset_s
        response.headers["x-sib-ratelimit-limit"] = str(standing.limit)
        response.headers["x-sib-ratelimit-remaining"] = str(standing.remaining)
        response.headers["x-sib-ratelimit-reset"] = str(reset)
    response.headers["sib-request-id"] = secrets.token_hex(16)
    _record(of, response, failure, was_answered=not is_cut)
    if failure is not None and is_cut:
        of.failures.carry_out(failure, request.environ)
    return response


def _record(of: Account, response: Response, failure: Failure | None, *, was_answered: bool) -> None:
    with of.lock:
        of.status_counts[str(response.status_code) if was_answered else "no answer"] += 1
        of.calls.append(
            Call(
                next(of.call_numbers),
                of.clock(),
                request.method,
                request.path,
                request.query_string.decode("utf-8", "replace"),
                {name: value for name, value in request.headers if name.lower() not in _SECRET_HEADERS},
                _sent(),
                response.status_code,
                response.get_json(silent=True) if response.is_json else response.get_data(as_text=True) or None,
                None if failure is None else failure.mode,
                was_answered,
            )
        )


def _sent() -> Any:
    """The body as received: parsed when it was, else as text; None when there was none."""
    if "body" in g:
        return g.body
    return request.get_data(as_text=True) or None


def _is_api() -> bool:
    return request.path == _PREFIX or request.path.startswith(_PREFIX + "/")
