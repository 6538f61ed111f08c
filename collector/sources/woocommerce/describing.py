"""A WooCommerce shop about itself (domain.describing.ShopReader)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC

from collector.domain.describing import SelfDescription
from collector.domain.ports import Clock
from collector.domain.shop import Shop
from collector.domain.syncing import RawRecord
from collector.sources.woocommerce.install import TOO_OLD
from collector.sources.woocommerce.parse_read import SHOP
from collector.sources.woocommerce.rest import RestClient
from collector.sources.woocommerce.self_description import described, read_index, read_settings


class WooCommerceDescription:
    """For one thread, as its api is."""

    def __init__(self, api: Callable[[Shop], RestClient], clock: Clock) -> None:
        self._api = api
        self._clock = clock

    def describe(self, shop: Shop) -> SelfDescription:
        client = self._api(shop)
        index = read_index(client)
        found = described(client.url, read_settings(client), index)
        body = {
            "name": found.name if index.get("name") else "",  # else it is the host's, which we know
            "currency": found.currency,
            "zone": found.time_zone,
            "read_at": self._clock().astimezone(UTC).isoformat(),  # it is so now; the shop does not say since when
        }
        problems = [(f"WooCommerce {found.version} {TOO_OLD}", "Update it.")] if found.is_old else []
        return SelfDescription(RawRecord(SHOP, json.dumps(body, ensure_ascii=False).encode()), tuple(problems))
