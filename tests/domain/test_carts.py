"""Carts and their generations. `told` replays facts and tells the generations in words."""

from __future__ import annotations

import itertools
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.domain.cart_items import EMPTY, content_hash, covers, shares_product
from collector.domain.carts import (
    CartFact,
    Snapshot,
    Stage,
    Timeline,
    advance,
    cart_key,
    place,
    replay,
)
from collector.domain.events import Item, OrderKind

from .facts import at, closing, content, goods, reopening, step, told

RENEWAL, POS, OTHER = OrderKind.RENEWAL, OrderKind.POS, OrderKind.OTHER


@pytest.mark.parametrize(
    ("why", "named", "key"),
    [
        ("the shop's token", {"token": "abc", "visitor_id": "v1"}, "t:abc"),
        ("the secret behind ? is no part of it", {"token": "abc?key=s3cret"}, "t:abc"),
        ("no token: the browser", {"visitor_id": "v1", "checkout_token": "c1"}, "v:v1"),
        ("neither: the checkout", {"checkout_token": "order:7"}, "c:order:7"),
        ("a token that is only a secret is none", {"token": "?key=s", "visitor_id": "v1"}, "v:v1"),
        ("nothing", {}, ""),
    ],
)
def test_a_cart_is_known_by_token_else_browser_else_checkout(why: str, named: dict[str, str], key: str) -> None:
    assert cart_key(**named) == key, why


@pytest.mark.parametrize(
    ("why", "one", "other", "same"),
    [
        ("the same", goods("mug"), goods("mug"), True),
        ("in another order", goods("mug", "pot"), goods("pot", "mug"), True),
        ("two lines or a quantity of two", goods("mug", "mug"), (Item("mug", 2),), True),
        ("another price and name", goods("mug"), (Item("mug", 1, name="Mug", unit_price_minor=900),), True),
        ("a line of none", (*goods("mug"), Item("pot", 0)), goods("mug"), True),
        ("one more", goods("mug"), goods("mug", "mug"), False),
        ("another variant", (Item("mug", 1, variant_id="red"),), (Item("mug", 1, variant_id="blue"),), False),
        ("lines without ids are told apart by name", (Item("", 1, name="A"),), (Item("", 1, name="B"),), False),
        ("nothing is not something", (), goods("mug"), False),
    ],
)
def test_content_is_what_and_how_many(why: str, one: tuple[Item, ...], other: tuple[Item, ...], same: bool) -> None:
    assert (content_hash(one) == content_hash(other)) is same, why
    assert content_hash(()) == EMPTY


@pytest.mark.parametrize(
    ("why", "facts", "expected"),
    [
        ("nothing", [], ""),
        ("the first item", [content(0, "mug")], "1 open mug"),
        ("an empty cart is no cart", [content(0)], ""),
        ("changed", [content(0, "mug"), content(5, "mug", "pot")], "1 open mug+pot"),
        ("emptied by the shopper", [content(0, "mug"), content(5)], "1 emptied mug"),
        ("filled again: a new one", [content(0, "mug"), content(5), content(9, "mug")], "1 emptied mug, 2 open mug"),
        ("ordered", [content(0, "mug"), closing(5, "mug")], "1 ordered mug (7)"),
        (
            "the shop empties what was ordered: nobody emptied it",
            [content(0, "mug"), closing(5, "mug"), content(6)],
            "1 ordered mug (7)",
        ),
        (
            "the shop empties it while the payment is confirmed",
            [content(0, "mug"), content(4), closing(5, "mug")],
            "1 ordered mug (7)",
        ),
        (
            "however long the confirmation takes, if its payment was running",
            [content(0, "mug"), step(1, Stage.PAYMENT, order_id="7"), content(2), closing(500, "mug")],
            "1 ordered mug @payment (7)",
        ),
        (
            "emptied, and something else bought elsewhere later",
            [content(0, "mug"), content(4), closing(5, "pot", is_same_cart=False)],
            "1 emptied mug",
        ),
        (
            "emptied long before it was bought after all",
            [content(0, "mug"), content(4), closing(50, "mug")],
            "1 emptied mug",
        ),
        (
            "the next cart after an order",
            [content(0, "mug"), closing(5, "mug"), content(30, "pot")],
            "1 ordered mug (7), 2 open pot",
        ),
        (
            "the same goods again, after the shop emptied the cart",
            [content(0, "mug"), closing(5, "mug"), content(6), content(30, "mug")],
            "1 ordered mug (7), 2 open mug",
        ),
        (
            "a second tab still shows what was bought",
            [content(0, "mug"), closing(5, "mug"), content(300, "mug")],
            "1 ordered mug (7)",
        ),
        (
            "a part of what was bought, a little later: a tab lagging behind",
            [content(0, "mug", "pot"), closing(5, "mug", "pot"), content(14, "mug")],
            "1 ordered mug+pot (7)",
        ),
        (
            "exactly ten minutes later it is still an echo",
            [content(0, "mug", "pot"), closing(5, "mug", "pot"), content(15, "mug")],
            "1 ordered mug+pot (7)",
        ),
        (
            "much later it is a cart of its own",
            [content(0, "mug", "pot"), closing(5, "mug", "pot"), content(16, "mug")],
            "1 ordered mug+pot (7), 2 open mug",
        ),
        (
            "more than was bought is new at once",
            [content(0, "mug"), closing(5, "mug"), content(6, "mug", "pot")],
            "1 ordered mug (7), 2 open mug+pot",
        ),
        (
            "the order was known before its cart was seen",
            [closing(0, "mug"), content(5, "mug")],
            "",
        ),
        (
            "an order of the person long before this cart",
            [closing(0, "mug", is_same_cart=False), content(60, "mug")],
            "1 open mug",
        ),
        (
            "emptied after the next cart: the same goods are a new add",
            [content(0, "mug"), closing(5, "mug"), content(6, "pot"), content(7), content(8, "mug")],
            "1 ordered mug (7), 2 emptied pot, 3 open mug",
        ),
        ("the checkout was opened", [content(0, "mug"), step(5)], "1 open mug @checkout"),
        ("and the payment", [content(0, "mug"), step(5), step(6, Stage.PAYMENT)], "1 open mug @payment"),
        ("the highest stage stays", [content(0, "mug"), step(5, Stage.PAYMENT), step(6)], "1 open mug @payment"),
        ("changed on the way: stage kept", [content(0, "mug"), step(5), content(6, "pot")], "1 open pot @checkout"),
        ("a checkout without content says nothing about a cart", [step(5)], ""),
        (
            "a checkout reported after the order cannot reopen it",
            [content(0, "mug"), closing(5, "mug"), step(6)],
            "1 ordered mug (7)",
        ),
        (
            "a checkout of the same moment as the order",
            [content(0, "mug"), step(5), closing(5, "mug")],
            "1 ordered mug @checkout (7)",
        ),
    ],
)
def test_the_generations_of_a_cart(why: str, facts: list[CartFact], expected: str) -> None:
    assert told(*facts) == expected, why
    assert told(*reversed(facts)) == expected, why


@pytest.mark.parametrize(
    ("why", "order", "expected"),
    [
        ("storefront: everything of the person", {}, "1 ordered mug (7)"),
        ("renewal of something else", {"kind": RENEWAL, "names": ("tea",)}, "1 open mug"),
        ("renewal sharing a product", {"kind": RENEWAL, "names": ("tea", "mug")}, "1 ordered mug (7)"),
        (
            "a renewal repeats the browser of its first order",
            {"kind": RENEWAL, "names": ("tea",), "is_same_cart": True},
            "1 open mug",
        ),
        ("bought something else at the till", {"kind": POS, "names": ("tea",)}, "1 open mug"),
        ("bought it at the till", {"kind": POS, "names": ("mug",)}, "1 ordered mug (7)"),
        ("draft or API of something else", {"kind": OTHER, "names": ("tea",)}, "1 open mug"),
        ("draft or API sharing a product", {"kind": OTHER, "names": ("mug",)}, "1 ordered mug (7)"),
        (
            "draft or API naming this very cart",
            {"kind": OTHER, "names": ("tea",), "is_same_cart": True},
            "1 ordered mug (7)",
        ),
        ("an order without lines shares nothing", {"kind": OTHER, "names": ()}, "1 open mug"),
    ],
)
def test_what_an_order_of_the_person_closes(why: str, order: dict[str, Any], expected: str) -> None:
    names = order.pop("names", ("tea",))
    order.setdefault("is_same_cart", False)
    assert told(content(0, "mug"), closing(5, *names, **order)) == expected, why


def test_an_order_that_closed_nothing_makes_no_echo() -> None:
    assert told(closing(0, "mug", kind=POS, is_same_cart=False), content(5, "mug")) == "1 open mug"


@pytest.mark.parametrize(
    ("why", "facts", "expected"),
    [
        (
            "paid orders fail, too",
            [content(0, "mug"), closing(5, "mug"), reopening(9)],
            "1 ordered mug (7), 2 open mug @payment",
        ),
        (
            "a payment that never came to an order",
            [content(0, "mug"), step(5, Stage.PAYMENT, order_id="7"), reopening(9)],
            "1 failed mug @payment (7), 2 open mug @payment",
        ),
        ("another order's payment", [content(0, "mug"), closing(5, "mug"), reopening(9, "8")], "1 ordered mug (7)"),
        (
            "the shopper has a new cart by now",
            [content(0, "mug"), closing(5, "mug"), content(30, "pot"), reopening(40)],
            "1 ordered mug (7), 2 open pot",
        ),
        (
            "paid at the second try",
            [content(0, "mug"), closing(5, "mug"), reopening(9), closing(12, "mug")],
            "1 ordered mug (7), 2 ordered mug @payment (7)",
        ),
        (
            "changed after it failed",
            [content(0, "mug"), closing(5, "mug"), reopening(9), content(20, "pot")],
            "1 ordered mug (7), 2 open pot @payment",
        ),
        (
            "given up after it failed",
            [content(0, "mug"), closing(5, "mug"), reopening(9), content(20)],
            "1 ordered mug (7), 2 emptied mug @payment",
        ),
        ("nothing to reopen", [reopening(9)], ""),
    ],
)
def test_a_failed_payment_reopens_its_cart(why: str, facts: list[CartFact], expected: str) -> None:
    assert told(*facts) == expected, why
    assert told(*reversed(facts)) == expected, why


def test_a_completed_checkout_closes_until_its_order_is_known() -> None:
    completed = closing(5, "mug", number="checkout:c1")
    assert told(content(0, "mug"), completed) == "1 ordered mug (checkout:c1)"
    assert told(content(0, "mug"), completed, closing(6, "mug")) == "1 ordered mug (7)"
    elsewhere = closing(6, "mug", is_same_cart=False)
    assert told(content(0, "mug"), completed, elsewhere) == "1 ordered mug (checkout:c1)"


def test_equal_content_is_no_change_but_brings_a_missing_address() -> None:
    first, again = content(0, "mug"), content(20, "mug", checkout_url="https://shop.example/checkout")
    (cart,) = replay((first, again)).generations
    assert cart.changed_at == at(0)
    assert cart.checkout_url == again.checkout_url


FULL = Item(
    "mug", 1, "red", "M-R", "Mug", "Red", 900, 900, "https://shop.example/p", "https://shop.example/i", ("Tea",)
)
BARE = Item("mug", 1, "red", unit_price_minor=800, line_total_minor=800)
DESCRIBED = replace(FULL, unit_price_minor=800, line_total_minor=800)


def described(minutes: float, *items: Item, total: int | None = 800) -> Snapshot:
    return Snapshot(at(minutes), f"described-{minutes}", items, "EUR", total)


@pytest.mark.parametrize(
    ("why", "facts", "expected", "total"),
    [
        ("pictures that come later", [described(0, BARE), described(1, FULL)], (DESCRIBED,), 800),
        ("and stay when less is said", [described(0, FULL), described(1, BARE)], (FULL,), 800),
        (
            "by several, each with a part",
            [described(0, BARE), described(1, BARE), described(2, FULL)],
            (DESCRIBED,),
            800,
        ),
        ("prices that come later", [described(0, FULL, total=None), described(1, BARE)], (DESCRIBED,), 800),
        (
            "what is said first stays",
            [described(0, replace(BARE, name="Becher")), described(1, FULL)],
            (replace(DESCRIBED, name="Becher"),),
            800,
        ),
        (
            "two lines of one thing, told as one",
            [described(0, BARE, BARE), described(1, replace(FULL, quantity=2))],
            (DESCRIBED, DESCRIBED),
            800,
        ),
        (
            "of something else",
            [described(0, BARE), described(1, replace(FULL, variant_id="blue"))],
            (replace(FULL, variant_id="blue"),),
            800,
        ),
    ],
)
def test_equal_content_brings_what_was_missing(
    why: str, facts: list[CartFact], expected: tuple[Item, ...], total: int
) -> None:
    (cart,) = replay(facts).generations
    assert (cart.items, cart.total_minor) == (expected, total), why
    assert cart.changed_at == (at(1) if why == "of something else" else at(0)), why
    assert replay([*facts, *reversed(facts)]).generations == (cart,), why


def test_a_generation_remembers_when_it_changed_and_when_it_went_on() -> None:
    facts: list[CartFact] = [
        content(0, "mug"),
        content(3, "mug", "pot"),
        step(8, checkout_token="c1", recovery_url="https://shop.example/r", checkout_url="https://shop.example/c"),
        content(9, "mug", "pot"),
    ]
    (cart,) = replay(facts).generations
    assert (cart.opened_at, cart.changed_at, cart.stepped_at) == (at(0), at(3), at(8))
    assert (cart.checkout_token, cart.recovery_url) == ("c1", "https://shop.example/r")
    assert (cart.item_count, cart.total_minor, cart.currency) == (2, 200, "EUR")


@pytest.mark.parametrize(
    ("why", "bought", "left", "expected"),
    [
        ("all of it", goods("mug"), goods("mug"), True),
        ("less than bought", (Item("mug", 3),), (Item("mug", 2),), True),
        ("in two lines", (Item("mug", 2),), goods("mug", "mug"), True),
        ("more than bought", goods("mug"), (Item("mug", 2),), False),
        ("more in two lines", goods("mug"), goods("mug", "mug"), False),
        ("something else", goods("mug"), goods("pot"), False),
        ("another variant", (Item("mug", 1, variant_id="red"),), goods("mug"), False),
    ],
)
def test_covers(why: str, bought: tuple[Item, ...], left: tuple[Item, ...], expected: bool) -> None:
    assert covers(bought, left) is expected, why


def test_lines_without_a_product_share_nothing() -> None:
    assert not shares_product((Item("", 1, name="Gift"),), (Item("", 1, name="Gift"),))


names = st.lists(st.sampled_from(["mug", "pot"]), max_size=2)
moments = st.integers(0, 12).map(lambda step: step * 5)
kinds = st.sampled_from(OrderKind)
texts = st.sampled_from(["", "Mug"])
lines = st.builds(
    lambda id_, name, image: Item(id_, 1, name=name, image=image), st.sampled_from(["mug", "pot"]), texts, texts
)
facts = st.one_of(
    st.builds(lambda minutes, some: content(minutes, *some), moments, names),
    st.builds(
        lambda minutes, some, total: described(minutes, *some, total=total),
        moments,
        st.lists(lines, max_size=2),
        st.sampled_from([None, 100]),
    ),
    st.builds(step, moments, st.sampled_from(Stage), order_id=st.sampled_from(["", "7"])),
    st.builds(
        lambda minutes, some, number, kind, same: closing(minutes, *some, number=number, kind=kind, is_same_cart=same),
        moments,
        names,
        st.sampled_from(["7", "8", "checkout:c1"]),
        kinds,
        st.booleans(),
    ),
    st.builds(reopening, moments, st.sampled_from(["7", "8"])),
)
# Facts of one place are one fact: ids tell them apart in life.
histories = st.lists(facts, max_size=12, unique_by=place)


@given(histories, st.randoms())
def test_the_order_of_facts_does_not_matter(history: list[CartFact], random: Random) -> None:
    shuffled = list(history)
    random.shuffle(shuffled)
    assert replay(shuffled) == replay(history)


@given(histories)
def test_generations_are_numbered_and_only_the_last_may_be_open(history: list[CartFact]) -> None:
    timeline = replay(history)
    assert [one.number for one in timeline.generations] == list(range(1, len(timeline.generations) + 1))
    for one in timeline.generations:
        assert one.items_hash != EMPTY
        assert (one.closed_at is None) == (one.state.value == "open")
    assert all(one.state.value != "open" for one in timeline.generations[:-1])
    for one, following in itertools.pairwise(timeline.generations):
        assert one.closed_at is not None
        assert one.opened_at <= one.closed_at <= following.opened_at


@given(histories)
def test_going_on_with_the_newest_generation_alone_is_enough(history: list[CartFact]) -> None:
    whole = Timeline()
    short = Timeline()
    for fact in sorted(history, key=place):
        whole, short = advance(whole, fact), advance(short, fact)
        short = Timeline(short.generations[-1:], short.last_hash, short.ordered, short.emptied_since_order)
        assert short.current == whole.current


@given(histories)
def test_an_order_of_the_storefront_leaves_nothing_open(history: list[CartFact]) -> None:
    timeline = replay([*history, closing(1000, "pot", number="9")])
    assert timeline.current is None or timeline.current.state.value != "open"
