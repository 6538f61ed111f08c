"""A host with one WordPress site, or a network of them by path, on a port of this machine.

with network_open(recent(clock, orders=10)) as network:
    network.main.home               # where the shop is
    network.main.life.order_placed()
    network.main.deliveries.run()
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.wrappers import Request, Response

from tests.stand_ins.clock import Clock, Wall
from tests.stand_ins.serving import handler_on, running
from tests.woocommerce_shop import routes, xmlrpc
from tests.woocommerce_shop.numbers import Numbers
from tests.woocommerce_shop.people import People
from tests.woocommerce_shop.site import Site
from tests.woocommerce_shop.troubles import HTML, Troubles

NO_PAGE = "<!DOCTYPE html><title>Page not found</title><p>Nothing was found at this location."


class Network:
    """`tls`: the port speaks it. `sees_tls`: whether PHP knows (a proxy may not tell it); a request that says
    `X-Forwarded-Proto: https` is believed where `believes_proxy`. `strips_authorization`: as some hosts do."""

    def __init__(self, sites: Mapping[str, Numbers], clock: Clock, tls: bool = False) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.port = 8080  # until it is opened
        self.tls = self.sees_tls = tls
        self.believes_proxy = True
        self.strips_authorization = False
        self.troubles = Troubles()
        self.people = People()
        self.xmlrpc = "on"  # see xmlrpc.answer
        self.sites = {
            path: Site(numbers, path, lambda: self.host, clock, self.lock, self.people)
            for path, numbers in sites.items()
        }
        for site in self.sites.values():
            site.habits.is_multisite = len(sites) > 1

    @property
    def host(self) -> str:
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}"

    @property
    def main(self) -> Site:
        return self.sites[""]

    def check(self) -> None:
        for site in self.sites.values():
            site.check()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return self.answer(Request(environ))(environ, start_response)

    def answer(self, request: Request) -> Response:
        if (trouble := self.troubles.meet()) is not None:
            return trouble
        site = self._site(request.path)
        if request.method not in ("GET", "HEAD", "POST") and not site.habits.takes_verbs:
            return Response("<html><title>405 Not Allowed</title></html>", 405, content_type=HTML)
        below = request.path.removeprefix(site.path).strip("/")
        prefix = site.habits.rest_prefix
        has_address = below == prefix or below.startswith(f"{prefix}/")
        if has_address and not site.habits.has_plain_permalinks:
            found = routes.answer(
                site,
                request,
                below.removeprefix(prefix).strip("/"),
                self._is_ssl(request),
                self._authorization(request),
            )
        elif "rest_route" in request.args:  # keys work below wp-json/wc only: whoever asks here is nobody
            found = routes.answer(site, request, request.args["rest_route"].strip("/"), False, "")
        elif below == "xmlrpc.php":
            found = xmlrpc.answer(request, self.people, self.sites, self.xmlrpc, self._is_ssl(request))
        elif below and site.habits.adds_slashes and not request.path.endswith("/"):
            found = Response("", 301, {"Location": f"{request.base_url}/", "X-Redirect-By": "WordPress"})
        elif below:
            found = Response(NO_PAGE, 404, content_type=HTML)
        else:
            api = f"{site.home}/?rest_route=/" if site.habits.has_plain_permalinks else f"{site.home}/{prefix}/"
            found = Response("<!DOCTYPE html><title>Becher</title>", content_type=HTML)
            found.headers["Link"] = f'<{api}>; rel="https://api.w.org/"'
        return self.troubles.spoil(found)

    def _site(self, path: str) -> Site:
        found = [one for one in self.sites.values() if path == one.path or path.startswith(f"{one.path}/")]
        return max(found, key=lambda one: len(one.path))

    def _is_ssl(self, request: Request) -> bool:
        says_so = self.believes_proxy and request.headers.get("X-Forwarded-Proto") == "https"
        return says_so or self.sees_tls

    def _authorization(self, request: Request) -> str:
        return "" if self.strips_authorization else request.headers.get("Authorization", "")


@contextlib.contextmanager
def network_open(
    *numbers: Numbers,
    paths: tuple[str, ...] = ("",),
    clock: Clock | None = None,
    certificate: tuple[Path, Path] | None = None,
) -> Iterator[Network]:
    """One set of numbers for each path. `certificate`: (file, file of its key): then it is https."""
    sites = dict(zip(paths, numbers, strict=True))
    network = Network(sites, clock or Wall(), tls=certificate is not None)
    handler = handler_on(network.clock)
    context = (str(certificate[0]), str(certificate[1])) if certificate else None
    server: BaseWSGIServer = make_server(
        "127.0.0.1", 0, network, threaded=True, request_handler=handler, ssl_context=context
    )
    network.port = server.server_port
    with running(server):
        try:
            yield network
        finally:
            for site in network.sites.values():
                site.deliveries.stop()


def recent(clock: Clock, **counts: Any) -> Numbers:
    """Records of the last fifty days; none of them younger than a day."""
    began = (clock.now() - timedelta(days=50)).astimezone(UTC).replace(microsecond=0)
    return Numbers(began=began, span=timedelta(days=49), **counts)
