"""The catalogue with real files and the local Brevo at the wire: its limits, its contract when there is one, a clock
somebody sets. Everything between a fact and Brevo's own list of products is the real thing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests

from collector.destinations.brevo.catalogue import BrevoCatalogue
from collector.destinations.brevo.client import BrevoAccount
from collector.destinations.brevo.limits import OTHER, BudgetMeter
from collector.domain.catalogue import CategorySeen, ProductSeen, VariantSeen
from collector.domain.catalogue_entries import CatalogueRules
from collector.domain.events import Fact
from collector.domain.shop import Policy, Secrets, Sending, Shop
from collector.pipeline.catalogue import CatalogueServices, Turn, accounts_due, tell_some
from collector.pipeline.folding import Folding
from collector.sandbox.brevo.state import DEFAULT_KEY
from collector.standards.currencies import IsoCurrencies
from collector.standards.money_text import MoneyText
from collector.storage.sqlite.budgets import Budgets
from collector.storage.sqlite.bulk_calls import BulkCalls
from collector.storage.sqlite.connection import open_state
from collector.storage.sqlite.secret_box import SecretBox
from collector.storage.sqlite.shops import NewShop, Shops
from collector.storage.sqlite.state import SqliteState

from ..sandbox.brevo_client import Brevo, session

URL = "https://brevo.example/v3"
NOON = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)  # when the local Brevo's clock begins
RULES = CatalogueRules(with_stock=True)
RTT_S = 0.05


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def product(number: int | str = 1, version: float = 0, **more: Any) -> ProductSeen:
    """Visible, with a price; a test names only what matters to it."""
    plain: dict[str, Any] = {
        "product_id": str(number),
        "version_at": at(version),
        "stated_at": at(version),
        "status": "publish",
        "is_visible": True,
        "name": f"Tea {number}",
        "price_minor": 1250,
    }
    return ProductSeen(**plain | more)


def variants(number: int | str, n: int) -> tuple[VariantSeen, ...]:
    return tuple(VariantSeen(f"{number}-{place}", f"Size {place}", price_minor=1000 + place) for place in range(n))


def category(number: int | str = 1, version: float = 0, name: str = "Tea", **more: Any) -> CategorySeen:
    return CategorySeen(str(number), at(version), at(version), name, **more)


def shop(number: int = 1, account: str = "brevo", rules: CatalogueRules = RULES, **more: Any) -> Shop:
    name = f"shop{number}.example"
    policy = Policy(account=account, catalogue=rules)
    plain = Shop(number, "woocommerce", name, f"https://{name}", f"site-{number}", sending=Sending.LIVE, policy=policy)
    return replace(plain, currency="EUR", **more)


Refusing = Callable[[dict[str, Any]], bool]


class Line(requests.Session):
    """The way to the local Brevo: each call takes a moment. `refuses`: bodies it will not take, alone or in a batch."""

    def __init__(self, brevo: Brevo) -> None:
        super().__init__()
        self.adapters = session(brevo).adapters
        self.refuses: Refusing = lambda body: False
        self.refused: list[list[dict[str, Any]]] = []
        self._brevo = brevo

    def send(self, request: requests.PreparedRequest, **how: Any) -> requests.Response:
        self._brevo.clock.move(RTT_S)
        body = json.loads(request.body or b"{}")
        named = [body] if "id" in body else body.get("products") or body.get("categories") or [body]
        if not any(self.refuses(one) for one in named):
            return super().send(request, **how)
        self.refused.append(named)
        response = requests.Response()
        response.status_code = 400
        response._content = b'{"code": "invalid_parameter", "message": "Input is not valid"}'
        return response


@cache
def fresh_file() -> bytes:
    """A new state file, made once: making it takes longer than most tests here."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "tajo.db")
        open_state(path, may_create=True).close()
        return path.read_bytes()


@dataclass
class Rig:
    """Change `shops` as a test needs."""

    folder: Path
    brevo: Brevo = field(default_factory=lambda: Brevo(tier="general"))
    shops: list[Shop] = field(default_factory=lambda: [shop()])
    keys: dict[str, str] = field(default_factory=lambda: {"brevo": DEFAULT_KEY})

    def __post_init__(self) -> None:
        (self.folder / "tajo.db").write_bytes(fresh_file())
        self.state: sqlite3.Connection = open_state(self.folder / "tajo.db")
        self.state.execute("pragma synchronous = off")  # nobody pulls the plug here
        stored = Shops(self.state, SecretBox(["a key"]), lambda *_: Policy())
        for one in self.shops:  # numbered as they come: 1, 2, …
            stored.install(NewShop(one.platform, one.address, one.url, one.site_key, Secrets()), NOON)
        self.store = SqliteState(self.state)
        self.clock = self.brevo.clock
        self.meter = BudgetMeter(Budgets(self.state), self.clock, shares={OTHER: 0.7})
        accounts = {name: BrevoAccount(name, key, URL) for name, key in self.keys.items()}
        self.line = Line(self.brevo)
        self.log = BulkCalls(self.state, self.clock)
        self.services = CatalogueServices(
            state=self.store,
            destination=BrevoCatalogue(self.line, accounts, self.meter, self.log.keep),
            shops=lambda: self.shops,
            major=MoneyText(IsoCurrencies()).major,
            clock=self.clock,
            pause=self.clock.move,
        )

    def fold(self, *facts: Fact, received_at: datetime | None = None, shop_number: int = 1) -> None:
        """One batch."""
        found = next(one for one in self.shops if one.id == shop_number)
        with self.store.write() as tx:
            folding = Folding(tx, found, lambda user_agent: "desktop")
            for fact in facts:
                folding.apply(fact, received_at or self.clock.now)
            folding.finish()

    def turn(self) -> Turn:
        """One turn of the first account that is due; an empty one when none is."""
        due = accounts_due(self.services, self.clock.now)
        return tell_some(self.services, due[0], self.clock.now) if due else Turn()

    def run(self, seconds: float = 300) -> list[Turn]:
        """The loop for so long, or until nothing is due."""
        end, turns = self.clock.now + timedelta(seconds=seconds), []
        self.clock.move(3)  # bodies about one thing are waited for
        while self.clock.now < end:
            due = accounts_due(self.services, self.clock.now)
            if not due and not self._waiting():
                break
            for account in due:
                turn = tell_some(self.services, account, self.clock.now)
                turns.append(turn)
                if turn.until is not None:
                    self.clock.now = max(self.clock.now, min(turn.until, end))
            self.clock.move(1)
        return turns

    def _waiting(self) -> bool:
        (n,) = self.state.execute(
            "select (select count(*) from products where due_at is not null)"
            " + (select count(*) from categories where due_at is not null)"
        ).fetchone()
        return bool(n)

    # what is there

    def products(self) -> dict[str, dict[str, Any]]:
        """By id, as Brevo keeps them; without the times of writing."""
        return {name: _plain(one) for name, one in self.brevo.account.products.items()}

    def categories(self) -> dict[str, dict[str, Any]]:
        return {name: _plain(one) for name, one in self.brevo.account.categories.items()}

    def calls(self) -> list[str]:
        return [call.path.removeprefix("/v3") for call in self.brevo.account.calls]

    def statuses(self) -> list[int]:
        return [call.status for call in self.brevo.account.calls]

    def one(self, query: str, *values: object) -> Any:
        row = self.state.execute(query, values).fetchone()
        return row[0] if row else None


def _plain(one: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in one.items() if name not in ("createdAt", "modifiedAt")}
