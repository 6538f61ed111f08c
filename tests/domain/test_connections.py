"""Whether a shop is connected: what there is, and what its API said last."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from collector.domain.connections import Lack, LastAnswer, connection_of, opened_with
from collector.domain.shop import OWN_KEY, Policy, Secrets, Shop

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SHOP = Shop(7, "shopify", "lind.myshopify.com", "https://lind.myshopify.com", "site")
NO_KEYS = Lack("No credentials to read it.", "Give access_token.")
REFUSED = LastAnswer(NOON, True, "It does not accept these credentials.", "Copy them again.")


@pytest.mark.parametrize(
    ("why", "shop", "lack", "last", "is_there", "words"),
    [
        ("never asked", {}, None, None, True, ""),
        ("it answered", {}, None, LastAnswer(NOON), True, ""),
        ("it refused", {}, None, REFUSED, False, "does not accept"),
        ("nothing opens it", {}, NO_KEYS, None, False, "No credentials"),
        ("it answered, and then the keys were lost", {}, NO_KEYS, LastAnswer(NOON), False, "No credentials"),
        ("the app was removed there", {"uninstalled_at": NOON}, None, REFUSED, False, "was removed from"),
        ("the shop was removed here", {"removed_at": NOON}, None, LastAnswer(NOON), False, "was removed here"),
        ("it is disabled", {"is_enabled": False}, NO_KEYS, None, False, "disabled in the settings"),
    ],
)
def test_a_shop_is_connected_while_something_opens_it_and_it_did_not_refuse(
    why: str, shop: dict[str, Any], lack: Lack | None, last: LastAnswer | None, is_there: bool, words: str
) -> None:
    found = connection_of(replace(SHOP, **shop), lack, last)
    assert found.is_there is is_there
    assert words in found.cause
    assert bool(found.cause) == bool(found.cure) == (not is_there)
    assert found.answered_at == (last.at if last else None)


@pytest.mark.parametrize(
    ("why", "changed", "is_another"),
    [
        ("another token", {"secrets": Secrets(credentials={"access_token": "b"})}, True),
        ("another version", {"policy": Policy(api_version="2026-10")}, True),
        ("another place", {"policy": Policy(api_url="https://stand-in.test")}, True),
        ("another webhook secret", {"secrets": Secrets(("w",), credentials={"access_token": "a"})}, False),
        ("a key for Brevo", {"secrets": Secrets(credentials={"access_token": "a", OWN_KEY: "x"})}, False),
        ("other rules", {"policy": Policy(min_product_views=3)}, False),
    ],
)
def test_an_answer_counts_for_what_was_asked_with(why: str, changed: dict[str, Any], is_another: bool) -> None:
    shop = replace(SHOP, secrets=Secrets(credentials={"access_token": "a"}))
    assert (opened_with(replace(shop, **changed)) != opened_with(shop)) is is_another
    assert "access_token" not in opened_with(shop)
