"""A Shopify shop about itself (domain.describing.ShopReader), and whether its API is the one that is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC

from collector.domain.describing import SelfDescription
from collector.domain.ports import Clock
from collector.domain.shop import Shop
from collector.domain.syncing import RawRecord
from collector.sources.shopify import fields, versions
from collector.sources.shopify.graphql import ShopifyApi
from collector.sources.shopify.install import clock_note


class ShopifyDescription:
    """For one thread, as its api is."""

    def __init__(self, api: Callable[[Shop], ShopifyApi], clock: Clock) -> None:
        self._api = api
        self._clock = clock

    def describe(self, shop: Shop) -> SelfDescription:
        api = self._api(shop)
        said = fields.mapping(api.ask("shop").get("shop"))
        body = {
            "name": said.get("name"),
            "currency": said.get("currencyCode"),
            "iana_timezone": said.get("ianaTimezone"),
            "domain": fields.mapping(said.get("primaryDomain")).get("url"),
            "updated_at": self._clock().astimezone(UTC).isoformat(),  # it is so now; the shop does not say since when
        }
        record = RawRecord("read/shop", json.dumps(body, ensure_ascii=False).encode())
        return SelfDescription(record, tuple(_problems(shop, api)))


def _problems(shop: Shop, api: ShopifyApi) -> list[tuple[str, str]]:
    found = []
    for said, between in (
        (versions.differs(api.asked_version, api.seen_version), ". "),
        (versions.outdated(shop), ": "),
        (clock_note(api.clock_ahead), ": "),
    ):
        what, _, cure = said.partition(between)
        if what:
            found.append((what, cure))
    return found
