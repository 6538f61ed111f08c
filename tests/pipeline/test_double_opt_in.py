"""Double opt-in: who is asked, who is not, what a click proves, and that until then the answer is no."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from collector.destinations.brevo import setup
from collector.destinations.brevo.client import BrevoAccount, Exchange
from collector.destinations.brevo.confirmations import LIST
from collector.destinations.brevo.destination import BrevoDestination
from collector.destinations.brevo.limits import BudgetMeter, NoMeter
from collector.domain.door import Lane, NewRow
from collector.domain.errors import OutcomeUnknown
from collector.domain.messages import ConfirmationMessage, from_json, to_json
from collector.domain.outbox import OutboxRow, State
from collector.domain.reasons import Reason
from collector.domain.shop import Shop
from collector.pipeline.deliver_fates import after_failure, trouble_of
from collector.pipeline.still_right import still_right
from collector.sandbox.brevo.state import DEFAULT_KEY
from collector.storage.sqlite.budgets import Budgets
from collector.storage.sqlite.outbox import Outbox
from tests.pipeline.leaving import ANAS, Leaving, notice
from tests.pipeline.row_builders import (
    ANA,
    BO,
    at,
    beacon,
    denial,
    shopify_checkout,
    shopify_customer,
    typed,
    woo_order,
)
from tests.pipeline.telling_bench import LIVE_SHOPIFY, LIVE_WOO, MUG, TellingBench, telling_bench, under
from tests.sandbox.brevo_client import session

DOI = {"double_opt_in_template": 7}
SHOP, WOO = under(LIVE_SHOPIFY, **DOI), under(LIVE_WOO, **DOI)
ACCOUNT = BrevoAccount("brevo", DEFAULT_KEY, "https://brevo.example/v3")
TICKS = beacon(0, ANA, typed(0, ANAS, opt_in=True))
SUBSCRIBED = {"state": "subscribed", "consent_updated_at": at(-5).isoformat()}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TellingBench]:
    with telling_bench(tmp_path_factory.mktemp("asking")) as found:
        yield found


@pytest.fixture
def it(files: TellingBench) -> Leaving:
    made = Leaving(files, shops=(WOO, SHOP))
    setup.make_list(Exchange(session(made.brevo), ACCOUNT, NoMeter()), LIST)
    return made


def questions(it: Leaving) -> list[OutboxRow]:
    return [row for row in it.bench.rows() if row.message.kind == "confirmation"]


def happen(it: Leaving, shop: Shop, minutes: float, *rows: NewRow) -> None:
    it.fold(*rows, shop=shop, now=minutes)


def deliver(it: Leaving, shop: Shop = SHOP) -> None:
    """What waits leaves, if it is still right."""
    destination = BrevoDestination(session(it.brevo), {"brevo": ACCOUNT}, NoMeter(), it.brevo.clock)
    outbox = Outbox(it.bench.files.connection)
    for row in questions(it):
        if row.state is State.WAITING and still_right(it.bench.state, shop, row, at(1)) is None:
            sent = destination.send(shop, from_json(row.message.kind, dict(row.message.payload)))
            outbox.done(row.id, at(1), sent.answer)


@pytest.mark.parametrize(
    ("why", "shop", "rows", "is_asked"),
    [
        ("a form with a tick was sent", SHOP, [TICKS], True),
        ("an order with a tick", WOO, [woo_order(0, "processing", MUG, meta={"_tajo_opt_in": "1"})], True),
        (
            "a checkout is still being filled in",
            SHOP,
            [shopify_checkout(0, MUG, email=ANAS, buyer_accepts_marketing=True)],
            False,
        ),
        ("no tick", SHOP, [beacon(0, ANA, typed(0, ANAS))], False),
        (
            "the shop's own record is an act by itself",
            SHOP,
            [shopify_customer(0, email_marketing_consent=SUBSCRIBED)],
            False,
        ),
        ("nobody is asked where no template is set", LIVE_SHOPIFY, [TICKS], False),
        (
            "nor where forms tell before they are sent",
            replace(SHOP, policy=replace(SHOP.policy, forms_are_submitted=False)),
            [TICKS],
            False,
        ),
        (
            "nor who is excluded",
            replace(SHOP, policy=replace(SHOP.policy, excluded_addresses=frozenset({ANAS}))),
            [TICKS],
            False,
        ),
        ("its link leads to where shoppers are", replace(SHOP, storefront="https://www.mugs.example"), [TICKS], True),
        ("an import asks nobody", SHOP, [replace(TICKS, lane=Lane.HISTORY)], False),
        ("who left is not asked: anybody may type an address", SHOP, [notice(-30, ANAS), TICKS], False),
        ("a refusal in the same browser", SHOP, [TICKS, denial(1, ANA)], True),
        ("a tick of the day before yesterday", SHOP, [beacon(-2900, ANA, typed(-2900, ANAS, opt_in=True))], False),
    ],
)
def test_who_is_asked(it: Leaving, why: str, shop: Shop, rows: list[NewRow], is_asked: bool) -> None:
    happen(it, shop, 2, *rows)
    found = questions(it)
    assert [row.message.payload for row in found] == (
        [{"email": ANAS, "template": 7, "redirect_url": shop.home}] if is_asked else []
    ), why
    assert it.basis(shop=shop) in (Reason.NO_MAIL_BASIS, Reason.OPTED_OUT, "opted_in"), why
    if is_asked:
        assert it.basis(shop=shop) is Reason.NO_MAIL_BASIS, "pending is no"
        assert ("pending", "double_opt_in") in it.acts(shop=shop)


@pytest.mark.parametrize(
    ("why", "then", "reason"),
    [
        ("nothing happened", [], None),
        ("she left meanwhile", [notice(5, ANAS)], "opted_out"),
        ("her browser refused", [denial(5, ANA)], "consent_denied"),
        ("the shop subscribed her", [shopify_customer(5, email_marketing_consent=SUBSCRIBED)], "confirmed"),
    ],
)
def test_the_question_is_looked_at_again_before_it_leaves(
    it: Leaving, why: str, then: list[NewRow], reason: str | None
) -> None:
    happen(it, SHOP, 2, TICKS, *then)
    (row,) = questions(it)
    assert still_right(it.bench.state, SHOP, row, at(6)) == reason, why


def test_an_address_is_asked_once_in_thirty_days_by_whichever_shop(it: Leaving) -> None:
    happen(it, SHOP, 0, TICKS)
    happen(it, WOO, 10, beacon(10, BO, typed(10, ANAS, opt_in=True)))
    happen(it, SHOP, 29 * 1440, beacon(29 * 1440, ANA, typed(29 * 1440, ANAS, opt_in=True)))
    assert len(questions(it)) == 1
    happen(it, WOO, 31 * 1440, beacon(31 * 1440, BO, typed(31 * 1440, ANAS, opt_in=True)))
    assert [row.message.shop_id for row in questions(it)] == [SHOP.id, WOO.id]


def test_a_question_that_never_left_may_be_asked_again(it: Leaving) -> None:
    happen(it, SHOP, 0, TICKS)
    (row,) = questions(it)
    outbox = Outbox(it.bench.files.connection)
    outbox.claim("brevo", "w", at(1), at(0), 10)
    outbox.finish(row.id, "w", State.SKIPPED, "expired", at(1))
    happen(it, SHOP, 10, beacon(10, ANA, typed(10, ANAS, opt_in=True)))
    assert len(questions(it)) == 2


def test_at_most_twenty_an_hour_leave_for_a_shop(it: Leaving) -> None:
    meter = BudgetMeter(Budgets(it.bench.files.connection), it.brevo.clock)
    destination = BrevoDestination(session(it.brevo), {"brevo": ACCOUNT}, meter, it.brevo.clock)
    message = ConfirmationMessage(ANAS, 7, "https://shop.example")
    family = destination.calls(SHOP, message)
    assert [meter.take("brevo", family) for _ in range(20)] == [0.0] * 20
    assert meter.take("brevo", family) > 0
    assert meter.take("brevo", destination.calls(WOO, message)) == 0.0, "another shop has its own twenty"
    it.brevo.clock.move(2 * 3600)
    assert meter.take("brevo", family) == 0.0


def click(it: Leaving, shops: tuple[Shop, ...] = (SHOP,), said: dict[str, object] | None = None) -> None:
    """In the mail; and Brevo's webhook arrives."""
    it.brevo.clock.now = at(30)
    assert it.brevo.client.post("/_sandbox/confirm", json={"email": ANAS}).status_code == 200
    number = next(one.id for one in it.brevo.account.lists.values() if one.name == LIST)
    row = notice(30, ANAS, "list_addition", **{"list_id": [number], "api_key_name": "", **(said or {})})
    for shop in shops:
        happen(it, shop, 30, row)


def test_the_click_is_the_permission_and_the_proof(it: Leaving) -> None:
    happen(it, SHOP, 0, TICKS)
    deliver(it)
    assert it.brevo.seen("confirmations")["confirmations"] == [
        {"email": ANAS, "includeListIds": [2], "templateId": 7, "redirectionUrl": SHOP.url}
    ]
    assert it.brevo.account.people.find("email", ANAS) is None, "nothing is known there before the click"
    click(it, (SHOP, WOO))
    assert it.basis(shop=SHOP) == "opted_in"
    assert it.basis(shop=WOO) is Reason.NO_MAIL_BASIS, "the other shop was not agreed to"
    confirmed = replace(SHOP, policy=replace(LIVE_SHOPIFY.policy, mail_proof="confirmed"))
    assert it.basis(shop=confirmed) == "opted_in"
    click(it)
    query = "select count(*) from consent_ledger where shop_id = ? and act = 'double_opt_in' and state = 'opted_in'"
    assert it.bench.files.connection.execute(query, [SHOP.id]).fetchone() == (1,)
    assert it.brevo.seen("violations")["count"] == 0


def test_a_click_whose_webhook_is_lost_is_read_back(it: Leaving) -> None:
    happen(it, SHOP, 0, TICKS)
    deliver(it)
    it.brevo.clock.now = at(30)
    it.brevo.client.post("/_sandbox/confirm", json={"email": ANAS})
    it.read(60)
    assert it.basis(shop=SHOP) == "opted_in"


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("another list", {"list_id": [1]}),
        ("a program put her there", {"api_key_name": "another program"}),
        ("before she was asked", {"ts_event": int(at(-60).timestamp())}),
    ],
)
def test_coming_onto_a_list_is_no_click(it: Leaving, why: str, said: dict[str, object]) -> None:
    happen(it, SHOP, 0, TICKS)
    deliver(it)
    click(it, said=said)
    assert it.basis(shop=SHOP) is Reason.NO_MAIL_BASIS, why


def test_nobody_was_asked_so_nothing_is_confirmed(it: Leaving) -> None:
    happen(it, SHOP, 0, notice(0, ANAS, "list_addition", list_id=[2], api_key_name=""))
    assert it.acts(shop=SHOP) == set()


def test_leaving_after_the_click_is_final(it: Leaving) -> None:
    happen(it, SHOP, 0, TICKS)
    deliver(it)
    click(it)
    happen(it, SHOP, 40, notice(40, ANAS), beacon(41, ANA, typed(41, ANAS, opt_in=True)))
    assert it.basis(shop=SHOP) is Reason.OPTED_OUT
    assert len(questions(it)) == 1


def test_a_question_that_may_have_left_is_not_sent_twice(it: Leaving) -> None:
    happen(it, SHOP, 0, TICKS)
    (row,) = questions(it)
    message = from_json(row.message.kind, dict(row.message.payload))
    trouble = trouble_of(replace(row, is_reclaimed=True, attempts=2), at(5))
    assert trouble.doubted_at is not None
    asked = replace(trouble, was_asked=True)
    found = after_failure(message, OutcomeUnknown("no answer"), asked, at(5), 0.5)
    assert found.state is State.UNKNOWN


def test_the_question_survives_the_outbox() -> None:
    message = ConfirmationMessage(ANAS, 7, "https://shop.example/thanks")
    assert from_json("confirmation", to_json(message)) == message


def test_folding_the_click_again_changes_nothing(it: Leaving) -> None:
    happen(it, SHOP, 0, TICKS)
    deliver(it)
    click(it)
    before = it.acts(shop=SHOP)
    happen(it, SHOP, 35, notice(35, ANAS, "list_addition", list_id=[2], api_key_name=""))
    assert it.acts(shop=SHOP) == before
