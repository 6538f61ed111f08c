"""An account that refuses everything stands still and loses nothing; the others go on; cured, it goes on by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from collector.destinations.brevo.client import BrevoAccount
from collector.destinations.brevo.destination import BrevoDestination
from collector.domain.outbox import State
from collector.domain.shop import Secrets, Shop
from collector.sandbox.brevo.dates import written
from collector.sandbox.brevo.state import DEFAULT_KEY
from collector.storage.sqlite.secret_box import SecretBox
from collector.storage.sqlite.shops import NewShop, Shops
from collector.worker.deliver import Delivering
from tests.destinations.brevo.wire import NOW
from tests.destinations.brevo.wire import Brevo as Clocked
from tests.pipeline.delivering import POLICY, Rig, contact, event
from tests.sandbox.brevo_client import Brevo, Wire

OURS, THEIRS = "https://ours.example", "https://theirs.example"
PEOPLE = 4


@dataclass
class Accounts:
    """Two shops, each with an account of its own, in one worker."""

    rig: Rig
    ours: Brevo
    theirs: Brevo
    delivering: Delivering

    def tell(self, shop_id: int, account: str, number: int) -> None:
        email = f"p{number}@shop.example"
        contact_id = self.rig.add(contact(email), shop_id=shop_id, account=account)
        told = event(number, "cart_abandoned", email, total=12.5)
        self.rig.add(told, shop_id=shop_id, account=account, needs=contact_id)

    def pass_by(self, longest: timedelta) -> None:
        end = self.rig.clock.now + longest
        while self.rig.clock.now < end and self.rig.outbox.states().get(State.WAITING):
            for brevo in (self.ours, self.theirs):
                brevo.clock.now = self.rig.clock.now
            done = self.delivering.turn(self.rig.clock.now)
            self.rig.clock.pass_by(milliseconds=250 if done else 1000)

    def arrived(self, brevo: Brevo) -> list[str]:
        return sorted(one["email"] for one in brevo.seen("events")["events"])


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Accounts]:
    rig = Rig(tmp_path, Clocked())
    ours, theirs = Brevo(tier="general"), Brevo(tier="general")
    for brevo in (ours, theirs):
        brevo.client.post("/v3/contacts", json={"email": "x@y.example"}, headers={"api-key": DEFAULT_KEY})
    http = requests.Session()
    http.mount(OURS, Wire(ours))
    http.mount(THEIRS, Wire(theirs))
    opened = {
        "brevo": BrevoAccount("brevo", DEFAULT_KEY, f"{OURS}/v3"),
        "brevo:b": BrevoAccount("brevo:b", DEFAULT_KEY, f"{THEIRS}/v3"),
    }
    stored = Shops(rig.state, SecretBox(["a key"]), lambda *_: POLICY)
    second = stored.install(NewShop("shopify", "b.example", "https://b.example", "site-key-2", Secrets()), NOW)
    assert rig.shop is not None
    shops: dict[int, Shop] = {
        rig.shop_id: replace(rig.shop, policy=replace(POLICY, lists={})),
        second.id: replace(rig.shop, id=second.id, policy=replace(POLICY, account="brevo:b", lists={})),
    }
    services = replace(
        rig.services,
        shop=shops.get,
        destination=BrevoDestination(http, opened, rig.meter, rig.clock),
    )
    made = Accounts(rig, ours, theirs, Delivering(services, rig.outbox.accounts_due))
    for number in range(PEOPLE):
        made.tell(rig.shop_id, "brevo", number)
        made.tell(second.id, "brevo:b", number)
    yield made
    rig.state.close()


def post(brevo: Brevo, what: str, body: dict[str, Any]) -> None:
    assert brevo.client.post(f"/_sandbox/{what}", json=body).status_code < 300


def key_is(**rights: Any) -> Callable[[Brevo], None]:
    return lambda brevo: post(brevo, "keys", {"key": DEFAULT_KEY, **rights})


def blocked(brevo: Brevo) -> None:
    post(brevo, "fail", {"mode": "ip_block"})


def healed(brevo: Brevo) -> None:
    brevo.client.delete("/_sandbox/fail")


def status(number: int) -> Callable[[Brevo], None]:
    return lambda brevo: post(brevo, "fail", {"mode": str(number)})


@pytest.mark.parametrize(
    ("why", "stop", "cure", "reason", "says"),
    [
        ("401: a key that is gone", key_is(gone=True), key_is(), "key_refused", "BREVO_API_KEY"),
        ("an expired key", key_is(expires_at=written(NOW)), key_is(), "key_expired", "Make a new key"),
        ("403: a key without the scope", key_is(scopes=["account:read"]), key_is(), "not_permitted", "scopes"),
        ("403 on everything", status(403), healed, "not_permitted", "scopes"),
        ("402", status(402), healed, "plan_exhausted", "plan and credits"),
        ("an IP block", blocked, healed, "ip_refused", "Authorised IPs"),
    ],
)
def test_one_account_stands_still_and_the_other_goes_on(
    accounts: Accounts,
    why: str,
    stop: Callable[[Brevo], None],
    cure: Callable[[Brevo], None],
    reason: str,
    says: str,
) -> None:
    everybody = sorted(f"p{number}@shop.example" for number in range(PEOPLE))
    stop(accounts.ours)
    accounts.pass_by(timedelta(minutes=20))
    assert accounts.arrived(accounts.theirs) == everybody, why
    assert accounts.arrived(accounts.ours) == [], why
    (stopped,) = accounts.rig.outbox.stopped()
    assert (stopped.account, stopped.reason, stopped.waiting) == ("brevo", reason, 2 * PEOPLE)
    assert stopped.failure.startswith("Brevo 40")
    assert says in stopped.cure
    asked = sum(accounts.ours.seen("requests")["counts"].values())
    assert asked < 40, "it is tried now and then, not without end"

    cure(accounts.ours)
    accounts.pass_by(timedelta(minutes=20))
    assert accounts.arrived(accounts.ours) == everybody, f"{why}: nothing is lost"
    assert accounts.ours.seen("events")["twice"] == {}
    assert accounts.rig.outbox.states() == {State.DONE: 4 * PEOPLE}
    assert accounts.rig.outbox.stopped() == []


def test_a_quick_cure_is_noticed_within_seconds(accounts: Accounts) -> None:
    blocked(accounts.ours)
    accounts.pass_by(timedelta(seconds=3))
    healed(accounts.ours)
    accounts.pass_by(timedelta(seconds=15))
    assert accounts.rig.outbox.states() == {State.DONE: 4 * PEOPLE}
