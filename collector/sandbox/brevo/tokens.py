"""/oauth/token: tokens for programs. It stands at this server's root, as the real one is no part of the API."""

from __future__ import annotations

from flask import Blueprint, Response, request

from collector.sandbox.brevo.answers import said
from collector.sandbox.brevo.current import account

blueprint = Blueprint("tokens", __name__)


@blueprint.post("/oauth/token")
def token() -> Response:
    """As RFC 6749, section 4.4, says: a form in, JSON out."""
    given, of = request.form, account()
    with of.lock:
        if given.get("grant_type") != "client_credentials":
            return said({"error": "unsupported_grant_type"}, 400)
        try:
            made, lasts_s = of.keys.token(given.get("client_id", ""), given.get("client_secret", ""), of.clock())
        except KeyError:
            return said(
                {"error": "invalid_client", "error_description": "Invalid client or Invalid client credentials"}, 401
            )
    return said({"access_token": made, "expires_in": int(lasts_s), "token_type": "Bearer"})
