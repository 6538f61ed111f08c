"""Somebody who agrees, leaves at Brevo, and is heard of again and again: rows and readings to fold in any order."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any

from collector.destinations.brevo.blocked import BrevoReadBack
from collector.destinations.brevo.client import BrevoAccount
from collector.destinations.brevo.limits import NoMeter
from collector.domain.door import InboxRow, Lane, NewRow, RowKind
from collector.domain.events import Strength
from collector.domain.reasons import Reason
from collector.domain.shop import Shop
from collector.pipeline.addressing import Addressing
from collector.pipeline.fold import refold
from collector.pipeline.opt_outs import ReadBlockList, ReadContacts, ShareOptOuts
from collector.sandbox.brevo.state import DEFAULT_KEY
from collector.standards.addresses import StandardAddresses
from tests.pipeline.row_builders import at
from tests.pipeline.telling_bench import LIVE_SHOPIFY, LIVE_WOO, TellingBench
from tests.sandbox.brevo_client import Brevo, session

ANAS, NEW = "ana@shop.example", "ana@new.example"
BOTH = (LIVE_WOO, LIVE_SHOPIFY)  # one account


def notice(minutes: float, email: str | list[str], event: str = "unsubscribe", **said: Any) -> NewRow:
    """What Brevo tells at our door."""
    body = {"event": event, "email": email, "ts_event": int(at(minutes).timestamp()), **said}
    return NewRow(1, Lane.LIVE, RowKind.NOTICE, at(minutes), json.dumps(body).encode(), event)


def in_history(row: NewRow) -> NewRow:
    return replace(row, lane=Lane.HISTORY)


@cache
def one_brevo() -> Brevo:
    """Emptied for each story: making one anew takes longer than the story."""
    return Brevo()


@dataclass
class Leaving:
    """Two shops of one account over real files, and the account itself."""

    bench: TellingBench
    brevo: Brevo = field(default_factory=one_brevo)
    shops: Sequence[Shop] = BOTH

    def __post_init__(self) -> None:
        self.bench.begin()
        self.brevo.account.reset()
        self.brevo.clock.now = at(0)
        account = BrevoAccount("brevo", DEFAULT_KEY, "https://brevo.example/v3")
        accounts = {"brevo": account}
        self.read_back = BrevoReadBack(session(self.brevo), accounts, NoMeter(), StandardAddresses().email)

    def fold(self, *rows: NewRow, shop: Shop = LIVE_SHOPIFY, now: float = 60) -> None:
        """Into the state at once; the inbox, which waits for the disk, is left out."""
        for row in rows:
            arrived = InboxRow(
                1, shop.id, row.lane, row.kind, row.received_at, row.topic, row.delivery_id, row.facts, row.body
            )
            refold(self.bench.files.services, shop, arrived, "", at(now))

    def told(self, row: NewRow) -> None:
        """A notice goes to every shop of the account."""
        for shop in self.shops:
            self.fold(row, shop=shop)

    def read(self, minutes: float = 60) -> None:
        """Both lists of the account, from the beginning, and what one shop knows to the others."""
        now = at(minutes)
        block_list = ReadBlockList("brevo", self.bench.state, self.read_back, lambda _: self.shops)
        contacts = ReadContacts("brevo", self.bench.state, self.read_back, lambda _: self.shops)
        for job in (block_list, contacts):
            done = job.run({}, now)
            assert done.progress["is_whole"], done.said
        self.share(now)

    def share(self, now: datetime) -> None:
        ShareOptOuts(self.bench.state, lambda: self.shops).run({}, now)

    def basis(self, email: str = ANAS, shop: Shop = LIVE_SHOPIFY) -> str | Reason:
        with self.bench.state.read() as tx:
            return Addressing(tx, shop).by_email(email, Strength.TYPED).basis

    def acts(self, email: str = ANAS, shop: Shop = LIVE_SHOPIFY) -> set[tuple[str, str]]:
        """(state, act) of the ledger, that of other addresses left out."""
        query = "select state, act from consent_ledger where shop_id = ? and subject = ?"
        return set(self.bench.files.connection.execute(query, [shop.id, email]).fetchall())


Step = Callable[[Leaving], None]
