"""What a row says that other work has to look at: it is called before its time. In the transaction of the batch."""

from __future__ import annotations

from datetime import datetime

from collector.domain.events import EventType
from collector.domain.jobs import RECONCILING, REREADING, SUBSCRIPTIONS, SYNCING, of_shop
from collector.domain.rereading import SETTLES
from collector.domain.shop import Shop
from collector.domain.shop_facts import ErrorSent, ReadAgain, ShopNoticed
from collector.domain.state_ports import StateTransaction
from collector.domain.timestamps import to_text

# What is noticed -> which of the shop's jobs should look.
CALLED = {"permissions": (SUBSCRIPTIONS,), "import": (SYNCING, RECONCILING), "theme": ()}


class CallingJobs:
    def __init__(self, tx: StateTransaction, shop: Shop) -> None:
        self._tx = tx
        self._shop = shop

    def read_again(self, fact: ReadAgain, received_at: datetime) -> None:
        """In a moment: more bodies about the same record may be on their way. Or when it is due."""
        due_at = received_at + SETTLES
        if fact.due_at is not None:
            due_at = max(due_at, fact.due_at)
        self._tx.rereads.note(self._shop.id, fact.kind, fact.id, due_at)
        self._tx.jobs.bring_forward(of_shop(REREADING, self._shop.id), due_at)

    def error_sent(self, fact: ErrorSent, received_at: datetime) -> None:
        """The guardian looks at once, the first time: whose right is missing, and what can be done."""
        shop_id = self._shop.id
        is_first = self._tx.faults.note(shop_id, fact.webhook_id, fact.topic, fact.code, received_at)
        if is_first and fact.needs_rights:
            self._tx.jobs.bring_forward(of_shop(SUBSCRIPTIONS, shop_id), received_at)

    def noticed(self, fact: ShopNoticed, received_at: datetime) -> None:
        for kind in CALLED.get(fact.what, ()):
            self._tx.jobs.bring_forward(of_shop(kind, self._shop.id), received_at)
        if fact.what == "theme":
            event_id = f"theme_published:{fact.detail}:{to_text(fact.occurred_at)}"
            self._tx.visits.add_event(
                self._shop.id,
                event_id,
                EventType.THEME_PUBLISHED,
                fact.occurred_at,
                received_at,
                {"theme_id": fact.detail},
            )
