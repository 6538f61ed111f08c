"""The client for a shop's API: patience with hosts, lists whole, changes never done twice."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import responses

from collector.domain.errors import SourceUnavailable
from collector.sources.woocommerce.rest import (
    BatchError,
    BatchStopped,
    Busy,
    Declined,
    Known,
    MaybeDone,
    NoAnswer,
    RestClient,
)

from .wire_shop import KEY, SECRET, Answer, Asked, WireShop, data, page, refusal

ORDERS = ("GET", "wc/v3/orders")
BATCH = ("POST", "wc/v3/products/batch")
GOOD = data(200, [{"id": 1}])


class Time:
    """A clock that moves when somebody sleeps on it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.now += seconds


def client(shop: WireShop, ticks: Time | None = None, **given: Any) -> RestClient:
    ticks = ticks or Time()
    shop.gate.now = time.time()
    times = {"monotonic": ticks, "sleep": ticks.sleep}
    return RestClient(requests.Session(), shop.url, KEY, SECRET, **{**times, **given})


@pytest.mark.parametrize(
    ("why", "answers", "patience_s", "slept", "outcome"),
    [
        ("a hiccup passes", [page(502), GOOD], 60, [1], None),
        ("two", [page(500), page(504), GOOD], 60, [1, 2], None),
        ("told to slow down", [page(429, **{"Retry-After": "7"}), GOOD], 60, [7], None),
        ("told so without a time", [page(429), page(429), GOOD], 60, [1, 2], None),
        (
            "until a date",
            [
                page(503, **{"Retry-After": "Sat, 21 Nov 2026 12:00:30 GMT", "Date": "Sat, 21 Nov 2026 12:00:00 GMT"}),
                GOOD,
            ],
            60,
            [30],
            None,
        ),
        ("longer than anybody waits", [page(429, **{"Retry-After": "600"}), GOOD], 60, [], Busy),
        ("broken for good", [page(500)], 60, [1, 2, 4], Declined),
        ("without patience it is asked once", [page(500)], 0, [], Declined),
        ("a refusal is no hiccup", [refusal(403, "woocommerce_rest_cannot_view")], 60, [], Declined),
    ],
)
def test_a_read_is_repeated_where_that_may_help(
    why: str, answers: list[Answer], patience_s: float, slept: list[float], outcome: type[SourceUnavailable] | None
) -> None:
    shop, clock = WireShop(says={ORDERS: answers}), Time()
    with shop.mounted():
        asking = client(shop, clock, patience_s=patience_s)
        if outcome is None:
            assert asking.get("orders") == [{"id": 1}], why
        else:
            with pytest.raises(outcome) as failed:
                asking.get("orders")
            assert failed.value.cure
    assert clock.slept == slept, why


@pytest.mark.parametrize(
    ("why", "answers", "requests_made", "outcome"),
    [
        ("turned away: nothing was done", [page(429), data(201, {"id": 9})], 2, None),
        ("the shop died on it", [page(500), data(201, {"id": 9})], 1, MaybeDone),
        ("a proxy gave up", [page(504), data(201, {"id": 9})], 1, MaybeDone),
        ("not now, says somebody on the way", [page(503), data(201, {"id": 9})], 1, MaybeDone),
        ("refused", [refusal(400, "rest_invalid_param")], 1, Declined),
    ],
)
def test_a_change_is_repeated_only_where_it_was_certainly_not_done(
    why: str, answers: list[Answer], requests_made: int, outcome: type[SourceUnavailable] | None
) -> None:
    shop = WireShop(says={("POST", "wc/v3/webhooks"): answers})
    with shop.mounted():
        if outcome is None:
            assert client(shop).post("webhooks", {"topic": "order.created"}) == {"id": 9}
        else:
            with pytest.raises(outcome):
                client(shop).post("webhooks", {"topic": "order.created"})
    assert len(shop.asked) == requests_made, why
    assert json.loads(shop.asked[0].body) == {"topic": "order.created"}


@pytest.mark.parametrize(
    ("why", "error", "calls_made", "outcome"),
    [
        ("sent, and no answer in time", requests.ReadTimeout("x"), 1, MaybeDone),
        ("sent, and the connection broke", requests.ConnectionError("x"), 1, MaybeDone),
        ("never sent: no connection in time", requests.ConnectTimeout("x"), 4, NoAnswer),
    ],
)
def test_a_change_without_an_answer_is_said_to_be_unknown(
    why: str, error: Exception, calls_made: int, outcome: type[SourceUnavailable]
) -> None:
    with responses.RequestsMock() as wire:
        wire.post("https://shop.example/wp-json/wc/v3/webhooks", body=error)
        with pytest.raises(outcome) as failed:
            client(WireShop()).post("webhooks", {})
        assert len(wire.calls) == calls_made, why
    assert ("not known" in str(failed.value)) is (outcome is MaybeDone)


@pytest.mark.parametrize("verb", ["put", "delete"])
def test_a_host_that_lets_only_get_and_post_through_gets_the_word_in_the_query(verb: str) -> None:
    shop = WireShop()
    shop.says = {
        (verb.upper(), "wc/v3/webhooks/7"): page(405),
        ("POST", "wc/v3/webhooks/7"): data(200, {"id": 7}),
    }
    with shop.mounted():
        asking = client(shop)
        done = (
            asking.put("webhooks/7", {"status": "active"}) if verb == "put" else asking.delete("webhooks/7", force=True)
        )
    assert done == {"id": 7}
    assert shop.asked[-1].params.get("_method") == verb.upper()
    assert shop.asked[-1].params.get("force") == (None if verb == "put" else "true")


def many(count: int) -> list[dict[str, Any]]:
    return [{"id": number} for number in range(1, count + 1)]


@pytest.mark.parametrize(
    ("why", "most", "sizes_asked"),
    [
        ("a good host", 100, [100, 100, 100]),
        ("one that dies of a hundred", 60, [100, 50, 50, 50, 50, 50]),
        ("a poor one", 10, [100, 50, 25, *[10] * 24]),
    ],
)
def test_pages_are_whole_whatever_the_host_survives(why: str, most: int, sizes_asked: list[int]) -> None:
    shop = WireShop(most=most, lists={"wc/v3/orders": many(234)})
    with shop.mounted():
        asking = client(shop)
        pages = [asking.page("orders", page=number, orderby="id", order="asc") for number in (1, 2, 3)]
    assert [[one["id"] for one in page.records] for page in pages] == [
        list(range(1, 101)),
        list(range(101, 201)),
        list(range(201, 235)),
    ], why
    assert {(page.total, page.pages) for page in pages} == {(234, 3)}
    assert [int(one.params["per_page"]) for one in shop.asked] == sizes_asked


class TooLarge(SourceUnavailable, requests.RequestException):
    """As the guard has it."""


@pytest.mark.parametrize(
    ("why", "problem"),
    [
        ("it takes too long", requests.ReadTimeout("x")),
        ("the connection breaks", requests.ConnectionError("x")),
        ("more than we take", TooLarge("The answer has more than 5 bytes.")),
        ("PHP dies with a good status", Answer(200, b"")),
    ],
)
def test_whatever_a_hundred_records_end_in_fewer_are_asked_for(why: str, problem: Exception | Answer) -> None:
    def dying(asked: Asked) -> Answer:
        size = int(asked.params["per_page"])
        if size <= 25:
            return data(200, many(size))
        if isinstance(problem, Answer):
            return problem
        raise problem

    shop, ticks = WireShop(says={ORDERS: dying}), Time()
    with shop.mounted():
        assert len(client(shop, ticks).page("orders").records) == 100, why
    assert [int(one.params["per_page"]) for one in shop.asked] == [100, 50, 25, 25, 25, 25]


def test_a_host_that_is_down_is_asked_for_ten_and_then_left_alone() -> None:
    shop, ticks = WireShop(says={ORDERS: page(502)}), Time()
    with shop.mounted(), pytest.raises(Declined):
        client(shop, ticks).page("orders")
    assert [int(one.params["per_page"]) for one in shop.asked] == [100, 50, 25, 10, 10, 10, 10]
    assert ticks.slept == [1, 2, 4]


def test_a_smaller_page_is_remembered_and_a_larger_one_tried_again_after_a_while() -> None:
    shop, kept = WireShop(most=50, lists={"wc/v3/orders": many(5000)}), list[Known]()
    with shop.mounted():
        client(shop, remember=kept.append).page("orders")
        assert kept[-1].sizes == {"orders": 50}
        shop.asked.clear()
        asking = client(shop, known=kept[-1])
        asking.page("orders")
        assert {one.params["per_page"] for one in shop.asked} == {"50"}, "nobody dies a second time"
        asking.page("products", per_page=1)
        assert shop.asked[-1].params["per_page"] == "1", "another list is another matter"
        shop.most = 100
        for number in range(1, 31):
            asking.page("orders", page=number)
        assert shop.asked[-1].params["per_page"] == "100"


def test_an_offset_counts_records_whatever_their_pages() -> None:
    shop = WireShop(most=25, lists={"wc/v3/orders": many(90)})
    with shop.mounted():
        page = client(shop).page("orders", per_page=50, offset=20)
    assert [one["id"] for one in page.records] == list(range(21, 71))


def test_where_counts_are_dropped_there_are_none() -> None:
    shop = WireShop(says={ORDERS: GOOD})
    with shop.mounted():
        found = client(shop).page("orders")
    assert (found.records, found.total, found.pages) == ([{"id": 1}], None, None)


def test_something_that_is_no_list_is_no_page() -> None:
    shop = WireShop(says={ORDERS: data(200, {"orders": []})})
    with shop.mounted(), pytest.raises(SourceUnavailable, match="no list"):
        client(shop).page("orders")


def doing(limit: int = 100, refused: tuple[int, ...] = (), dies_at: int = 0) -> Callable[[Asked], Answer]:
    """A batch that does what it is told, but for some numbers. `dies_at`: the call that ends in nothing."""
    error = {"id": 0, "error": {"code": "product_invalid_sku", "message": "Taken.", "data": {"status": 400}}}
    calls: list[int] = []

    def number(thing: Any) -> int:
        return int(thing["n"] if isinstance(thing, dict) else thing)

    def answer(asked: Asked) -> Answer:
        things = json.loads(asked.body)
        calls.append(sum(len(some) for some in things.values()))
        if calls[-1] > limit:
            return refusal(413, "woocommerce_rest_request_entity_too_large")
        if len(calls) == dies_at:
            return page(504)
        return data(
            200,
            {
                v: [error if number(one) in refused else {"id": number(one)} for one in some]
                for v, some in things.items()
            },
        )

    return answer


def numbered(first: int, last: int) -> list[dict[str, int]]:
    return [{"n": number} for number in range(first, last + 1)]


@pytest.mark.parametrize(
    ("why", "limit", "calls"), [("as WooCommerce has it", 100, 3), ("a shop with its own", 30, 12)]
)
def test_a_batch_is_cut_and_each_error_kept(why: str, limit: int, calls: int) -> None:
    shop = WireShop(says={BATCH: doing(limit, refused=(3, 170))})
    with shop.mounted():
        done = client(shop).batch(
            "products", create=numbered(1, 90), update=numbered(91, 180), delete=list(range(200, 250))
        )
    assert [one["id"] for one in done.create] == [n for n in range(1, 91) if n != 3]
    assert [one["id"] for one in done.update] == [n for n in range(91, 181) if n != 170]
    assert [one["id"] for one in done.delete] == list(range(200, 250))
    assert done.errors == [
        BatchError("create", 2, "product_invalid_sku", "Taken."),
        BatchError("update", 79, "product_invalid_sku", "Taken."),
    ]
    assert len(shop.asked) == calls, why


def test_a_batch_that_stops_says_what_is_done_and_sends_nothing_twice() -> None:
    shop = WireShop(says={BATCH: doing(dies_at=2)})
    with shop.mounted(), pytest.raises(BatchStopped, match=r"Stopped after 100 of 250: .* is not known") as stopped:
        client(shop).batch("products", update=numbered(1, 250))
    assert (len(stopped.value.answer.update), stopped.value.done) == (100, 100)
    assert len(shop.asked) == 2
    shop = WireShop(says={BATCH: page(401)})
    with shop.mounted(), pytest.raises(Declined):
        client(shop).batch("products", update=numbered(1, 250))


def test_things_a_batch_says_nothing_of_are_errors() -> None:
    shop = WireShop(says={BATCH: data(200, {"update": [{"id": 1}]})})
    with shop.mounted():
        done = client(shop).batch("products", update=numbered(1, 2), delete=[7])
    assert [(one.verb, one.index) for one in done.errors] == [("update", 1), ("delete", 0)]


@pytest.mark.parametrize(
    ("why", "url", "prefix", "home_page", "learnt"),
    [
        ("another prefix", "https://shop.example", "/api", None, "/api"),
        ("almost pretty permalinks", "https://shop.example", "/index.php/wp-json", None, "/index.php/wp-json"),
        ("a site below a path", "https://shop.example/b", "/api", None, "/api"),
        (
            "a page out of a cache, without headers",
            "https://shop.example",
            "/api",
            page(200, "<head><link rel='https://api.w.org/' href='https://shop.example/api/' /></head>" + "x" * 300000),
            "/api",
        ),
    ],
)
def test_an_api_somewhere_else_is_found_by_what_the_home_page_says(
    why: str, url: str, prefix: str, home_page: Answer | None, learnt: str
) -> None:
    shop, kept = WireShop(url, prefix=prefix, home_page=home_page), list[Known]()
    with shop.mounted():
        asking = client(shop, remember=kept.append)
        assert asking.get("orders", per_page=1) == [{"id": 1}], why
        assert (kept[-1].prefix, len(shop.asked)) == (learnt, 3)
        assert "Authorization" not in shop.asked[1].headers, "no keys to a page"
        asking.get("orders")
        assert len(shop.asked) == 4


@pytest.mark.parametrize(
    ("why", "link", "said"),
    [
        ("plain permalinks", "https://shop.example/?rest_route=/", "plain permalinks"),
        ("an API on another host gets no keys", "https://evil.example/wp-json/", "no REST API"),
        ("an API above the shop gets none either", "https://shop.example/", "no REST API"),
        ("a page without a word of it", "", "no REST API"),
    ],
)
def test_an_api_that_cannot_be_used_is_named(why: str, link: str, said: str) -> None:
    home = page(200, **({"Link": f'<{link}>; rel="https://api.w.org/"'} if link else {}))
    shop = WireShop(prefix="/none", home_page=home)
    with shop.mounted():
        for _ in range(2):
            with pytest.raises(Declined, match=said) as failed:
                client(shop).get("orders")
            assert "anything but Plain" in failed.value.cure, why
    assert {one.path for one in shop.asked} == {"/wp-json/wc/v3/orders", "/"}


def test_what_is_printed_before_answers_is_passed_over_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    shop, kept = WireShop(before="\ufeff<br />Notice: Undefined index [a] in {b}\n".encode()), list[Known]()
    with shop.mounted():
        asking = client(shop, remember=kept.append)
        for _ in range(3):
            assert asking.get("orders") == [{"id": 1}]
        client(shop, known=kept[-1]).get("orders")
    assert [one.message for one in caplog.records] == ["a shop prints something before its answers"]


@pytest.mark.parametrize(
    ("why", "body", "found"),
    [
        ("as it should be", b'{"id": 7}', {"id": 7}),
        ("a mark before it", b'\xef\xbb\xbf{"id": 7}', {"id": 7}),
        ("a notice with a list of its own", b'Notice: [1] and {2}\n[{"id": 7}]', [{"id": 7}]),
        ("a remark of a cache behind it", b'{"id": 7}\n<!-- generated in 0.3 s -->', {"id": 7}),
        ("cut off after a part that is whole by itself", b'{"id": 7, "meta": [{"a": 1}', None),
        ("the same behind a notice", b'Notice: x\n{"id": 7, "meta": [{"a": 1}', None),
        ("a list cut off", b'[{"id": 7},{"id": 8}', None),
        ("a list and a list", b"[1][2]", None),
        ("a word", b'"id"', None),
        ("nothing but brackets", b"[" * 5000, None),
    ],
)
def test_an_answer_is_read_whole_or_not_at_all(why: str, body: bytes, found: Any) -> None:
    shop = WireShop(says={("GET", "wc/v3/orders/7"): Answer(200, body)})
    with shop.mounted():
        if found is None:
            with pytest.raises(SourceUnavailable):
                client(shop, patience_s=0).get("orders/7")
        else:
            assert client(shop).get("orders/7") == found, why


def test_an_answer_that_was_cut_off_is_asked_for_again() -> None:
    shop = WireShop(says={ORDERS: [Answer(200, b'[{"id": 1}, {"id"'), GOOD]})
    with shop.mounted():
        assert client(shop).get("orders") == [{"id": 1}]
    assert len(shop.asked) == 2


def test_other_apis_and_the_open_index_are_asked_below_the_same_root() -> None:
    shop = WireShop(lists={"wc-analytics/reports/customers": [{"id": 3}]})
    with shop.mounted():
        asking = client(shop)
        assert asking.get_below("wc-analytics", "reports/customers") == [{"id": 3}]
        assert asking.get_open()["name"] == "Held-out Woo"
    assert [one.path for one in shop.asked] == ["/wp-json/wc-analytics/reports/customers", "/wp-json/"]
    assert shop.ways() == ["basic", ""]


def test_a_redirect_is_followed_by_nobody_and_keys_are_not_sent_along() -> None:
    shop = WireShop(says={ORDERS: page(301, Location="https://www.shop.example/wp-json/wc/v3/orders")})
    with shop.mounted(), pytest.raises(Declined, match=r"redirects to https://www.shop.example; keys are not sent"):
        client(shop).get("orders")
    assert len(shop.asked) == 1


def test_how_far_the_clocks_differ_is_seen_by_the_answer() -> None:
    shop = WireShop(says={ORDERS: data(200, [], Date="Sat, 21 Nov 2026 12:00:00 GMT")})
    with shop.mounted():
        asking = client(shop, clock=lambda: datetime(2026, 11, 21, 12, 20, tzinfo=UTC))
        asking.get("orders")
    assert asking.clock_ahead is not None
    assert asking.clock_ahead.total_seconds() == 1200


@pytest.mark.parametrize("is_logged", [True, False])
def test_each_request_is_a_line_where_the_shop_wants_it_without_its_parameters(
    caplog: pytest.LogCaptureFixture, is_logged: bool
) -> None:
    shop = WireShop(says={ORDERS: GOOD})
    with shop.mounted(), caplog.at_level(logging.DEBUG, "collector"):
        client(shop, is_logged=is_logged).get("orders", search="ana@shop.example")
    said = [vars(one) for one in caplog.records if one.getMessage() == "woocommerce asked"]
    assert [(one["method"], one["place"], one["status"]) for one in said] == (
        [("GET", "wc/v3/orders", 200)] if is_logged else []
    )
    assert not [secret for secret in (KEY, SECRET, "ana@shop.example") if secret in str(said)]
