"""What the shop is asked before a reminder: the platform's own names of the cart go along, as far as they are known."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from collector.domain.carts import tokens_of
from tests.pipeline.row_builders import ANA, beacon, cart, shopify_cart, shopify_checkout, typed
from tests.pipeline.telling_bench import LIVE_SHOPIFY, LIVE_WOO, MUG, TellingBench, telling_bench

ANAS = "ana@shop.example"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TellingBench]:
    with telling_bench(tmp_path_factory.mktemp("questions")) as found:
        yield found


def test_a_shopify_cart_is_asked_about_by_its_token_and_its_checkouts(files: TellingBench) -> None:
    files.begin(LIVE_SHOPIFY)
    files.happen(shopify_cart(-10, MUG), shopify_checkout(-5, MUG, email=ANAS, buyer_accepts_marketing=True))
    files.pass_until(25)
    [question] = files.records.questions
    assert (question.cart_tokens, question.checkout_tokens) == (("token-1",), ("checkout-1",))
    assert question.emails == (ANAS,)


def test_a_cart_that_only_a_browser_knows_has_no_name_of_the_platforms(files: TellingBench) -> None:
    files.begin(LIVE_WOO)
    files.happen(beacon(-30, ANA, typed(-30, ANAS, opt_in=True)), beacon(-20, ANA, cart(-20, MUG)))
    files.pass_until(10)
    [question] = files.records.questions
    assert (question.cart_tokens, question.checkout_tokens) == ((), ())


@pytest.mark.parametrize(
    ("key", "checkout_token", "expected"),
    [
        ("t:abc", "", (("abc",), ())),
        ("t:abc", "one", (("abc",), ("one",))),
        ("c:one", "", ((), ("one",))),
        ("c:one", "two", ((), ("one", "two"))),
        ("v:01J9ZK", "one", ((), ("one",))),
        ("", "", ((), ())),
    ],
)
def test_a_key_tells_which_names_a_cart_has(
    key: str, checkout_token: str, expected: tuple[tuple[str, ...], tuple[str, ...]]
) -> None:
    assert tokens_of(key, checkout_token) == expected
