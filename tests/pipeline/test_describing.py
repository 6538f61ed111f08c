"""Once a day a shop says what it is: into the inbox, and what is wrong with its API into the job's memory."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from collector.domain.describing import SelfDescription
from collector.domain.door import Lane, NewRow
from collector.domain.errors import SourceUnavailable
from collector.domain.shop import Shop
from collector.domain.syncing import RawRecord
from collector.pipeline.describing import DescribeShop
from tests.pipeline.telling_bench import LIVE_SHOPIFY

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PROBLEM = ("The shop answered with API 2026-10 instead of 2026-07.", "Set api_version: 2026-10, or leave it out.")


class Saying:
    def __init__(self, *problems: tuple[str, str]) -> None:
        self.problems = problems

    def describe(self, shop: Shop) -> SelfDescription:
        return SelfDescription(RawRecord("read/shop", b'{"name": "Lind"}'), self.problems)


class Silent:
    def describe(self, shop: Shop) -> SelfDescription:
        raise SourceUnavailable("The shop is away.", "Wait.")


def test_what_it_says_is_a_live_row_and_it_is_asked_again() -> None:
    rows: list[NewRow] = []

    def append(some: Sequence[NewRow]) -> None:
        rows.extend(some)

    found = DescribeShop(LIVE_SHOPIFY, Saying(PROBLEM), append).run({}, NOW)
    assert [(row.topic, row.lane, row.body) for row in rows] == [("read/shop", Lane.LIVE, b'{"name": "Lind"}')]
    assert found.due_at == NOW + timedelta(hours=1), "something is wrong"
    assert json.loads(json.dumps(found.progress)) == {"problems": [list(PROBLEM)]}
    assert found.said == PROBLEM[0]
    again = DescribeShop(LIVE_SHOPIFY, Saying(), append).run(found.progress, NOW)
    assert (again.progress, again.due_at) == ({"problems": []}, NOW + timedelta(days=1)), "mended"


def test_a_shop_that_does_not_answer_is_a_failed_turn() -> None:
    with pytest.raises(SourceUnavailable):
        DescribeShop(LIVE_SHOPIFY, Silent(), lambda rows: None).run({}, NOW)
