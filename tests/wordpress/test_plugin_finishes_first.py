"""The shopper has the page before the collector has answered. Order of events; nothing is timed."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response

from tests.tracker.collector import serving
from tests.wordpress.php_servers import Ask, NoPhp, built_in, fpm
from tests.wordpress.shop import MUG, PAUSE_OVER, PLUGIN, VISITOR

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


def answer_of(php: AbstractContextManager[Ask], waiting: Waiting, world: dict[str, Any]) -> bytes:
    try:
        with php as ask:
            page = ask(json.dumps(world).encode())
            waiting.page_came.set()
            assert waiting.answered.wait(2 * LONGEST_WAIT_S), "the collector was called"
            return page
    except NoPhp as problem:
        if os.environ.get("CI"):
            pytest.fail(str(problem))
        pytest.skip(str(problem))


def shop_of(address: str, **more: Any) -> dict[str, Any]:
    options = {"tajo_collector": {"url": address, "site_key": "site-key-1", "identity_key": "k"}}
    return {
        "plugin": [str(PLUGIN)],
        "options": options | more.pop("options", {}),
        "products": {"13": MUG},
        "cookies": {"tajo_id": VISITOR, "wp_consent_marketing": "allow"},
        "consent": {"type": "optin"},
        "work": 0,
        **more,
    }


def test_the_page_comes_while_the_collector_still_thinks(tmp_path: Path) -> None:
    with collector() as (waiting, address):
        page = answer_of(fpm(tmp_path), waiting, shop_of(address, steps=[["add", 13, 1], ["pages"]]))
    assert b"tajoConfig" in page
    assert waiting.waited_for_page, "the page did not wait for the collector"


def test_the_page_that_starts_the_cron_goes_on_while_the_collector_still_thinks() -> None:
    paused = {"tajo_collector_pause": {"failures": 1, "until": 1}}
    with collector() as (waiting, address):
        world = shop_of(address, options=paused, steps=[["action", PAUSE_OVER]], is_cron=True, is_loaded=False)
        assert answer_of(built_in(), waiting, world) == b""
    assert waiting.waited_for_page, "the cron's answer did not wait for the collector"
