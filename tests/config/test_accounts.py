"""Which account a shop's messages use, and what opens it."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.config import Config, accesses, account_of, load
from collector.domain.errors import Misuse

SHOP = "connectors: {{woocommerce: {{store_url: 'https://A.example', brevo: {{{own}}}}}}}\nbrevo: {{{general}}}\n"


def config(folder: Path, text: str) -> Config:
    (folder / "tajo.yml").write_text(text)
    return load({}, folder)


@pytest.mark.parametrize(
    ("why", "general", "own", "name", "opened_by"),
    [
        ("no key anywhere", "", "", "", {}),
        ("one key for all", "api_key: k1", "", "brevo", {"brevo": "k1"}),
        ("the shop has its own", "api_key: k1", "api_key: k2", "brevo:https://a.example", {"brevo": "k1", "own": "k2"}),
        ("the same key twice is one account", "api_key: k1", "api_key: k1", "brevo", {"brevo": "k1"}),
        ("only the shop has one", "", "api_key: k2", "brevo:https://a.example", {"own": "k2"}),
        ("a client for all", "client_id: c1, client_secret: s", "", "brevo", {"brevo": "c1"}),
        (
            "a client for all, a key for the shop",
            "client_id: c1, client_secret: s",
            "api_key: k2",
            "brevo:https://a.example",
            {"brevo": "c1", "own": "k2"},
        ),
        (
            "a key for all, a client for the shop",
            "api_key: k1",
            "client_id: c2, client_secret: s",
            "brevo:https://a.example",
            {"brevo": "k1", "own": "c2"},
        ),
        ("other names in the same account", "api_key: k1", "attribute_prefix: A_", "brevo", {"brevo": "k1"}),
    ],
)
def test_an_account_for_each_key(
    tmp_path: Path, why: str, general: str, own: str, name: str, opened_by: dict[str, str]
) -> None:
    found = config(tmp_path, SHOP.format(own=own, general=general))
    assert account_of(found, found.connectors.woocommerce[0]) == name, why
    opened = {("own" if ":" in one else one): to.api_key or to.client_id for one, to in accesses(found).items()}
    assert opened == opened_by, why
    assert all(bool(to.api_key) != bool(to.client_id) for to in accesses(found).values()), why


@pytest.mark.parametrize(
    ("why", "text", "says"),
    [
        ("half a client", "brevo: {client_id: c}\n", "give both client_id and client_secret"),
        ("the other half", "brevo: {client_secret: s}\n", "give both client_id and client_secret"),
        ("two ways in", "brevo: {api_key: k, client_id: c, client_secret: s}\n", "api_key or client_id, not both"),
        (
            "half a client in a shop",
            "connectors: {shopify: {shop_url: a, brevo: {client_id: c}}}\n",
            "give both client_id and client_secret",
        ),
    ],
)
def test_what_opens_nothing_is_said_at_the_start(tmp_path: Path, why: str, text: str, says: str) -> None:
    with pytest.raises(Misuse, match=says):
        config(tmp_path, text)


def test_nothing_that_opens_an_account_is_in_a_repr(tmp_path: Path) -> None:
    found = config(tmp_path, "brevo: {client_id: c, client_secret: hush}\n")
    assert "hush" not in repr(accesses(found)) + repr(found)
