"""What the demo shop is told at start: its own address, its keys, and which collector hears of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields

VARIABLE = "DEMO_SHOP"  # JSON; the environment, because other users of a machine can read command lines


@dataclass(frozen=True, slots=True)
class ShopSettings:
    """`url` and `collector_url` without a slash at the end. `first_order_id`: higher for a kept database."""

    url: str
    collector_url: str
    site_key: str
    consumer_key: str = field(repr=False)
    consumer_secret: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    identity_key: str = field(repr=False)
    brevo_url: str = ""
    webhook_delay_s: float = 1.0
    first_order_id: int = 1001

    @property
    def hook_url(self) -> str:
        return f"{self.collector_url}/webhooks/woocommerce"


def settings_from(text: str) -> ShopSettings:
    """From the JSON in DEMO_SHOP. Raises ValueError naming what is missing or unknown."""
    given = json.loads(text)
    if not isinstance(given, dict):
        raise ValueError(f"{VARIABLE}: a JSON object is needed")
    names = {one.name for one in fields(ShopSettings)}
    if unknown := given.keys() - names:
        raise ValueError(f"{VARIABLE}: no such setting: {', '.join(sorted(unknown))}")
    try:
        return ShopSettings(**given)
    except TypeError as error:
        raise ValueError(f"{VARIABLE}: {error}") from None
