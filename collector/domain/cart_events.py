"""What a stored event says about its cart: its content, a step towards paying, or both."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from collector.domain.carts import CartFact, Snapshot, Stage, Step
from collector.domain.events import EventType
from collector.domain.items import items_from_json


def event_facts(type_: EventType, event_id: str, at: datetime, detail: dict[str, Any]) -> list[CartFact]:
    """The cart facts in one stored event."""
    facts: list[CartFact] = []
    if "items" in detail:
        facts.append(
            Snapshot(
                at,
                event_id,
                items_from_json(detail["items"]),
                detail.get("currency", ""),
                detail.get("total_minor"),
                detail.get("checkout_url", ""),
            )
        )
    if type_ is EventType.CHECKOUT_STARTED:
        stage = Stage.PAYMENT if detail.get("payment_running") else Stage.CHECKOUT
        facts.append(
            Step(
                at,
                event_id,
                stage,
                detail.get("checkout_token", ""),
                detail.get("recovery_url", ""),
                detail.get("checkout_url", ""),
                detail.get("order_id", ""),
            )
        )
    return facts
