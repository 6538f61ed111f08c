"""What is right and wrong with a Brevo account, line by line, and making what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from collector.cli.brevo_accounts import Used, Using, exchange
from collector.config import Config
from collector.destinations.brevo import setup
from collector.destinations.brevo.catalogue import COLLECTION_CURE
from collector.destinations.brevo.client import Exchange
from collector.destinations.brevo.coupon_collections import all_collections, missing_collections
from collector.destinations.brevo.events import name_of
from collector.destinations.brevo.lists import all_lists
from collector.domain import mapping
from collector.domain.errors import DeliveryFailed

WORKFLOW_NOTE = (
    "the cart reminder is ours (cart_abandoned, checked against the shop's orders): no automation at Brevo may start"
    " on cart_created, cart_updated or checkout_started, or shoppers are mailed twice and after buying"
)
SHARED_NOTE = (
    "ORDER_COUNT, TOTAL_SPENT and the like are sums over these shops, and who opts out at one hears from none; with"
    " brevo.attribute_prefix in their blocks each keeps its own counters"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One ✓ or ✗; `cure` only with a ✗. `is_note`: neither, something to know."""

    is_good: bool
    says: str
    cure: str = ""
    is_note: bool = False


def checked(config: Config, used: Used, seen: dict[str, setup.AccountSeen] | None = None) -> Iterator[Line]:
    """What is right and wrong with one account. A key that does not work ends it. `seen` is filled in: who it is."""
    name = used.account.name
    with exchange(config, used.account) as calls:
        try:
            who = setup.read_account(calls)
            yield _who(name, who)
            there = all_lists(calls)
            types = setup.attribute_types(calls)
        except DeliveryFailed as failed:
            yield refused(name, failed)
            return
    if seen is not None:
        seen[name] = who
    missing = setup.missing_lists(used.lists, there)
    for one in missing:
        cure = "`tajo brevo setup` makes it" if isinstance(one, str) else "correct `lists`, or give its name instead"
        yield Line(False, f"{name}: there is no list {one!r}", cure)
    if used.lists and not missing:
        yield Line(True, f"{name}: all lists are there")
    for key in used.unlisted:
        says = f"{name}: {key} is not set: nobody is put on a list for it; give a list's number or name if you want one"
        yield Line(True, says, is_note=True)
    yield from _collections(config, used)
    yield from _mappings(name, used.shops)
    yield from _attributes(name, used, types)
    for ours, theirs in used.event_names.items():
        try:
            name_of(ours, {ours: theirs})
        except DeliveryFailed as failed:
            yield Line(False, f"{name}: {failed}", failed.cure)
    yield from _sharing(name, used.shops)
    if "ours" in used.workflows:
        yield Line(True, f"{name}: {WORKFLOW_NOTE}", is_note=True)


def same_account(seen: Mapping[str, setup.AccountSeen]) -> Iterator[Line]:
    """Keys of one and the same account under two names: then its calls are counted twice over, and an opt-out at one
    shop is not known at the other."""
    met: dict[str, str] = {}
    for name, who in seen.items():
        if not who.organization:
            continue
        if (other := met.setdefault(who.organization, name)) != name:
            yield Line(
                False,
                f"{other} and {name} are keys of the same Brevo account ({who.company})",
                "give both shops the same key (brevo.api_key at the top), or the second one a key of another account",
            )


def refused(name: str, failed: DeliveryFailed) -> Line:
    """Why an account does not answer us, and what to do. An unknown address is named where Brevo names it."""
    if failed.reason != "ip_refused":
        return Line(False, f"{name}: {failed}", failed.cure)
    place = "Brevo > Security > Authorised IPs"
    if address := setup.own_address(failed):
        cure = f"Brevo sees this server as {address}: add that address under {place}, or switch the blocking off there"
    else:
        cure = (
            f"the account only answers addresses it knows and did not say which one it saw: look under {place} for the"
            " refused one (or ask your provider for this server's outgoing address), add it, or switch the blocking off"
        )
    return Line(False, f"{name}: {failed}", cure)


def prepared(config: Config, used: Used) -> Iterator[Line]:
    """Make what is missing, one thing after the other; what failed is told and the rest goes on."""
    name = used.account.name
    with exchange(config, used.account) as calls:
        try:
            types, there = setup.attribute_types(calls), all_lists(calls)
        except DeliveryFailed as failed:
            yield refused(name, failed)
            return
        lines = [*_made_attributes(calls, used, types), *_made_lists(calls, used, there)]
    yield from lines
    if not any(line.is_good for line in lines):
        yield Line(True, f"{name}: nothing was made")


def _made_attributes(calls: Exchange, used: Used, types: Mapping[str, str]) -> Iterator[Line]:
    name = used.account.name
    for attribute, type_ in used.attributes.items():
        if attribute in types:
            continue
        try:
            setup.make_attribute(calls, attribute, type_)
            yield Line(True, f"{name}: attribute {attribute} ({type_}) is made")
        except DeliveryFailed as failed:
            yield Line(False, f"{name}: attribute {attribute}: {failed}", failed.cure)


def _made_lists(calls: Exchange, used: Used, there: Sequence[tuple[int, str]]) -> Iterator[Line]:
    name = used.account.name
    for one in setup.missing_lists(used.lists, there):
        if isinstance(one, int):
            yield Line(False, f"{name}: there is no list {one}", "correct `lists`, or give its name instead")
            continue
        try:
            number = setup.make_list(calls, one.strip())
            yield Line(True, f"{name}: list {one} is made, number {number}")
        except DeliveryFailed as failed:
            yield Line(False, f"{name}: list {one}: {failed}", failed.cure)


def _who(name: str, seen: setup.AccountSeen) -> Line:
    if seen.is_limited:
        return Line(True, f"{name}: the key works and is limited: it may not read who it belongs to")
    return Line(True, f"{name}: the key works: {seen.company} ({seen.email})")


def _attributes(name: str, used: Used, types: Mapping[str, str]) -> Iterator[Line]:
    for attribute, type_ in used.attributes.items():
        if attribute not in types:
            yield Line(False, f"{name}: there is no attribute {attribute}", "`tajo brevo setup` makes it")
        elif types[attribute] != type_:
            yield Line(
                True,
                f"{name}: {attribute} is of type {types[attribute]}, we write {type_}; Brevo drops what does not fit:"
                f" map the field to {attribute}:{types[attribute]}, or to another attribute",
                is_note=True,
            )
    if all(attribute in types for attribute in used.attributes):
        yield Line(True, f"{name}: all attributes are there")
    for attribute in used.differing:
        says = f"{name}: two shops write {attribute} with different types"
        yield Line(False, says, "give it the same type in both mappings, or set brevo.attribute_prefix for one")


def _collections(config: Config, used: Used) -> Iterator[Line]:
    """Those that coupon codes are to go into."""
    if not used.collections:
        return
    name = used.account.name
    with exchange(config, used.account) as calls:
        try:
            there = all_collections(calls)
        except DeliveryFailed as failed:
            yield Line(False, f"{name}: coupon collections cannot be looked at: {failed}", failed.cure)
            return
    missing = missing_collections(used.collections, there)
    for one in missing:
        yield Line(False, f"{name}: there is no coupon collection {one!r}", COLLECTION_CURE)
    if not missing:
        yield Line(True, f"{name}: all coupon collections are there")


def _mappings(name: str, shops: Sequence[Using]) -> Iterator[Line]:
    for shop in shops:
        for problem in mapping.problems(shop.policy.mapping, shop.platform):
            yield Line(False, f"{name}: {shop.key}: {problem}", "correct the mapping; the field is not written")
        for field, places in mapping.guesses(shop.policy.mapping, shop.platform).items():
            yield Line(True, f"{name}: {shop.key}: {field} is read from {places}", is_note=True)


def _sharing(name: str, shops: Sequence[Using]) -> Iterator[Line]:
    """Shops that write the same names into one account: perhaps by accident."""
    by_prefix: dict[str, list[Using]] = {}
    for shop in shops:
        by_prefix.setdefault(shop.policy.attribute_prefix.upper(), []).append(shop)
    for together in by_prefix.values():
        if len(together) < 2:
            continue
        named = ", ".join(sorted(shop.address for shop in together))
        yield Line(True, f"{name}: {len(together)} shops share this account: {named}: {SHARED_NOTE}", is_note=True)
        currencies = sorted({shop.currency for shop in together if shop.currency})
        if len(currencies) > 1:
            yield Line(
                True,
                f"{name}: they reckon in {', '.join(currencies)}: sums are written only of orders in the currency of"
                " the first of them",
                is_note=True,
            )
