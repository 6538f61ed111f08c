"""Running the local Brevo: on this machine only, one thread per connection, connections kept open as Brevo's are."""

from __future__ import annotations

import logging
import threading

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

log = logging.getLogger(__name__)
HOST = "127.0.0.1"


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: `/_sandbox/requests` has more."""

    def log_error(self, format: str, *args: object) -> None:
        log.debug(format, *args)


def serve(app: Flask, port: int = 0) -> BaseWSGIServer:
    """A listening server, not yet serving: call `serve_forever()`. Port 0 takes a free one, see `server_port`."""
    return make_server(HOST, port, app, threaded=True, request_handler=_Handler)


def start(app: Flask, port: int = 0) -> BaseWSGIServer:
    """The same, serving in a thread of its own. End it with `shutdown()` and `server_close()`."""
    server = serve(app, port)
    threading.Thread(target=server.serve_forever, name="local Brevo", daemon=True).start()
    return server
