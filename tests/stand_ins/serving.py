"""Web servers of tests, in a thread, and answers that bear the shop's own time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import BaseServer
from typing import Any

from werkzeug.http import http_date
from werkzeug.serving import WSGIRequestHandler

from tests.stand_ins.clock import Clock, Wall


class ShopHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    clock: Clock = Wall()

    def date_time_string(self, timestamp: float | None = None) -> str:
        return http_date(self.clock.now())

    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing: a connection that was to break off is no news."""


def handler_on(clock: Clock) -> type[ShopHandler]:
    return type("_Handler", (ShopHandler,), {"clock": clock})


@contextmanager
def running(server: BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
