"""Evaluation: whatever is due is decided once, with its reason, and what is to be sent goes to the outbox with it.

Nothing is decided past what is folded: an order waiting in the inbox is seen before its cart is due. A reminder is
decided twice: once to find out whether the shop has to be asked, and again, after its answer, in the transaction
that writes it. No transaction is open while the shop is asked.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from collector.domain.abandonment import (
    LOOK_AGAIN,
    SHOP_PATIENCE,
    Decision,
    Drop,
    Hold,
    Remind,
    Wait,
    browse_due_at,
    decide_browse,
    decide_cart,
    due_at,
    steps_of,
)
from collector.domain.carts import CartState, tokens_of
from collector.domain.decisions import DecisionRow
from collector.domain.door import Lane
from collector.domain.errors import SourceUnavailable
from collector.domain.events import Item, OrderKind
from collector.domain.ports import InboxReader
from collector.domain.reasons import Reason
from collector.domain.shop import Sending, Shop
from collector.domain.state_ports import StateStore, StateTransaction
from collector.domain.telling import DueCart, DueVisit
from collector.domain.timestamps import to_text
from collector.domain.truth import KnownOrder, Question, Truth, TruthCheck
from collector.pipeline.cases import CartCase, Cases, VisitCase
from collector.pipeline.posting import is_telling
from collector.pipeline.properties import Display
from collector.pipeline.reminding import remind_of_cart, remind_of_visit

log = logging.getLogger(__name__)

BATCH = 50

# What a fault of ours, met by one case, looks like. The store's own errors concern every case: they go up.
CASE_FAULTS = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError, RecursionError)


@dataclass(frozen=True, slots=True)
class EvaluateServices:
    """`truth`: the shop's own records by platform.
    `recovery_token`: (shop, cart key) -> the signed part of a link back to the cart."""

    inbox: InboxReader
    state: StateStore
    truth: Mapping[str, TruthCheck]
    display: Display
    recovery_token: Callable[[Shop, str], str]


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking the shop. `note` goes into the decision: checked, no_access, unreachable, off."""

    note: str
    truth: Truth | None = None


def evaluation_clock(services: EvaluateServices, tx: StateTransaction, shop: Shop, now: datetime) -> datetime:
    """The earlier of now and the arrival of the oldest live row not yet folded."""
    generation = services.inbox.generation()
    after = tx.progress.cursor(shop.id, Lane.LIVE, generation)
    oldest = services.inbox.oldest_after(shop.id, Lane.LIVE, after)
    return min(now, oldest) if oldest is not None else now


def evaluate_some(services: EvaluateServices, shop: Shop, now: datetime, limit: int = BATCH) -> int:
    """Decide up to `limit` due carts and visits of one shop. Answers how many there were."""
    if shop.sending is Sending.OFF or not shop.is_enabled or shop.uninstalled_at is not None:
        return 0
    with services.state.write() as tx:
        clock = evaluation_clock(services, tx, shop, now)
        carts = tx.telling.due_carts(shop.id, clock, limit)
        visits = tx.telling.due_visits(shop.id, clock, limit)
    for due in carts:
        _guarded(services, shop, clock, due)
    for visit in visits:
        _guarded(services, shop, clock, visit)
    return len(carts) + len(visits)


def _guarded(services: EvaluateServices, shop: Shop, now: datetime, due: DueCart | DueVisit) -> None:
    """A case that makes our rules fail is pushed forward and reported; the others go on."""
    try:
        _evaluate(services, shop, now, due)
    except CASE_FAULTS:
        log.exception("due case pushed forward", extra={"shop_id": shop.id, "case": str(due)})
        with services.state.write() as tx:
            _check_again(tx, due, now + LOOK_AGAIN)


def _evaluate(services: EvaluateServices, shop: Shop, now: datetime, due: DueCart | DueVisit) -> None:
    check = services.truth.get(shop.platform)
    can_ask = check is not None and check.has_access(shop)
    with services.state.write() as tx:
        case, decision = _decide(services, tx, shop, now, due, can_ask)
        if case is None:
            return
        if not isinstance(decision, Remind):
            _write(services, tx, shop, now, case, decision, Asked("not_asked"))
            return
    asked = _ask(check, shop, case) if check is not None and can_ask and shop.policy.truth_check else None
    if asked is None:
        asked = Asked("off" if not shop.policy.truth_check else "no_access")
    with services.state.write() as tx:
        again, decision = _decide(services, tx, shop, now, due, can_ask)
        if again is None:
            return
        case, decision = _with_truth(tx, shop, again, decision, asked, now)
        _write(services, tx, shop, now, case, decision, asked)


def _decide(
    services: EvaluateServices,
    tx: StateTransaction,
    shop: Shop,
    now: datetime,
    due: DueCart | DueVisit,
    can_ask: bool,
) -> tuple[CartCase | VisitCase | None, Decision]:
    cases = Cases(tx, shop, now, can_ask_shop=can_ask)
    if isinstance(due, DueVisit):
        visit = cases.visit(due)
        return visit, decide_browse(visit.visit, visit.case.standing, now, shop.policy)
    case = cases.cart(due)
    if case is None:
        return None, Drop(Reason.CLOSED)
    cart = case.generation
    if cart.state is CartState.OPEN and case.step >= len(steps_of(shop.policy, cart.stage)):
        tx.telling.set_cart_check(due.cart, due.generation, None)  # every step was taken
        return None, Drop(Reason.CLOSED)
    value = services.display.major(cart.total_minor, cart.currency) if cart.total_minor is not None else None
    decision = decide_cart(
        cart,
        case.case.standing,
        now,
        shop.policy,
        step=case.step,
        last_activity_at=case.last_activity_at,
        value_major=value,
        is_outranked=case.is_outranked,
    )
    return case, decision


def _ask(check: TruthCheck, shop: Shop, case: CartCase | VisitCase) -> Asked:
    """One bounded look at the shop's own records. Outside of any transaction."""
    known = case.case.known
    emails = tuple(sorted(known.person_emails)) if known is not None else ()
    carts: tuple[str, ...] = ()
    checkouts: tuple[str, ...] = ()
    if isinstance(case, CartCase):
        since, items = case.generation.opened_at, case.generation.items
        carts, checkouts = tokens_of(case.key, case.generation.checkout_token)
    else:
        since = case.due.started_at
        items = tuple(
            Item(str(look.detail["product"]["id"]), 1, str(look.detail["product"].get("variant_id", "")))
            for look in case.products
        )
    try:
        question = Question(emails, case.case.customer_ids, since, items, carts, checkouts)
        return Asked("checked", check.ask(shop, question))
    except SourceUnavailable as problem:
        log.warning("shop could not be asked", extra={"shop_id": shop.id, "problem": str(problem)})
        return Asked("unreachable")


def _with_truth(
    tx: StateTransaction, shop: Shop, case: CartCase | VisitCase, decision: Decision, asked: Asked, now: datetime
) -> tuple[CartCase | VisitCase, Decision]:
    """The decision in the light of what the shop said."""
    if not isinstance(decision, Remind):
        return case, decision
    if asked.note == "unreachable":
        return case, Hold(Reason.SHOP_UNREACHABLE, now + LOOK_AGAIN)
    if asked.truth is None:
        return case, decision
    if any(_ends(tx, shop, case, order) for order in asked.truth.orders):
        return case, Drop(Reason.ORDERED_ELSEWHERE)
    gone = asked.truth.unavailable
    if isinstance(case, CartCase):
        left = tuple(item for item in case.generation.items if (item.product_id, item.variant_id) not in gone)
        if not left:
            return case, Drop(Reason.NOTHING_AVAILABLE)
        if len(left) < len(case.generation.items):
            sold = replace(case.generation, items=left, total_minor=None)
            return replace(case, generation=sold), decision
        return case, decision
    products = tuple(
        look
        for look in case.products
        if (str(look.detail["product"]["id"]), str(look.detail["product"].get("variant_id", ""))) not in gone
    )
    if not products:
        return case, Drop(Reason.NOTHING_AVAILABLE)
    return replace(case, products=products), decision


def _ends(tx: StateTransaction, shop: Shop, case: CartCase | VisitCase, order: KnownOrder) -> bool:
    """Whether an order the shop knows of ends this case. A renewal, a sale at the till or an order somebody at the
    shop made does only if it shares a product; what it is, our own record of it says."""
    known = tx.orders.find(shop.id, order.order_id)
    began_at = case.generation.opened_at if isinstance(case, CartCase) else case.due.started_at
    if known is not None and known.accepted_at is not None and known.accepted_at < began_at:
        return False  # the shop's answer reaches back a little further: this one ended what was before
    if known is None or known.content.kind is OrderKind.STOREFRONT:
        return True
    if isinstance(case, CartCase):
        return any(item.product_id in order.product_ids for item in case.generation.items)
    return any(str(look.detail["product"]["id"]) in order.product_ids for look in case.products)


def _write(
    services: EvaluateServices,
    tx: StateTransaction,
    shop: Shop,
    now: datetime,
    case: CartCase | VisitCase,
    decision: Decision,
    asked: Asked,
) -> None:
    """The decision, its log line, its messages and the next look, together."""
    due: DueCart | DueVisit
    if isinstance(case, CartCase):
        due = DueCart(case.cart, case.key, case.generation.number)
        first_due = due_at(case.generation, shop.policy, True, case.last_activity_at, case.step)
    else:
        due = case.due
        first_due = browse_due_at(case.due.last_event_at, shop.policy)
    match decision:
        case Wait(until):
            _tell(shop, case, "wait", "not_due", asked, until)
            _check_again(tx, due, until)
            return
        case Hold(Reason.SHOP_UNREACHABLE) if first_due is not None and now > first_due + SHOP_PATIENCE:
            decision = Drop(Reason.SHOP_UNREACHABLE)
        case Remind() if shop.policy.cart_workflow == "brevo" and isinstance(case, CartCase):
            decision = Drop(Reason.BREVO_WORKFLOW)
        case Remind() if shop.sending is Sending.OBSERVE:
            decision = Remind(Reason.OBSERVE)
        case Remind() if not is_telling(shop):
            decision = Remind(Reason.DRY_RUN)
    match decision:
        case Hold(_, until):
            _check_again(tx, due, until)
        case Drop():
            _check_again(tx, due, None)
        case Remind(Reason.DUE):
            if isinstance(case, CartCase):
                remind_of_cart(tx, shop, now, case, services.display, services.recovery_token)
                _check_again(tx, due, due_at(case.generation, shop.policy, True, case.last_activity_at, case.step + 1))
            else:
                remind_of_visit(tx, shop, now, case, services.display)
                _check_again(tx, due, None)
        case Remind():
            _check_again(tx, due, None)
    tx.telling.decide(_row(shop, now, case, decision, asked))
    until = decision.until if isinstance(decision, Hold) else None
    _tell(shop, case, type(decision).__name__.lower(), decision.reason.value, asked, until)


def _tell(
    shop: Shop, case: CartCase | VisitCase, outcome: str, reason: str, asked: Asked, until: datetime | None
) -> None:
    """In the log, for a shop that wants every step there. Whom it concerns, `tajo explain` says."""
    if not shop.policy.logs_steps:
        return
    extra: dict[str, object] = {"shop": shop.address, "kind": "browse", "person": case.case.person}
    if isinstance(case, CartCase):
        extra |= {"kind": "cart", "cart": case.cart, "generation": case.generation.number}
    extra |= {"outcome": outcome, "reason": reason, "truth": asked.note, "until": until and to_text(until)}
    log.debug("decided", extra=extra)


def _row(shop: Shop, now: datetime, case: CartCase | VisitCase, decision: Decision, asked: Asked) -> DecisionRow:
    known = case.case.known
    detail: dict[str, str] = {"email": known.email if known else ""}
    if known is not None and not isinstance(known.basis, Reason):
        detail["basis"] = known.basis
    is_cart = isinstance(case, CartCase)
    if isinstance(case, CartCase):
        detail["stage"] = case.generation.stage.value
    else:
        detail["session"] = f"{case.due.visitor_id} {to_text(case.due.started_at)}"
    return DecisionRow(
        shop_id=shop.id,
        kind="cart" if is_cart else "browse",
        decided_at=now,
        outcome=type(decision).__name__.lower(),
        reason=decision.reason.value,
        truth=asked.note,
        person=case.case.person,
        cart=case.cart if isinstance(case, CartCase) else None,
        generation=case.generation.number if isinstance(case, CartCase) else None,
        step=case.step + 1 if isinstance(case, CartCase) else 1,
        detail=detail,
    )


def _check_again(tx: StateTransaction, due: DueCart | DueVisit, at: datetime | None) -> None:
    if isinstance(due, DueCart):
        tx.telling.set_cart_check(due.cart, due.generation, at)
    else:
        tx.telling.set_visit_check(due.session, at)
