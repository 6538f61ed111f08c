"""The dashboard at /, behind a login: whether all goes well, and if not, why and what to do.

Who may log in: whoever can run `tajo login` where the collector runs. It prints a link that works once and for a
quarter of an hour. Opening it shows a button, so that programs that look at links ahead of people do not use it up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flask import Blueprint, Response, make_response, redirect, render_template, request
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Response as AnyResponse

from collector.domain.overview import Overview

Answer = TypeVar("Answer", bound=AnyResponse)
COOKIE = "tajo_session"
LOGGED_IN_S = 12 * 3600
POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True)
class DashboardServices:
    """`at`: the address of the first page. `admits(token)`: whether the link is good; `uses_up(token)`: the same, and
    it is good no more.

    `sessions` signs the cookie; `is_https`: browsers reach us that way, so the cookie needs it.
    """

    at: str
    overview: Callable[[], Overview]
    admits: Callable[[str], bool]
    uses_up: Callable[[str], bool]
    sessions: URLSafeTimedSerializer
    is_https: bool


def blueprint(services: DashboardServices) -> Blueprint:
    views = Blueprint("dashboard", __name__)

    @views.get(services.at)
    def overview() -> Response:
        if not _is_logged_in(services):
            return _page("login.html", 401, token="", is_refused=False)
        return _page("dashboard.html", seen=services.overview())

    @views.get("/login/<token>")
    def asked(token: str) -> Response:
        is_good = services.admits(token)
        return _page("login.html", 200 if is_good else 403, token=token if is_good else "", is_refused=not is_good)

    @views.post("/login/<token>")
    def log_in(token: str) -> AnyResponse:
        if not services.uses_up(token):
            return _page("login.html", 403, token="", is_refused=True)
        answer = redirect(services.at, 303)
        answer.set_cookie(
            COOKIE,
            services.sessions.dumps("in"),
            max_age=LOGGED_IN_S,
            secure=services.is_https,
            httponly=True,
            samesite="Lax",
        )
        return _private(answer)

    @views.post("/logout")
    def log_out() -> AnyResponse:
        answer = redirect(services.at, 303)
        answer.delete_cookie(COOKIE, secure=services.is_https, httponly=True, samesite="Lax")
        return _private(answer)

    return views


def _is_logged_in(services: DashboardServices) -> bool:
    try:
        return bool(services.sessions.loads(request.cookies.get(COOKIE, ""), max_age=LOGGED_IN_S) == "in")
    except BadData:
        return False


def _page(template: str, status: int = 200, **shown: object) -> Response:
    answer = make_response(render_template(template, **shown), status)
    answer.headers["Content-Security-Policy"] = POLICY
    return _private(answer)


def _private(answer: Answer) -> Answer:
    """Nobody keeps it, and no other site learns the address it came from."""
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
