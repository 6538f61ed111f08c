"""`webhooks:` of a WooCommerce shop: the pairs of the documents, and what may stand there."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.config import load, policy_of
from collector.config.woocommerce_topics import EVENTS, TOPICS
from collector.domain.errors import Misuse
from collector.domain.events import EventType
from collector.sources.woocommerce.topics import DERIVED, NEEDED, wanted

DOCUMENTED = {
    "customer.created": "customer_created",
    "customer.updated": "customer_updated",
    "order.created": "order_placed",
    "order.updated": "order_updated",
    "order.completed": "order_fulfilled",
    "order.refunded": "order_refunded",
    "coupon.created": "coupon_created",
    "product.created": "product_added",
    "product.updated": "product_updated",
}


def settings(*pairs: tuple[str, str]) -> str:
    listed = ", ".join(f"{{topic: {topic}, event: {event}}}" for topic, event in pairs)
    return f"connectors: {{woocommerce: {{store_url: https://shop.example, webhooks: [{listed}]}}}}\n"


def test_the_pairs_of_the_documents_are_taken_and_all_of_it_is_registered(tmp_path: Path) -> None:
    (tmp_path / "tajo.yml").write_text(settings(*DOCUMENTED.items()))
    config = load({}, tmp_path)
    policy = policy_of(config, config.connectors.woocommerce[0])
    assert policy.told_topics == set(DOCUMENTED)
    registered = set(wanted(policy))
    assert registered == {topic for topics in NEEDED.values() for topic in topics}
    assert {DERIVED.get(topic, topic) for topic in DOCUMENTED} <= registered


@pytest.mark.parametrize(
    ("why", "pair", "said"),
    [
        ("a topic nobody has", ("order.compelted", "order_fulfilled"), "order.completed"),
        ("an event nobody has", ("order.created", "order_made"), "order_placed"),
        (
            "an action: no record comes with it",
            ("action.woocommerce_payment_complete", "order_placed"),
            "order.created",
        ),
    ],
)
def test_what_is_no_pair_of_ours_stops_with_what_is_allowed(
    tmp_path: Path, why: str, pair: tuple[str, str], said: str
) -> None:
    (tmp_path / "tajo.yml").write_text(settings(pair))
    with pytest.raises(Misuse) as refused:
        load({}, tmp_path)
    assert "connectors.woocommerce.webhooks" in str(refused.value), why
    assert said in str(refused.value), why


def test_both_sides_know_the_same_topics() -> None:
    assert set(TOPICS) == {topic for topics in NEEDED.values() for topic in topics} | set(DERIVED)
    ours = {event.value for event in EventType}
    assert {event for event in EVENTS if event not in ours} <= {
        "order_completed",
        "coupon_updated",
        "coupon_deleted",
        "product_deleted",
    }
