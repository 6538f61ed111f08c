"""A collector that is dead, slow or talks rubbish: the shop goes on, nothing is lost, nobody is told twice."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.wordpress.door import Door
from tests.wordpress.shop import PAUSE_OVER, Done, PluginShop, plugin_shop

ADD = ["add", 13, 1]
MORE = ["quantity", 0, 2]
LOOK = ["pages"]
NOON = 1_800_000_000
HTML = "<html>" + "x" * 100_000


@contextmanager
def mute_server() -> Iterator[str]:
    """Takes every call and never answers."""
    taken: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take() -> None:
            while True:
                try:
                    taken.append(server.accept()[0])
                except OSError:
                    return  # closed

        threading.Thread(target=take, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
    for connection in taken:
        connection.close()


def cron(shop: PluginShop, now: int) -> Done:
    """WordPress's own call: nobody's cart is in it."""
    return shop.request(["action", PAUSE_OVER], now=now, is_loaded=False)


@pytest.mark.parametrize(
    ("why", "answer", "wait_s"),
    [
        ("it could not store it", (503, {"Retry-After": "120"}, ""), 120),
        ("it asks for an hour and more", (429, {"Retry-After": "99999"}, ""), 3600),
        ("an error", (500, {}, HTML), 30),
        ("somebody else's page", (200, {}, HTML), 30),
        ("a redirect", (302, {"Location": "https://elsewhere.example/"}, ""), 30),
        ("it does not know the shop", (404, {}, '{"error": "unknown key"}'), 30),
    ],
)
def test_a_cart_that_was_not_taken_is_told_again_by_the_same_number_after_a_pause(
    door: Door, why: str, answer: tuple[int, dict[str, str], str], wait_s: int
) -> None:
    door.answers = [answer]
    shop = plugin_shop(door.address)
    shop.request(ADD, now=NOON)
    assert shop.record
    first = shop.record["id"]
    shop.request(LOOK, now=NOON + wait_s - 1)
    assert (door.calls, shop.pause["until"]) == (1, NOON + wait_s), why
    shop.request(LOOK, now=NOON + wait_s + 1)
    assert [event["id"] for event in door.events()] == [first], why
    shop.request(LOOK, now=NOON + wait_s + 9)
    assert (door.calls, shop.pause["failures"]) == (2, 0), "once it worked all is as before"


@pytest.mark.parametrize("status", [400, 413])
def test_one_cart_that_is_refused_stops_nobody_elses(door: Door, status: int) -> None:
    door.answers = [(status, {}, '{"error": "unknown event type"}')]
    shop = plugin_shop(door.address)
    done = shop.request(ADD)
    assert done.told("log") == [
        f'tajo-collector: the collector refused a beacon ({status}): {{"error": "unknown event type"}}'
    ]
    shop.request(LOOK)
    assert door.calls == 1, "it is not tried again"
    shop.request(MORE)
    assert door.said == ["204 accepted=1"]


def test_a_dead_collector_is_tried_less_and_less_often(door: Door) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
    shop = plugin_shop(address)
    now, waits, lines = NOON, [], []
    for quantity in range(1, 10):
        done = shop.request(["add", 13, quantity], now=now)
        assert len(done.told("call")) == 1
        lines += done.told("log")
        waits.append(shop.pause["until"] - now)
        assert shop.request(["add", 13, 1], now=now).told("call") == [], "nobody tries in between"
        now = shop.pause["until"]
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert len(lines) == 3, "at most a line an hour"
    assert lines[0].startswith("tajo-collector: the collector could not be told, trying again in 30 seconds: ")


def test_what_changed_meanwhile_is_told_as_it_is_now(door: Door) -> None:
    door.answers = [(500, {}, "")]
    shop = plugin_shop(door.address, settings={"capture": "typed"})
    shop.request(ADD, ["customer", "ana@shop.example"], now=NOON)
    shop.request(MORE, now=NOON + 5)
    shop.request(["quantity", 0, 3], now=NOON + 10)
    shop.request(LOOK, now=NOON + 40)
    assert door.said == ["204 accepted=2"]
    assert door.carts() == [[("13", "", 3)]]


def test_when_the_pause_is_over_one_request_tries_for_all(door: Door) -> None:
    door.answers = [(500, {}, "")]
    shop = plugin_shop(door.address)
    shop.request(ADD, now=NOON)
    done = shop.request(LOOK, now=NOON + 31)
    assert done.order("option", "call") == ["option", "call", "option"], "the next pause begins before it tries"


def test_another_visitor_whose_cart_was_told_in_those_seconds_is_told_again(door: Door) -> None:
    other = plugin_shop(door.address)
    other.request(ADD, now=NOON)
    door.answers = [(500, {}, "")]
    shop = plugin_shop(door.address)
    shop.request(ADD, now=NOON + 2)
    shop.request(LOOK, now=NOON + 40)
    other.kept["options"] = shop.kept["options"]
    other.request(LOOK, now=NOON + 50)
    ids = [event["id"] for event in door.events()]
    assert [ids.index(one) for one in ids] == [0, 1, 0], "by the same number, so that it counts once"


def test_a_collector_that_never_answers_is_left_alone_after_one_call() -> None:
    """Where a page cannot be finished first it is waited for less than WordPress's own least second."""
    with mute_server() as address:
        shop = plugin_shop(address, has_finish=False)
        assert len(shop.request(ADD, now=NOON).told("call")) == 1
        assert shop.request(MORE, now=NOON + 1).told("call") == []
    assert shop.pause["failures"] == 1


def test_where_pages_would_wait_the_cron_tries_again_and_no_page(door: Door) -> None:
    door.answers = [(500, {}, ""), (500, {}, "")]
    shop = plugin_shop(door.address, has_finish=False)
    done = shop.request(ADD, now=NOON)
    assert done.told("later") == [[PAUSE_OVER, NOON + 30]]
    assert shop.record
    first = shop.record["id"]

    assert shop.request(LOOK, now=NOON + 31).told("call") == [], "the pause is over; the cron comes in a minute"
    done = cron(shop, NOON + 40)
    assert (len(done.told("call")), done.told("later")) == (1, [[PAUSE_OVER, NOON + 100]])
    assert shop.request(LOOK, now=NOON + 101).told("call") == []
    done = cron(shop, NOON + 110)
    assert (shop.pause["failures"], done.told("later")) == (0, []), "it is well: nothing more to ask"
    assert door.events() == [], "asking tells nothing"

    shop.request(LOOK, now=NOON + 111)
    assert [event["id"] for event in door.events()] == [first]
    assert cron(shop, NOON + 112).told("call") == [], "there is no pause"


def test_without_a_cron_a_page_tries_after_ten_minutes_more(door: Door) -> None:
    door.answers = [(500, {}, "")]
    shop = plugin_shop(door.address, has_finish=False)
    shop.request(ADD, now=NOON)
    assert shop.request(LOOK, now=NOON + 629).told("call") == []
    shop.request(LOOK, now=NOON + 630)
    assert (len(door.events()), shop.pause["failures"]) == (1, 0)


def test_where_no_page_waits_the_cron_has_nothing_to_do(door: Door) -> None:
    door.answers = [(500, {}, "")]
    assert plugin_shop(door.address).request(ADD, now=NOON).told("later") == []


def test_the_cron_asks_no_more_once_the_browser_tells_carts(door: Door) -> None:
    door.answers = [(500, {}, "")]
    shop = plugin_shop(door.address, has_finish=False)
    shop.request(ADD, now=NOON)
    shop.kept["options"]["tajo_collector"]["carts"] = "browser"
    assert cron(shop, NOON + 31).told("call") == []


def test_whatever_breaks_inside_is_a_line_in_the_log_and_no_error_in_the_page(door: Door) -> None:
    shop = plugin_shop(door.address, products={"13": {"id": 13, "price": 1}})  # a product that cannot be read
    done = shop.request(ADD, LOOK)
    assert door.calls == 0
    assert len(done.told("log")) == 1
    assert "siteKey" in done.printed
