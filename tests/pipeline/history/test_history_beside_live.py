"""History and live messages about the same people and orders: Brevo ends with the newest, whatever overtakes what."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from collector.domain.door import Lane
from collector.domain.errors import DeliveryFailed, OutcomeUnknown, Remedy
from collector.domain.history import CONTACT, ContactPage, ImportKind, ProcessSeen, SeenContact
from collector.domain.messages import ContactMessage, OrderMessage
from collector.domain.shop import Shop
from tests.pipeline.history.rig import Rig, rig
from tests.pipeline.history.test_history_imports import MANY, at_brevo, consent, order, people, person


@pytest.fixture
def history(tmp_path: Path) -> Iterator[Rig]:
    with rig(tmp_path) as found:
        yield found


@dataclass
class LateBulk:
    """Brevo's bulk calls, where an import is carried out only later: after whatever happens until `land`."""

    own: Any
    held: list[Callable[[], object]] = field(default_factory=list)
    before_sending: Callable[[], object] = lambda: None
    fails: list[Exception] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.own, name)

    def import_contacts(self, shop: Shop, contacts: list[ContactMessage], kind: ImportKind) -> str:
        self.before_sending()
        if self.fails:
            raise self.fails.pop(0)
        self.held.append(lambda: self.own.import_contacts(shop, contacts, kind))
        return str(len(self.held))

    def send_orders(self, shop: Shop, orders: list[OrderMessage]) -> str:
        if self.fails:
            raise self.fails.pop(0)
        return str(self.own.send_orders(shop, orders))

    def process(self, shop: Shop, reference: str) -> ProcessSeen:
        return ProcessSeen(not self.held, True)

    def land(self) -> None:
        for late in self.held:
            late()
        self.held.clear()

    def contacts(self, shop: Shop, place: int) -> ContactPage:
        found: ContactPage = self.own.contacts(shop, place)
        return found


def late(history: Rig) -> LateBulk:
    history.bulk = LateBulk(history.bulk)  # type: ignore[assignment]
    history.job = history.new_job()
    bulk: Any = history.bulk
    return bulk  # type: ignore[no-any-return]


def until_held(history: Rig, bulk: LateBulk) -> None:
    """Until an import is on its way."""
    for _ in range(60):
        if bulk.held:
            return
        history.clock.move(10)
        history.step()
    raise AssertionError("no import left")


def test_a_live_change_that_overtakes_an_import_is_what_stays(history: Rig) -> None:
    bulk = late(history)
    history.imported(*people())
    until_held(history, bulk)
    history.live(person(5, 70, first_name="New"))
    for _ in range(20):
        history.deliver()
        history.clock.move(1)
    assert history.there("p5@shop.example").attributes["FIRSTNAME"] == "New", "told live at once"
    bulk.land()
    assert history.there("p5@shop.example").attributes["FIRSTNAME"] == "P5", "the import came later, and was older"
    history.run()
    assert history.there("p5@shop.example").attributes["FIRSTNAME"] == "New"


def test_who_leaves_while_an_import_is_put_together_is_not_in_it(history: Rig) -> None:
    bulk = late(history)
    for number in range(1, MANY + 1):
        consent(history, f"p{number}@shop.example", "opted_in", -60)
    history.imported(*people())
    sending = history.new_job()
    history.job = sending
    own_fill = history.state
    left: list[bool] = []

    class Leaving:
        """The store: between the last assignment and the last look, somebody leaves."""

        def read(self) -> Any:
            return own_fill.read()

        def write(self) -> Any:
            if (
                not left
                and history.files.connection.execute(
                    "select 1 from history_marks where subject = 'p7@shop.example' and batch is not null"
                ).fetchone()
            ):
                left.append(True)
                consent(history, "p7@shop.example", "opted_out", 65)
            return own_fill.write()

    services = history.job._services
    object.__setattr__(services, "state", Leaving())
    until_held(history, bulk)
    bulk.land()
    assert left
    imported = {row["email"] for body in history.imports() for row in body["jsonBody"]}
    assert "p7@shop.example" not in imported
    history.run()
    bulk.land()
    history.run()
    assert history.there("p7@shop.example").email_blacklisted


def test_who_leaves_while_an_import_is_on_its_way_is_blocked_after_it(history: Rig) -> None:
    bulk = late(history)
    history.imported(*people())
    for number in range(1, MANY + 1):
        consent(history, f"p{number}@shop.example", "opted_in", -60)
    until_held(history, bulk)
    consent(history, "p7@shop.example", "opted_out", 65)
    bulk.land()
    for _ in range(3):
        history.run(timedelta(hours=1))
        bulk.land()
    assert history.there("p7@shop.example").email_blacklisted
    assert not history.there("p8@shop.example").email_blacklisted


def test_a_live_message_that_waited_longer_than_an_import_is_not_older_than_it(history: Rig) -> None:
    history.is_delivering = False
    history.live(person(5, 50, first_name="Live"))
    history.imported(*people(), person(5, 55, first_name="Newer"))
    history.run(timedelta(minutes=20))
    assert history.there("p5@shop.example").attributes["FIRSTNAME"] == "Newer"
    history.is_delivering = True
    history.run()
    assert history.there("p5@shop.example").attributes["FIRSTNAME"] == "Newer"


def test_a_change_that_is_taken_back_by_an_import_is_told(history: Rig) -> None:
    history.imported(*people())
    history.run()
    history.live(person(5, 70, first_name="Other"))
    history.run()
    assert history.there("p5@shop.example").attributes["FIRSTNAME"] == "Other"
    history.imported(person(5, 80, first_name="P5"))
    history.run()
    assert history.there("p5@shop.example").attributes["FIRSTNAME"] == "P5", "as the import before, and told anew"


def test_an_order_waits_for_its_own_live_message(history: Rig) -> None:
    history.is_delivering = False
    history.live(person(1, 1), order(1, "processing", 2))
    history.imported(order(1, "completed", 30))
    history.run(timedelta(minutes=20))
    assert history.account.orders == {}
    history.is_delivering = True
    history.run()
    assert history.account.orders["1"]["status"] == "fulfilled"
    assert not [note for note in history.account.notes if note["kind"] == "older order ignored"]


def test_an_older_import_of_an_order_never_replaces_what_live_told(history: Rig) -> None:
    history.live(person(1, 1), order(1, "processing", 30))
    history.run()
    history.imported(order(1, "processing", 2))
    history.run()
    assert history.account.orders["1"]["updatedAt"] == "2026-11-21T12:30:00.000Z"
    assert not [note for note in history.account.notes if note["kind"] == "older order ignored"]


def test_a_live_change_of_an_order_from_before_the_activation_is_told_by_history(history: Rig) -> None:
    before = {"date_created_gmt": "2026-10-01T12:00:00", "date_paid_gmt": "2026-10-01T12:00:00"}
    history.imported(person(1), order(1, "processing", 2, **before))
    history.run()
    assert history.account.orders["1"]["status"] == "paid"
    history.live(order(1, "completed", 61, **before))
    history.run()
    assert history.account.orders["1"]["status"] == "fulfilled"
    assert history.account.orders["1"]["is_historical"]


@pytest.mark.parametrize(
    ("why", "failure"),
    [
        ("nobody knows whether it left", OutcomeUnknown("no answer")),
        ("Brevo is away", DeliveryFailed("502", remedy=Remedy.RETRY, reason="http_502")),
        ("the key is refused", DeliveryFailed("401", remedy=Remedy.STOP, reason="key_refused")),
        ("out of calls", DeliveryFailed("429", remedy=Remedy.WAIT, reason="budget", retry_after_s=400)),
        ("a body that is not taken", DeliveryFailed("400", remedy=Remedy.GIVE_UP, reason="invalid_parameter")),
    ],
)
def test_nothing_is_lost_by_a_failure(history: Rig, why: str, failure: Exception) -> None:
    bulk = late(history)
    bulk.fails.append(failure)
    history.imported(*people(), *(order(number) for number in range(1, 6)))
    for _ in range(8):
        history.run(timedelta(hours=1))
        bulk.land()
    assert all(history.contact(f"p{number}@shop.example") for number in range(1, MANY + 1)), why
    assert len(history.account.orders) == 5
    assert history.marks_waiting == 0


def test_one_order_that_is_never_taken_holds_up_no_other(history: Rig) -> None:
    history.imported(*people(), *(order(number) for number in range(1, 21)))
    own = history.bulk

    class Picky:
        def __getattr__(self, name: str) -> Any:
            return getattr(own, name)

        def send_orders(self, shop: Shop, orders: list[OrderMessage]) -> str:
            if any(one.order_id == "13" for one in orders):
                raise DeliveryFailed("400 order 13", remedy=Remedy.GIVE_UP, reason="invalid_parameter")
            return own.send_orders(shop, orders)

    history.bulk = Picky()  # type: ignore[assignment]
    history.job = history.new_job()
    history.run()
    assert sorted(history.account.orders, key=int) == [str(number) for number in range(1, 21) if number != 13]
    assert ("order", "refused", "refused") in history.decisions()
    assert history.marks_waiting == 0


def test_orders_wait_for_the_shop_app_and_contacts_do_not(history: Rig) -> None:
    history.account.is_ecommerce_active = False
    history.imported(*people(), *(order(number) for number in range(1, 6)))
    history.run(timedelta(minutes=30))
    assert history.contact("p5@shop.example")
    assert "e-commerce" in history.said.lower(), "and what to do is said"
    history.account.is_ecommerce_active = True
    history.run()
    assert len(history.account.orders) == 5


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("after_the_call", [False, True])
def test_a_crash_around_the_call_loses_nothing_and_harms_nobody(history: Rig, after_the_call: bool) -> None:
    own = history.bulk

    class Dying:
        is_dead = False

        def __getattr__(self, name: str) -> Any:
            return getattr(own, name)

        def import_contacts(self, shop: Shop, contacts: list[ContactMessage], kind: ImportKind) -> str:
            if not self.is_dead:
                self.is_dead = True
                if after_the_call:
                    own.import_contacts(shop, contacts, kind)
                raise Killed
            return own.import_contacts(shop, contacts, kind)

    history.bulk = Dying()  # type: ignore[assignment]
    history.job = history.new_job()
    history.imported(*people())
    consent(history, "p3@shop.example", "opted_in")
    with pytest.raises(Killed):
        history.run()
    consent(history, "p3@shop.example", "opted_out", 62)
    history.job = history.new_job()
    history.run()
    assert all(history.there(f"p{number}@shop.example").email_blacklisted for number in range(1, MANY + 1))
    assert history.marks_waiting == 0


def test_an_import_that_fails_at_brevo_is_told_again(history: Rig) -> None:
    own, answers = history.bulk, [ProcessSeen(False, True), ProcessSeen(True, False, "the import failed at Brevo")]

    class Failing:
        def __getattr__(self, name: str) -> Any:
            return getattr(own, name)

        def process(self, shop: Shop, reference: str) -> ProcessSeen:
            return answers.pop(0) if answers else own.process(shop, reference)

    history.bulk = Failing()  # type: ignore[assignment]
    history.job = history.new_job()
    history.imported(*people())
    history.run()
    assert len(history.imports()) == 2
    assert not answers
    assert history.marks_waiting == 0


def test_an_account_is_read_again_when_somebody_is_deleted_meanwhile(history: Rig) -> None:
    pages = [
        ContactPage(3, 2, (SeenContact("a@x.example", False), SeenContact("b@x.example", False))),
        ContactPage(2, 0, ()),
        ContactPage(2, 2, (SeenContact("b@x.example", False), SeenContact("p9@shop.example", True))),
    ]
    own = history.bulk

    class Paging:
        def __getattr__(self, name: str) -> Any:
            return getattr(own, name)

        def contacts(self, shop: Shop, place: int) -> ContactPage:
            return pages.pop(0)

    history.bulk = Paging()  # type: ignore[assignment]
    history.job = history.new_job()
    history.imported(*people())
    consent(history, "p9@shop.example", "opted_in")
    history.run()
    assert not pages
    assert history.there("p9@shop.example").email_blacklisted, "found in the second reading only"


@dataclass(frozen=True)
class Happening:
    what: str
    number: int
    minutes: int


happenings = st.lists(
    st.builds(
        Happening,
        what=st.sampled_from(
            ["import", "import", "live", "order", "old order", "leave", "agree", "leave there", "step", "run", "land"]
        ),
        number=st.integers(1, 4),
        minutes=st.integers(1, 55),
    ),
    min_size=3,
    max_size=25,
)


def end_of(history: Rig, story: list[Happening], there: set[int], is_many: bool) -> None:
    """Tell the story, let everything settle, and compare what Brevo has with what is newest."""
    for number in there:
        at_brevo(history, f"p{number}@shop.example", is_blocked=number % 2 == 0)
    bulk = late(history)
    if is_many:
        history.imported(*people(MANY, start=100))
    names: dict[int, tuple[int, str]] = {}
    orders: dict[int, int] = {}
    left = {number for number in there if number % 2 == 0}
    for place, one in enumerate(story):
        email = f"p{one.number}@shop.example"
        match one.what:
            case "import" | "live":
                name = f"N{one.minutes}"
                names[one.number] = max((one.minutes, name), names.get(one.number, (0, "")))
                lane = Lane.HISTORY if one.what == "import" else Lane.LIVE
                history.fold([person(one.number, one.minutes, first_name=name)], lane)
            case "order" | "old order":
                orders[one.number] = max(one.minutes, orders.get(one.number, 0))
                lane = Lane.LIVE if one.what == "order" else Lane.HISTORY
                history.fold([order(one.number, "processing", one.minutes)], lane)
            case "leave":  # as an import's record says
                consent(history, email, "opted_out", 60 + place)
                with history.state.write() as tx:
                    tx.history.mark(history.shop.id, CONTACT, email, email, history.clock.now)
                left.add(one.number)
            case "agree" if one.number not in left:
                consent(history, email, "opted_in", 60 + place)
            case "leave there" if (contact := history.contact(email)) is not None:
                contact.email_blacklisted = True
                consent(history, email, "opted_out", 60 + place)  # Brevo's notice tells us
                left.add(one.number)
            case "step":
                history.clock.move(40)
                history.step()
            case "run":
                history.run(timedelta(minutes=3))
            case "land":
                bulk.land()
    for _ in range(6):
        history.run(timedelta(hours=2))
        bulk.land()
    assert history.marks_waiting == 0
    for number, (_, name) in names.items():
        assert history.there(f"p{number}@shop.example").attributes["FIRSTNAME"] == name
    for number, minutes in orders.items():
        assert history.account.orders[str(number)]["updatedAt"] == f"2026-11-21T12:{minutes:02d}:00.000Z"
    for number in left & names.keys():  # of others nothing is told at all
        assert history.there(f"p{number}@shop.example").email_blacklisted
    assert history.account.violations == []
    assert "429" not in history.account.status_counts


SOME = settings(deadline=None, suppress_health_check=list(HealthCheck))
STORIES = (happenings, st.sets(st.integers(1, 4)), st.booleans())


@given(*STORIES)
@settings(SOME, max_examples=8)
def test_whatever_overtakes_what_brevo_ends_with_the_newest_and_who_left_stays_away(
    tmp_path_factory: pytest.TempPathFactory, story: list[Happening], there: set[int], is_many: bool
) -> None:
    with rig(tmp_path_factory.mktemp("story")) as history:
        end_of(history, story, there, is_many)


@pytest.mark.long
def test_hundreds_of_stories_end_the_same_way(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Three hundred, or as many as TAJO_TEST_MINUTES allow."""
    end = time.monotonic() + 60 * float(os.environ.get("TAJO_TEST_MINUTES", "10")) * 0.8
    for start in range(0, 300, 50):
        if time.monotonic() > end:
            break

        @seed(start)
        @given(*STORIES)
        @settings(SOME, max_examples=50, database=None)
        def ends_well(story: list[Happening], there: set[int], is_many: bool) -> None:
            with rig(tmp_path_factory.mktemp("story")) as history:
                end_of(history, story, there, is_many)

        ends_well()
