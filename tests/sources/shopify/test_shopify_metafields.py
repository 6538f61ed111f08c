"""Metafields of a customer: only those a mapping reads, only from bodies that carry any."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from collector.domain.events import CustomerSeen
from collector.domain.shop import Policy

from .shopify_rows import SHOP, facts_of

TIER = {"namespace": "custom", "key": "tier", "value": "gold"}


@pytest.mark.parametrize(
    ("why", "mapping", "metafields", "expected"),
    [
        ("nothing is mapped", {}, [TIER], None),
        ("the body carries none", {"tier": "T"}, None, None),
        ("a name alone is a custom one", {"tier": "T"}, [TIER], {"custom.tier": "gold"}),
        ("with its namespace", {"custom.tier": "T"}, [TIER], {"custom.tier": "gold"}),
        ("another namespace is another", {"tier": "T"}, [TIER | {"namespace": "app"}], {}),
        ("true, numbers and decimals", {"a.b": "X"}, [{"namespace": "a", "key": "b", "value": 1.5}], {"a.b": "1.5"}),
        ("true", {"a.b": "X"}, [{"namespace": "a", "key": "b", "value": True}], {"a.b": True}),
        ("nothing in it", {"tier": "T"}, [TIER | {"value": None}], {"custom.tier": ""}),
        ("a number by country", {"tier": "SMS"}, [TIER | {"value": "030 123456"}], {"custom.tier": "+4930123456"}),
        ("no number", {"tier": "SMS"}, [TIER], {}),
        ("odd entries", {"tier": "T"}, [None, 5, {}, TIER], {"custom.tier": "gold"}),
    ],
)
def test_what_is_kept_of_metafields(
    why: str, mapping: dict[str, str], metafields: Any, expected: dict[str, Any] | None
) -> None:
    body = {"id": 7, "updated_at": "2026-11-20T12:00:00Z", "default_address": {"country_code": "DE"}}
    if metafields is not None:
        body["metafields"] = metafields
    seen = facts_of("customers/update", body, replace(SHOP, policy=Policy(mapping=mapping)))[0]
    assert isinstance(seen, CustomerSeen)
    assert seen.extras == expected, why
