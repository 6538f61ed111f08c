"""Under PHP-FPM the shopper has the page before the collector has answered. Order of events; nothing is timed."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask, Response

from tests.tracker.collector import serving
from tests.wordpress.php_servers import NoPhp, fpm
from tests.wordpress.shop import MUG, PLUGIN, VISITOR

LONGEST_WAIT_S = 2.0  # less than the plugin's own patience


class Waiting:
    """A collector that answers when the page has come, or gives up on that."""

    def __init__(self) -> None:
        self.page_came = threading.Event()
        self.answered = threading.Event()
        self.waited_for_page = False

    def take(self) -> Response:
        self.waited_for_page = self.page_came.wait(LONGEST_WAIT_S)
        self.answered.set()
        return Response("", 204)


@contextmanager
def collector() -> Iterator[tuple[Waiting, str]]:
    app, waiting = Flask("waiting"), Waiting()
    app.add_url_rule("/c/site-key-1", view_func=waiting.take, methods=["POST"])
    with serving(app) as address:
        yield waiting, address


def test_the_page_comes_while_the_collector_still_thinks(tmp_path: Path) -> None:
    with collector() as (waiting, address):
        world = {
            "plugin": [str(PLUGIN)],
            "options": {"tajo_collector": {"url": address, "site_key": "site-key-1", "identity_key": "k"}},
            "products": {"13": MUG},
            "cookies": {"tajo_id": VISITOR, "wp_consent_marketing": "allow"},
            "consent": {"type": "optin"},
            "steps": [["add", 13, 1], ["pages"]],
            "work": 0,
        }
        try:
            with fpm(tmp_path) as ask:
                page = ask(json.dumps(world).encode())
                waiting.page_came.set()
                assert waiting.answered.wait(2 * LONGEST_WAIT_S), "the collector was called"
        except NoPhp as problem:
            if os.environ.get("CI"):
                pytest.fail(str(problem))
            pytest.skip(str(problem))
    assert b"tajoConfig" in page
    assert waiting.waited_for_page, "the page did not wait for the collector"
