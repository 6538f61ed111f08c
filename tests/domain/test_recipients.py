"""To which of a person's addresses a message goes."""

from __future__ import annotations

import pytest

from collector.domain.events import Strength
from collector.domain.identity import Link
from collector.domain.recipients import recipients

from .facts import node, tie

CLAIMED, TYPED, SIGNED, ORDERED = Strength.CLAIMED, Strength.TYPED, Strength.SIGNED, Strength.ORDERED


@pytest.mark.parametrize(
    ("why", "links", "about", "expected"),
    [
        ("nobody is known", [], "visitor:a", []),
        ("a claim is nobody", [tie("email:ana", "visitor:a", CLAIMED, "page")], "visitor:a", []),
        ("typed is enough", [tie("email:ana", "visitor:a")], "visitor:a", ["ana typed"]),
        (
            "the newest one counts",
            [tie("email:ana", "visitor:a", minutes=5), tie("email:bo", "visitor:a", minutes=1)],
            "visitor:a",
            ["ana typed", "bo typed"],
        ),
        (
            "the newest, not the strongest",
            [tie("email:ana", "visitor:a", minutes=5), tie("email:bo", "visitor:a", SIGNED, "page", 1)],
            "visitor:a",
            ["ana typed", "bo signed"],
        ),
        (
            "what was said in this browser goes before the account's address, however new",
            [
                tie("email:ana", "visitor:a", minutes=1),
                tie("customer:1", "visitor:a", SIGNED, "page", 1),
                tie("customer:1", "email:bo", SIGNED, "customer", 9),
            ],
            "visitor:a",
            ["ana typed", "bo signed"],
        ),
        (
            "the account's address, where nothing else is known",
            [tie("customer:1", "visitor:a", SIGNED, "page"), tie("customer:1", "email:bo", SIGNED, "customer")],
            "visitor:a",
            ["bo signed"],
        ),
        (
            "another browser of the same person is not this one",
            [tie("email:ana", "visitor:a", minutes=1), tie("email:bo", "visitor:b", minutes=9)],
            "visitor:a",
            ["ana typed", "bo typed"],
        ),
        (
            "typed and ordered: as sure as its surest link",
            [tie("email:ana", "visitor:a", minutes=5), tie("customer:1", "email:ana", ORDERED, "order", 2)],
            "visitor:a",
            ["ana ordered"],
        ),
        (
            "at the same moment the surer one",
            [tie("email:ana", "visitor:a"), tie("email:bo", "visitor:a", ORDERED, "order")],
            "visitor:a",
            ["bo ordered", "ana typed"],
        ),
        (
            "the address of a checkout is its cart's",
            [tie("cart:c", "email:ana", source="checkout")],
            "cart:c",
            ["ana typed"],
        ),
        ("a phone number is no address", [tie("phone:1", "visitor:a"), tie("email:ana", "phone:1")], "visitor:a", []),
    ],
)
def test_who_is_written_to(why: str, links: list[Link], about: str, expected: list[str]) -> None:
    for order in (links, links[::-1]):
        found = recipients(order, [node(about)])
        assert [f"{one.email} {one.strength.value}" for one in found] == expected, why
