"""Every body we can make is one that Brevo's own description allows, whatever a shop puts into it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.destinations.brevo import setup
from collector.destinations.brevo.client import BrevoAccount, Exchange
from collector.destinations.brevo.destination import BrevoDestination
from collector.destinations.brevo.limits import NoMeter
from collector.domain.events import Strength
from collector.domain.messages import (
    MAY_START_MAIL,
    ContactMessage,
    EventMessage,
    Message,
    OrderMessage,
    from_json,
    kind_of,
    to_json,
)
from collector.domain.shop import Policy, Shop

from ..destinations.brevo.wire import KEY, URL, Brevo, Contact, on_the_wire
from . import brevo_contract

pytestmark = pytest.mark.skipif(brevo_contract.file() is None, reason="no contract here: set BREVO_CONTRACT")

SHOP = Shop(
    1,
    "shopify",
    "mug.myshopify.com",
    "https://mug.example",
    "site",
    policy=Policy(account="brevo", lists={"all_customers": 5, "buyers": "Buyers", "abandoned_cart": 7}),
)
EXPONENTS = {"EUR": 2, "JPY": 0, "KWD": 3, "CHF": 2}

times = st.integers(0, 10**8).map(lambda seconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds / 7))
words = st.text(max_size=40)
ids = st.text("0123456789abcXYZ-_ /", min_size=1, max_size=30)
emails = st.builds("{}@shop.example".format, st.text("abcdefüñ.+-'0123456789", min_size=1, max_size=30))
values = st.none() | st.booleans() | st.integers() | st.floats() | words
roles = st.lists(st.sampled_from(["all_customers", "buyers", "abandoned_cart", "unknown"]), max_size=3).map(tuple)


@st.composite
def amounts(draw: st.DrawFn, currency: str) -> float:
    """Zero, small and huge prices, as many decimals as the currency has."""
    return float(draw(st.integers(0, 2**53)) / 10 ** EXPONENTS[currency])


@st.composite
def items(draw: st.DrawFn, currency: str) -> dict[str, Any]:
    texts = {name: draw(words | st.none()) for name in ("name", "url", "image", "sku", "variant_name", "category")}
    numbers = {name: draw(amounts(currency)) for name in ("price", "unit_price", "line_total")}
    return {**texts, **numbers, "id": draw(ids), "quantity": draw(st.integers(0, 10**6))}


@st.composite
def events(draw: st.DrawFn) -> EventMessage:
    currency = draw(st.sampled_from(list(EXPONENTS)))
    some = draw(st.lists(items(currency), max_size=3))
    some = some * draw(st.sampled_from([1, 1, 1, 400]))  # a cart too large for one event, now and then
    shown = {"items": some, "total": draw(amounts(currency)), "currency": currency, "note": draw(values)}
    other = draw(st.dictionaries(words, values | st.lists(values, max_size=3), max_size=4))
    name = draw(st.sampled_from([*sorted(MAY_START_MAIL), "order_completed", "customer_created"]))
    return EventMessage(name, draw(ids), draw(emails), draw(times), {**other, **shown})


@st.composite
def orders(draw: st.DrawFn) -> OrderMessage:
    currency = draw(st.sampled_from(list(EXPONENTS)))
    quantity = st.integers(0, 1000) | st.floats(0, 100)
    line = st.fixed_dictionaries(
        {"product_id": ids | st.just(""), "variant_id": ids | st.just(""), "quantity": quantity},
        optional={"price": amounts(currency) | st.none()},
    )
    keys = st.sampled_from(["address", "city", "country", "country_code", "postcode", "phone", "region", "name"])
    return OrderMessage(
        order_id=draw(ids),
        email=draw(emails),
        status=draw(words),
        amount=draw(amounts(currency)),
        currency=currency,
        created_at=draw(times),
        updated_at=draw(times),
        products=tuple(draw(st.lists(line, max_size=4))),
        coupons=tuple(draw(st.lists(words, max_size=3))),
        billing=draw(st.dictionaries(keys, words, max_size=5)),
        shop=draw(words),
    )


contacts = st.builds(
    ContactMessage,
    email=emails,
    strength=st.sampled_from(Strength),
    may_market=st.booleans(),
    attributes=st.dictionaries(st.sampled_from(["FIRSTNAME", "sms", "AOV", "TAGS", "VIP"]), values, max_size=5),
    lists_add=roles,
    lists_remove=roles,
    ext_id=words,
    is_opted_out=st.booleans(),
    may_text=st.none() | st.booleans(),
)


def wrong(brevo: Brevo) -> list[str]:
    """Everything the contract has against what was sent."""
    return [
        f"{call.method} {call.path}: {error}"
        for call in brevo.calls
        if call.method != "GET"
        for error in brevo_contract.errors(call.method, call.path, call.body)
    ]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(message=events() | orders() | contacts, is_there=st.booleans())
def test_no_body_breaks_the_contract(message: Message, is_there: bool) -> None:
    brevo = Brevo(contacts={message.email: Contact(True)} if is_there else {})
    with on_the_wire(brevo):
        account = BrevoAccount("brevo", KEY, URL)
        destination = BrevoDestination(requests.Session(), {"brevo": account}, NoMeter(), brevo.clock)
        stored = from_json(kind_of(message), to_json(message))
        destination.send(SHOP, stored)
        destination.send(SHOP, stored)
    assert wrong(brevo) == []


def test_preparing_an_account_does_not_either() -> None:
    brevo = Brevo()
    with on_the_wire(brevo):
        exchange = Exchange(requests.Session(), BrevoAccount("brevo", KEY, URL), NoMeter())
        for name, type_ in setup.wanted_attributes({"orders_count": "ORDER_COUNT", "date_created": "SIGNUP"}).items():
            setup.make_attribute(exchange, name, type_)
        assert setup.make_list(exchange, "Abandoned") == 8
        assert setup.make_list(exchange, "Another") == 9
        setup.send_test_event(exchange, "a@shop.example", "e1", brevo.clock())
    assert wrong(brevo) == []
    assert brevo.folders == {1: "Tajo"}
    assert brevo.attributes["ORDER_COUNT"] == "float"


@pytest.mark.parametrize(
    ("why", "path", "body"),
    [
        ("a name with a space", "/events", {"event_name": "cart updated", "identifiers": {"email_id": "a@b.c"}}),
        ("nobody", "/events", {"event_name": "x", "identifiers": {}}),
        ("a typing error", "/contacts", {"email": "a@b.c", "updateEnable": True}),
        ("an amount as text", "/orders/status", {"id": "1", "amount": "10,50"}),
    ],
)
def test_the_contract_finds_mistakes(why: str, path: str, body: dict[str, Any]) -> None:
    assert brevo_contract.errors("POST", path, body), why
