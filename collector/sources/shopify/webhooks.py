"""The subscriptions of a shop at Shopify, kept right (domain.subscriptions.Subscriptions).

Ours are those whose address ends in the shop's own secret key, or lies below our address: whatever else the same app
subscribed to is somebody else's and stays. Shopify deletes a subscription after eight failures in a row, and a topic
that is "already taken" at an address is as good as made. The API shows subscriptions made through it; those of an
app's own file (shopify.app.toml) are not among them and need no keeping.
Source: shopify.dev, webhookSubscriptions of API 2026-07 (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from collector.domain.errors import SourceUnavailable
from collector.domain.shop import Shop
from collector.domain.subscriptions import Heard, Kept, TakenDown, Unfit
from collector.sources.shopify import fields
from collector.sources.shopify.fields import Json
from collector.sources.shopify.graphql import ScopeMissing, ShopifyApi, UserErrors
from collector.sources.shopify.topics import OPTIONAL, Plan, Wanted, header_of, plan

PATH = "/webhooks/shopify/"
TAKEN = "already been taken"
MOST_PAGES = 20


@dataclass(frozen=True, slots=True)
class Subscription:
    """One as Shopify has it."""

    id: str
    topic: str
    uri: str
    format: str
    filter: str
    include_fields: tuple[str, ...]
    namespaces: tuple[str, ...]

    @property
    def is_narrowed(self) -> bool:
        """Only some of what happens, or only parts of the bodies, are sent."""
        return bool(self.filter or self.include_fields)

    def is_as(self, wanted: Wanted, address: str) -> bool:
        return (
            self.uri == address
            and self.format == "JSON"
            and not self.is_narrowed
            and sorted(self.namespaces) == sorted(wanted.namespaces)
        )


@dataclass(slots=True)
class _Work:
    """What one look does, topic by topic."""

    made: list[str] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class ShopifyWebhooks:
    """`api` makes what asks a shop; used by one thread."""

    repeats_for = timedelta(hours=4)

    def __init__(self, api: Callable[[Shop], ShopifyApi]) -> None:
        self._api = api

    def keep(self, shop: Shop, address: str, heard: Heard | None = None) -> Kept:
        """Make it so that all we need comes to `address`, and nothing else of ours anywhere. Raises SourceUnavailable;
        what one topic is refused for is a problem of the answer."""
        api = self._api(shop)
        wished = plan(shop.policy, _granted(api))
        ours = [one for one in _listed(api) if _is_ours(one, shop, address)]
        work = _Work()
        for wanted in wished.wanted.values():
            self._keep_one(api, wanted, [one for one in ours if one.topic == wanted.topic], address, work)
        for one in ours:
            if one.topic not in wished.wanted:
                self._delete(api, one, work)
        return Kept(
            topics=tuple(sorted(header_of(topic) for topic in wished.wanted)),
            made=tuple(work.made),
            mended=tuple(work.mended),
            deleted=tuple(work.deleted),
            problems=(*_lacking(shop, wished), *work.problems),
            notes=tuple(_notes(wished)),
        )

    def unfit(self, shop: Shop, address: str) -> Unfit:
        api = self._api(shop)
        wished = plan(shop.policy, _granted(api))
        there = {one.topic: one for one in _listed(api) if one.uri == address}
        missing = sorted(header_of(topic) for topic in wished.wanted if topic not in there)
        wrong = sorted(
            header_of(topic)
            for topic, wanted in wished.wanted.items()
            if topic in there and not there[topic].is_as(wanted, address)
        )
        by_us = []
        if missing:
            by_us.append(f"Not registered: {', '.join(missing)}.")
        if wrong:
            by_us.append(f"Registered in another way than we need: {', '.join(wrong)}.")
        return Unfit(tuple(by_us), tuple(_lacking(shop, wished)))

    def why_silent(self, shop: Shop) -> str:
        return "Shopify sends them at once: check that this server is reached under public_url from the internet."

    @property
    def by_hand(self) -> str:
        return "Uninstall the app at Shopify (Settings > Apps and sales channels): its webhooks go with it."

    def take_down(self, shop: Shop, address: str) -> TakenDown:
        """Delete all of ours, and nobody else's. Raises SourceUnavailable."""
        api, work = self._api(shop), _Work()
        left: list[str] = []
        for one in [one for one in _listed(api) if _is_ours(one, shop, address)]:
            problems = len(work.problems)
            self._delete(api, one, work)
            if len(work.problems) > problems:
                left.append(header_of(one.topic))
        return TakenDown(tuple(work.deleted), tuple(left), tuple(work.problems))

    def _keep_one(
        self, api: ShopifyApi, wanted: Wanted, there: Sequence[Subscription], address: str, work: _Work
    ) -> None:
        """The best of those there are is kept or mended, the others go; without any it is made."""
        best = min(there, key=lambda one: (not one.is_as(wanted, address), one.uri != address, one.id), default=None)
        if best is None:
            self._make(api, wanted, address, work)
        elif best.is_narrowed:  # what was narrowed is made anew: whether it can be widened is not written anywhere
            self._delete(api, best, work)
            self._make(api, wanted, address, work)
        elif not best.is_as(wanted, address):
            self._mend(api, best, wanted, address, work)
        for one in there:
            if one is not best:
                self._delete(api, one, work)

    def _make(self, api: ShopifyApi, wanted: Wanted, address: str, work: _Work) -> None:
        try:
            api.change("webhook_create", topic=wanted.topic, wanted=_input(wanted, address))
        except UserErrors as refused:
            if not _is_taken(refused) or not _is_there(api, wanted, address):
                work.problems.append(f"{header_of(wanted.topic)}: {refused}")
            return
        except ScopeMissing as refused:  # protected data may be kept from an app that has the permission
            work.problems.append(f"{header_of(wanted.topic)}: {refused}")
            return
        work.made.append(header_of(wanted.topic))

    def _mend(self, api: ShopifyApi, one: Subscription, wanted: Wanted, address: str, work: _Work) -> None:
        try:
            api.change("webhook_update", id=one.id, wanted=_input(wanted, address))
        except (UserErrors, ScopeMissing) as refused:
            work.problems.append(f"{header_of(one.topic)}: {refused}")
            return
        work.mended.append(header_of(one.topic))

    def _delete(self, api: ShopifyApi, one: Subscription, work: _Work) -> None:
        try:
            api.change("webhook_delete", id=one.id)
        except UserErrors as refused:
            if any(found.id == one.id for found in _listed(api)):  # else it went by itself
                work.problems.append(f"{header_of(one.topic)}: {refused}")
            return
        work.deleted.append(header_of(one.topic))


def _listed(api: ShopifyApi) -> Iterator[Subscription]:
    """All of the app's on this shop. Raises SourceUnavailable."""
    after: str | None = None
    for _ in range(MOST_PAGES):
        page = fields.mapping(api.ask("webhook_list", after=after).get("webhookSubscriptions"))
        for node in fields.objects(page.get("nodes")):
            yield _subscription(node)
        info = fields.mapping(page.get("pageInfo"))
        after = fields.text(info.get("endCursor"))
        if info.get("hasNextPage") is not True or not after:
            return
    raise SourceUnavailable("The shop lists webhooks without end.", "Look at the app's webhooks in its settings.")


def _subscription(node: Json) -> Subscription:
    def texts(value: object) -> tuple[str, ...]:
        return tuple(fields.text(one) for one in value) if isinstance(value, list) else ()

    return Subscription(
        id=fields.text(node.get("id")),
        topic=fields.text(node.get("topic")),
        uri=fields.text(node.get("uri"), limit=4000),
        format=fields.text(node.get("format")),
        filter=fields.text(node.get("filter")),
        include_fields=texts(node.get("includeFields")),
        namespaces=texts(node.get("metafieldNamespaces")),
    )


def _granted(api: ShopifyApi) -> list[str]:
    installation = fields.mapping(api.ask("webhook_scopes").get("currentAppInstallation"))
    return [fields.text(scope.get("handle")) for scope in fields.objects(installation.get("accessScopes"))]


def _is_ours(one: Subscription, shop: Shop, address: str) -> bool:
    """By the key in its path, which only we know; or because it lies below our own address, with a key of before."""
    base = address.removesuffix(shop.secrets.hook_key) if shop.secrets.hook_key else address
    path = urlsplit(one.uri).path
    return path == f"{PATH}{shop.secrets.hook_key}" or (base.endswith(PATH) and one.uri.startswith(base))


def _is_taken(refused: UserErrors) -> bool:
    return any(TAKEN in fields.text(error.get("message")).lower() for error in refused.errors)


def _is_there(api: ShopifyApi, wanted: Wanted, address: str) -> bool:
    return any(one.topic == wanted.topic and one.uri == address for one in _listed(api))


def _input(wanted: Wanted, address: str) -> dict[str, Any]:
    return {"uri": address, "format": "JSON", "metafieldNamespaces": list(wanted.namespaces)}


def _lacking(shop: Shop, wished: Plan) -> list[str]:
    return [
        f"{shop.address} does not tell {missed}: the app lacks {scope}."
        " Add this Admin API scope to the app and install it again."
        for scope, missed in wished.missing
        if scope not in OPTIONAL
    ]


def _notes(wished: Plan) -> list[str]:
    return [f"Without {scope} nothing is told of {missed}." for scope, missed in wished.missing if scope in OPTIONAL]
