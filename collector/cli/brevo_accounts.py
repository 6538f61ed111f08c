"""The Brevo accounts of the settings, and what the shops want of each."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from collector.bootstrap import locations, make_sources, open_desk
from collector.bootstrap.accounts import BrevoAccounts
from collector.bootstrap.shops import blocks_by_address
from collector.config import Config, ShopBlock, ShopifyBlock
from collector.config.policy import policy_of
from collector.destinations.brevo import confirmations, setup
from collector.destinations.brevo.client import BrevoAccount, Exchange
from collector.destinations.brevo.limits import NoMeter
from collector.domain import mapping
from collector.domain.errors import Misuse
from collector.domain.shop import Policy, Shop
from collector.outgoing.guard import guarded_session

ROLES = ("all_customers", "buyers", "abandoned_cart")
NO_KEY = "no API key is set: make one under Brevo > SMTP & API > API keys and set it as BREVO_API_KEY"


@dataclass(frozen=True, slots=True)
class Using:
    """A shop that uses an account. `key`: where its settings stand; `currency` "" while nobody knows."""

    platform: str
    address: str
    policy: Policy
    key: str
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Used:
    """An account and what the settings want of it. `lists`: whatever a role names, by number or name."""

    account: BrevoAccount
    shops: list[Using] = field(default_factory=list)
    lists: list[int | str] = field(default_factory=list)
    collections: list[str] = field(default_factory=list)  # of coupons, by id or name
    unlisted: list[str] = field(default_factory=list)  # keys of the settings that name no list
    attributes: dict[str, str] = field(default_factory=dict)
    differing: list[str] = field(default_factory=list)  # attributes two shops write with different types
    event_names: dict[str, str] = field(default_factory=dict)
    workflows: set[str] = field(default_factory=set)

    def use(self, shop: Using) -> None:
        policy = shop.policy
        self.shops.append(shop)
        self.lists.extend(policy.lists.values())
        self.collections.extend(group.collection for group in policy.catalogue.coupon_groups)
        if policy.double_opt_in_template:
            self.lists.append(confirmations.LIST)
        self.unlisted.extend(f"{shop.key}.lists.{role}" for role in ROLES if role not in policy.lists)
        wanted = setup.wanted_attributes(policy.mapping, policy.attribute_prefix, shop.platform)
        self.differing.extend(name for name, type_ in wanted.items() if self.attributes.get(name, type_) != type_)
        self.attributes.update(wanted)
        self.event_names.update(policy.event_names)
        self.workflows.add(policy.cart_workflow)


def used_accounts(config: Config) -> list[Used]:
    """The accounts of the settings and what they are used for. Raises Misuse when there is none."""
    stored = _stored(config)
    accounts = BrevoAccounts(config, lambda: stored)
    if not accounts:
        raise Misuse(NO_KEY)
    found = {name: Used(account) for name, account in accounts.items()}
    for shop in _shops(config, stored):
        if shop.policy.account in found:
            found[shop.policy.account].use(shop)
    if (general := found.get("brevo")) is not None and not general.shops:
        general.attributes.update(setup.wanted_attributes({}, config.brevo.attribute_prefix))
        general.event_names.update(config.brevo.event_names)
        general.workflows.add(config.brevo.cart_workflow)
    return list(found.values())


@contextmanager
def exchange(config: Config, account: BrevoAccount) -> Iterator[Exchange]:
    """Single calls by hand: not counted against the budgets of delivering, and slow enough for the smallest plan."""
    with guarded_session(config.allow_insecure_upstreams) as http:
        yield Exchange(http, account, BY_HAND)


class Unhurried(NoMeter):
    """At most eight calls in any second, of the ten that every account may make."""

    def __init__(self) -> None:
        self._newest: deque[float] = deque(maxlen=8)

    def take(self, account: str, family: str, *, is_more: bool = False) -> float:
        if len(self._newest) == self._newest.maxlen:
            time.sleep(max(0.0, self._newest[0] + 1.05 - time.monotonic()))
        self._newest.append(time.monotonic())
        return 0.0


BY_HAND = Unhurried()


def mapping_problems(config: Config) -> list[tuple[str, str]]:
    """(key of the settings, what is wrong) for every line of a mapping that cannot be followed."""
    return [
        (f"{_key(block)}.{_mapping_key(block)}", problem)
        for block in _blocks(config)
        for problem in mapping.problems(block.mapping, _platform(block))
    ]


def _stored(config: Config) -> list[Shop]:
    """The shops of the database, as soon as there is one."""
    if not locations(config).state.exists():
        return []
    with open_desk(config) as desk:
        return desk.shops.all()


def _shops(config: Config, stored: list[Shop]) -> list[Using]:
    """Those of the file as it names them, and those connected by hand."""
    currencies = {(shop.platform, shop.address): shop.currency for shop in stored}
    named = [
        Using(platform, address, policy_of(config, block), _key(block), currencies.get((platform, address), ""))
        for (platform, address), (_, block) in blocks_by_address(config, make_sources()).items()
    ]
    return named + [
        Using(shop.platform, shop.address, shop.policy, f"connectors.{shop.platform}", shop.currency)
        for shop in stored
        if (shop.platform, shop.address) not in {(one.platform, one.address) for one in named}
        and shop.origin == "install"
    ]


def _blocks(config: Config) -> list[ShopBlock]:
    return [*config.connectors.shopify, *config.connectors.woocommerce]


def _platform(block: ShopBlock) -> str:
    return "shopify" if isinstance(block, ShopifyBlock) else "woocommerce"


def _key(block: ShopBlock) -> str:
    return f"connectors.{_platform(block)}"


def _mapping_key(block: ShopBlock) -> str:
    return "field_mapping" if isinstance(block, ShopifyBlock) else "customer_mapping"
