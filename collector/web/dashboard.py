"""The dashboard at /, behind a login: whether all goes well, and if not, why and what to do.

Who may log in: whoever can run `tajo login` where the collector runs. It prints a link that is good once (see
domain.one_use_links). Opening it shows a button, so that programs that look at links ahead of people do not use it up.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, request
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Response as AnyResponse

from collector.domain.errors import Unready
from collector.domain.one_use_links import Standing
from collector.domain.overview import Overview
from collector.web.pages import NOT_READY, NOT_READY_CURE, page, private

log = logging.getLogger(__name__)

COOKIE = "tajo_session"
LOGGED_IN_S = 12 * 3600
NO_LOGIN = {
    Standing.UNKNOWN: "This is no link of this server's, or not one that logs in.",
    Standing.USED: "This link was used already. Each is good once.",
    Standing.EXPIRED: "This link is older than 15 minutes.",
}


@dataclass(frozen=True, slots=True)
class DashboardServices:
    """`at`: the address of the first page. `looks_at(token)`: whether the link is good; `uses_up(token)`: the same,
    and it is good no more. Both raise Unready.

    `sessions` signs the cookie; `is_https`: browsers reach us that way, so the cookie needs it.
    """

    at: str
    overview: Callable[[], Overview]
    looks_at: Callable[[str], Standing]
    uses_up: Callable[[str], Standing]
    sessions: URLSafeTimedSerializer
    is_https: bool


def blueprint(services: DashboardServices) -> Blueprint:
    views = Blueprint("dashboard", __name__)

    @views.get(services.at)
    def overview() -> Response:
        if not _is_logged_in(services):
            return page("login.html", 401)
        return page("dashboard.html", seen=services.overview())

    @views.get("/login/<token>")
    def asked(token: str) -> Response:
        found = services.looks_at(token)
        return page("login.html", token=token) if found is Standing.GOOD else _refused(found)

    @views.post("/login/<token>")
    def log_in(token: str) -> AnyResponse:
        found = services.uses_up(token)
        if found is not Standing.GOOD:
            return _refused(found)
        answer = redirect(services.at, 303)
        answer.set_cookie(
            COOKIE,
            services.sessions.dumps("in"),
            max_age=LOGGED_IN_S,
            secure=services.is_https,
            httponly=True,
            samesite="Lax",
        )
        return private(answer)

    @views.post("/logout")
    def log_out() -> AnyResponse:
        answer = redirect(services.at, 303)
        answer.delete_cookie(COOKIE, secure=services.is_https, httponly=True, samesite="Lax")
        return private(answer)

    @views.errorhandler(Unready)
    def not_ready(problem: Unready) -> Response:
        """Without the database nobody can log in, and a link that was not looked at is still good."""
        log.error("no login without the database", extra={"problem": str(problem)})
        return page("login.html", 503, problem=NOT_READY, cure=NOT_READY_CURE)

    return views


def _refused(found: Standing) -> Response:
    return page("login.html", 403, problem=NO_LOGIN[found])


def _is_logged_in(services: DashboardServices) -> bool:
    try:
        return bool(services.sessions.loads(request.cookies.get(COOKIE, ""), max_age=LOGGED_IN_S) == "in")
    except BadData:
        return False
