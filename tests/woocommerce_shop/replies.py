"""What WordPress's REST server writes: JSON, its errors, the headers around it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from werkzeug.wrappers import Response

JSON = "application/json; charset=UTF-8"


class ApiError(Exception):
    """An error object. `more`: what stands in `data` besides the status."""

    def __init__(self, status: int, code: str, message: str, **more: Any) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.more = more

    @property
    def body(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, "data": {"status": self.status, **self.more}}


def text_of(body: Any) -> str:
    """As PHP writes JSON: everything beyond ASCII and every slash escaped."""
    return json.dumps(body, separators=(",", ":")).replace("/", "\\/")


def reply(body: Any, status: int = 200, headers: Mapping[str, str] = MappingProxyType({})) -> Response:
    made = Response(text_of(body), status, content_type=JSON)
    made.headers["X-Robots-Tag"] = "noindex"
    made.headers["Access-Control-Expose-Headers"] = "X-WP-Total, X-WP-TotalPages, Link"
    for name, value in headers.items():
        made.headers[name] = value
    return made


def bad_parameter(name: str, why: str, code: str = "rest_invalid_param") -> ApiError:
    return ApiError(
        400,
        "rest_invalid_param",
        f"Invalid parameter(s): {name}",
        params={name: why},
        details={name: {"code": code, "message": why, "data": None}},
    )


def invalid_id(post_type: str) -> ApiError:
    return ApiError(404, f"woocommerce_rest_{post_type}_invalid_id", "Invalid ID.")
