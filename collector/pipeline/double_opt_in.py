"""Double opt-in: who ticked a box is asked by mail to confirm it. Until the click that is no permission.

Asked only after a form or an order was submitted, once in 30 days for an address whichever shop of the account asks
(the destination sends at most 20 an hour for a shop), and never somebody who opted out: anybody may type an address.
The click comes back as coming onto the list named in the mail, which nothing else is put on.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from collector.domain.consent import DOUBLE_OPT_IN
from collector.domain.events import ListJoined, MessageConsent, Strength
from collector.domain.identity import Node
from collector.domain.messages import ConfirmationMessage, kind_of, to_json
from collector.domain.outbox import NewMessage
from collector.domain.reasons import Reason
from collector.domain.shop import Shop
from collector.domain.state_ports import StateTransaction
from collector.domain.telling_ports import Asked
from collector.domain.timestamps import to_text, whole_ms
from collector.pipeline.addressing import Addressing
from collector.pipeline.posting import is_telling

AGAIN = timedelta(days=30)
FRESH = timedelta(hours=24)  # an older tick (a replay, a late beacon) asks nobody
LASTS = timedelta(hours=24)  # a mail that could not leave in this time comes too late
SKEW = timedelta(minutes=5)  # the destination's clock may be behind ours
NEVER_SENT = ("skipped", "dead")


def ask(tx: StateTransaction, shop: Shop, now: datetime, tick: MessageConsent) -> None:
    """Queue the mail that asks for a confirmation of this tick, unless it should not be."""
    policy, email = shop.policy, tick.subject
    if not policy.double_opt_in_template or not is_telling(shop) or not _was_submitted(shop, tick):
        return
    began_at = max(now - FRESH, shop.activated_at or now)
    if tick.occurred_at < began_at or why_not_asked(tx, shop, email) is not None:
        return
    if Addressing(tx, shop).is_doubtful(Node("email", email)) or _was_asked_lately(tx, shop, email, now):
        return
    asked_at = whole_ms(now)
    message = ConfirmationMessage(email, policy.double_opt_in_template, policy.double_opt_in_url or shop.home)
    key = f"confirmation:{email}:{to_text(asked_at)}"
    tx.telling.queue(
        NewMessage(
            shop_id=shop.id,
            account=policy.account,
            message_key=key,
            kind=kind_of(message),
            payload=to_json(message),
            created_at=now,
            due_at=now,
            expires_at=now + LASTS,
        )
    )
    tx.opt_outs.keep_asked(policy.account, email, Asked(shop.id, key, asked_at, None))
    tx.customers.record_consent(shop.id, _act(email, "pending", asked_at, tick.act), now)


def why_not_asked(tx: StateTransaction, shop: Shop, email: str) -> str | None:
    """Why this address should not be asked (any more), read at the moment of sending, too."""
    if not shop.policy.double_opt_in_template:
        return Reason.DISABLED.value
    addressing = Addressing(tx, shop)
    known = addressing.by_email(email, Strength.TYPED)
    if known.is_excluded:
        return Reason.EXCLUDED.value
    if known.basis is Reason.OPTED_OUT:
        return Reason.OPTED_OUT.value
    if known.basis == "opted_in":
        return Reason.CONFIRMED.value
    if any(browser.consent == "denied" for browser in addressing.browsers(Node("email", email))):
        return Reason.CONSENT_DENIED.value
    return None


def confirmation(tx: StateTransaction, shop: Shop, joined: ListJoined) -> MessageConsent | None:
    """The act that coming onto a list proves; None: it is not the list, not the shop or not the address asked."""
    account = shop.policy.account
    asked = tx.opt_outs.asked(account, joined.email)
    if asked is None or asked.shop_id != shop.id or asked.confirmed_at is not None:
        return None
    if joined.occurred_at < asked.asked_at - SKEW:
        return None
    number = tx.opt_outs.list_of(shop.id, asked.message_key)
    if number is None or number not in joined.lists:
        return None
    at = max(joined.occurred_at, asked.asked_at + timedelta(milliseconds=1))  # a yes comes after the question
    tx.opt_outs.keep_asked(account, joined.email, replace(asked, confirmed_at=at))
    return _act(joined.email, "opted_in", at, f"list {number}")


def _act(email: str, state: str, at: datetime, detail: str) -> MessageConsent:
    return MessageConsent(at, "email", email, "email", state, DOUBLE_OPT_IN, DOUBLE_OPT_IN, detail)


def _was_submitted(shop: Shop, tick: MessageConsent) -> bool:
    """A form that was sent, or an order; not a checkout that is still being filled in."""
    if tick.source == "checkout":
        return tick.act.startswith("order:")
    return shop.policy.forms_are_submitted


def _was_asked_lately(tx: StateTransaction, shop: Shop, email: str, now: datetime) -> bool:
    asked = tx.opt_outs.asked(shop.policy.account, email)
    if asked is None or asked.asked_at <= now - AGAIN:
        return False
    return tx.telling.message_state(asked.shop_id, asked.message_key) not in NEVER_SENT
