"""The Flask application: one blueprint per group of addresses, plain answers for everything else."""

from __future__ import annotations

from typing import cast

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from collector.pipeline.accept_notice import NoticeServices
from collector.pipeline.accept_privacy import PrivacyDoor
from collector.pipeline.services import DoorServices
from collector.web import beacons, brevo_hooks, connecting, dashboard, health, metrics, shop_proxy, tracker, webhooks


def create_app(
    services: DoorServices,
    scripts: tracker.TrackerServices | None = None,
    notices: NoticeServices | None = None,
    pages: dashboard.DashboardServices | None = None,
    privacy: PrivacyDoor | None = None,
    connect: connecting.ConnectPages | None = None,
    proxy: shop_proxy.ProxyServices | None = None,
    figures: metrics.MetricsServices | None = None,
) -> Flask:
    """Make the application. Nothing runs before or after each request: beacons must stay cheap.

    Without `scripts` it takes beacons and webhooks, and serves no tracker; without `notices` it hears nothing from
    Brevo; without `pages` nobody sees how it is; without `privacy`, `connect`, `proxy` and `figures` those addresses
    are not there. Raises Unready.
    """
    app = Flask("collector.web", static_folder=None)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    beacon_door = beacons.BeaconDoor(services)
    app.register_blueprint(beacons.blueprint(services, beacon_door))
    app.register_blueprint(webhooks.blueprint(services, privacy))
    app.register_blueprint(health.blueprint(services))
    if notices is not None:
        app.register_blueprint(brevo_hooks.blueprint(notices))
    if scripts is not None:
        app.register_blueprint(tracker.blueprint(scripts))
    if pages is not None:
        app.register_blueprint(dashboard.blueprint(pages))
    if figures is not None:
        app.register_blueprint(metrics.blueprint(figures))
    if proxy is not None:
        app.register_blueprint(shop_proxy.blueprint(proxy, beacon_door, lambda site_key: _script(app, site_key)))
    if connect is not None:
        app.register_blueprint(connecting.blueprint(connect))
    app.register_error_handler(HTTPException, _plain)
    return app


def _script(app: Flask, site_key: str) -> Response:
    """A shop's tracker, as under its usual address."""
    found = app.view_functions.get("tracker.of_shop")
    return cast(Response, found(site_key=site_key)) if found is not None else Response(status=404)


def _plain(problem: HTTPException) -> Response:
    """`404 Not Found` as text; keeps the headers that belong to the answer (Allow)."""
    response = Response(
        f"{problem.code} {problem.name}\n", problem.code or 500, content_type="text/plain; charset=utf-8"
    )
    for name, value in problem.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers.add(name, value)
    return response
