"""The page at / while the demo runs: where the shop is, where Brevo is, what to try."""

from __future__ import annotations

from flask import Blueprint, Response

from collector.web.pages import page


def blueprint(shop_url: str, brevo_url: str, settings_file: str) -> Blueprint:
    """Only registered by the demo."""
    views = Blueprint("front", __name__)

    @views.get("/")
    def front() -> Response:
        return page("front.html", shop_url=shop_url, brevo_url=brevo_url, settings_file=settings_file)

    return views
