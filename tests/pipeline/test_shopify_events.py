"""From what Shopify sends, today and in 2024, to the events Brevo is told: by comparing stored and new state."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.domain.door import NewRow
from tests.pipeline.row_builders import (
    ANA,
    at,
    iso,
    shopify_cart,
    shopify_checkout,
    shopify_customer,
    shopify_order,
    webhook,
)
from tests.pipeline.telling_bench import LIVE_SHOPIFY, MUG, POT, TellingBench, telling_bench

ANAS = "ana@shop.example"
YES = {"state": "subscribed", "opt_in_level": "single_opt_in", "consent_updated_at": iso(-290)}
# What bodies of API 2024 said of a customer beside what those of today say.
OF_2024: dict[str, Any] = {
    "tags": "",
    "orders_count": 0,
    "total_spent": "0.00",
    "accepts_marketing": False,
    "email_marketing_consent": {"state": "not_subscribed", "opt_in_level": None, "consent_updated_at": None},
    "sms_marketing_consent": None,
}
SHAPES = {"today": dict[str, Any](), "2024": OF_2024}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TellingBench]:
    with telling_bench(tmp_path_factory.mktemp("events")) as bench:
        yield bench


@pytest.fixture
def bench(files: TellingBench) -> TellingBench:
    files.begin(LIVE_SHOPIFY)
    return files


@pytest.fixture(params=list(SHAPES))
def shape(request: pytest.FixtureRequest) -> dict[str, Any]:
    return SHAPES[request.param]


def made(minutes: float, shape: dict[str, Any], **more: Any) -> NewRow:
    return shopify_customer(minutes, topic="customers/create", created_at=iso(minutes), **(shape | more))


def consents(minutes: float) -> NewRow:
    body = {"customer_id": 1, "email_address": ANAS, "email_marketing_consent": YES}
    return webhook(minutes, "customers_email_marketing_consent/update", body)


def read(minutes: float, **more: Any) -> NewRow:
    """A customer we read again."""
    node = {
        "id": "gid://shopify/Customer/1",
        "firstName": "Ana",
        "createdAt": iso(-60),
        "updatedAt": iso(minutes),
        "locale": "de",  # no webhook says it
        "defaultEmailAddress": {"emailAddress": ANAS, "marketingState": "NOT_SUBSCRIBED"},
        "tags": [],
        "numberOfOrders": "0",
        "amountSpent": {"amount": "0.0", "currencyCode": "EUR"},
    }
    return webhook(minutes, "read/customers", node | more)


def test_a_customer_who_signs_up_is_created_once(bench: TellingBench, shape: dict[str, Any]) -> None:
    bench.happen(made(-60, shape), made(-60, shape, delivery="again"))
    assert bench.events() == ["ana customer_created"]


def test_a_changed_profile_is_an_update(bench: TellingBench, shape: dict[str, Any]) -> None:
    bench.happen(made(-60, shape), shopify_customer(-30, **(shape | {"created_at": iso(-60), "first_name": "Anna"})))
    assert bench.events() == ["ana customer_created", "ana customer_updated"]


def test_an_update_that_changes_nothing_is_none(bench: TellingBench, shape: dict[str, Any]) -> None:
    """Shopify sends the customer after every order and every change of consent."""
    same = shape | {"created_at": iso(-60)}
    bench.happen(made(-60, shape), *(shopify_customer(minutes, **same) for minutes in (-30, -20, -10)))
    assert bench.events() == ["ana customer_created"]


def test_reading_again_says_more_and_is_no_update(bench: TellingBench) -> None:
    """Neither the language that webhooks leave out, nor the webhook after it that leaves it out again."""
    bench.happen(made(-60, {}), read(-60), shopify_customer(-30, created_at=iso(-60)), read(-30), read(-20))
    assert bench.events() == ["ana customer_created"]


def test_counters_alone_tell_the_contact_and_no_event(bench: TellingBench) -> None:
    """The order they come from tells of itself; a correction in the admin tells nobody."""
    old = OF_2024 | {"created_at": iso(-60)}
    bench.happen(made(-60, OF_2024), shopify_customer(-30, **(old | {"orders_count": 2, "total_spent": "20.00"})))
    assert bench.told() == [
        "ana contact signed blocked +all_customers",
        "ana customer_created",
        "ana contact signed blocked +all_customers",
    ]
    assert bench.rows()[-1].message.payload["attributes"]["ORDER_COUNT"] == 2


@pytest.mark.parametrize(
    ("why", "rows"),
    [
        (
            "today: a topic of their own",
            [
                made(-60, {}),
                webhook(-30, "customer.tags_added", {"customerId": "gid://shopify/Customer/1", "tags": ["vip"]}),
            ],
        ),
        (
            "today: found out by reading again",
            [made(-60, {}), read(-50), read(-30, tags=["vip"])],
        ),
        (
            "today: the topic, then the reading",
            [
                made(-60, {}),
                read(-50),
                webhook(-30, "customer.tags_added", {"customerId": "gid://shopify/Customer/1", "tags": ["vip"]}),
                read(-29, tags=["vip"]),
            ],
        ),
        (
            "today: the reading overtakes the topic",
            [
                made(-60, {}),
                read(-50),
                read(-29, tags=["vip"]),
                webhook(
                    -28,
                    "customer.tags_added",
                    {"customerId": "gid://shopify/Customer/1", "tags": ["vip"], "occurredAt": iso(-30)},
                ),
            ],
        ),
        (
            "2024: in the customer itself",
            [made(-60, OF_2024), shopify_customer(-30, **(OF_2024 | {"created_at": iso(-60), "tags": "vip"}))],
        ),
    ],
)
def test_a_tag_is_told_once_however_it_comes(bench: TellingBench, why: str, rows: list[NewRow]) -> None:
    bench.happen(*rows)
    assert bench.events() == ["ana customer_created", "ana customer_tags_added"], why
    assert bench.one("customer_tags_added")["tags"] == "vip", why


def test_the_first_list_of_tags_is_no_change(bench: TellingBench) -> None:
    bench.happen(made(-60, {}), read(-50, tags=["vip", "b2b"]))
    assert "ana customer_tags_added" not in bench.events()


def test_a_customer_from_before_the_activation_is_updated_quietly(bench: TellingBench) -> None:
    bench.begin(replace(LIVE_SHOPIFY, activated_at=at(-20)))
    bench.happen(made(-60, {}), shopify_customer(-30, first_name="Anna"))
    assert bench.told() == []
    bench.happen(shopify_customer(-10, first_name="Anni"))
    assert bench.events() == ["ana customer_updated"]


ORDERS: list[tuple[str, list[tuple[float, str, dict[str, Any]]], list[str]]] = [
    ("paid at once", [(0, "paid", {})], ["order_placed", "order_completed"]),
    ("to be paid", [(0, "pending", {})], ["order_placed", "order_completed"]),
    (
        "paid later",
        [(0, "pending", {}), (10, "paid", {})],
        ["order_placed", "order_completed", "order_updated"],
    ),
    (
        "shipped",
        [(0, "paid", {}), (10, "paid", {"fulfillment_status": "fulfilled"})],
        ["order_placed", "order_completed", "order_updated", "order_fulfilled"],
    ),
    (
        "cancelled",
        [(0, "paid", {}), (10, "paid", {"cancelled_at": iso(10)})],
        ["order_placed", "order_completed", "order_cancelled"],
    ),
    (
        "given back",
        [(0, "paid", {}), (10, "refunded", {"refunds": [{"id": 5, "order_id": 7, "created_at": iso(10)}]})],
        ["order_placed", "order_completed", "order_refunded"],
    ),
    ("the same version again, as updated and paid", [(0, "paid", {}), (0, "paid", {})], []),
]


@pytest.mark.parametrize("shape_name", list(SHAPES))
@pytest.mark.parametrize(("why", "versions", "expected"), ORDERS, ids=[why for why, *_ in ORDERS])
def test_what_becomes_of_an_order_is_told(
    bench: TellingBench,
    why: str,
    versions: list[tuple[float, str, dict[str, Any]]],
    expected: list[str],
    shape_name: str,
) -> None:
    """Bodies of 2024 carry the customer's tags, consent and counters inside the order; today's carry none."""
    whose = {"id": 1, "email": ANAS, **SHAPES[shape_name]}
    rows = [
        shopify_order(minutes, state, MUG, customer=whose, delivery=f"d{place}", **more)
        for place, (minutes, state, more) in enumerate(versions)
    ]
    bench.happen(*rows)
    names = [one.removeprefix("ana ") for one in bench.events()]
    assert names == (expected or ["order_placed", "order_completed"]), why


def test_a_cart_is_told_from_its_first_item_on(bench: TellingBench, shape: dict[str, Any]) -> None:
    """Carts name nobody: the checkout does. The platform's own record permits it."""
    bench.happen(
        made(-300, shape),
        consents(-290),
        shopify_cart(-20, MUG, visitor=ANA),
        shopify_checkout(-15, MUG, email=ANAS, customer={"id": 1, **shape}),
        shopify_cart(-10, MUG, POT, visitor=ANA),
    )
    carts = [one for one in bench.events() if "cart_" in one]
    assert carts == ["ana cart_created", "ana cart_updated", "ana cart_updated"]


# Replays: the same things with other delivery ids, late and in any order.

STORY = [
    made(-300, {}),
    consents(-290),
    shopify_customer(-200, first_name="Anna", created_at=iso(-300)),
    shopify_checkout(-15, MUG, email=ANAS),
    shopify_order(0, "paid", MUG, customer={"id": 1}),
    shopify_order(5, "paid", MUG, customer={"id": 1}, fulfillment_status="fulfilled"),
    webhook(6, "customer.tags_added", {"customerId": "gid://shopify/Customer/1", "tags": ["vip"]}),
]
ONCE = [
    *("customer_created", "customer_tags_added", "order_placed", "order_completed", "order_fulfilled"),
]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_is_delivered_again_under_another_id_is_told_once(files: TellingBench, data: st.DataObject) -> None:
    """Whether Webhook-Id survives a retry is disputed: nothing rests on it."""
    again = data.draw(st.lists(st.sampled_from(STORY), max_size=6))
    arrived = data.draw(st.permutations([*STORY, *again]))
    files.begin(LIVE_SHOPIFY)
    late = max(row.received_at for row in STORY) + timedelta(minutes=1)
    rows = [
        replace(row, delivery_id=f"delivery-{place}", received_at=late + timedelta(seconds=place))
        for place, row in enumerate(arrived)
    ]
    files.happen(*rows)
    told = [one.removeprefix("ana ") for one in files.events("any")]
    for event in ONCE:
        assert told.count(event) == 1, (event, told)
    properties = json.dumps([row.message.payload for row in files.rows()], sort_keys=True, default=str)
    assert "delivery-" not in properties
