"""GET /metrics: how everything is, for Prometheus. Read from the database at each look, so several processes agree.

For who asks from this machine itself, or brings the API key as a bearer token. A request that went through a proxy is
nobody's from this machine, wherever the proxy stands.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from flask import Blueprint, Request, Response, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from collector.domain.figures import Figure

FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")
REFUSED = "Metrics are for requests from this machine, or with `Authorization: Bearer` and the api_key.\n"


@dataclass(frozen=True, slots=True)
class MetricsServices:
    """`token`: the API key; "" while there is none."""

    figures: Callable[[], Sequence[Figure]]
    token: str = ""


def blueprint(services: MetricsServices) -> Blueprint:
    views = Blueprint("metrics", __name__)

    @views.get("/metrics")
    def metrics() -> Response:
        if not may_look(request, services.token):
            headers = {"WWW-Authenticate": "Bearer"}
            return Response(REFUSED, 401, headers, content_type="text/plain; charset=utf-8")
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Figures(services.figures()))
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    return views


def may_look(asked: Request, token: str) -> bool:
    scheme, _, given = asked.headers.get("Authorization", "").partition(" ")
    if token and scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode()):
        return True
    return _is_loopback(asked.remote_addr or "") and not any(name in asked.headers for name in FORWARDED)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


class _Figures(Collector):
    """What was read, in the words of the library."""

    def __init__(self, figures: Sequence[Figure]) -> None:
        self._figures = figures

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for figure in self._figures:
            family = GaugeMetricFamily(figure.name, figure.says, labels=list(figure.labels))
            for values, number in figure.samples:
                family.add_metric([str(value) for value in values], number)
            yield family
