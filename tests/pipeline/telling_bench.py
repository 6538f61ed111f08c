"""Rows folded live for a shop that tells, time passing, and what stands in the outbox afterwards, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from collector.domain.door import Lane, NewRow
from collector.domain.errors import SourceUnavailable
from collector.domain.events import OrderState
from collector.domain.shop import Policy, Sending, Shop
from collector.domain.state_ports import StateStore, StateTransaction
from collector.domain.truth import KnownOrder, Question, Truth
from collector.pipeline.evaluate import EvaluateServices, evaluate_some
from collector.pipeline.fold import fold_some
from collector.standards.currencies import IsoCurrencies
from collector.standards.money_text import MoneyText
from collector.storage.sqlite.outbox import Outbox
from collector.storage.sqlite.state import SqliteState
from tests.pipeline.fold_bench import SHOPIFY, WOO, FoldBench, fold_bench
from tests.pipeline.row_builders import at, for_shop

ACTIVATED = at(-1000)
MUG, POT, TEA = "11", "12", "13"
POLICY = Policy(
    account="brevo",
    lists={"all_customers": 1, "buyers": 2, "abandoned_cart": 3},
    mail_notice_since=date(2020, 1, 1),
)
DISPLAY = MoneyText(IsoCurrencies())
LIVE_WOO = replace(WOO, sending=Sending.LIVE, activated_at=ACTIVATED, policy=POLICY)
LIVE_SHOPIFY = replace(SHOPIFY, sending=Sending.LIVE, activated_at=ACTIVATED, policy=POLICY)


def under(shop: Shop = LIVE_WOO, **settings: Any) -> Shop:
    """The shop with other settings."""
    return replace(shop, policy=replace(shop.policy, **settings))


@dataclass
class ScriptedShop:
    """domain.truth.TruthCheck: a shop that answers what the test says, and remembers the questions."""

    is_open: bool = True  # there are credentials
    is_away: bool = False
    orders: tuple[KnownOrder, ...] = ()
    unavailable: frozenset[tuple[str, str]] = frozenset()
    questions: list[Question] = field(default_factory=list)

    def has_access(self, shop: Shop) -> bool:
        return self.is_open

    def ask(self, shop: Shop, question: Question) -> Truth:
        self.questions.append(question)
        if self.is_away:
            raise SourceUnavailable("the shop did not answer")
        known = tuple(order for order in self.orders if order.created_at >= question.since)
        return Truth(known, self.unavailable)


class TellingBench:
    def __init__(self, files: FoldBench) -> None:
        self.files = files
        self.shop = LIVE_WOO
        self.records = ScriptedShop()
        self.state: StateStore = SqliteState(files.connection)

    def begin(self, shop: Shop = LIVE_WOO) -> None:
        """Forget everything."""
        self.files.fold(shop, [])
        self.shop, self.records = shop, ScriptedShop()
        self.state = SqliteState(self.files.connection)

    @property
    def evaluation(self) -> EvaluateServices:
        records = {"woocommerce": self.records, "shopify": self.records}
        return EvaluateServices(self.files.reader, self.state, records, DISPLAY, lambda shop, key: f"back-to-{key}")

    def arrive(self, *rows: NewRow) -> None:
        """Into the inbox, and not further."""
        self.files.inbox.append_many(for_shop(self.shop.id, rows))

    def fold(self, now: datetime, lane: Lane = Lane.LIVE, limit: int = 200) -> None:
        services = replace(self.files.services, state=self.state)
        while fold_some(services, self.shop, lane, now, limit):
            pass

    def happen(self, *rows: NewRow, lane: Lane = Lane.LIVE) -> None:
        """Arrive and be folded at once, each when it arrives."""
        for row in rows:
            self.arrive(replace(row, lane=lane))
            self.fold(row.received_at, lane)

    def pass_until(self, minutes: float) -> None:
        """Everything due by then is decided, at that moment."""
        self.evaluate(at(minutes))

    def evaluate(self, now: datetime) -> None:
        for _ in range(20):
            if not evaluate_some(self.evaluation, self.shop, now):
                return
        raise AssertionError("something is due for ever")

    def told(self, state: str = "waiting") -> list[str]:
        """The outbox in order: `ana cart_updated`, `ana contact typed +buyers`, `ana order paid`."""
        return [
            _in_words(row.message.kind, row.message.payload) for row in self.rows() if state in (row.state.value, "any")
        ]

    def events(self, state: str = "waiting") -> list[str]:
        """The same, only events."""
        return [one for one in self.told(state) if " contact " not in one and " order " not in one]

    def rows(self) -> list[Any]:
        return list(Outbox(self.files.connection).rows(limit=1000))

    def sent(self, event: str) -> list[Mapping[str, Any]]:
        """Payloads of an event."""
        return [row.message.payload for row in self.rows() if row.message.event_name == event]

    def one(self, event: str) -> Mapping[str, Any]:
        """The properties of the only one there is."""
        (payload,) = self.sent(event)
        return dict(payload["properties"])

    def decided(self) -> list[str]:
        """`cart remind due`, in order."""
        query = "select kind, outcome, reason from decisions order by id"
        return [" ".join(row) for row in self.files.connection.execute(query)]

    def deliver(self) -> None:
        """Everything waiting has left."""
        for row in self.rows():
            Outbox(self.files.connection).done(row.id, at(0))

    def everything(self) -> list[Any]:
        """All that is told, decided and remembered, without row numbers."""
        rows = self.files.connection.execute(
            """select o.message_key, o.kind, o.payload, o.created_at, o.due_at, o.expires_at, o.state, o.reason,
            n.message_key from outbox o left join outbox n on n.id = o.needs order by o.id"""
        ).fetchall()
        rows += self.files.connection.execute(
            "select kind, step, decided_at, outcome, reason, truth, detail from decisions order by id"
        ).fetchall()
        rows += self.files.connection.execute(
            "select effect, email, decided_at, recovered_at from reminders order by id"
        ).fetchall()
        rows += self.files.connection.execute("select cart, generation, email from cart_told").fetchall()
        return [list(row) for row in rows]


def _in_words(kind: str, payload: Mapping[str, Any]) -> str:
    who = payload["email"].partition("@")[0]
    if kind == "contact":
        lists = [f"+{name}" for name in payload["lists_add"]] + [f"-{name}" for name in payload["lists_remove"]]
        blocked = [] if payload["may_market"] else ["blocked"]
        return " ".join([who, "contact", payload["strength"], *blocked, *lists])
    return f"{who} order {payload['status']}" if kind == "order" else f"{who} {payload['event']}"


@contextmanager
def telling_bench(folder: Path) -> Iterator[TellingBench]:
    with fold_bench(folder) as files:
        yield TellingBench(files)


class Crash(BaseException):
    """The process is gone."""


class DyingState:
    """ports.StateStore of a process that dies at its n-th transaction: before it is kept, or right after."""

    def __init__(self, state: StateStore, at_transaction: int, *, before_keeping: bool) -> None:
        self._state = state
        self._left = at_transaction
        self._before = before_keeping

    def read(self) -> AbstractContextManager[StateTransaction]:
        return self._state.read()

    def write(self) -> AbstractContextManager[StateTransaction]:
        return self._write()

    @contextmanager
    def _write(self) -> Iterator[StateTransaction]:
        self._left -= 1
        with self._state.write() as tx:
            yield tx
            if self._left == 0 and self._before:
                raise Crash
        if self._left == 0:
            raise Crash


def known_order(minutes: float, *products: str, number: str = "99") -> KnownOrder:
    return KnownOrder(number, OrderState.PAID, at(minutes), "ana@shop.example", "", frozenset(products))


def gone(*names: str) -> frozenset[tuple[str, str]]:
    return frozenset((name, "") for name in names)
