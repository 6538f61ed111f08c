"""POST <path>/<site_key>: beacons. The path is /c unless `tracker.path` says otherwise.

The judgement is `pipeline.accept_beacon`.
"""

from __future__ import annotations

import logging

from flask import Blueprint, Response, request

from collector.domain.door import BeaconRequest, Verdict
from collector.domain.errors import Invalid, StorageRefused
from collector.pipeline import answers
from collector.pipeline.accept_beacon import accept_beacon
from collector.pipeline.services import DoorServices
from collector.web.answering import to_response
from collector.web.bodies import BrokenBody, read_body
from collector.web.client_address import ClientAddress, limiting_key, network_of
from collector.web.limits import BeaconLimits, NewAddresses

log = logging.getLogger(__name__)

# The only headers the judgement reads, under their WSGI names.
HEADERS = (
    ("CONTENT_TYPE", "content-type"),
    ("HTTP_ACCEPT_LANGUAGE", "accept-language"),
    ("HTTP_CONTENT_ENCODING", "content-encoding"),
    ("HTTP_ORIGIN", "origin"),
    ("HTTP_REFERER", "referer"),
    ("HTTP_USER_AGENT", "user-agent"),
    ("HTTP_X_TAJO_SIGNATURE", "x-tajo-signature"),
)


class BeaconDoor:
    """Judges, stores and answers, whichever way a beacon came. One for a process: it holds the limits."""

    def __init__(self, services: DoorServices) -> None:
        self._services = services
        self._callers = ClientAddress(services.trusted_proxies)
        self._limits = BeaconLimits(services.limits)
        self._guard = NewAddresses(services.limits)

    def receive(self, site_key: str, proxied_customer: str | None = None) -> Response:
        """The request in hand. `proxied_customer`: it came through the shop's platform, which vouches for who is
        logged in ("": nobody)."""
        verdict = self._judge(site_key, proxied_customer)
        answer = verdict.answer
        if verdict.row is not None:
            try:
                self._services.inbox.append(verdict.row)
            except StorageRefused as problem:
                answer = answers.beacon_not_stored()
                log.warning("beacon not stored", extra={"shop_id": verdict.shop_id, "problem": str(problem)})
        self._services.inbox.count(verdict.shop_id, "beacon", answer.reason)
        return to_response(answer)

    def _judge(self, site_key: str, proxied_customer: str | None) -> Verdict:
        shop = self._services.shops.by_site_key(site_key)
        shop_id = shop.id if shop is not None else None
        environ = request.environ
        try:
            body, is_oversize = read_body(request, answers.LARGEST_BEACON)
        except BrokenBody as problem:
            broken = Invalid("incomplete", "body", str(problem)[:200], "as many bytes as announced")
            return Verdict(answers.beacon_invalid(broken), None, shop_id)
        found = self._callers.of if proxied_customer is None else self._callers.behind
        address = found(environ.get("REMOTE_ADDR") or "", environ.get("HTTP_X_FORWARDED_FOR", ""))
        return accept_beacon(
            BeaconRequest(
                site_key=site_key,
                headers={name: environ[key] for key, name in HEADERS if key in environ},
                body=body,
                network=network_of(address),
                is_oversize=is_oversize,
                retry_after_s=None if shop is None else self._limits.retry_after_s(limiting_key(address), shop.id),
                proxied_customer=proxied_customer,
            ),
            shop,
            self._services.clock(),
            self._services.beacons,
            self._services.user_agents,
            self._guard,
        )


def blueprint(services: DoorServices, door: BeaconDoor | None = None) -> Blueprint:
    views = Blueprint("beacons", __name__)
    door = door or BeaconDoor(services)

    @views.post(f"{services.path}/<site_key>", provide_automatic_options=False)
    def receive(site_key: str) -> Response:
        return door.receive(site_key)

    @views.route(f"{services.path}/<site_key>", methods=["OPTIONS"], provide_automatic_options=False)
    def preflight(site_key: str) -> Response:
        return to_response(answers.PREFLIGHT)

    return views
