"""Which version of Shopify's API a shop's block asks for: what is none stops the program at start."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.config import load, policy_of
from collector.domain.errors import Misuse


def version(folder: Path, text: str) -> str:
    (folder / "tajo.yml").write_text(f"connectors: {{shopify: {{shop_url: a, {text}}}}}")
    config = load({}, folder)
    return policy_of(config, config.connectors.shopify[0]).api_version


@pytest.mark.parametrize(
    ("why", "text", "expected"),
    [
        ("nothing said", "debug: false", ""),
        ("today's", 'api_version: "2026-07"', "2026-07"),
        ("without quotes", "api_version: 2026-10", "2026-10"),
        ("as older documents print it", 'api_version: "2024-01"', "2024-01"),
    ],
)
def test_a_version_is_taken_as_it_is_named(tmp_path: Path, why: str, text: str, expected: str) -> None:
    assert version(tmp_path, text) == expected


@pytest.mark.parametrize("stated", ["2026-13", "2026-7", "2026-08", "2026-07-01", "latest", "unstable", "2026", "[]"])
def test_what_is_no_version_is_named_with_what_is_allowed(tmp_path: Path, stated: str) -> None:
    with pytest.raises(Misuse, match=r"connectors.shopify.api_version: .*such as 2026-07"):
        version(tmp_path, f"api_version: {stated}")


def test_a_stand_in_for_the_shop_is_an_address(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match=r"connectors.shopify.api_url"):
        version(tmp_path, "api_url: lind.myshopify.com")
