"""`tajo brevo`: does the key work, is everything there that we write to, does an event arrive."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import click

from collector.bootstrap import clock
from collector.cli.printing import as_json, clean
from collector.cli.settings import settings
from collector.config import Config, ShopBlock, ShopifyBlock, WooCommerceBlock
from collector.config.policy import account_of, policy_of
from collector.destinations.brevo import setup
from collector.destinations.brevo.client import BrevoAccount, Exchange
from collector.destinations.brevo.events import name_of
from collector.destinations.brevo.limits import NoMeter
from collector.destinations.brevo.lists import all_lists
from collector.domain.errors import DeliveryFailed, Misuse
from collector.outgoing.guard import guarded_session

ROLES = ("all_customers", "buyers", "abandoned_cart")
NO_KEY = "no API key is set: make one under Brevo > SMTP & API > API keys and set it as BREVO_API_KEY"
WORKFLOW_NOTE = (
    "the cart reminder is ours (cart_abandoned, checked against the shop's orders): no automation at Brevo may start"
    " on cart_created, cart_updated or checkout_started, or shoppers are mailed twice and after buying"
)


@dataclass(frozen=True, slots=True)
class Used:
    """An account and what the settings want of it. `lists`: whatever a role names, by number or name."""

    account: BrevoAccount
    shops: list[str] = field(default_factory=list)
    lists: list[int | str] = field(default_factory=list)
    unlisted: list[str] = field(default_factory=list)  # keys of the settings that name no list
    attributes: dict[str, str] = field(default_factory=dict)
    event_names: dict[str, str] = field(default_factory=dict)
    workflows: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Line:
    """One ✓ or ✗; `cure` only with a ✗. `is_note`: neither, something to know."""

    is_good: bool
    says: str
    cure: str = ""
    is_note: bool = False


@click.group("brevo")
def command() -> None:
    """Check and prepare the Brevo account."""


@command.command("check")
@click.option("--json", "wants_json", is_flag=True, help="For programs.")
def check(wants_json: bool) -> None:
    """Key, account, lists, attributes. Status 1 if something is wrong."""
    config = settings()
    lines = [line for used in used_accounts(config) for line in checked(config, used)]
    _tell(lines, wants_json)


@command.command("setup")
def prepare() -> None:
    """Make the attributes and the lists (those given by name) that are missing. Nothing is changed or deleted."""
    config = settings()
    lines = [line for used in used_accounts(config) for line in prepared(config, used)]
    _tell(lines, wants_json=False)


@command.command("test-event")
@click.option("--email", help="Whose event; the account's own address otherwise. Must be a contact there.")
def test_event(email: str | None) -> None:
    """Send the event `tajo_test`, which starts nothing by itself."""
    config = settings()
    lines = []
    for used in used_accounts(config):
        with exchange(config, used.account) as calls:
            try:
                address = email or setup.read_account(calls).email
                if not address:
                    raise Misuse("--email: say whose event it shall be; this key may not read the account's address")
                setup.send_test_event(calls, address, secrets.token_hex(8), clock())
            except DeliveryFailed as failed:
                lines.append(Line(False, f"{used.account.name}: {failed}", failed.cure))
                continue
        lines.append(
            Line(True, f"{used.account.name}: {setup.TEST_EVENT} for {address} was taken; see Brevo > Contacts")
        )
    _tell(lines, wants_json=False)


def checked(config: Config, used: Used) -> Iterator[Line]:
    """What is right and wrong with one account. A key that does not work ends it."""
    name = used.account.name
    with exchange(config, used.account) as calls:
        try:
            yield _who(name, setup.read_account(calls))
            there = all_lists(calls)
            types = setup.attribute_types(calls)
        except DeliveryFailed as failed:
            yield Line(False, f"{name}: {failed}", failed.cure)
            return
    missing = setup.missing_lists(used.lists, there)
    for one in missing:
        cure = "`tajo brevo setup` makes it" if isinstance(one, str) else "correct `lists`, or give its name instead"
        yield Line(False, f"{name}: there is no list {one!r}", cure)
    if used.lists and not missing:
        yield Line(True, f"{name}: all lists are there")
    for key in used.unlisted:
        says = f"{name}: {key} is not set: nobody is put on a list for it; give a list's number or name if you want one"
        yield Line(True, says, is_note=True)
    yield from _attributes(name, used, types)
    for ours, theirs in used.event_names.items():
        try:
            name_of(ours, {ours: theirs})
        except DeliveryFailed as failed:
            yield Line(False, f"{name}: {failed}", failed.cure)
    if "ours" in used.workflows:
        yield Line(True, f"{name}: {WORKFLOW_NOTE}", is_note=True)


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
                f"{name}: {attribute} is of type {types[attribute]}, we write {type_}; Brevo drops what does not fit",
                is_note=True,
            )
    if all(attribute in types for attribute in used.attributes):
        yield Line(True, f"{name}: all attributes are there")


def prepared(config: Config, used: Used) -> Iterator[Line]:
    """Make what is missing, one thing after the other; what failed is told and the rest goes on."""
    name = used.account.name
    with exchange(config, used.account) as calls:
        try:
            types, there = setup.attribute_types(calls), all_lists(calls)
        except DeliveryFailed as failed:
            yield Line(False, f"{name}: {failed}", failed.cure)
            return
        made = 0
        for attribute, type_ in used.attributes.items():
            if attribute in types:
                continue
            try:
                made += setup.make_attribute(calls, attribute, type_)
                yield Line(True, f"{name}: attribute {attribute} ({type_}) is made")
            except DeliveryFailed as failed:
                yield Line(False, f"{name}: attribute {attribute}: {failed}", failed.cure)
        for one in setup.missing_lists(used.lists, there):
            if isinstance(one, int):
                yield Line(False, f"{name}: there is no list {one}", "correct `lists`, or give its name instead")
                continue
            try:
                number = setup.make_list(calls, one.strip())
                made += 1
                yield Line(True, f"{name}: list {one} is made, number {number}")
            except DeliveryFailed as failed:
                yield Line(False, f"{name}: list {one}: {failed}", failed.cure)
    if not made:
        yield Line(True, f"{name}: nothing was made")


def used_accounts(config: Config) -> list[Used]:
    """The accounts of the settings and what they are used for. Raises Misuse when there is none."""
    if not _has_key(config):
        raise Misuse(NO_KEY)
    found: dict[str, Used] = {}
    if config.brevo.api_key:
        account = BrevoAccount("brevo", config.brevo.api_key, config.brevo.api_url)
        found["brevo"] = Used(account, attributes=setup.wanted_attributes({}, config.brevo.attribute_prefix))
        found["brevo"].event_names.update(config.brevo.event_names)
        found["brevo"].workflows.add(config.brevo.cart_workflow)
    for block in _blocks(config):
        name, brevo = account_of(config, block), block.brevo or config.brevo
        if not name:
            continue
        account = BrevoAccount(name, brevo.api_key or config.brevo.api_key, brevo.api_url)
        used, policy = found.setdefault(name, Used(account)), policy_of(config, block)
        used.shops.append(block.given_address)
        used.lists.extend(policy.lists.values())
        key = f"connectors.{'shopify' if isinstance(block, ShopifyBlock) else 'woocommerce'}.lists"
        used.unlisted.extend(f"{key}.{role}" for role in ROLES if role not in policy.lists)
        used.attributes.update(setup.wanted_attributes(_mapping(block), brevo.attribute_prefix))
        used.event_names.update(policy.event_names)
        used.workflows.add(policy.cart_workflow)
    return list(found.values())


def _has_key(config: Config) -> bool:
    return bool(config.brevo.api_key) or any(account_of(config, block) for block in _blocks(config))


def _blocks(config: Config) -> list[ShopBlock]:
    return [*config.connectors.shopify, *config.connectors.woocommerce]


def _mapping(block: ShopBlock) -> Mapping[str, str]:
    match block:
        case ShopifyBlock():
            return block.field_mapping
        case WooCommerceBlock():
            return block.customer_mapping
    return {}


@contextmanager
def exchange(config: Config, account: BrevoAccount) -> Iterator[Exchange]:
    """Single calls by hand: not counted against the budgets of delivering."""
    with guarded_session(config.allow_insecure_upstreams) as http:
        yield Exchange(http, account, NoMeter())


def _tell(lines: list[Line], wants_json: bool) -> None:
    if wants_json:
        as_json([{"ok": line.is_good, "says": line.says, "cure": line.cure} for line in lines])
    else:
        for line in lines:
            sign = "·" if line.is_note else "✓" if line.is_good else "✗"
            click.echo(f"{sign} {clean(line.says)}{f': {clean(line.cure)}' if line.cure else ''}")
    sys.exit(0 if all(line.is_good for line in lines) else 1)
