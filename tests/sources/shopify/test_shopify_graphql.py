"""What a client makes of each kind of answer: what it repeats, what it gives up, and what it says then."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import responses
from responses import matchers

from collector.domain.errors import Misuse, SourceUnavailable
from collector.sources.shopify import queries, versions
from collector.sources.shopify.graphql import (
    Frozen,
    LinkGone,
    NoAnswer,
    NotAShop,
    Revoked,
    ScopeMissing,
    Throttled,
    TooCostly,
    UnknownVersion,
    UserErrors,
)
from tests.sources.shopify.api_bench import GRAPHQL, KEYS, TOKENS, ApiBench, cost, shop, throttled

GOOD = {"json": {"data": {"shop": {"name": "Lind"}}}}
AWAY = {"status": 502, "body": "<html>Bad gateway"}
CUT = {"body": requests.ConnectionError("Connection aborted.")}
REFUSED = {"body": requests.ConnectionError("Connection refused")}
SLOW = {"body": requests.ReadTimeout()}
RESULT = "https://storage.test/bulk?X-Signature=secret"


def trouble(code: str, message: str = "no", **extensions: Any) -> dict[str, Any]:
    return {"json": {"errors": [{"message": message, "extensions": {"code": code, **extensions}}]}}


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def answers(wire: responses.RequestsMock, *given: dict[str, Any]) -> None:
    """One after the other."""
    for one in given:
        wire.add("POST", GRAPHQL, **one)


def test_a_question_goes_out_whole_and_its_data_comes_back(wire: responses.RequestsMock) -> None:
    answers(wire, GOOD)
    assert ApiBench().api().ask("truth_orders", search="s", first=5) == {"shop": {"name": "Lind"}}
    [call] = wire.calls
    sent = json.loads(call.request.body or b"")
    assert sent["variables"] == {"search": "s", "first": 5}
    assert "fragment page on PageInfo" in sent["query"]
    assert "#" not in sent["query"], "comments stay at home"
    assert call.request.headers["X-Shopify-Access-Token"] == "shpat_1"


@pytest.mark.parametrize(
    ("why", "before", "slept"),
    [
        ("a gateway that failed", [AWAY], [1.0]),
        ("a broken connection", [CUT, CUT], [1.0, 2.0]),
        ("no answer in time", [SLOW], [1.0]),
        ("an error of theirs inside HTTP 200", [trouble("INTERNAL_SERVER_ERROR")], [1.0]),
        ("broken JSON", [{"body": '{"data', "content_type": "application/json"}], [1.0]),
        ("too many requests, with a time", [{"status": 429, "headers": {"Retry-After": "2.0"}}], [2.0]),
        ("too many requests, without one", [{"status": 429}], [1.0]),
        ("out of points", [{"json": throttled(500, 200)}], [3.0]),
        ("four times in a row", [AWAY, CUT, SLOW, AWAY], [1.0, 2.0, 4.0, 8.0]),
    ],
)
def test_a_question_is_asked_again_after(
    wire: responses.RequestsMock, why: str, before: list[dict[str, Any]], slept: list[float]
) -> None:
    bench = ApiBench()
    answers(wire, *before, GOOD)
    assert bench.api().ask("shop") == {"shop": {"name": "Lind"}}
    assert bench.clock.slept == slept


def test_a_question_is_not_asked_for_ever(wire: responses.RequestsMock) -> None:
    bench = ApiBench()
    answers(wire, AWAY)
    with pytest.raises(NoAnswer, match="502"):
        bench.api().ask("shop")
    assert len(wire.calls) == 5


@pytest.mark.parametrize("given", [AWAY, {"json": throttled(500, 200)}, {"status": 429}])
def test_patience_bounds_the_waiting(wire: responses.RequestsMock, given: dict[str, Any]) -> None:
    bench = ApiBench()
    answers(wire, given)
    with pytest.raises(SourceUnavailable):
        bench.api(patience_s=5.0).ask("shop")
    assert sum(bench.clock.slept) <= 5.0


def test_waiting_that_would_be_too_long_is_not_begun_and_says_how_long(wire: responses.RequestsMock) -> None:
    bench = ApiBench()
    answers(wire, {"json": {**GOOD["json"], "extensions": cost(900, 10)}})
    api = bench.api(patience_s=5.0)
    api.ask("shop")
    with pytest.raises(Throttled) as caught:
        api.ask("shop")
    assert caught.value.wait_s == pytest.approx(8.9)
    assert (bench.clock.slept, len(wire.calls)) == ([], 1)


@pytest.mark.parametrize(
    ("why", "given", "error", "words"),
    [
        ("no money", {"status": 402}, Frozen, "Pay the plan"),
        ("locked", {"status": 423}, Frozen, "unlock"),
        ("closed", trouble("SHOP_INACTIVE"), Frozen, "Open the shop again"),
        ("nobody there", {"status": 404}, NotAShop, "typing mistake"),
        ("too dear", trouble("MAX_COST_EXCEEDED"), TooCostly, "smaller pages"),
        ("a page", {"body": "<html>", "content_type": "text/html"}, SourceUnavailable, "a page (text/html)"),
        (
            "sent elsewhere",
            {"status": 302, "headers": {"Location": "https://b.test/?k=1"}},
            SourceUnavailable,
            "b.test",
        ),
        ("another schema", trouble("undefinedField", "Field 'x' doesn't exist"), SourceUnavailable, "api_version"),
        ("forbidden", {"status": 403}, ScopeMissing, "read_customers"),
        (
            "a scope, named with its field",
            trouble(
                "ACCESS_DENIED",
                "Access denied for orders field. Required access: `read_orders` access scope.",
                requiredAccess="`read_orders` access scope.",
            ),
            ScopeMissing,
            "does not let this app read orders: it lacks read_orders",
        ),
        (
            "protected customer data",
            trouble("ACCESS_DENIED", "This app is not approved to access the Customer object."),
            ScopeMissing,
            "protected customer data",
        ),
    ],
)
def test_an_answer_that_asking_again_does_not_change_is_final(
    wire: responses.RequestsMock, why: str, given: dict[str, Any], error: type[SourceUnavailable], words: str
) -> None:
    bench = ApiBench()
    answers(wire, given)
    with pytest.raises(error) as caught:
        bench.api().ask("shop")
    assert words in str(caught.value)
    assert caught.value.cure
    assert (len(wire.calls), bench.clock.slept) == (1, [])


def test_a_missing_scope_says_which_and_for_what(wire: responses.RequestsMock) -> None:
    error: dict[str, Any] = {"message": "Access denied", "path": ["customers", "nodes", 0, "email"]}
    error["extensions"] = {"code": "ACCESS_DENIED", "requiredAccess": "`read_customers` access scope."}
    answers(wire, {"json": {"data": {"customers": None}, "errors": [error]}})
    with pytest.raises(ScopeMissing) as caught:
        ApiBench().api().ask("shop")
    assert (caught.value.scope, caught.value.field) == ("read_customers", "customers.nodes.email")


# Mutations: one that may not be sent twice, and one whose file says it may.


@pytest.fixture
def mutations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two of our own: real ones come and go with what is subscribed to."""
    (tmp_path / "make.graphql").write_text("mutation make { make { userErrors { field message } } }")
    (tmp_path / "mend.graphql").write_text("# Safe to repeat: it says what is to be.\nmutation mend { mend { id } }")
    monkeypatch.setattr(queries, "_FOLDER", tmp_path)
    queries.query.cache_clear()
    yield
    queries.query.cache_clear()


DONE = {"json": {"data": {"make": {"id": "gid://shopify/X/1", "userErrors": []}}}}


@pytest.mark.usefixtures("mutations")
@pytest.mark.parametrize(
    ("why", "query", "before", "calls"),
    [
        ("turned away: nothing was done", "make", {"json": throttled(10, 5)}, 2),
        ("too many requests: nothing was done", "make", {"status": 429}, 2),
        ("no connection: nothing was sent", "make", REFUSED, 2),
        ("broken off: it may have been done", "make", CUT, 1),
        ("no answer in time: it may have been done", "make", SLOW, 1),
        ("a gateway failed: it may have been done", "make", AWAY, 1),
        ("broken off, but twice is as good as once", "mend", CUT, 2),
        ("a gateway failed, but twice is as good as once", "mend", AWAY, 2),
    ],
)
def test_a_change_is_sent_again_only_where_that_is_safe(
    wire: responses.RequestsMock, why: str, query: str, before: dict[str, Any], calls: int
) -> None:
    answers(wire, before, DONE)
    api = ApiBench().api()
    if calls == 1:
        with pytest.raises(NoAnswer):
            api.change(query)
    else:
        assert api.change(query)["id"] == "gid://shopify/X/1"
    assert len(wire.calls) == calls, why


@pytest.mark.usefixtures("mutations")
def test_a_change_that_was_understood_and_not_done_raises_with_the_reasons(wire: responses.RequestsMock) -> None:
    error = {"field": ["uri"], "message": "Address for this topic\nhas already been taken"}
    answers(wire, {"json": {"data": {"make": {"userErrors": [error]}}}})
    with pytest.raises(UserErrors, match="Address for this topic has already been taken") as caught:
        ApiBench().api().change("make")
    assert caught.value.errors == (error,)


# Tokens


def test_a_permanent_token_that_is_refused_is_revoked_at_once(wire: responses.RequestsMock) -> None:
    answers(wire, {"status": 401})
    with pytest.raises(Revoked, match="Copy the credentials"):
        ApiBench().api().ask("shop")
    assert len(wire.calls) == 1


def test_a_bought_token_that_is_refused_is_bought_anew_once(wire: responses.RequestsMock) -> None:
    for number in (1, 2):
        wire.post(TOKENS, json={"access_token": f"day-{number}", "expires_in": 86399})
    for number, given in ((1, {"status": 401}), (2, GOOD)):
        header = matchers.header_matcher({"X-Shopify-Access-Token": f"day-{number}"})
        wire.add("POST", GRAPHQL, match=[header], **given)
    bench = ApiBench()
    assert bench.api(shop(KEYS)).ask("shop") == {"shop": {"name": "Lind"}}
    assert bench.kept.tokens[1].token == "day-2"


def test_a_bought_token_that_is_refused_again_is_not_bought_in_a_circle(wire: responses.RequestsMock) -> None:
    wire.post(TOKENS, json={"access_token": "day", "expires_in": 86399})
    answers(wire, {"status": 401})
    with pytest.raises(Revoked):
        ApiBench().api(shop(KEYS)).ask("shop")
    assert [call.request.url for call in wire.calls] == [TOKENS, GRAPHQL, TOKENS, GRAPHQL]


@pytest.mark.parametrize(
    ("why", "given", "calls"), [("a wrong secret", {"status": 401}, 1), ("away", {"status": 503}, 3)]
)
def test_a_token_that_cannot_be_had_ends_the_question(
    wire: responses.RequestsMock, why: str, given: dict[str, Any], calls: int
) -> None:
    wire.add("POST", TOKENS, **given)
    with pytest.raises(SourceUnavailable):
        ApiBench().api(shop(KEYS)).ask("shop")
    assert len(wire.calls) == calls, why


# Versions


def test_an_answer_in_another_version_is_told_once(
    wire: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    versions.warn_once.cache_clear()  # other tests met this pair
    answers(wire, {**GOOD, "headers": {"X-Shopify-API-Version": "2027-01"}})
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            api = ApiBench().api(shop(api_version="2026-07"))
            api.ask("shop")
            api.ask("shop")
            assert (api.asked_version, api.seen_version) == ("2026-07", "2027-01")
    assert [record.message for record in caplog.records] == ["the shop answers with another API version"]


@pytest.mark.parametrize("version", ["2026-13", "unstable", "26-07", "../x"])
def test_a_version_that_is_none_is_misuse_before_anything_is_asked(version: str) -> None:
    with pytest.raises(Misuse, match="api_version"):
        ApiBench().api(shop(api_version=version))


def test_another_address_stands_in_for_the_shop(wire: responses.RequestsMock) -> None:
    wire.post("http://127.0.0.1:9/admin/api/2026-10/graphql.json", **GOOD)
    stand_in = shop(api_url="http://127.0.0.1:9/", api_version="2026-10")
    assert ApiBench().api(stand_in).ask("shop") == {"shop": {"name": "Lind"}}


# Bulk results


def test_a_bulk_result_is_read_line_by_line_without_any_token(wire: responses.RequestsMock) -> None:
    body = b'{"id":1}\n{"id":2}\n\n' + b'{"id":"' + b"x" * 200_000 + b'"}\n{"id":4}'
    wire.get(RESULT, body=body)
    read = list(ApiBench().api().lines(RESULT))
    assert [line[:8] for line in read] == [b'{"id":1}', b'{"id":2}', b'{"id":"x', b'{"id":4}']
    assert len(read[2]) == 200_009
    assert not [name for name in wire.calls[0].request.headers if "token" in name.lower()]


@pytest.mark.parametrize(("start_at", "expected"), [(0, [b"0", b"1", b"2"]), (2, [b"2"]), (3, []), (9, [])])
def test_a_bulk_result_goes_on_where_it_was_left(
    wire: responses.RequestsMock, start_at: int, expected: list[bytes]
) -> None:
    wire.get(RESULT, body=b"0\n1\n2\n")
    assert list(ApiBench().api().lines(RESULT, start_at=start_at)) == expected


@pytest.mark.parametrize(
    ("given", "error"),
    [({"status": 403}, LinkGone), ({"status": 404}, LinkGone), ({"status": 503}, NoAnswer), (SLOW, NoAnswer)],
)
def test_a_bulk_result_that_cannot_be_had_says_why_and_never_its_address(
    wire: responses.RequestsMock, given: dict[str, Any], error: type[SourceUnavailable]
) -> None:
    wire.add("GET", RESULT, **given)
    with pytest.raises(error) as caught:
        list(ApiBench().api().lines(RESULT))
    assert "secret" not in str(caught.value)


# Files of queries


def test_a_fragment_brings_those_it_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fragments").mkdir()
    (tmp_path / "fragments" / "outer.graphql").write_text("# why ...never\nfragment outer on A { ...inner }")
    (tmp_path / "fragments" / "inner.graphql").write_text("fragment inner on B { id ... on C { x } }")
    (tmp_path / "both.graphql").write_text("query both { a { ...outer ...inner } }")
    monkeypatch.setattr(queries, "_FOLDER", tmp_path)
    found = queries.query.__wrapped__("both")
    assert [line.split(" on ")[0] for line in found.text.splitlines()] == [
        "query both { a { ...outer ...inner } }",
        "fragment outer",
        "fragment inner",
    ], "each once, after the one that names it"
    assert found.is_repeatable
    assert not found.is_change


@pytest.mark.parametrize("name", ["nothing", "../install", "fragments/money", ""])
def test_a_question_nobody_wrote_is_a_fault_of_ours(name: str) -> None:
    with pytest.raises(LookupError):
        queries.query(name)


LATER = GRAPHQL.replace("2026-07", "2029-01")


@pytest.mark.parametrize(
    ("why", "ours", "error", "words"),
    [
        ("the shop is there", GOOD, UnknownVersion, "does not know version 2029-01 of Shopify's API. Leave api_ver"),
        ("nobody is there", {"status": 404}, NotAShop, "typing mistake"),
        ("the token is refused", {"status": 401}, Revoked, "Copy the credentials again"),
        ("it does not say", {"status": 502}, NoAnswer, "502"),
    ],
)
@pytest.mark.parametrize("query", ["shop", "webhook_create"])
def test_a_404_for_another_version_is_blamed_on_it_only_where_ours_is_there(
    wire: responses.RequestsMock, query: str, why: str, ours: dict[str, Any], error: type[Exception], words: str
) -> None:
    wire.post(LATER, status=404)
    answers(wire, ours)
    api = ApiBench().api(shop(api_version="2029-01"), patience_s=0.0)
    with pytest.raises(error) as caught:
        _ = api.ask(query) if query == "shop" else api.change(query)
    assert words in str(caught.value)
    assert [call.request.url for call in wire.calls] == [LATER, GRAPHQL]
    assert b"mutation" not in (wire.calls[1].request.body or b""), "the second question changes nothing"


@pytest.mark.parametrize("is_wanted", [True, False])
def test_each_question_is_a_line_where_the_shop_wants_it_without_what_was_asked(
    wire: responses.RequestsMock, caplog: pytest.LogCaptureFixture, is_wanted: bool
) -> None:
    wire.post(TOKENS, json={"access_token": "shpat_day", "expires_in": 86399})
    answers(wire, AWAY, GOOD)
    with caplog.at_level(logging.DEBUG, "collector"):
        ApiBench().api(shop(KEYS, logs_steps=is_wanted)).ask("truth_orders", search="email:ana@shop.example", first=5)
    said = [(vars(one)["query"], vars(one)["status"]) for one in caplog.records if one.getMessage() == "shopify asked"]
    assert said == ([("truth_orders", 502), ("truth_orders", 200)] if is_wanted else [])
    assert any("for a token" in one.getMessage() for one in caplog.records) is is_wanted
    everything = str([vars(one) for one in caplog.records])
    assert not [secret for secret in ("shpat_day", "shpss_1", "ana@shop.example") if secret in everything]
