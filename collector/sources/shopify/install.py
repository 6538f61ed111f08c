"""Connecting a shop: one read call that proves the credentials and says what the shop is.

Two kinds of credentials are given by hand (shopify.dev, read 2026-11-21): a permanent token of an app made in the
admin (`access_token`), or the client id and secret of a Dev Dashboard app (`api_key`, `api_secret`), which buy a
24 h token by client credentials. Every failure is one line that says what happened and the cure.

`base_url` stands in for the shop's own address, `https://<shop>`: the hidden option `--api-url` of
`tajo connectors install shopify` and the setting `api_url` of the shop's block bring it. The guard refuses http and
private addresses there unless `allow_insecure_upstreams` is on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from collector.domain.access_tokens import AccessToken
from collector.domain.errors import Misuse, SourceUnavailable
from collector.domain.ports import Clock
from collector.domain.shop import Policy, Secrets, Shop
from collector.sources.shopify import answers, fields, scopes, versions
from collector.sources.shopify.address import storefront_of, valid_address
from collector.sources.shopify.fields import Json
from collector.sources.shopify.graphql import ShopifyApi
from collector.sources.shopify.scopes import NEEDED_SCOPES
from collector.sources.shopify.tokens import Tokens
from collector.sources.shopify.versions import API_VERSION

__all__ = ["API_VERSION", "NEEDED_SCOPES", "ConnectedShopify", "clock_note", "read_shop"]

FAR_OFF = timedelta(minutes=2)  # Shopify's signed requests are good for 90 s


@dataclass(slots=True)
class ConnectedShopify:
    """What the shop says about itself (ports.ConnectedShop).

    `detail`: address, time_zone, plan, storefront, scopes, token (permanent | client_credentials),
    api_version and notes, a list of sentences the merchant should read. No secrets. `token`: what was bought with key
    and secret, to be kept with the shop.
    """

    name: str
    currency: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    token: AccessToken | None = field(default=None, repr=False)


class _Remembered:
    """Tokens and leases of a shop that is not stored yet: one process, one thread, nobody else."""

    def __init__(self) -> None:
        self.token: AccessToken | None = None

    def read(self, shop_id: int) -> AccessToken | None:
        return self.token

    def keep(self, shop_id: int, token: AccessToken) -> None:
        self.token = token

    def forget(self, shop_id: int) -> None:
        self.token = None

    def take(self, name: str, holder: str, now: datetime, length: timedelta) -> bool:
        return True

    def release(self, name: str, holder: str) -> None:
        """Nobody waits for it."""


def read_shop(
    http: requests.Session,
    shop_address: str,
    credentials: Mapping[str, str],
    base_url: str | None = None,
    *,
    api_version: str = "",
    clock: Clock = lambda: datetime.now(UTC),
) -> ConnectedShopify:
    """Read the shop at `shop_address` (`store.myshopify.com`), or at `base_url` where that stands in for it.

    Raises Misuse (credentials incomplete, another shop's name) or SourceUnavailable (no answer, a refusal).
    """
    asked = Shop(
        id=0,
        platform="shopify",
        address=shop_address,
        url=f"https://{shop_address}",
        site_key="",
        policy=Policy(api_version=api_version, api_url=base_url or ""),
        secrets=Secrets(credentials=dict(credentials)),
    )
    kept = _Remembered()
    tokens = Tokens(http, kept, kept, clock=clock, sleep=_no_waiting, tries=1)
    kind = tokens.kind(asked)
    notes = [versions.outdated(asked)]
    if kind != "permanent":
        notes.append("No permanent token was given: a 24 h token is fetched with the API key and secret.")
    # Somebody waits at the terminal and can try again: no patience here.
    api = ShopifyApi(http, asked, tokens, clock=clock, sleep=_no_waiting, patience_s=0.0)
    data = api.ask("shop")
    shop = fields.mapping(data.get("shop"))
    name, currency = fields.text(shop.get("name")), fields.currency_code(shop.get("currencyCode"))
    if not currency:
        raise SourceUnavailable(
            f"{shop_address} answered without the shop's name and currency.",
            "Try again; if it stays so, check that the address belongs to a Shopify shop.",
        )
    own_address = valid_address(shop.get("myshopifyDomain"))
    if base_url is None and own_address is not None and own_address != shop_address:
        raise Misuse(f"{shop_address} is another name of {own_address}. Use --shop-url {own_address}")
    granted = granted_scopes(data)
    check_scopes(shop_address, granted)
    notes += [*scope_notes(granted), versions.differs(api.asked_version, api.seen_version), clock_note(api.clock_ahead)]
    return ConnectedShopify(
        name=name,
        currency=currency,
        detail={
            "address": own_address or shop_address,
            "time_zone": fields.text(shop.get("ianaTimezone"), limit=100),
            "plan": fields.text(fields.mapping(shop.get("plan")).get("publicDisplayName"), limit=100),
            "storefront": storefront_of(fields.mapping(shop.get("primaryDomain")).get("url")),
            "scopes": granted,
            "token": kind,
            "api_version": api.seen_version or api.asked_version,
            "notes": [note for note in notes if note],
        },
        token=kept.token,
    )


def _no_waiting(seconds: float) -> None:
    raise AssertionError(f"{seconds} s were to be waited for without any patience")


def granted_scopes(data: Json) -> list[str]:
    """From the answer to `shop.graphql`."""
    installation = fields.mapping(data.get("currentAppInstallation"))
    granted = fields.objects(installation.get("accessScopes"))
    return sorted(handle for scope in granted if (handle := fields.text(scope.get("handle"), limit=100)))


def check_scopes(shop_address: str, granted: list[str]) -> None:
    """Raises ScopeMissing, naming what each missing one is for."""
    missing = scopes.missing(granted)
    if missing:
        named = "; ".join(f"{scope.handle} for {scope.needed_for}" for scope in missing)
        raise answers.ScopeMissing(
            f"The app on {shop_address} lacks {named}.",
            "Add these Admin API scopes to the app and install it again.",
            missing[0].handle,
        )


def scope_notes(granted: list[str]) -> list[str]:
    """What works less without a scope that may be left out."""
    absent = scopes.absent(granted)
    notes = []
    if any(scope.handle == scopes.WHOLE_HISTORY for scope in absent):
        notes.append(f"Without the scope {scopes.WHOLE_HISTORY} Shopify shows the orders of the last 60 days only.")
    others = [f"{scope.handle} ({scope.needed_for})" for scope in absent if scope.handle != scopes.WHOLE_HISTORY]
    if others:
        notes.append(f"Scopes that may be added: {', '.join(others)}.")
    return notes


def clock_note(ahead: timedelta | None) -> str:
    """A sentence when our clock and the shop's are far apart; else ""."""
    if ahead is None or abs(ahead) <= FAR_OFF:
        return ""
    minutes = round(abs(ahead).total_seconds() / 60)
    return (
        f"This machine's clock is {minutes} minutes {'ahead of' if ahead > timedelta() else 'behind'} Shopify's:"
        " set it (timedatectl set-ntp true), or connecting and signed requests will fail."
    )
