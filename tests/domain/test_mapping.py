"""Fields become attributes: where each comes from, what it becomes, and what cannot be followed."""

from __future__ import annotations

import math
import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.domain.attribute_values import TYPES, fitting
from collector.domain.mapping import (
    DEFAULTS,
    FIELDS,
    NUMBERS,
    Record,
    attributes,
    guesses,
    problems,
    rules,
    wanted_extras,
    wanted_types,
)

# As the two documents print them.
SHOPIFY = {
    "email": "email",
    "first_name": "FIRSTNAME",
    "last_name": "LASTNAME",
    "phone": "SMS",
    "orders_count": "ORDER_COUNT",
    "total_spent": "TOTAL_SPENT",
    "last_order_date": "LAST_ORDER_DATE",
    "customer_type": "CUSTOMER_TYPE",
    "preferred_language": "LANGUAGE",
    "loyalty_tier": "VIP_TIER",
    "average_order_value": "AOV",
    "days_since_last_order": "RECENCY",
}
WOOCOMMERCE = {
    "email": "email",
    "first_name": "FIRSTNAME",
    "last_name": "LASTNAME",
    "billing.phone": "SMS",
    "billing.company": "COMPANY",
    "billing.city": "CITY",
    "billing.state": "STATE",
    "billing.country": "COUNTRY",
    "billing.postcode": "ZIP",
    "orders_count": "ORDER_COUNT",
    "total_spent": "TOTAL_SPENT",
    "date_created": "SIGNUP_DATE",
    "meta_data.loyalty_points": "LOYALTY_POINTS",
    "meta_data.preferred_category": "PREF_CATEGORY",
}
ANNA = Record(
    {
        "email": "anna@shop.example",
        "first_name": "Anna",
        "last_name": "Berg",
        "phone": "+41791234567",
        "company": "Mugs & More",
        "city": "Bern",
        "region": "BE",
        "postcode": "3000",
        "country": "CH",
        "preferred_language": "de-CH",
        "tags": ("loyalty_tier: gold", "newsletter"),
        "date_created": date(2024, 2, 29),
        "orders_count": 3,
        "total_spent": 99.9,
        "average_order_value": 33.3,
        "last_order_date": date(2026, 11, 20),
        "days_since_last_order": 1,
    },
    {"custom.customer_type": "B2B", "meta_data.loyalty_points": "120", "meta_data.preferred_category": "Tea"},
    frozenset(["loyalty_tier: gold", "newsletter"]),
)


def written(record: Record, mapping: dict[str, str], platform: str = "shopify", prefix: str = "") -> dict[str, Any]:
    return dict(attributes(record, rules(mapping, platform, prefix)))


def test_shopifys_document_is_followed_whole() -> None:
    assert problems(SHOPIFY, "shopify") == []
    assert written(ANNA, SHOPIFY) == {
        "FIRSTNAME": "Anna",
        "LASTNAME": "Berg",
        "SMS": "+41791234567",
        "ORDER_COUNT": 3,
        "TOTAL_SPENT": 99.9,
        "LAST_ORDER_DATE": "2026-11-20",
        "CUSTOMER_TYPE": "B2B",
        "LANGUAGE": "de-CH",
        "VIP_TIER": "gold",
        "AOV": 33.3,
        "RECENCY": 1,
        "TAGS": "loyalty_tier: gold, newsletter",
    }


def test_woocommerces_document_is_followed_whole() -> None:
    assert problems(WOOCOMMERCE, "woocommerce") == []
    found = written(ANNA, WOOCOMMERCE, "woocommerce")
    assert {name: found[name] for name in ("SMS", "COMPANY", "CITY", "STATE", "COUNTRY", "ZIP")} == {
        "SMS": "+41791234567",
        "COMPANY": "Mugs & More",
        "CITY": "Bern",
        "STATE": "BE",
        "COUNTRY": "CH",
        "ZIP": "3000",
    }
    assert (found["SIGNUP_DATE"], found["LOYALTY_POINTS"], found["PREF_CATEGORY"]) == ("2024-02-29", "120", "Tea")


@pytest.mark.parametrize(
    ("why", "mapping", "expected"),
    [
        ("without a word our defaults", {}, set(DEFAULTS.values())),
        ("one line leaves the others", {"company": "FIRM"}, {*DEFAULTS.values(), "FIRM"}),
        ("another name", {"tags": "LABELS"}, {*DEFAULTS.values(), "LABELS"} - {"TAGS"}),
        ("switched off", {"tags": ""}, set(DEFAULTS.values()) - {"TAGS"}),
        ("another source of the same", {"custom.mobile": "SMS"}, set(DEFAULTS.values())),
        (
            "the same under its other word",
            {"default_address.phone": "WHATSAPP"},
            {*DEFAULTS.values(), "WHATSAPP"} - {"SMS"},
        ),
        ("small letters", {"company": "firm"}, {*DEFAULTS.values(), "FIRM"}),
        ("who the contact is", {"email": "EMAIL"}, set(DEFAULTS.values())),
    ],
)
def test_what_a_mapping_writes(why: str, mapping: dict[str, str], expected: set[str]) -> None:
    assert {rule.attribute for rule in rules(mapping, "shopify")} == expected, why


@pytest.mark.parametrize(
    ("why", "platform", "field", "says"),
    [
        ("misspelt", "shopify", "frist_name", "did you mean first_name?"),
        ("one letter short", "shopify", "order_count", "did you mean orders_count?"),
        ("nothing of a bill", "woocommerce", "billing.vat", "there is no such field; billing has"),
        ("not kept", "woocommerce", "shipping.phone", "there is no such field; shipping has city, company, country"),
        (
            "no such block",
            "woocommerce",
            "account.city",
            "there is no such field; what plugins keep is meta_data.<key>",
        ),
        ("Shopify's word", "woocommerce", "custom.tier", "what plugins keep is meta_data.<key>"),
        ("nothing of an address", "shopify", "default_address.floor", "there is no such field"),
        ("half a metafield", "shopify", "custom.", "a metafield is <namespace>.<key>"),
        ("nothing", "shopify", "", "a field is a name"),
        ("no name", "shopify", "first$name", "a field is a name"),
    ],
)
def test_a_field_that_comes_from_nowhere_is_named(why: str, platform: str, field: str, says: str) -> None:
    (problem,) = problems({field: "X"}, platform)
    assert problem.startswith(f"{field}: "), why
    assert says in problem
    assert "X" not in {rule.attribute for rule in rules({field: "X"}, platform)}


@pytest.mark.parametrize(
    ("why", "mapping", "says"),
    [
        ("an address is no attribute of somebody else", {"billing_email": "EMAIL"}, "EMAIL says who a contact is"),
        ("nor is a name", {"customer_id": "EXT_ID"}, "EXT_ID says who a contact is"),
        ("a space", {"company": "MY FIRM"}, "is no attribute"),
        ("a number first", {"company": "1ST"}, "is no attribute"),
        ("no such type", {"company": "FIRM:number"}, "is no type; use text, date, float, boolean"),
        ("two for one", {"company": "X", "city": "X"}, "city: X is already written by company"),
    ],
)
def test_an_attribute_that_cannot_be_written_is_named(why: str, mapping: dict[str, str], says: str) -> None:
    (problem,) = problems(mapping, "shopify")
    assert says in problem, why


@pytest.mark.parametrize(
    ("why", "field", "extras", "tags", "expected"),
    [
        ("a metafield before a tag", "tier", {"custom.tier": "gold"}, {"tier:silver"}, "gold"),
        ("a tag without one", "tier", {}, {"tier:silver"}, "silver"),
        ("a tag in other letters", "tier", {}, {"Tier: silver "}, "silver"),
        ("the first by name of two", "tier", {}, {"tier:b", "tier:a"}, "a"),
        ("a namespace of its own", "loyalty.tier", {"loyalty.tier": "gold"}, set(), "gold"),
        ("a record's own field before all", "first_name", {"custom.first_name": "Bob"}, {"first_name:Cleo"}, "Anna"),
        ("a longer name is another", "tier", {}, {"tiers:silver"}, None),
        ("nobody says it", "tier", {}, set(), None),
    ],
)
def test_where_a_field_comes_from(
    why: str, field: str, extras: dict[str, str], tags: set[str], expected: str | None
) -> None:
    record = Record({"first_name": "Anna"}, extras, frozenset(tags))
    assert written(record, {field: "X"}).get("X") == expected, why


@pytest.mark.parametrize(
    ("why", "type_", "value", "expected"),
    [
        ("a number in text", "float", "120", 120),
        ("with decimals", "float", "12.50", 12.5),
        ("a price in words is none", "float", "12,50 €", None),
        ("not a number", "float", "nan", None),
        ("without end", "float", math.inf, None),
        ("a yes is no number", "float", True, None),
        ("a day", "date", date(2026, 1, 2), "2026-01-02"),
        ("a moment", "date", "2026-01-02T03:04:05Z", "2026-01-02"),
        ("a day in words", "date", "2. 1. 2026", None),
        ("no such day", "date", "2026-02-30", None),
        ("yes in words", "boolean", "Yes", True),
        ("no as a number", "boolean", 0, False),
        ("neither", "boolean", "perhaps", None),
        ("a number as text", "text", 7, "7"),
        ("parts", "text", ("a", "b"), "a, b"),
        ("no parts", "text", (), ""),
        ("whole parts only", "text", ("a" * 600, "b" * 600), "a" * 600),
    ],
)
def test_a_value_takes_the_type_of_its_attribute(why: str, type_: str, value: Any, expected: Any) -> None:
    found = fitting(value, type_)
    assert (found, type(found)) == (expected, type(expected)), why


@pytest.mark.parametrize("number", ["079 123 45 67", "0041791234567", "+41", "+0791234567", "41791234567", ""])
def test_a_number_that_is_not_international_is_no_number(number: str) -> None:
    assert "SMS" not in written(Record({"phone": number}, {}), {})


def test_a_prefix_stands_before_names_and_never_before_identifiers() -> None:
    mapping = {"company": "FIRM", "custom.chat": "WHATSAPP"}
    assert wanted_types(mapping, "shopify", "de_") == {
        "DE_FIRM": "text",
        "DE_FIRSTNAME": "text",
        "DE_LASTNAME": "text",
        "DE_ORDER_COUNT": "float",
        "DE_TOTAL_SPENT": "float",
        "DE_TAGS": "text",
    }
    assert {rule.attribute for rule in rules(mapping, "shopify", "de_")} >= {"SMS", "WHATSAPP"}


def test_only_the_metafields_a_mapping_reads_are_kept() -> None:
    assert wanted_extras(SHOPIFY, "shopify") == {"custom.customer_type": False, "custom.loyalty_tier": False}
    assert wanted_extras({"meta_data.mobile": "SMS"}, "woocommerce") == {"meta_data.mobile": True}
    assert wanted_extras({}, "shopify") == {}


def test_an_address_of_its_own_is_kept_where_it_is_read_and_is_no_guess() -> None:
    mapping = {"shipping.city": "TO_CITY", "shipping.state": "TO_STATE", "meta_data.prefs.colour": "COLOUR"}
    assert problems(mapping, "woocommerce") == []
    assert set(wanted_extras(mapping, "woocommerce")) == {"shipping.city", "shipping.region", "meta_data.prefs.colour"}
    assert list(guesses(mapping, "woocommerce")) == ["meta_data.prefs.colour"]


def test_of_two_lines_for_one_attribute_the_first_counts_and_the_other_is_named() -> None:
    mapping = {"city": "PLACE:text", "custom.is_local": "PLACE:boolean"}
    assert problems(mapping, "shopify") == ["custom.is_local: PLACE is already written by city"]
    assert wanted_types(mapping, "shopify")["PLACE"] == "text"
    assert written(Record({"city": ""}, {"custom.is_local": True}), mapping, "shopify")["PLACE"] == ""


def test_what_nobody_can_check_is_said() -> None:
    assert guesses({"loyalty_tier": "VIP", "first_name": "FIRSTNAME"}, "shopify") == {
        "loyalty_tier": "the metafield custom.loyalty_tier, else from a tag loyalty_tier:…"
    }


texts = st.text(max_size=30)
values = (
    texts
    | st.integers()
    | st.floats()
    | st.booleans()
    | st.dates()
    | st.datetimes()
    | st.lists(texts, max_size=4).map(tuple)
)
names = texts | st.sampled_from([*FIELDS, *SHOPIFY, *WOOCOMMERCE, "custom.a", "a.b.c"])
targets = texts | st.sampled_from(["SMS", "EMAIL", "EXT_ID", "A", "A:float", "A:date", "B:boolean", "B:text", "x" * 60])


@settings(max_examples=100, deadline=None)
@given(
    mapping=st.dictionaries(names, targets, max_size=6),
    fields=st.dictionaries(st.sampled_from(list(FIELDS)), values, max_size=8),
    extras=st.dictionaries(names, texts | st.integers() | st.floats() | st.booleans(), max_size=4),
    tags=st.frozensets(texts, max_size=4),
    platform=st.sampled_from(["shopify", "woocommerce", "another"]),
    prefix=st.sampled_from(["", "de_", " x", "?"]),
)
def test_whatever_is_mapped_nothing_is_raised_and_only_what_the_destination_takes_is_written(
    mapping: dict[str, str],
    fields: dict[str, Any],
    extras: dict[str, Any],
    tags: frozenset[str],
    platform: str,
    prefix: str,
) -> None:
    problems(mapping, platform)
    types = wanted_types(mapping, platform, prefix)
    for name, value in written(Record(fields, extras, tags), mapping, platform, prefix).items():
        assert re.fullmatch(r"[A-Z][A-Z0-9_-]{0,49}", name)
        assert name not in ("EMAIL", "EXT_ID")
        match types.get(name, "number" if name in NUMBERS else "missing"):
            case "text":
                assert isinstance(value, str)
            case "date":
                assert date.fromisoformat(value).isoformat() == value
            case "float":
                assert isinstance(value, int | float)
                assert not isinstance(value, bool)
                assert math.isfinite(value)
            case "boolean":
                assert isinstance(value, bool)
            case "number":
                assert re.fullmatch(r"\+[1-9][0-9]{6,14}", value)
            case other:
                raise AssertionError(other)
    assert set(types.values()) <= set(TYPES)
