"""The shopper has the page before the collector has answered. Order of events; nothing is timed."""

from __future__ import annotations

import gzip
import hashlib
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
from tests.wordpress.door import Door
from tests.wordpress.php_servers import Ask, NoPhp, apache_web, built_in, built_in_web, fpm, open_to_all
from tests.wordpress.shop import MUG, PAUSE_OVER, PLUGIN, VISITOR

LONGEST_WAIT_S = 2.0  # less than the plugin's own patience
SHORT = ("Response::WHOLE => 1.0", "Response::OPEN => 0.4")


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


@contextmanager
def installed() -> Iterator[None]:
    """Not installed: a failure in CI, else the test is skipped."""
    try:
        yield
    except NoPhp as problem:
        if os.environ.get("CI"):
            pytest.fail(str(problem))
        pytest.skip(str(problem))


def answer_of(php: AbstractContextManager[Ask], waiting: Waiting, world: dict[str, Any]) -> bytes:
    with installed(), php as ask:
        page = ask(json.dumps(world).encode())
        waiting.page_came.set()
        assert waiting.answered.wait(2 * LONGEST_WAIT_S), "the collector was called"
        return page


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


def patient(folder: Path) -> str:
    """The plugin with all the patience it has with PHP-FPM: whoever waits along is seen to."""
    text = PLUGIN.read_text(encoding="utf-8")
    for one in SHORT:
        assert one in text
        text = text.replace(one, f"{one.partition(' => ')[0]} => 3.0")
    file = folder / PLUGIN.name
    file.write_text(text, encoding="utf-8")
    return str(file)


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


MUG_IN_CART = [{"product": 13, "quantity": 1}]
TOLD_ELSEWHERE = {"tajo_collector": {"visitor": "another-visitor", "user": 7, "hash": "1", "cart": "1", "lines": "1"}}
LINES = hashlib.md5(b"[[13,0,1]]").hexdigest()
TOLD_AS_GUEST = {"tajo_collector": {"visitor": VISITOR, "user": 0, "hash": "1", "cart": "1", "lines": LINES}}
OWED = {"tajo_collector": {"visitor": VISITOR, "user": 7, "hash": "", "cart": "", "lines": "", "is_waiting": True}}


@pytest.mark.parametrize(
    ("why", "world"),
    [
        ("something is added", {"steps": [["add", 13, 1]]}),
        ("something is ordered again, which has no hook of a change", {"steps": [["again", 13, 1]]}),
        ("somebody else uses the browser", {"steps": [], "cart": MUG_IN_CART, "session": TOLD_ELSEWHERE}),
        ("the visitor logged in", {"steps": [], "cart": MUG_IN_CART, "session": TOLD_AS_GUEST, "is_logged_in": True}),
        ("it was not told in an outage", {"steps": [], "cart": MUG_IN_CART, "session": OWED}),
        ("the visitor agreed since the cart was filled", {"steps": [], "cart": MUG_IN_CART}),
        ("the checkout gave an address", {"steps": [["order", "blocks", {"id": 5, "email": "ana@shop.example"}]]}),
        ("another plugin changes the page after us", {"steps": [["add", 13, 1]], "above": True}),
        ("another plugin prints while WordPress shuts down", {"steps": [["add", 13, 1]], "last_words": "Queries: 12"}),
        ("another plugin never ends its buffer", {"steps": [["add", 13, 1]], "open": True}),
        ("another plugin takes the page for out and cleans up", {"steps": [["add", 13, 1]], "cleans": "all"}),
        ("another plugin takes what it finds for its own", {"steps": [["add", 13, 1]], "cleans": "last"}),
        ("WordPress starts its cron, which takes a second", {"steps": [["add", 13, 1]], "cron": "(started)"}),
    ],
)
def test_the_page_comes_first_without_php_fpm(why: str, world: dict[str, Any], tmp_path: Path) -> None:
    with collector() as (waiting, address):
        shop = shop_of(address, **world | {"plugin": [patient(tmp_path)], "steps": [*world["steps"], ["pages"]]})
        page = answer_of(built_in(), waiting, shop)
    assert waiting.waited_for_page, why
    assert b"tajoconfig" in page.lower(), "it is whole"
    assert page.rstrip().endswith(world.get("last_words", "").encode()), "to its end"
    assert (b"TAJOCONFIG" in page) is ("above" in world)
    assert b"(started)" not in page, "the cron is not waited for"


def test_a_part_of_a_page_stays_in_its_place(tmp_path: Path) -> None:
    """A shortcode that changes the cart, as WooCommerce's own do, takes what it prints out of a buffer."""
    with collector() as (waiting, address):
        shop = shop_of(address, plugin=[patient(tmp_path)], steps=[["pages"], ["within", ["add", 13, 1]]])
        page = answer_of(built_in(), waiting, shop)
    assert page.count(b"[begin][end]") == 1, page[:200]
    assert not page.startswith(b"[begin]"), "it has not slipped out"


def test_a_page_in_somebody_else_s_buffer_is_left_to_them(tmp_path: Path) -> None:
    """What they make of it is known when PHP ends, and so is its length."""
    with collector() as (waiting, address):
        shop = shop_of(address, plugin=[patient(tmp_path)], steps=[["add", 13, 1], ["pages"]], below=True)
        page = answer_of(built_in(), waiting, shop)
    assert b"TAJOCONFIG" in page
    assert not waiting.waited_for_page


@pytest.mark.parametrize(
    ("why", "world", "encoding"),
    [
        ("another plugin fails while WordPress shuts down", {"fails": True}, None),
        ("another plugin has PHP compress the page, and that cannot be ended", {"compresses": True}, "gzip"),
    ],
)
def test_a_page_that_is_held_is_what_it_would_be(
    why: str, world: dict[str, Any], encoding: str | None, door: Door
) -> None:
    shop = shop_of(door.address, steps=[["add", 13, 1], ["pages"]], **world)
    with installed(), built_in_web() as web:
        status, headers, page = web(json.dumps(shop).encode(), Accept_Encoding="gzip")
    assert (status, headers.get("Content-Encoding")) == (200, encoding), why
    assert b"tajoConfig" in (gzip.decompress(page) if encoding else page), why


OWN = -1


@pytest.mark.parametrize(
    ("why", "world", "method", "length"),
    [
        ("nothing is to be told", {"steps": [["pages"]]}, "POST", None),
        ("the same cart", {"steps": [["add", 13, 1], ["quantity", 0, 0], ["empty"]]}, "POST", None),
        ("a cart is told", {"steps": [["add", 13, 1], ["pages"]]}, "POST", OWN),
        ("the browser tells carts", {"steps": [["add", 13, 1]], "options": {"carts": "browser"}}, "POST", None),
        ("somebody else said the length", {"steps": [["add", 13, 1]], "headers": ["Content-Length: 100"]}, "POST", 100),
        ("more than is to be held, such as a download", {"steps": [["add", 13, 1]], "size": 2 << 20}, "POST", None),
        ("nobody asked for the body", {"steps": [["add", 13, 1]]}, "HEAD", None),
        ("an answer that has no body", {"steps": [["add", 13, 1]], "status": 204}, "POST", None),
    ],
)
def test_only_what_is_to_be_told_gives_a_page_a_length(
    why: str, world: dict[str, Any], method: str, length: int | None, door: Door
) -> None:
    shop = shop_of(door.address, **world | {"options": {}})
    shop["options"]["tajo_collector"] |= world.get("options", {})
    with installed(), built_in_web() as web:
        _, headers, page = web(json.dumps(shop).encode(), method)
    said = headers["Content-Length"]
    assert said == (None if length is None else str(len(page) if length == OWN else length)), why
    assert len(page) >= world.get("size", 0)


@pytest.mark.parametrize(("setting", "is_server"), [("0", True), ("1", False), ("4096", False), ("On", False)])
def test_where_php_itself_compresses_the_browser_tells_carts(setting: str, is_server: bool, door: Door) -> None:
    """It keeps the page until it ends."""
    world = shop_of(door.address, steps=[["pages"]])
    with installed(), built_in_web(zlib__output_compression=setting) as web:
        assert (b'"carts":"server"' in web(json.dumps(world).encode())[-1]) is is_server


COMPRESSED = ("gzip, deflate, br", "gzip;q=1.0")
PLAIN = ("identity", "gzip;q=0, br")


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_to_all() as found:
        yield found


@pytest.mark.parametrize("accepted", COMPRESSED + PLAIN)
def test_under_apache_the_page_comes_first_and_compressed(accepted: str, folder: Path) -> None:
    """Its filter would take the length away."""
    with collector() as (waiting, address), installed(), apache_web(folder) as web:
        shop = shop_of(address, plugin=[patient(folder)], steps=[["add", 13, 1], ["pages"]])
        _, headers, page = web(json.dumps(shop).encode(), Accept_Encoding=accepted)
        waiting.page_came.set()
        assert waiting.answered.wait(2 * LONGEST_WAIT_S), (folder / "apache.log").read_text()
    assert waiting.waited_for_page
    assert (int(headers["Content-Length"]), headers["Connection"]) == (len(page), "close")
    assert headers.get("Content-Encoding") == ("gzip" if accepted in COMPRESSED else None)
    assert b"tajoConfig" in (gzip.decompress(page) if accepted in COMPRESSED else page)


def test_under_apache_what_is_not_to_be_compressed_is_not(folder: Path, door: Door) -> None:
    shop = shop_of(door.address, plugin=[patient(folder)], steps=[["add", 13, 1], ["pages"]])
    with installed(), apache_web(folder) as web:
        _, headers, page = web(json.dumps(shop).encode(), Accept_Encoding="gzip", X_Plain="1")
    assert (headers.get("Content-Encoding"), int(headers["Content-Length"])) == (None, len(page))


def test_under_apache_a_page_that_tells_nothing_is_apache_s(folder: Path) -> None:
    shop = shop_of("http://127.0.0.1:9", plugin=[patient(folder)], steps=[["pages"]])
    with installed(), apache_web(folder) as web:
        _, headers, page = web(json.dumps(shop).encode(), Accept_Encoding="gzip")
    assert (headers["Content-Encoding"], headers.get("Connection")) == ("gzip", None)
    assert b"tajoConfig" in gzip.decompress(page)
