"""Messages as the outbox keeps them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.domain.events import Strength
from collector.domain.messages import (
    ABOUT_CARTS,
    MAY_START_MAIL,
    ContactMessage,
    EventMessage,
    Message,
    OrderMessage,
    from_json,
    kind_of,
    to_json,
)
from collector.domain.timestamps import from_ms

texts = st.text(max_size=8)
times = st.integers(0, 4 * 10**12).map(from_ms)
values = st.one_of(st.none(), st.booleans(), st.integers(-(10**9), 10**9), texts)
properties = st.dictionaries(texts, st.one_of(values, st.lists(st.dictionaries(texts, values, max_size=2), max_size=2)))
names = st.lists(texts, max_size=2).map(tuple)
messages = st.one_of(
    st.builds(ContactMessage, texts, st.sampled_from(Strength), st.booleans(), properties, names, names, texts),
    st.builds(EventMessage, st.sampled_from(sorted(MAY_START_MAIL)) | texts, texts, texts, times, properties),
    st.builds(
        OrderMessage,
        order_id=texts,
        email=texts,
        status=texts,
        amount=st.floats(0, 1e6),
        currency=texts,
        created_at=times,
        updated_at=times,
        products=st.lists(st.dictionaries(texts, values, max_size=2), max_size=2).map(tuple),
        coupons=names,
        billing=st.dictionaries(texts, texts, max_size=2),
        shop=texts,
    ),
)


@given(messages)
def test_a_message_is_the_same_after_the_outbox(message: Message) -> None:
    kept = json.loads(json.dumps(to_json(message)))
    assert from_json(kind_of(message), kept) == message


@pytest.mark.parametrize(
    ("why", "event", "kind"),
    [
        ("about a cart: an order overtakes it", "cart_updated", "cart_event"),
        ("about looks: an order overtakes it, too", "browse_abandoned", "cart_event"),
        ("a look by itself", "product_viewed", "event"),
        ("what stops a reminder is never overtaken", "cart_recovered", "event"),
        ("so is the end of a cart", "cart_deleted", "event"),
        ("nor is an order", "order_completed", "event"),
    ],
)
def test_what_an_order_overtakes(why: str, event: str, kind: str) -> None:
    assert kind_of(EventMessage(event, "id", "ana@shop.example", from_ms(0))) == kind, why


def test_everything_an_order_overtakes_may_start_a_mail() -> None:
    assert ABOUT_CARTS <= MAY_START_MAIL


@pytest.mark.parametrize(
    "event", ["order_placed", "order_completed", "cart_recovered", "cart_deleted", "customer_updated"]
)
def test_what_stops_mails_never_waits_for_a_basis(event: str) -> None:
    assert event not in MAY_START_MAIL


def test_nonsense_is_no_message() -> None:
    with pytest.raises(ValueError):
        from_json("telegram", {})
    with pytest.raises(KeyError):
        from_json("event", {})
