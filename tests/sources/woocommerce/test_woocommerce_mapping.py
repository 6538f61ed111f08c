"""A customer's meta data, in the shapes plugins keep them, become attributes by a path."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from collector.domain.events import CustomerSeen
from collector.domain.mapping import Record, attributes, problems, rules
from collector.domain.shop import Policy

from .standins import SHOP, SOURCE, recorded, row

FIT: dict[str, Any] = {
    "points": "120",
    "prefs": {"colour": "blue &amp; red", "sizes": ["S", "M"], "deep": {"er": {"est": 7}}},
    "prefs.taste": "a key with a dot",
    "children": [{"name": "Ida", "born": "2019-05-01"}, {"name": "Ole"}],
    "gaps": {"0": "tea", "2": "mugs"},
    "flags": [True, False],
    "json": '{"tier": "gold", "since": [2020, 2024]}',
    "broken": '{"tier": ',
    "empty": [],
    "nothing": None,
    "yes": True,
    "mobiles": ["06 12 34 56 78"],
}


def attribute(path: str, type_: str = "", **body: Any) -> Any:
    """What X becomes; None: nothing is said of it."""
    mapping = {path: f"X{type_}"}
    assert problems(mapping, "woocommerce") == []
    shop = replace(SHOP, policy=Policy(mapping=mapping))
    meta = [{"id": place, "key": key, "value": value} for place, (key, value) in enumerate(FIT.items())]
    billing = {"country": "FR", "phone": "06 12 34 56 78", "city": "Lille", "state": "59"}
    given = recorded("customer.created.2") | {"meta_data": meta, "billing": billing} | body
    (seen,) = SOURCE.parse(row("customer.updated", given), shop)
    assert isinstance(seen, CustomerSeen)
    fields = {"phone": seen.phone, "city": seen.city, "region": seen.region}
    return attributes(Record(fields, seen.extras or {}), rules(mapping, "woocommerce")).get("X")


@pytest.mark.parametrize(
    ("why", "path", "expected"),
    [
        ("a text", "meta_data.points", "120"),
        ("inside a map", "meta_data.prefs.colour", "blue & red"),
        ("a list in a map", "meta_data.prefs.sizes", "S, M"),
        ("one of a list in a map", "meta_data.prefs.sizes.1", "M"),
        ("deep inside", "meta_data.prefs.deep.er.est", "7"),
        ("a key with a dot before a path", "meta_data.prefs.taste", "a key with a dot"),
        ("one of a list of maps", "meta_data.children.0.name", "Ida"),
        ("all of a list of maps", "meta_data.children.name", "Ida, Ole"),
        ("those that have it", "meta_data.children.born", "2019-05-01"),
        ("a list with gaps, as PHP writes it", "meta_data.gaps", "tea, mugs"),
        ("yes and no", "meta_data.flags", "yes, no"),
        ("inside JSON in a text", "meta_data.json.tier", "gold"),
        ("a list inside JSON in a text", "meta_data.json.since", "2020, 2024"),
        ("JSON in a text, as it is", "meta_data.json", '{"tier": "gold", "since": [2020, 2024]}'),
        ("inside what is no JSON after all", "meta_data.broken.tier", None),
        ("a map has no text", "meta_data.prefs", ""),
        ("an empty list", "meta_data.empty", ""),
        ("nothing in it", "meta_data.nothing", ""),
        ("inside nothing", "meta_data.nothing.more", None),
        ("true", "meta_data.yes", "true"),
        ("no such key", "meta_data.unknown", None),
        ("no such part", "meta_data.prefs.size", None),
        ("behind the end of a list", "meta_data.prefs.sizes.7", None),
        ("a name without a dot", "points", "120"),
        ("of the bill", "billing.city", "Lille"),
        ("under another word", "billing.state", "59"),
        ("where it is sent", "shipping.city", "Köln"),
        ("the same under another word", "shipping.state", "NW"),
    ],
)
def test_a_path_into_what_plugins_keep(why: str, path: str, expected: object) -> None:
    shipping = {"city": "K&ouml;ln", "state": "NW"}
    assert attribute(path, shipping=shipping) == expected, why


@pytest.mark.parametrize(
    ("why", "path", "type_", "expected"),
    [
        ("a number", "meta_data.points", ":float", 120),
        ("a number inside JSON", "meta_data.json.since.0", ":float", 2020),
        ("a day", "meta_data.children.0.born", ":date", "2019-05-01"),
        ("yes", "meta_data.yes", ":boolean", True),
        ("a list is no number", "meta_data.prefs.sizes", ":float", None),
        ("what was emptied, whatever its type", "meta_data.nothing", ":float", ""),
        ("nor is there a day", "meta_data.nothing", ":date", ""),
    ],
)
def test_what_is_found_takes_the_type_asked_for(why: str, path: str, type_: str, expected: object) -> None:
    assert attribute(path, type_) == expected, why


def test_without_meta_data_nothing_is_said_of_them() -> None:
    """A record read without them must not empty what is known."""
    body = recorded("customer.created.2")
    del body["meta_data"]
    shop = replace(SHOP, policy=Policy(mapping={"meta_data.points": "X", "shipping.city": "Y"}))
    (seen,) = SOURCE.parse(row("customer.updated", body), shop)
    assert isinstance(seen, CustomerSeen)
    assert seen.extras is None
