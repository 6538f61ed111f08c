"""Once a day a shop's token is looked at, and one that cannot be had any more is said and tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from collector.domain.errors import SourceUnavailable
from collector.domain.shop import Shop
from collector.pipeline.renewing_tokens import RenewTokens

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SHOP = Shop(7, "shopify", "lind.myshopify.com", "https://lind.myshopify.com", "site")


class Tokens:
    """What is renewed, and what is not."""

    def __init__(self, age: timedelta, problem: SourceUnavailable | None = None) -> None:
        self._age, self._problem = age, problem

    def renew_idle(self, shop: Shop, older_than: timedelta) -> bool:
        assert shop is SHOP
        if self._problem is not None:
            raise self._problem
        return self._age >= older_than


@pytest.mark.parametrize(("age_days", "said"), [(0, ""), (4, ""), (5, "renewed"), (89, "renewed")])
def test_a_token_is_renewed_within_a_week(age_days: int, said: str) -> None:
    job = RenewTokens(SHOP, Tokens(timedelta(days=age_days)))
    found = job.run({}, NOON)
    assert (job.name, found.said, found.due_at) == ("tokens:7", said, NOON + timedelta(days=1))


def test_a_token_that_cannot_be_had_any_more_is_a_failed_turn() -> None:
    problem = SourceUnavailable("it has to be authorised again")
    with pytest.raises(SourceUnavailable, match="authorised again"):
        RenewTokens(SHOP, Tokens(timedelta(), problem)).run({}, NOON)
