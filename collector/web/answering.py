"""From the pipeline's answer to Flask's."""

from __future__ import annotations

from flask import Response

from collector.domain.door import Answer


def to_response(answer: Answer) -> Response:
    response = Response(answer.body, answer.status, content_type=answer.content_type)
    if answer.status == 204:
        del response.headers["Content-Type"]
    response.headers.extend(answer.headers)
    return response
