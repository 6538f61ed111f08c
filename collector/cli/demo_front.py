"""gunicorn's entry in the demo: the product's own application, and a first page that shows the way."""

from __future__ import annotations

import json
import os

from flask import Flask

from collector.bootstrap import doors
from collector.web import front


def create_app() -> Flask:
    """DEMO_FRONT holds the addresses; `tajo demo` sets it. Raises Misuse, Unready."""
    told = json.loads(os.environ["DEMO_FRONT"])
    app = doors.create_app(dashboard_at="/dashboard")  # a page for beginners is in its place
    app.register_blueprint(
        front.blueprint(shop_url=told["shop"], brevo_url=told["brevo"], settings_file=told["settings_file"])
    )
    return app
