"""The app of whoever runs this server, with which merchants connect their shops by one click."""

from __future__ import annotations

from dataclasses import dataclass

from collector.config import kinds
from collector.config.declaring import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopifyApp:
    """Only for one-click connection; a merchant's own app stands in the shop's block."""

    api_key: str = setting(kinds.text, "", "The app's client id; with it shops connect by one click.")
    api_secret: tuple[str, ...] = setting(
        kinds.many(kinds.text), [], "The app's secret; a list (oldest first) while rotating.", secret=True
    )
    scopes: tuple[str, ...] = setting(
        kinds.many(kinds.text), [], "Scopes asked for besides those that are needed, such as read_all_orders."
    )
    api_url: str = setting(kinds.optional_url, "", "Where Shopify is instead of at the shop, for tests.")
