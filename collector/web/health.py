"""/healthz: the process answers. /readyz: what it needs answers too, else 503 and what is missing."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from collector.pipeline.services import DoorServices


def blueprint(services: DoorServices) -> Blueprint:
    views = Blueprint("health", __name__)

    @views.get("/healthz")
    def alive() -> Response:
        return Response("OK", content_type="text/plain; charset=utf-8")

    @views.get("/readyz")
    def ready() -> Response:
        missing = dict(services.readiness())
        response = jsonify({"ready": not missing, "not_ready": missing})
        response.status_code = 503 if missing else 200
        return response

    return views
