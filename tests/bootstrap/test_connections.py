"""What every job hears of a shop's API is kept: the last answer counts, silence does not, and it costs little."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.bootstrap import Desk, clock, open_desk
from collector.bootstrap.connections import Hearing, connection
from collector.bootstrap.shops import new_shop
from collector.config import load
from collector.domain.access_tokens import CLIENT_CREDENTIALS, EXPIRING, AccessToken
from collector.domain.errors import SourceUnavailable
from collector.domain.shop import Secrets, Shop
from collector.sources.shopify.answers import NoAnswer, Revoked, ScopeMissing, Throttled
from collector.sources.shopify.tokens import client_of, lack_of
from collector.storage.sqlite.connection import open_state

REFUSAL = Revoked("lind.myshopify.com does not accept these credentials (HTTP 401).", "Copy them again.")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(load({}, tmp_path), may_create=True) as opened:
        yield opened


@pytest.fixture
def shop(desk: Desk) -> Shop:
    fresh = new_shop("shopify", "lind.myshopify.com", "https://lind.myshopify.com")
    desk.shops.install(fresh, clock())
    shop = desk.shops.by_name("shopify")
    desk.shops.change_secrets(shop.id, Secrets(credentials={"access_token": "shpat_1"}))
    return desk.shops.by_name("shopify")


@pytest.mark.parametrize(
    ("why", "problem"),
    [
        ("no answer", NoAnswer("It did not answer in time.", "Try again.")),
        ("not now", Throttled("It asks us to wait.", "Wait.", 2.0)),
        ("not this", ScopeMissing("It lacks read_orders.", "Give it.", "read_orders")),
        ("something else", SourceUnavailable("It refused the question.", "Leave api_version out.")),
    ],
)
def test_what_is_no_word_about_the_connection_leaves_it_as_it_was(
    desk: Desk, shop: Shop, why: str, problem: SourceUnavailable
) -> None:
    heard = Hearing(desk.state).of(shop)
    heard(problem)
    assert connection(desk, shop).answered_at is None
    heard(REFUSAL)
    heard(problem)
    found = connection(desk, shop)
    assert not found.is_there
    assert f"{found.cause} {found.cure}" == str(REFUSAL)
    heard(None)
    heard(problem)
    assert connection(desk, shop).is_there


def test_the_same_answer_is_not_written_each_time_and_another_one_at_once_by_whoever_heard_it(
    desk: Desk, shop: Shop
) -> None:
    ours, theirs = Hearing(desk.state).of(shop), Hearing(open_state(desk.locations.state)).of(shop)
    ours(None)
    before = desk.state.total_changes
    for _ in range(100):
        ours(None)
    assert desk.state.total_changes == before
    theirs(REFUSAL)
    assert not connection(desk, shop).is_there
    ours(None)
    assert connection(desk, shop).is_there


def test_connected_anew_nothing_counts_that_was_said_before(desk: Desk, shop: Shop) -> None:
    Hearing(desk.state).of(shop)(REFUSAL)
    fresh = new_shop("shopify", shop.address, shop.url)
    desk.shops.install(fresh, clock())
    desk.shops.change_secrets(shop.id, shop.secrets)
    assert connection(desk, desk.shops.by_name("shopify")).is_there


def test_a_shop_purged_meanwhile_is_no_trouble(desk: Desk, shop: Shop) -> None:
    Hearing(desk.state).of(shop)(None)
    desk.shops.purge(shop.id)
    Hearing(desk.state).of(shop)(REFUSAL)
    assert desk.state.execute("select count(*) from shop_answers").fetchone() == (0,)


@pytest.mark.parametrize(
    ("why", "kind", "client", "is_open"),
    [
        ("given by one click", EXPIRING, "", True),
        ("bought with key and secret, and the secret is gone", CLIENT_CREDENTIALS, "", False),
        ("given to another app", EXPIRING, "another", False),
    ],
)
def test_a_stored_token_opens_a_shop_of_which_only_the_key_is_known(
    shop: Shop, why: str, kind: str, client: str, is_open: bool
) -> None:
    half = Shop(7, "shopify", shop.address, shop.url, "site", secrets=Secrets(credentials={"api_key": "id-1"}))
    token = AccessToken("shpat_hour", kind, clock(), clock(), client or client_of(half), refresh="r")
    assert (lack_of(half, lambda: token) is None) is is_open
