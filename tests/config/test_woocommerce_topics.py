"""`webhooks:` of a WooCommerce shop: the pairs of the documents, and what may stand there."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.config import load, policy_of
from collector.config.woocommerce_topics import EVENTS, SILENT
from collector.domain.errors import Misuse
from collector.domain.events import EventType
from collector.sources.woocommerce.topics import DERIVED, NEEDED, NEWER, wanted

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
    ("why", "pair", "field", "said"),
    [
        ("a topic nobody has", ("order.compelted", "order_fulfilled"), "topic", "order.completed, order.refunded"),
        ("an action: no record comes with it", ("action.wc_x", "order_placed"), "topic", "allowed: customer.created,"),
        (
            "an event of ours that the topic never becomes",
            ("order.created", "order_cancelled"),
            "event",
            "order.created becomes order_placed or order_completed; order_cancelled comes of order.updated",
        ),
        (
            "Brevo's word for a purchase, and WooCommerce's for a shipped order",
            ("order.completed", "order_completed"),
            "event",
            "order.completed becomes order_fulfilled; order_completed comes of order.created or order.updated",
        ),
        (
            "a name for Brevo",
            ("order.created", "purchase"),
            "event",
            "set by event_names of brevo, such as {order_placed: bought}",
        ),
        (
            "a topic nobody is told of",
            ("coupon.deleted", "coupon_deleted"),
            "topic",
            "becomes no event. Leave it out: it is followed wherever coupon.created is",
        ),
    ],
)
def test_what_is_no_pair_of_ours_stops_with_what_it_would_be(
    tmp_path: Path, why: str, pair: tuple[str, str], field: str, said: str
) -> None:
    (tmp_path / "tajo.yml").write_text(settings(("customer.created", "customer_created"), pair))
    with pytest.raises(Misuse) as refused:
        load({}, tmp_path)
    given = pair[0] if field == "topic" else pair[1]
    assert f"connectors.woocommerce.webhooks[1].{field}: '{given}' is not allowed; " in str(refused.value), why
    assert said in str(refused.value), why


def test_entries_without_both_words_are_refused_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "tajo.yml").write_text(settings().replace("[]", "[order.created]"))
    with pytest.raises(
        Misuse, match=r"connectors\.woocommerce\.webhooks: .* order\.created with order_placed, order_completed;"
    ):
        load({}, tmp_path)


@pytest.mark.parametrize("pair", [(topic, event) for topic, events in EVENTS.items() for event in events])
def test_every_pair_that_is_so_is_taken(tmp_path: Path, pair: tuple[str, str]) -> None:
    (tmp_path / "tajo.yml").write_text(settings(pair))
    assert load({}, tmp_path).connectors.woocommerce[0].webhooks == (pair,)


def test_both_sides_know_the_same_topics() -> None:
    registered = {topic for all_topics in (NEEDED, NEWER) for topics in all_topics.values() for topic in topics}
    assert {*EVENTS, *SILENT} == registered | set(DERIVED)
    assert {topic: EVENTS[topic][0] for topic in DOCUMENTED} == DOCUMENTED
    told = {event for events in EVENTS.values() for event in events}
    assert told - {event.value for event in EventType} == {"order_completed"}, "that one is Brevo's alone"
