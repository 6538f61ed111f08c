"""One Brevo at the wire, one account, one shop."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import requests

from collector.destinations.brevo.client import BrevoAccount
from collector.destinations.brevo.destination import BrevoDestination
from collector.destinations.brevo.limits import NoMeter
from collector.domain.events import Strength
from collector.domain.messages import ContactMessage, EventMessage, OrderMessage
from collector.domain.shop import Policy, Sending, Shop

from .wire import KEY, NOW, URL, Brevo, on_the_wire

SHOP = Shop(
    1,
    "woocommerce",
    "mug.example",
    "https://mug.example",
    "site",
    sending=Sending.LIVE,
    policy=Policy(account="brevo", lists={"all_customers": 5, "buyers": "buyers"}, event_names={"page_viewed": "seen"}),
)
ACCOUNT = BrevoAccount("brevo", KEY, URL)


@pytest.fixture
def brevo() -> Iterator[Brevo]:
    with on_the_wire(Brevo()) as wire:
        yield wire


@pytest.fixture
def destination(brevo: Brevo) -> BrevoDestination:
    return BrevoDestination(requests.Session(), {"brevo": ACCOUNT}, NoMeter(), brevo.clock)


def contact(strength: Strength = Strength.TYPED, **more: Any) -> ContactMessage:
    return ContactMessage(**{"email": "anna+mug@shop.example", "strength": strength, "may_market": True, **more})


def event(event: str = "cart_updated", number: int = 1, at: datetime = NOW, **more: Any) -> EventMessage:
    plain: dict[str, Any] = {"event": event, "event_id": f"e{number}", "email": "anna@shop.example", "occurred_at": at}
    return EventMessage(**plain | more)


def order(**more: Any) -> OrderMessage:
    plain: dict[str, Any] = {
        "order_id": "41",
        "email": "anna@shop.example",
        "status": "processing",
        "amount": 34.87,
        "currency": "EUR",
        "created_at": NOW,
        "updated_at": NOW,
        "products": ({"product_id": "13", "variant_id": "14", "quantity": 2, "price": 12.5},),
        "shop": "mug.example",
    }
    return OrderMessage(**plain | more)
