"""What opens a shop's API, by kind of credentials, over days and across processes that renew at the same moment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests
import responses

from collector.domain.access_tokens import EXPIRING, AccessToken
from collector.domain.errors import Misuse, SourceUnavailable
from collector.domain.shop import Shop
from collector.sources.shopify.answers import NoAnswer, Revoked
from collector.sources.shopify.tokens import AuthoriseAgain, NotGiven, Tokens, client_of
from collector.storage.sqlite.access_tokens import AccessTokens
from collector.storage.sqlite.connection import open_state
from collector.storage.sqlite.leases import Leases
from collector.storage.sqlite.secret_box import SecretBox
from collector.storage.sqlite.shops import Shops
from tests.sources.shopify.api_bench import ADDRESS, KEYS, NOON, PERMANENT, TOKENS, ApiBench, VirtualClock, shop
from tests.storage.builders import new_shop, policy_for

MINE = shop(KEYS)
DAYS_90 = 7776000


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def asked(wire: responses.RequestsMock) -> list[str]:
    """The grants that were asked for, and with which refresh token."""
    bodies = [parse_qs(str(call.request.body)) for call in wire.calls]
    return [" ".join([body["grant_type"][0], *body.get("refresh_token", [])]) for body in bodies]


def pair(number: int, **more: Any) -> dict[str, Any]:
    """The answer to an authorisation or a refresh."""
    plain = {"access_token": f"a{number}", "refresh_token": f"r{number}", "scope": "read_orders,write_products"}
    return {**plain, "expires_in": 3600, "refresh_token_expires_in": DAYS_90, **more}


def authorised(bench: ApiBench, number: int = 1) -> Tokens:
    tokens = bench.tokens()
    tokens.take_over(MINE, pair(number))
    return tokens


def test_a_permanent_token_is_just_used(wire: responses.RequestsMock) -> None:
    tokens = ApiBench().tokens()
    assert [tokens.token(shop()), tokens.token(shop(), fresh=True)] == ["shpat_1", "shpat_1"]
    assert (tokens.kind(shop()), tokens.can_renew(shop()), len(wire.calls)) == ("permanent", False, 0)


@pytest.mark.parametrize("credentials", [{}, {"api_key": "id-1"}, {"api_secret": "s"}])
def test_without_credentials_nothing_is_asked(wire: responses.RequestsMock, credentials: dict[str, str]) -> None:
    with pytest.raises(Misuse, match="--api-key"):
        ApiBench().tokens().token(shop(credentials))
    assert not wire.calls


@pytest.mark.parametrize(
    ("why", "after_s", "bought"),
    [
        ("used at once", 0, 1),
        ("still good at the end of the day", 86399 - 301, 1),
        ("renewed five minutes before it ends", 86399 - 300, 2),
        ("renewed after days without use", 7 * 86400, 2),
    ],
)
def test_a_days_token_is_bought_with_key_and_secret_and_again_before_it_ends(
    wire: responses.RequestsMock, why: str, after_s: float, bought: int
) -> None:
    for number in (1, 2):
        wire.post(TOKENS, json={"access_token": f"day-{number}", "scope": "read_orders", "expires_in": 86399})
    bench = ApiBench()
    tokens = bench.tokens()
    assert tokens.token(MINE) == "day-1"
    bench.clock.pass_(after_s)
    assert tokens.token(MINE) == f"day-{bought}"
    assert bench.tokens().token(MINE) == f"day-{bought}", "another process finds it stored"
    assert asked(wire) == ["client_credentials"] * bought


def test_another_key_does_not_use_the_token_of_the_one_before(wire: responses.RequestsMock) -> None:
    for number in (1, 2):
        wire.post(TOKENS, json={"access_token": f"day-{number}", "expires_in": 86399})
    tokens = ApiBench().tokens()
    other = shop({"api_key": "id-2", "api_secret": "shpss_2"})
    assert [tokens.token(MINE), tokens.token(other)] == ["day-1", "day-2"]


def test_an_hours_token_is_renewed_with_its_refresh_token_which_changes_each_time(
    wire: responses.RequestsMock,
) -> None:
    bench = ApiBench()
    tokens = authorised(bench)
    assert (tokens.token(MINE), tokens.kind(MINE), tokens.has_expiring(MINE)) == ("a1", EXPIRING, True)
    for number in (2, 3):
        wire.post(TOKENS, json=pair(number))
        bench.clock.pass_(3300)
        assert tokens.token(MINE) == f"a{number}"
    assert asked(wire) == ["refresh_token r1", "refresh_token r2"]
    kept = bench.kept.tokens[1]
    assert (kept.refresh, kept.previous, kept.scopes) == ("r3", "r2", ("read_orders", "write_products"))
    assert kept.refresh_expires_at == bench.clock() + timedelta(days=90)


def test_a_lost_reply_is_asked_for_again_with_the_refresh_token_we_have(wire: responses.RequestsMock) -> None:
    bench = ApiBench()
    tokens = authorised(bench)
    bench.clock.pass_(3600)
    wire.post(TOKENS, body=requests.ReadTimeout())
    wire.post(TOKENS, status=502)
    wire.post(TOKENS, json=pair(2))
    assert tokens.token(MINE) == "a2"
    assert asked(wire) == ["refresh_token r1"] * 3


def test_a_refused_refresh_token_is_followed_by_the_one_before(wire: responses.RequestsMock) -> None:
    bench = ApiBench()
    tokens = authorised(bench)
    wire.post(TOKENS, json=pair(2))
    bench.clock.pass_(3600)
    tokens.token(MINE)
    wire.replace("POST", TOKENS, status=400, json={"error": "invalid_grant"})
    wire.post(TOKENS, json=pair(3))
    bench.clock.pass_(3600)
    assert bench.tokens().token(MINE) == "a3"
    assert asked(wire) == ["refresh_token r1", "refresh_token r2", "refresh_token r1"]
    assert bench.kept.tokens[1].previous == "r1", "the one that was taken"


@pytest.mark.parametrize(
    ("why", "after_days", "answer", "words"),
    [
        ("idle too long: not even asked", 91, None, "more than 90 days"),
        ("refused", 1, {"status": 400, "json": {"error": "invalid_grant"}}, "no longer taken"),
        ("the app was removed", 1, {"status": 401}, "no longer taken"),
    ],
)
def test_when_no_token_can_be_had_the_merchant_is_told_where_to_authorise_again(
    wire: responses.RequestsMock, why: str, after_days: int, answer: dict[str, Any] | None, words: str
) -> None:
    bench = ApiBench()
    tokens = authorised(bench)
    bench.clock.pass_(after_days * 86400)
    if answer is not None:
        wire.add("POST", TOKENS, **answer)
    with pytest.raises(AuthoriseAgain, match=words) as caught:
        tokens.token(MINE)
    assert f"tajo connectors link --shop-url {ADDRESS}" in caught.value.cure
    assert isinstance(caught.value, Revoked)
    assert bool(wire.calls) == (answer is not None)


@pytest.mark.parametrize(
    ("why", "answer", "error"),
    [
        ("not of this organisation", {"status": 400, "json": {"error": "shop_not_permitted"}}, NotGiven),
        ("wrong secret", {"status": 401}, Revoked),
        ("away", {"status": 503}, NoAnswer),
        ("half an answer", {"json": {"scope": ""}}, SourceUnavailable),
    ],
)
def test_a_token_that_is_not_given_leaves_what_is_stored(
    wire: responses.RequestsMock, why: str, answer: dict[str, Any], error: type[SourceUnavailable]
) -> None:
    wire.add("POST", TOKENS, **answer)
    bench = ApiBench()
    with pytest.raises(error) as caught:
        bench.tokens().token(MINE)
    assert "shpss_1" not in str(caught.value)
    assert (bench.kept.tokens, bench.kept.holders) == ({}, {})


def test_an_idle_token_is_renewed_in_time_and_one_that_was_just_renewed_is_left(wire: responses.RequestsMock) -> None:
    bench = ApiBench()
    tokens = authorised(bench)
    wire.post(TOKENS, json=pair(2))
    week = timedelta(days=5)
    assert [tokens.renew_idle(MINE, week), tokens.renew_idle(shop(), week)] == [False, False]
    bench.clock.pass_(5 * 86400)
    assert [tokens.renew_idle(MINE, week), tokens.renew_idle(MINE, week)] == [True, False]
    assert asked(wire) == ["refresh_token r1"]


def test_a_secret_that_was_rotated_in_the_settings_is_used_for_the_shops_of_that_app(
    wire: responses.RequestsMock,
) -> None:
    wire.post(TOKENS, json={"access_token": "day", "expires_in": 86399})
    bench = ApiBench()
    tokens = Tokens(bench.http, bench.kept, bench.kept, clock=bench.clock, app_secrets={"id-1": "newer"})
    tokens.token(MINE)
    tokens.token(shop({"api_key": "id-2", "api_secret": "its own"}, id_=2))
    sent = [parse_qs(str(call.request.body))["client_secret"] for call in wire.calls]
    assert sent == [["newer"], ["its own"]]


def test_a_forgotten_shop_starts_anew(wire: responses.RequestsMock) -> None:
    wire.post(TOKENS, json={"access_token": "day", "expires_in": 86399})
    bench = ApiBench()
    tokens = authorised(bench)
    tokens.forget(MINE)
    assert tokens.token(MINE) == "day"


# Several processes, on a real database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tajo.db"


BOX = SecretBox(["a long and secret key"])


class Process:
    """One of several: its own connection, the same clock."""

    def __init__(self, path: Path, clock: VirtualClock) -> None:
        self.state = open_state(path, may_create=True)
        self.store = AccessTokens(self.state, BOX)
        self.http = requests.Session()
        self.tokens = Tokens(self.http, self.store, Leases(self.state), clock=clock, sleep=clock.sleep)

    def close(self) -> None:
        self.http.close()
        self.state.close()


def stored_shop(path: Path) -> Shop:
    with closing(open_state(path, may_create=True)) as state:
        found = Shops(state, BOX, policy_for).install(new_shop(), NOON)
    return shop(KEYS, id_=found.id)


def test_of_two_processes_one_renews_and_the_other_takes_what_it_stored(
    wire: responses.RequestsMock, path: Path
) -> None:
    clock, theirs = VirtualClock(), stored_shop(path)
    first, second = Process(path, clock), Process(path, clock)
    first.tokens.take_over(theirs, pair(1))
    assert second.tokens.token(theirs) == "a1"
    clock.pass_(3600)

    def ask_from_both(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        """While the first one asks, the second one wants a token as well: it waits, and asks for none."""
        began_at = clock()
        with pytest.raises(NoAnswer, match="renewed elsewhere"):
            second.tokens.token(theirs)
        assert clock() - began_at >= timedelta(seconds=55)
        return 200, {}, json.dumps(pair(2))

    wire.add_callback("POST", TOKENS, ask_from_both)
    assert first.tokens.token(theirs) == "a2"
    assert second.tokens.token(theirs) == "a2"
    assert asked(wire) == ["refresh_token r1"]
    first.close()
    second.close()


def test_a_renewer_that_died_blocks_nobody_for_long(wire: responses.RequestsMock, path: Path) -> None:
    clock, theirs = VirtualClock(), stored_shop(path)
    process = Process(path, clock)
    Leases(process.state).take(f"token:{theirs.id}", "somebody who died", clock(), timedelta(seconds=30))
    wire.post(TOKENS, json={"access_token": "day", "expires_in": 86399})
    assert process.tokens.token(theirs) == "day"
    assert clock() - NOON >= timedelta(seconds=30)
    process.close()


def test_a_pair_is_stored_whole_and_nothing_of_it_lies_open(path: Path) -> None:
    theirs = stored_shop(path)
    process = Process(path, VirtualClock())
    kept = AccessToken("a-token", EXPIRING, NOON, NOON, client_of(theirs), ("read_orders",), "r-token", NOON, "p-token")
    process.store.keep(theirs.id, kept)
    assert process.store.read(theirs.id) == kept
    rows = process.state.execute("select * from access_tokens").fetchall()
    assert "-token" not in repr(rows)
    assert "-token" not in repr(kept)
    assert "id-1" not in repr(rows)
    assert AccessTokens(process.state, SecretBox(["another key"])).read(theirs.id) is None, "got again, not an error"
    Shops(process.state, BOX, policy_for).purge(theirs.id)
    assert process.state.execute("select count(*) from access_tokens").fetchone() == (0,)
    process.close()


def test_permanent_credentials_win_over_a_stored_token(path: Path, wire: responses.RequestsMock) -> None:
    bench = ApiBench()
    authorised(bench)
    assert bench.tokens().token(shop(PERMANENT)) == "shpat_1"
