"""The Flask application: one blueprint per group of addresses, plain answers for everything else."""

from __future__ import annotations

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from collector.pipeline.accept_notice import NoticeServices
from collector.pipeline.services import DoorServices
from collector.web import beacons, brevo_hooks, health, tracker, webhooks


def create_app(
    services: DoorServices,
    scripts: tracker.TrackerServices | None = None,
    notices: NoticeServices | None = None,
) -> Flask:
    """Make the application. Nothing runs before or after each request: beacons must stay cheap.

    Without `scripts` it takes beacons and webhooks, and serves no tracker; without `notices` it hears nothing from
    Brevo. Raises Unready.
    """
    app = Flask("collector.web", static_folder=None)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.register_blueprint(beacons.blueprint(services))
    app.register_blueprint(webhooks.blueprint(services))
    app.register_blueprint(health.blueprint(services))
    if notices is not None:
        app.register_blueprint(brevo_hooks.blueprint(notices))
    if scripts is not None:
        app.register_blueprint(tracker.blueprint(scripts))
    app.register_error_handler(HTTPException, _plain)
    return app


def _plain(problem: HTTPException) -> Response:
    """`404 Not Found` as text; keeps the headers that belong to the answer (Allow)."""
    response = Response(
        f"{problem.code} {problem.name}\n", problem.code or 500, content_type="text/plain; charset=utf-8"
    )
    for name, value in problem.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers.add(name, value)
    return response
