"""What stands between a client and WooCommerce, or goes wrong in it: pages, firewalls, notices, slowness."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from werkzeug.wrappers import Response

HTML = "text/html; charset=UTF-8"
# name -> (status, type, body, headers)
PAGES: dict[str, tuple[int, str, str, dict[str, str]]] = {
    "maintenance": (
        503,
        HTML,
        "<!DOCTYPE html><title>Maintenance</title><h1>Briefly unavailable for scheduled maintenance.</h1>",
        {"Retry-After": "600"},
    ),
    "firewall": (403, HTML, "<html><head><title>403 Forbidden</title></head><body>Request blocked.</body></html>", {}),
    "page": (200, HTML, "<!doctype html><title>One moment</title><p>Checking your browser …</p>", {}),
    "too_many": (429, HTML, "<html><title>429 Too Many Requests</title></html>", {"Retry-After": "1"}),
    "staging": (401, HTML, "<html><title>401</title></html>", {"WWW-Authenticate": 'Basic realm="Staging"'}),
    "gateway": (502, HTML, "<html><title>502 Bad Gateway</title></html>", {}),
    "moved": (301, HTML, "", {"Location": "https://www.shop.example/wp-json/wc/v3/orders"}),
}
CRITICAL = (
    '{"code":"internal_server_error","message":"<p>There has been a critical error on this website.<\\/p>",'
    '"data":{"status":500},"additional_errors":[]}'
)
BEFORE = {
    "bom": b"\xef\xbb\xbf",
    "notice": b"<br />\n<b>Notice</b>: Function _load_textdomain was called <b>incorrectly</b> in functions.php\n",
}


@dataclass
class Troubles:
    """`name`: one of PAGES, met by `left` requests (None: by all until it is taken away).

    `before`: one of BEFORE, put before every JSON. `slow_s`: how long an answer takes, by `sleep`.
    """

    name: str = ""
    left: int | None = None
    before: str = ""
    slow_s: float = 0.0
    sleep: Callable[[float], None] = time.sleep
    met: int = 0

    def now(self, name: str, left: int | None = None) -> None:
        self.name, self.left = name, left

    def over(self) -> None:
        self.name, self.left, self.before, self.slow_s = "", None, "", 0.0

    def meet(self) -> Response | None:
        if self.slow_s:
            self.sleep(self.slow_s)
        if not self.name or self.left == 0:
            return None
        if self.left is not None:
            self.left -= 1
        self.met += 1
        status, kind, body, headers = PAGES[self.name]
        return Response(body, status, headers=headers, content_type=kind)

    def spoil(self, response: Response) -> Response:
        if self.before and response.mimetype == "application/json":
            response.set_data(BEFORE[self.before] + response.get_data())
        return response


def dies() -> Response:
    """PHP ran out of memory."""
    return Response(CRITICAL, 500, content_type="application/json; charset=UTF-8")
