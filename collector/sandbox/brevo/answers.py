"""How the local Brevo says no: a status, a code from Brevo's list, a message, sometimes metadata."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

Json = dict[str, Any]


class Refusal(Exception):
    """An answer of 4xx or 5xx. `is_violation`: the caller sent what may never be sent, a bug of ours."""

    def __init__(
        self, status: int, code: str, message: str, metadata: Json | None = None, *, is_violation: bool = False
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.metadata = metadata
        self.is_violation = is_violation

    def response(self) -> Response:
        body: Json = {"code": self.code, "message": self.message}
        if self.metadata is not None:
            body["metadata"] = self.metadata
        answer = jsonify(body)
        answer.status_code = self.status
        return answer


def invalid(message: str, code: str = "invalid_parameter") -> Refusal:
    """A body, a query or a path that Brevo would refuse whatever the account holds."""
    return Refusal(400, code, message, is_violation=True)


def not_found(message: str) -> Refusal:
    return Refusal(404, "document_not_found", message)


def duplicate(identifiers: list[str], *, on_update: bool) -> Refusal:
    """An identifier belongs to somebody else. The code differs by call; the metadata is what to go by."""
    named = " and ".join("SMS" if name == "sms" else name for name in identifiers)
    verb = "update" if on_update else "create"
    return Refusal(
        400,
        "invalid_parameter" if on_update else "duplicate_parameter",
        f"Unable to {verb} contact, {named} is already associated with another Contact",
        {"duplicate_identifiers": identifiers},
    )


def empty(status: int = 204) -> Response:
    answer = Response(b"", status)
    del answer.headers["Content-Type"]
    return answer


def said(body: Json, status: int = 200) -> Response:
    answer = jsonify(body)
    answer.status_code = status
    return answer
