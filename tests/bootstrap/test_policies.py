"""What a shop's rules are when the file has a block for it and `install` was told something, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.bootstrap import make_sources, policies
from collector.config import load

BLOCK = "connectors: {shopify: {shop_url: tea.myshopify.com, api_key: k, api_secret: s%s}}"


@pytest.mark.parametrize(
    ("why", "more", "stored", "expected"),
    [
        ("neither says anything", "", {}, ""),
        ("only install was told", "", {"api_version": "2026-10"}, "2026-10"),
        ("only the file says", ", api_version: 2026-07", {}, "2026-07"),
        ("both: the file wins", ", api_version: 2026-07", {"api_version": "2026-10"}, "2026-07"),
    ],
)
def test_the_file_wins_for_what_it_names(
    tmp_path: Path, why: str, more: str, stored: dict[str, str], expected: str
) -> None:
    (tmp_path / "tajo.yml").write_text(BLOCK % more)
    find = policies(load({}, tmp_path), make_sources())
    assert find("shopify", "tea.myshopify.com", stored).api_version == expected, why


def test_a_shop_the_file_does_not_name_has_what_install_was_told(tmp_path: Path) -> None:
    (tmp_path / "tajo.yml").write_text(BLOCK % "")
    find = policies(load({}, tmp_path), make_sources())
    assert find("shopify", "mugs.myshopify.com", {"api_version": "2026-10"}).api_version == "2026-10"
