"""What Flask and gunicorn cost by themselves: a route at the beacons' address that does nothing."""

from __future__ import annotations

from flask import Flask

app = Flask(__name__, static_folder=None)


@app.post("/c/<site_key>")
def receive(site_key: str) -> tuple[str, int]:
    return "", 204
