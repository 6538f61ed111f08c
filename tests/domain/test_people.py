"""Who is one person: links, their strengths, and what they may not do."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.domain.events import Strength
from collector.domain.identity import Link, Node, link
from collector.domain.people import CROWD, CROWDED_BROWSER, TWO_ACCOUNTS, crowded, derive

from .facts import at, node, tie

CLAIMED, TYPED, SIGNED, ORDERED = Strength


def groups(*links: Link) -> list[str]:
    """The people as text: `email:ana visitor:a`, with `!conflict` behind."""
    return sorted(
        " ".join(sorted(f"{one.kind}:{one.value}" for one in person.nodes))
        + (f" !{person.conflict}" if person.conflict else "")
        for person in derive(links)
    )


@pytest.mark.parametrize(
    ("why", "links", "expected"),
    [
        ("nobody", [], []),
        ("a claim joins nobody", [tie("visitor:a", "email:ana", CLAIMED, "page")], []),
        ("typed joins", [tie("visitor:a", "email:ana")], ["email:ana visitor:a"]),
        ("signed joins", [tie("visitor:a", "customer:1", SIGNED, "page")], ["customer:1 visitor:a"]),
        ("ordered joins", [tie("visitor:a", "email:ana", ORDERED, "order")], ["email:ana visitor:a"]),
        (
            "a phone joins nobody, households share it",
            [tie("visitor:a", "phone:+43"), tie("visitor:b", "phone:+43", ORDERED, "order")],
            [],
        ),
        (
            "two browsers of one address",
            [tie("visitor:a", "email:ana"), tie("visitor:b", "email:ana")],
            ["email:ana visitor:a visitor:b"],
        ),
        (
            "two addresses of one browser",
            [tie("visitor:a", "email:ana"), tie("visitor:a", "email:work")],
            ["email:ana email:work visitor:a"],
        ),
        (
            "a claim beside a real link adds nothing",
            [tie("visitor:a", "email:ana"), tie("visitor:a", "email:boss", CLAIMED, "page")],
            ["email:ana visitor:a"],
        ),
        (
            "bought under another address: the browser is enough",
            [tie("visitor:a", "email:ana"), tie("visitor:a", "email:bo", ORDERED, "order")],
            ["email:ana email:bo visitor:a"],
        ),
        (
            "bought under another address: the cart is enough",
            [tie("cart:t:1", "email:ana", TYPED, "checkout"), tie("cart:t:1", "email:bo", ORDERED, "order")],
            ["cart:t:1 email:ana email:bo"],
        ),
        (
            "two accounts in one browser stay two people",
            [
                tie("visitor:a", "customer:1", SIGNED, "page", 0),
                tie("visitor:a", "customer:2", SIGNED, "page", 5),
            ],
            ["customer:1 visitor:a !two_accounts", "customer:2 !two_accounts"],
        ),
        (
            "an order takes the browser, though it came later",
            [
                tie("visitor:a", "customer:1", SIGNED, "page", 0),
                tie("visitor:a", "customer:2", ORDERED, "order", 5),
            ],
            ["customer:1 !two_accounts", "customer:2 visitor:a !two_accounts"],
        ),
        (
            "what a typed address would join, two accounts keep apart",
            [
                tie("customer:1", "email:ana", SIGNED, "customer"),
                tie("customer:2", "email:bo", SIGNED, "customer"),
                tie("visitor:a", "email:ana", TYPED, "form", 0),
                tie("visitor:a", "email:bo", TYPED, "form", 1),
            ],
            ["customer:1 email:ana visitor:a !two_accounts", "customer:2 email:bo !two_accounts"],
        ),
        (
            "one address of two accounts",
            [tie("customer:1", "email:ana", SIGNED, "customer"), tie("customer:2", "email:ana", ORDERED, "order")],
            ["customer:1 !two_accounts", "customer:2 email:ana !two_accounts"],
        ),
    ],
)
def test_links_make_people(why: str, links: list[Link], expected: list[str]) -> None:
    assert groups(*links) == expected, why
    assert groups(*reversed(links)) == expected, why


def shop_counter(size: int, source: str = "form", strength: Strength = TYPED) -> list[Link]:
    return [tie("visitor:till", f"email:{number:02}", strength, source) for number in range(size)]


def test_what_is_typed_in_a_crowded_browser_joins_nobody() -> None:
    assert len(derive(shop_counter(CROWD))) == 1
    people = derive(shop_counter(CROWD + 1))
    assert len(people) == CROWD + 2
    assert {person.conflict for person in people} == {CROWDED_BROWSER}


def test_a_crowded_browser_keeps_its_cart_and_what_is_surer_than_typed() -> None:
    surer = [tie("cart:t:1", "visitor:till", TYPED, "cart"), tie("visitor:till", "customer:1", SIGNED, "page")]
    people = derive([*shop_counter(CROWD), *surer])
    (with_till,) = [person for person in people if node("visitor:till") in person.nodes]
    assert with_till.nodes == {node("visitor:till"), node("cart:t:1"), node("customer:1")}


def test_carts_phones_and_claims_do_not_make_a_crowd() -> None:
    links = [
        *(tie("visitor:a", f"cart:t:{number}", TYPED, "cart") for number in range(30)),
        *(tie("visitor:a", f"phone:{number}") for number in range(30)),
        *(tie("visitor:a", f"email:{number}", CLAIMED, "page") for number in range(30)),
    ]
    assert not crowded(links, node("visitor:a"))


def test_a_merge_is_undone_when_its_link_is_taken_away() -> None:
    ana = [tie("visitor:a", "email:ana"), tie("visitor:a", "cart:t:1", TYPED, "cart")]
    bo = [tie("visitor:b", "email:bo")]
    slip = tie("visitor:a", "email:bo")
    assert len(derive([*ana, *bo, slip])) == 1
    assert groups(*ana, *bo) == ["cart:t:1 email:ana visitor:a", "email:bo visitor:b"]


def test_a_conflict_ends_when_the_link_that_made_it_is_taken_away() -> None:
    own = tie("visitor:a", "customer:1", SIGNED, "page")
    foreign = tie("visitor:a", "customer:2", SIGNED, "page", 5)
    assert {person.conflict for person in derive([own, foreign])} == {TWO_ACCOUNTS}
    assert groups(own) == ["customer:1 visitor:a"]


@pytest.mark.parametrize("strength", Strength)
def test_a_link_has_one_direction(strength: Strength) -> None:
    one, other = node("visitor:a"), node("email:ana")
    assert link(one, other, strength, "form", at(0)) == link(other, one, strength, "form", at(0))
    assert link(one, other, strength, "form", at(0)).a == other


names = st.sampled_from(
    ["visitor:a", "visitor:b", "email:ana", "email:bo", "customer:1", "customer:2", "cart:t:1", "phone:+43"]
).map(node)
all_links = st.lists(
    st.builds(
        link,
        names,
        names,
        st.sampled_from(Strength),
        st.sampled_from(["form", "page", "order", "cart"]),
        st.integers(0, 3).map(at),
    ).filter(lambda one: one.a != one.b),
    max_size=14,
)


@given(all_links, st.randoms())
def test_people_are_a_partition_that_no_order_of_links_changes(links: list[Link], random: Random) -> None:
    people = derive(links)
    shuffled = links + links[:3]
    random.shuffle(shuffled)
    assert derive(shuffled) == people
    nodes = [one for person in people for one in person.nodes]
    assert len(nodes) == len(set(nodes))
    assert set(nodes) == {end for one in links if one.joins for end in (one.a, one.b)}
    for person in people:
        assert sum(one.kind == "customer" for one in person.nodes) <= 1
        assert Node("phone", "+43") not in person.nodes
