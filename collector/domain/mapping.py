"""Which field of a customer becomes which contact attribute. Pure.

A mapping is `field: ATTRIBUTE` or `field: ATTRIBUTE:type`, laid over our defaults; an empty attribute switches a field
off. A field is looked for in this order: what every record has, what is computed from orders, a metafield (Shopify
`custom.<name>` or `<namespace>.<key>`, WooCommerce `meta_data.<key>`, and inside it `meta_data.<key>.<part>`), a tag
`<name>:<value>`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from collector.domain.attribute_values import TYPES, Plain, Value, fitting

# What a record may hold, and the kind of attribute it becomes. `email` is who the contact is, no attribute.
FIELDS = {
    "email": "text",
    "billing_email": "text",
    "first_name": "text",
    "last_name": "text",
    "phone": "text",
    "company": "text",
    "city": "text",
    "region": "text",
    "postcode": "text",
    "country": "text",
    "preferred_language": "text",
    "role": "text",
    "customer_id": "text",
    "currency": "text",
    "tags": "text",
    "accepts_marketing": "boolean",
    "date_created": "date",
    "orders_count": "float",
    "total_spent": "float",
    "average_order_value": "float",
    "last_order_date": "date",
    "days_since_last_order": "float",
}
COMPUTED = frozenset(["orders_count", "total_spent", "average_order_value", "last_order_date", "days_since_last_order"])
SUMS = frozenset(["total_spent", "average_order_value"])
DAYS = "days_since_last_order"
DEFAULTS = {
    "first_name": "FIRSTNAME",
    "last_name": "LASTNAME",
    "phone": "SMS",
    "orders_count": "ORDER_COUNT",
    "total_spent": "TOTAL_SPENT",
    "tags": "TAGS",
}
# Other words for the same.
WORDS = {
    "state": "region",
    "province": "region",
    "zip": "postcode",
    "created_at": "date_created",
    "locale": "preferred_language",
    "language": "preferred_language",
    "country_code": "country",
}
# Beginnings that are no metafields: the platform's own blocks, and what we keep of them.
_PLACE = ("company", "city", "country", "phone", "first_name", "last_name")
BLOCKS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "shopify": {"default_address": (*_PLACE, "province", "zip", "country_code")},
    "woocommerce": {
        "billing": (*_PLACE, "state", "postcode", "email"),
        "shipping": ("company", "city", "state", "postcode", "country"),
    },
}
SHIPPING = "shipping"  # a block of its own beside the one address every record has; kept where a mapping reads it
# The identifiers every account has: never made, never prefixed; a number must be in E.164.
NUMBERS = frozenset(["SMS", "WHATSAPP", "LANDLINE_NUMBER"])
IDENTIFIERS = NUMBERS | {"EMAIL", "EXT_ID"}

_NAME = re.compile(r"[A-Z][A-Z0-9_-]{0,49}")
_EXTRA = re.compile(r"[^\s.][^.]{0,254}\.[^\s].{0,254}")
_PLAIN = re.compile(r"[\w -]{1,64}")
_ALIKE = 0.88  # of a misspelt name and the one that was meant


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value comes from: `field` of every record, else `extra` (a metafield's name), else a tag's `tag:…`."""

    field: str = ""
    extra: str = ""
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a mapping. `attribute` with its prefix; `type`: text | date | float | boolean."""

    source: Source
    attribute: str
    type: str


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of somebody. A field that is not there is not known; "" is known to be empty."""

    fields: Mapping[str, Value]
    extras: Mapping[str, Plain]
    tags: frozenset[str] = frozenset()


def rules(mapping: Mapping[str, str], platform: str, prefix: str = "") -> list[Rule]:
    """What can be written, with our defaults. Lines with a problem (see `problems`) are left out."""
    first: dict[str, Rule] = {}
    for _, rule in _lines(mapping, platform, prefix):
        if isinstance(rule, Rule):
            first.setdefault(rule.attribute, rule)
    return list(first.values())


def problems(mapping: Mapping[str, str], platform: str) -> list[str]:
    """Why lines of a mapping cannot be followed: each names its field."""
    found: list[str] = []
    taken: dict[str, str] = {}
    for given, rule in _lines(mapping, platform, ""):
        if isinstance(rule, str):
            found.append(f"{given}: {rule}")
        elif rule.attribute in taken:
            found.append(f"{given}: {rule.attribute} is already written by {taken[rule.attribute]}")
        else:
            taken[rule.attribute] = given
    return found


def guesses(mapping: Mapping[str, str], platform: str) -> dict[str, str]:
    """Fields nobody can check, each with where they are looked for."""
    found: dict[str, str] = {}
    for given, rule in _lines(mapping, platform, ""):
        if isinstance(rule, Rule) and rule.source.extra and not rule.source.extra.startswith(f"{SHIPPING}."):
            tag = f", else from a tag {rule.source.tag}:…" if rule.source.tag else ""
            found[given] = f"the metafield {rule.source.extra}{tag}"
    return found


def attributes(record: Record, by: list[Rule]) -> dict[str, Plain]:
    """Attribute -> value, only those that are known and fit. Never raises, never holds a null."""
    found: dict[str, Plain] = {}
    for rule in by:
        value = _value(record, rule.source)
        if value is None:
            continue
        if value == "" and rule.source.extra and rule.attribute not in NUMBERS:
            found[rule.attribute] = ""  # whatever its type: what was there is gone
            continue
        fit = fitting(value, rule.type, is_number=rule.attribute in NUMBERS)
        if fit is not None:
            found[rule.attribute] = fit
    return found


def wanted_types(mapping: Mapping[str, str], platform: str, prefix: str = "") -> dict[str, str]:
    """NAME -> type of every attribute an account must have; identifiers are there in any case."""
    return {rule.attribute: rule.type for rule in rules(mapping, platform, prefix) if rule.attribute not in IDENTIFIERS}


def wanted_extras(mapping: Mapping[str, str], platform: str) -> dict[str, bool]:
    """The metafields (and parts of the shipping address) a mapping reads -> whether one is a phone number. Nothing
    else of them is kept."""
    return {rule.source.extra: rule.attribute in NUMBERS for rule in rules(mapping, platform) if rule.source.extra}


def _value(record: Record, source: Source) -> Value | None:
    if source.field:
        return record.fields.get(source.field)
    if source.extra in record.extras:
        return record.extras[source.extra]
    if source.tag:
        start = f"{source.tag.casefold()}:"
        for tag in sorted(record.tags):
            if tag.casefold().startswith(start):
                return tag[len(start) :].strip()
    return None


def _lines(mapping: Mapping[str, str], platform: str, prefix: str) -> Sequence[tuple[str, Rule | str]]:
    """(the field as written, its rule or what is wrong with it); the merchant's lines first, then our defaults
    for what they say nothing about."""
    return _remembered_lines(tuple(mapping.items()), platform, prefix)


@lru_cache(maxsize=256)  # asked for with each customer of the few shops there are
def _remembered_lines(
    mapping: tuple[tuple[str, str], ...], platform: str, prefix: str
) -> tuple[tuple[str, Rule | str], ...]:
    return tuple(_read_lines(mapping, platform, prefix))


def _read_lines(mapping: Iterable[tuple[str, str]], platform: str, prefix: str) -> Iterator[tuple[str, Rule | str]]:
    said: set[Source] = set()
    written: set[str] = set()
    for given, target in mapping:
        source = source_of(given, platform)
        if isinstance(source, Source):
            said.add(source)
            if not target.strip():
                continue
        rule = source if isinstance(source, str) else _rule(source, target, prefix)
        if rule is None:
            continue
        if isinstance(rule, Rule):
            written.add(rule.attribute)
        yield given, rule
    for field, name in DEFAULTS.items():
        own = _rule(Source(field), name, prefix)
        if isinstance(own, Rule) and own.source not in said and own.attribute not in written:
            yield field, own


def source_of(given: str, platform: str) -> Source | str:
    """Where a field of a mapping comes from, or why from nowhere."""
    name = given.strip()
    field = WORDS.get(name, name)
    if field in FIELDS:
        return Source(field)
    block, dot, key = name.partition(".")
    known = BLOCKS.get(platform, {}).get(block)
    if dot and known is not None:
        if key not in known:
            return f"there is no such field; {block} has {', '.join(sorted(known))}"
        if block == SHIPPING:
            return Source(extra=f"{SHIPPING}.{WORDS.get(key, key)}")
        return Source("billing_email" if key == "email" else WORDS.get(key, key))
    if dot and platform == "woocommerce" and block != "meta_data":
        return "there is no such field; what plugins keep is meta_data.<key>"
    if dot:
        return Source(extra=name) if _EXTRA.fullmatch(name) else "a metafield is <namespace>.<key>"
    if not _PLAIN.fullmatch(name):
        return "a field is a name of letters, digits, _ and -"
    if meant := get_close_matches(name, [*FIELDS, *WORDS], 1, _ALIKE):
        return f"there is no such field; did you mean {meant[0]}?"
    return Source(extra=f"{'meta_data' if platform == 'woocommerce' else 'custom'}.{name}", tag=name)


def _rule(source: Source, target: str, prefix: str) -> Rule | str | None:
    """None: it is who the contact is, and is always sent."""
    name, colon, type_ = (part.strip() for part in target.partition(":"))
    attribute, type_ = name.upper(), type_.lower() if colon else FIELDS.get(source.field, "text")
    if attribute == "EMAIL" and source.field == "email":
        return None
    if attribute in ("EMAIL", "EXT_ID"):
        return f"{attribute} says who a contact is; a mapping cannot write it"
    if not _NAME.fullmatch(attribute):
        return f"{name!r} is no attribute; use letters, digits, _ and -, beginning with a letter"
    if type_ not in TYPES:
        return f"{type_!r} is no type; use {', '.join(TYPES)}"
    if attribute in NUMBERS:
        return Rule(source, attribute, "text")
    attribute = prefix.strip().upper() + attribute
    return Rule(source, attribute, type_) if _NAME.fullmatch(attribute) else f"{attribute} is too long"
