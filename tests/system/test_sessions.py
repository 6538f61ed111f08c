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
        product.woo("order.created", {"code": "woocommerce_rest_cannot_view", "message": "\x1b[2Jno", "data": {}})
        product.drained()
        yield product


def sessions(product: Product) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(product.cli("sessions", "list", "woocommerce", "--json"))
    return sorted((one for one in listed if one["visitor_id"] == "visitor-one"), key=lambda one: str(one["started_at"]))


def test_thirty_one_minutes_of_silence_begin_a_new_session(visited: Product) -> None:
    assert len(sessions(visited)) == 2


def test_the_first_visit_keeps_where_it_came_from_and_what_was_seen(visited: Product) -> None:
    first, _ = sessions(visited)
    assert (first["landing_page"], first["referrer"]) == (LANDING, "https://mail.example/inbox")
    assert first["utm"] == {"source": "newsletter", "medium": "email", "campaign": "autumn"}
    assert first["device"] == "mobile"
    counts = ("events", "page_views", "product_views", "collection_views", "searches", "cart_changes")
    assert [first[name] for name in counts] == [3, 1, 1, 0, 0, 1]


def test_the_second_visit_counts_for_itself(visited: Product) -> None:
    _, second = sessions(visited)
    assert (second["landing_page"], second["referrer"], second["utm"]) == (f"{SHOP_URL}/second", "", {})
    counts = ("events", "page_views", "product_views", "collection_views", "searches", "cart_changes")
    assert [second[name] for name in counts] == [4, 1, 0, 1, 1, 0]
    assert second["emails"] == ["ana@example.com"]


def test_another_visitor_has_a_session_of_its_own(visited: Product) -> None:
    found = json.loads(visited.cli("sessions", "list", "--json"))
    [other] = [one for one in found if one["visitor_id"] == "visitor-two"]
    assert (other["device"], other["events"], other["emails"]) == ("desktop", 1, [])


def test_the_list_shows_a_line_for_each_session(visited: Product) -> None:
    printed = visited.cli("sessions", "list").splitlines()
    assert len(printed) == 1 + 3
    assert any("visitor-one" in line and "mobile" in line and "newsletter" in line for line in printed)


def test_a_session_is_shown_with_its_events_in_order(visited: Product) -> None:
    first, _ = sessions(visited)
    printed = visited.cli("sessions", "show", str(first["id"]))
    places = [printed.index(type_) for type_ in ("page_viewed  ", "product_viewed  ", "cart_updated  ")]
    assert places == sorted(places)
    assert "source=newsletter" in printed


def test_the_tail_shows_what_happened_in_all_shops_or_one(visited: Product) -> None:
    lines = visited.cli("events", "tail", "-n", "100").splitlines()
    assert len(lines) == 8
    assert visited.cli("events", "tail", "shopify") == ""
    newest = [
        json.loads(line) for line in visited.cli("events", "tail", "woocommerce", "-n", "2", "--json").splitlines()
    ]
    assert len(newest) == 2


def test_the_connectors_are_listed_with_what_is_known(visited: Product) -> None:
    listed = {one["name"]: one for one in json.loads(visited.cli("connectors", "list", "--json"))}
    assert listed["woocommerce"]["events"] == 8
    assert listed["woocommerce"]["quarantined"] == 1
    assert listed["shopify"]["events"] == 0
    assert "woocommerce" in visited.cli("connectors", "list")


def test_the_logs_show_each_arrival_and_its_outcome(visited: Product) -> None:
    beacons = visited.cli("connectors", "logs", "woocommerce", "--type", "beacon", "--last", "1h", "--json")
    assert len(beacons.splitlines()) == 7
    webhooks = visited.cli("connectors", "logs", "woocommerce", "--type", "webhook", "--last", "1h")
    assert "quarantined" in webhooks
    assert "order.created" in webhooks


@pytest.fixture(scope="module")
def views(visited: Product) -> dict[str, str]:
    """Command -> what it prints."""
    [first, *_] = sessions(visited)
    commands = (
        "check",
        "connectors list",
        "connectors list --json",
        "connectors logs woocommerce --type webhook",
        "connectors logs woocommerce --type beacon --json",
        "sessions list",
        f"sessions show {first['id']}",
        "events tail",
        "events tail --json",
        "quarantine list",
    )
    return {command: visited.cli_any(*command.split()) for command in commands}


def test_no_output_and_no_log_holds_a_secret(visited: Product, views: dict[str, str]) -> None:
    hidden = {WOO_SECRET, SHOPIFY_SECRET}
    for platform in ("woocommerce", "shopify"):
        secrets = visited.shop(platform).secrets
        hidden |= {*secrets.webhook, *secrets.identity, secrets.hook_key, *secrets.credentials.values()}
    hidden.discard("")
    for where, printed in [*views.items(), ("log", visited.log())]:
        for secret in hidden:
            assert secret not in printed, where


def test_text_from_outside_cannot_steer_the_terminal(views: dict[str, str]) -> None:
    for command, printed in views.items():
        assert "\x1b" not in printed, command
        if "--json" not in command:
            assert "\u202e" not in printed, command


def test_secrets_are_not_readable_in_the_files(visited: Product) -> None:
    for path in visited.folder.glob("tajo*db*"):
        assert WOO_SECRET.encode() not in path.read_bytes(), path.name
