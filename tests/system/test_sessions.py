"""Two visits over HTTP, and what the command line shows of them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.system.product import CHROME, SHOPIFY_SECRET, WOO_SECRET, Product, product_in

PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/18.6 Mobile/15E148 Safari/604.1"
)
SHOP_URL = "http://127.0.0.1:8081"
LANDING = f"{SHOP_URL}/shop/?utm_source=newsletter&utm_medium=email&utm_campaign=autumn"
MINUTE = 60_000


def event(name: str, type_: str, at: int, path: str = "/", **more: Any) -> dict[str, Any]:
    return {"id": f"event-{name}", "type": type_, "at": at, "page": {"url": f"{SHOP_URL}{path}"}, **more}


def mug() -> dict[str, Any]:
    return {"id": "13", "name": "Mug \u202e\x1b[31m", "price": "12.50", "currency": "EUR"}


@pytest.fixture(scope="module")
def visited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Visitor one came three hours ago on a phone and again 31 minutes later; visitor two once, on a desktop."""
    with product_in(tmp_path_factory.mktemp("visits")) as product:
        product.start()
        now = int(time.time() * 1000)
        first = now - 180 * MINUTE
        second = first + 2 * MINUTE + 31 * MINUTE
        landing = event("landing", "page_viewed", first) | {
            "page": {"url": LANDING, "referrer": "https://mail.example/inbox", "title": "Shop"}
        }
        cart = {"token": "", "currency": "EUR", "total": "25.00", "items": [{**mug(), "quantity": 2}]}
        beacons = [
            ("visitor-one", PHONE, [landing, event("product", "product_viewed", first + MINUTE, product=mug())]),
            ("visitor-one", PHONE, [event("cart", "cart_updated", first + 2 * MINUTE, cart=cart)]),
            ("visitor-one", PHONE, [event("again", "page_viewed", second, "/second")]),
            ("visitor-one", PHONE, [event("search", "search_submitted", second + MINUTE, query="tea")]),
            ("visitor-one", PHONE, [event("list", "collection_viewed", second + 2 * MINUTE, "/c/tea")]),
            ("visitor-one", PHONE, [event("mail", "contact_submitted", second + 3 * MINUTE, email="Ana@Example.com")]),
            ("visitor-two", CHROME, [event("other", "page_viewed", now - 5 * MINUTE, "/two")]),
        ]
        key = product.site_key()
        for visitor_id, agent, events in reversed(beacons):  # the network keeps no order
            beacon = {"v": 1, "visitor_id": visitor_id, "sent_at": now, "consent": "granted", "events": events}
            answer = product.beacon(key, beacon, agent)
            assert (answer.status, answer.headers["x-collector"]) == (204, f"accepted={len(events)}")
        product.woo("order.created", {"id": "\x1b[2Jno", "status": "processing"})
        product.drained()
        yield product


class Printed:
    """What commands print, each called once: a call takes a second."""

    def __init__(self, product: Product) -> None:
        self._product = product
        self._known: dict[str, str] = {}

    def of(self, command: str) -> str:
        if command not in self._known:
            self._known[command] = self._product.cli(*command.split())
        return self._known[command]

    def sessions(self) -> list[dict[str, Any]]:
        """Those of visitor one, the oldest first."""
        listed: list[dict[str, Any]] = json.loads(self.of("sessions list woocommerce --json"))
        mine = (one for one in listed if one["visitor_id"] == "visitor-one")
        return sorted(mine, key=lambda one: str(one["started_at"]))

    def views(self) -> dict[str, str]:
        """Every view of everything."""
        commands = (
            "check",
            "connectors list",
            "connectors list --json",
            "connectors logs woocommerce --type webhook",
            "connectors logs woocommerce --type beacon --json",
            "sessions list",
            "sessions list woocommerce --json",
            f"sessions show {self.sessions()[0]['id']}",
            "events tail -n 100",
            "events tail woocommerce -n 2 --json",
            "quarantine list",
        )
        return {command: self.of(command) for command in commands}


@pytest.fixture(scope="module")
def printed(visited: Product) -> Printed:
    return Printed(visited)


def test_thirty_one_minutes_of_silence_begin_a_new_session(printed: Printed) -> None:
    assert len(printed.sessions()) == 2


def test_the_first_visit_keeps_where_it_came_from_and_what_was_seen(printed: Printed) -> None:
    first, _ = printed.sessions()
    assert (first["landing_page"], first["referrer"]) == (LANDING, "https://mail.example/inbox")
    assert first["utm"] == {"source": "newsletter", "medium": "email", "campaign": "autumn"}
    assert first["device"] == "mobile"
    counts = ("events", "page_views", "product_views", "collection_views", "searches", "cart_changes")
    assert [first[name] for name in counts] == [3, 1, 1, 0, 0, 1]


def test_the_second_visit_counts_for_itself(printed: Printed) -> None:
    _, second = printed.sessions()
    assert (second["landing_page"], second["referrer"], second["utm"]) == (f"{SHOP_URL}/second", "", {})
    counts = ("events", "page_views", "product_views", "collection_views", "searches", "cart_changes")
    assert [second[name] for name in counts] == [4, 1, 0, 1, 1, 0]
    assert second["emails"] == ["ana@example.com"]


def test_another_visitor_has_a_session_of_its_own(printed: Printed) -> None:
    found = json.loads(printed.of("sessions list woocommerce --json"))
    [other] = [one for one in found if one["visitor_id"] == "visitor-two"]
    assert (other["device"], other["events"], other["emails"]) == ("desktop", 1, [])


def test_the_list_shows_a_line_for_each_session(printed: Printed) -> None:
    lines = printed.of("sessions list").splitlines()
    assert len(lines) == 1 + 3
    assert any("visitor-one" in line and "mobile" in line and "newsletter" in line for line in lines)


def test_a_session_is_shown_with_its_events_in_order(printed: Printed) -> None:
    shown = printed.of(f"sessions show {printed.sessions()[0]['id']}")
    places = [shown.index(type_) for type_ in ("page_viewed  ", "product_viewed  ", "cart_updated  ")]
    assert places == sorted(places)
    assert "source=newsletter" in shown


def test_the_tail_shows_what_happened_in_all_shops_or_one(printed: Printed) -> None:
    assert len(printed.of("events tail -n 100").splitlines()) == 8
    assert printed.of("events tail shopify") == ""
    newest = [json.loads(line) for line in printed.of("events tail woocommerce -n 2 --json").splitlines()]
    assert len(newest) == 2


def test_the_connectors_are_listed_with_what_is_known(printed: Printed) -> None:
    listed = {one["name"]: one for one in json.loads(printed.of("connectors list --json"))}
    assert listed["woocommerce"]["events"] == 8
    assert listed["woocommerce"]["quarantined"] == 1
    assert listed["shopify"]["events"] == 0
    assert "woocommerce" in printed.of("connectors list")


def test_the_logs_show_each_arrival_and_its_outcome(printed: Printed) -> None:
    assert len(printed.of("connectors logs woocommerce --type beacon --json").splitlines()) == 7
    webhooks = printed.of("connectors logs woocommerce --type webhook")
    assert "quarantined" in webhooks
    assert "order.created" in webhooks


def test_no_output_and_no_log_holds_a_secret(visited: Product, printed: Printed) -> None:
    hidden = {WOO_SECRET, SHOPIFY_SECRET}
    for platform in ("woocommerce", "shopify"):
        secrets = visited.shop(platform).secrets
        hidden |= {*secrets.webhook, *secrets.identity, secrets.hook_key, *secrets.credentials.values()}
    hidden.discard("")
    for where, text in [*printed.views().items(), ("log", visited.log())]:
        for secret in hidden:
            assert secret not in text, where


def test_text_from_outside_cannot_steer_the_terminal(printed: Printed) -> None:
    for command, text in printed.views().items():
        assert "\x1b" not in text, command
        if "--json" not in command:
            assert "\u202e" not in text, command


def test_secrets_are_not_readable_in_the_files(visited: Product) -> None:
    for path in visited.folder.glob("tajo*db*"):
        assert WOO_SECRET.encode() not in path.read_bytes(), path.name
