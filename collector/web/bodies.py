"""Reading a request's body: at most so many bytes, whatever its headers promise."""

from __future__ import annotations

from flask import Request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import ClientDisconnected


class BrokenBody(Exception):
    """The sender went away, or its chunks are no chunks."""


def read_body(request: Request, limit: int) -> tuple[bytes, bool]:
    """(body, is_oversize). An oversize body comes back empty, and is not read when its length says so."""
    if (request.content_length or 0) > limit:
        return b"", True
    pieces: list[bytes] = []
    left = limit + 1
    try:
        while left > 0 and (piece := request.stream.read(left)):
            pieces.append(piece)
            left -= len(piece)
    except (ClientDisconnected, ParseException, OSError) as problem:
        raise BrokenBody(str(problem)) from problem
    return (b"", True) if left <= 0 else (b"".join(pieces), False)
