"""Every hold, drop, skip and send with its reason: what `tajo explain` prints. Only appended to."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from collector.domain.decisions import DecisionRow
from collector.domain.timestamps import from_text, to_text
from collector.storage.sqlite.statements import statements

_SQL = statements("decisions")


class Decisions:
    """Single statements: `append` belongs into the transaction that writes the outbox."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def append(self, decision: DecisionRow) -> int:
        """The new id."""
        given = {
            "shop_id": decision.shop_id,
            "person": decision.person,
            "cart": decision.cart,
            "generation": decision.generation,
            "kind": decision.kind,
            "step": decision.step,
            "decided_at": to_text(decision.decided_at),
            "outcome": decision.outcome,
            "reason": decision.reason,
            "truth": decision.truth,
            "detail": json.dumps(dict(decision.detail)),
        }
        (decision_id,) = self._connection.execute(_SQL["append"], given).fetchone()
        return int(decision_id)

    def of_person(self, shop_id: int, person: int, limit: int = 100) -> Sequence[DecisionRow]:
        """Newest first."""
        return self._rows("of_person", {"shop_id": shop_id, "person": person, "limit": limit})

    def of_cart(self, shop_id: int, cart: int, limit: int = 100) -> Sequence[DecisionRow]:
        """Newest first, all generations."""
        return self._rows("of_cart", {"shop_id": shop_id, "cart": cart, "limit": limit})

    def of_shop(self, shop_id: int, limit: int = 100) -> Sequence[DecisionRow]:
        """Newest first."""
        return self._rows("of_shop", {"shop_id": shop_id, "limit": limit})

    def _rows(self, statement: str, given: Mapping[str, int]) -> list[DecisionRow]:
        return [_decision(raw) for raw in self._connection.execute(_SQL[statement], given)]


def _decision(raw: tuple[Any, ...]) -> DecisionRow:
    (row_id, shop_id, person, cart, generation, kind, step, decided_at, outcome, reason, truth, detail) = raw
    return DecisionRow(
        shop_id,
        kind,
        from_text(decided_at),
        outcome,
        reason,
        truth,
        person,
        cart,
        generation,
        step,
        json.loads(detail),
        row_id,
    )
