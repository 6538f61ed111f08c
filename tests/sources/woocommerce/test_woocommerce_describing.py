"""What a shop says of itself once a day, from the wire to the fact."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import requests

from collector.domain.describing import SelfDescription
from collector.domain.shop_facts import ShopDescribed
from collector.sources.woocommerce.describing import WooCommerceDescription
from collector.sources.woocommerce.parse_read import SHOP as TOPIC
from collector.sources.woocommerce.rest import RestClient

from .standins import SHOP, SOURCE, row
from .test_woocommerce_diagnosis import Change
from .wire_shop import KEY, SECRET, WireShop, page, refusal

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def describe(wire: WireShop, now: datetime = NOW) -> SelfDescription:
    wire.gate.now = time.time()
    with wire.mounted():
        client = RestClient(requests.Session(), wire.url, KEY, SECRET)
        return WooCommerceDescription(lambda shop: client, lambda: now).describe(SHOP)


@pytest.mark.parametrize(
    ("why", "change", "fact"),
    [
        ("all is open", lambda wire: None, ShopDescribed(NOW, "Held-out Woo", "EUR", "Europe/Paris")),
        (
            "the key's owner may not see settings: what is known stays",
            lambda wire: wire.says.update(
                {("GET", "wc/v3/system_status"): refusal(403, "woocommerce_rest_cannot_view")}
            ),
            ShopDescribed(NOW, "Held-out Woo", "", "Europe/Paris"),
        ),
        (
            "the index is closed: the host is no name",
            lambda wire: wire.says.update({("GET", ""): page(403)}),
            ShopDescribed(NOW, "", "EUR", ""),
        ),
    ],
)
def test_what_it_says_becomes_a_fact(why: str, change: Change, fact: ShopDescribed) -> None:
    wire = WireShop()
    change(wire)
    found = describe(wire)
    assert found.record.topic == TOPIC
    read = replace(row(TOPIC, found.record.body), facts={"triggered_at": NOW.isoformat()}, received_at=NOW)
    assert SOURCE.parse(read, SHOP) == [fact], why
    assert found.problems == ()


def test_what_it_says_again_later_is_another_row() -> None:
    """It may have been otherwise in between: equal rows would be taken for repetitions."""
    assert describe(WireShop()).record.body != describe(WireShop(), NOW + timedelta(days=1)).record.body


def test_a_version_that_cannot_tell_changes_is_a_problem() -> None:
    wire = WireShop()
    wire.status["environment"]["version"] = "4.9"
    [(what, cure)] = describe(wire).problems
    assert what.startswith("WooCommerce 4.9 cannot be asked for what changed")
    assert cure == "Update it."
