"""The mapping that merchants read of is one that works."""

from __future__ import annotations

import re
from pathlib import Path

from collector.config import load
from collector.domain.mapping import FIELDS, WORDS, problems, rules

DOCUMENT = Path(__file__).parents[2] / "docs" / "merchants" / "contacts.md"


def test_the_example_is_followed_whole(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "tajo.yml").write_text(example, encoding="utf-8")
    connectors = load({}, tmp_path).connectors
    for platform, block in (("shopify", connectors.shopify[0]), ("woocommerce", connectors.woocommerce[0])):
        assert problems(block.mapping, platform) == []
        assert len(rules(block.mapping, platform)) > len(block.mapping), "and our defaults"


def test_every_field_is_in_the_table() -> None:
    table = DOCUMENT.read_text(encoding="utf-8")
    assert [field for field in FIELDS if field != "email" and f"`{field}`" not in table] == []
    assert set(WORDS.values()) <= set(FIELDS)
