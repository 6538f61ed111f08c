"""`tajo snippet`: standard output is what is pasted and nothing else, for the theme and for the checkout."""

from __future__ import annotations

import pytest

from tests.bootstrap.shopify_desk import STORE, ShopifyDesk


@pytest.mark.parametrize(
    ("arguments", "begins", "holds"),
    [
        ((STORE,), "{%- comment -%}", 'src="https://collect.example/c/site-key-1.js"'),
        ((STORE, "--checkout"), "// Tajo Collector, custom pixel", "'https://collect.example/c/site-key-1'"),
    ],
)
def test_a_snippet_is_filled_in(desk: ShopifyDesk, arguments: tuple[str, ...], begins: str, holds: str) -> None:
    done = desk.tajo("snippet", *arguments)
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith(begins)
    assert holds in done.stdout
    assert "[[" not in done.stdout


def test_the_key_that_signs_never_stands_in_the_checkouts(desk: ShopifyDesk) -> None:
    shop = desk.shop()
    assert shop is not None
    assert shop.secrets.identity[-1] not in desk.tajo("snippet", STORE, "--checkout").stdout
    assert shop.secrets.identity[-1] in desk.tajo("snippet", STORE).stdout, (
        "Liquid signs with it, and shows it to nobody"
    )
