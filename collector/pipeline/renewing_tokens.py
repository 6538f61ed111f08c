"""Tokens that die when nobody uses them are renewed in time, also for a shop where nothing happens.

An expiring token of Shopify can be renewed for 90 days after the last time. Renewed after five days it is renewed at
least weekly, even if every turn of two days fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from collector.domain.access_tokens import Renewing
from collector.domain.errors import SourceUnavailable
from collector.domain.jobs import Next
from collector.domain.shop import Shop

EVERY = timedelta(days=1)
OLD = timedelta(days=5)


class RenewTokens:
    """domain.jobs.Job of one shop. `heard` is told of a refusal."""

    def __init__(
        self, shop: Shop, tokens: Renewing, heard: Callable[[SourceUnavailable], object] = lambda problem: None
    ) -> None:
        self.name = f"tokens:{shop.id}"
        self._shop = shop
        self._tokens = tokens
        self._heard = heard

    def run(self, progress: Mapping[str, Any], now: datetime) -> Next:
        try:
            was_renewed = self._tokens.renew_idle(self._shop, OLD)
        except SourceUnavailable as problem:
            self._heard(problem)
            raise
        return Next(now + EVERY, said="renewed" if was_renewed else "")
