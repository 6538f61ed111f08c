"""Somebody webhooks are sent to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.stand_ins.serving import running


@dataclass
class Met:
    headers: dict[str, str]
    body: bytes


@dataclass
class Listener:
    """`answers`: the next statuses; then 200."""

    url: str = ""
    met: list[Met] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def topics(self) -> list[str]:
        return [one.headers["x-shopify-topic"] for one in self.met]


@contextmanager
def listening() -> Iterator[Listener]:
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            listener.met.append(Met({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(listener.answers.pop(0) if listener.answers else 200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.url = f"http://127.0.0.1:{server.server_port}/hooks"
    with running(server):
        yield listener
