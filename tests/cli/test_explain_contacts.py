"""What `tajo explain` says of attributes that were not written, and why."""

from __future__ import annotations

from typing import Any

import pytest

from collector.cli.explain_words import sentence
from collector.storage.sqlite.explaining import Entry


@pytest.mark.parametrize(
    ("about", "outcome", "detail", "expected"),
    [
        (
            "contact",
            "left_out",
            {"email": "ana@shop.example", "attributes": ["TOTAL_SPENT", "AOV"]},
            "decision: not written to ana@shop.example about TOTAL_SPENT, AOV: the orders are in several currencies"
            " and no rate between them is known (no_rate)",
        ),
        (
            "contact",
            "left_out",
            {"email": "ana@shop.example", "identifiers": ["SMS"]},
            "decision: not written to ana@shop.example about SMS: the orders are in several currencies"
            " and no rate between them is known (no_rate)",
        ),
    ],
)
def test_what_was_left_out_is_named(about: str, outcome: str, detail: dict[str, Any], expected: str) -> None:
    facts = {"about": about, "step": 0, "outcome": outcome, "truth": "", "cart": "", "detail": detail}
    assert sentence(Entry("2026-11-21T12:00:00.000Z", "decision", "no_rate", facts)) == expected
