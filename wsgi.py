"""gunicorn's entry: `gunicorn wsgi:app`. `tajo serve` starts it with the right settings."""

from __future__ import annotations

from collector.bootstrap.doors import create_app

app = create_app()
