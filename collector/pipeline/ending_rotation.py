"""The end of a rotation: a webhook secret that was replaced goes when every webhook of the shop has the new one.

`tajo connectors rotate` ends it itself where the shop takes the new secret at once. Where it did not (no answer, a key
that may only read), the guardian tells it to the webhooks as soon as it can, and this job notices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from collector.domain.errors import SourceUnavailable
from collector.domain.jobs import Next, of_shop
from collector.domain.shop import Shop
from collector.domain.subscriptions import Signed, SignedBySecret

EVERY = timedelta(minutes=10)
ROTATION = "rotation"


@dataclass(frozen=True, slots=True)
class EndRotation:
    """The job of one shop that has two secrets. `end`: the older one is taken a while longer, and no more."""

    shop: Shop
    webhooks: SignedBySecret
    address: str
    end: Callable[[Shop, Signed, datetime], datetime]

    @property
    def name(self) -> str:
        return of_shop(ROTATION, self.shop.id)

    def run(self, progress: Mapping[str, Any], now: datetime) -> Next:
        try:
            signed = self.webhooks.signed(self.shop, self.address)
        except SourceUnavailable as problem:  # the guardian tells whoever looks; here nothing is lost by waiting
            return Next(now + EVERY, said=f"both secrets are taken: {problem}")
        if signed.before:
            return Next(now + EVERY, said=f"both secrets are taken: {len(signed.before)} webhooks have the older one")
        self.end(self.shop, signed, now)
        return Next(now + EVERY, said="every webhook has the new secret")
