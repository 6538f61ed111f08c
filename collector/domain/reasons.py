"""Why a reminder was held, dropped or sent: the closed list, each with its sentence for people.

The codes stand in the decision log and counters; `tajo explain` prints the sentences.
"""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    DUE = "due"
    OBSERVE = "observe"
    NOBODY_KNOWN = "nobody_known"
    NOT_YET = "not_yet"
    ORDERED = "ordered"
    ORDERED_ELSEWHERE = "ordered_elsewhere"
    EMPTY = "empty"
    CLOSED = "closed"
    CHANGED = "changed"
    HAS_CART = "has_cart"
    TOO_FEW_VIEWS = "too_few_views"
    SUPERSEDED = "superseded"
    DISABLED = "disabled"
    BEFORE_ACTIVATION = "before_activation"
    EXPIRED = "expired"
    BELOW_MIN_VALUE = "below_min_value"
    CONSENT_DENIED = "consent_denied"
    NO_MAIL_BASIS = "no_mail_basis"
    OPTED_OUT = "opted_out"
    EXCLUDED = "excluded"
    TWO_IDENTITIES = "two_identities"
    SUSPECTED_BOT = "suspected_bot"
    PAYMENT_RUNNING = "payment_running"
    CAP = "cap"
    QUIET_HOURS = "quiet_hours"
    NO_ORDER_FEED = "no_order_feed"
    SHOP_UNREACHABLE = "shop_unreachable"
    NOTHING_AVAILABLE = "nothing_available"
    BREVO_WORKFLOW = "brevo_workflow"
    DRY_RUN = "dry_run"
    PAUSED = "paused"
    NEVER_LEFT = "never_left"
    SHARED_NUMBER = "shared_number"
    REFUSED = "refused"
    NO_RATE = "no_rate"
    CONFIRMED = "confirmed"
    ERASED = "erased"
    UNINSTALLED = "uninstalled"


SENTENCES = {
    Reason.DUE: "everything agreed, so it was sent",
    Reason.OBSERVE: "it would have been sent, but the shop is only being observed",
    Reason.NOBODY_KNOWN: "nobody is known who could be written to",
    Reason.NOT_YET: "its time had not come",
    Reason.ORDERED: "it was bought",
    Reason.ORDERED_ELSEWHERE: "the shop knows an order of this person since the cart began",
    Reason.EMPTY: "nothing is in the cart",
    Reason.CLOSED: "the cart is closed",
    Reason.CHANGED: "the cart changed meanwhile",
    Reason.HAS_CART: "there is a cart, which counts more than browsing",
    Reason.TOO_FEW_VIEWS: "too few products were looked at",
    Reason.SUPERSEDED: "another cart of this person is further or newer",
    Reason.DISABLED: "this kind of reminder is switched off",
    Reason.BEFORE_ACTIVATION: "it is from before the shop was activated",
    Reason.EXPIRED: "it would have come too late",
    Reason.BELOW_MIN_VALUE: "the cart is worth less than the least value",
    Reason.CONSENT_DENIED: "the shopper refused to be observed",
    Reason.NO_MAIL_BASIS: "there is no recorded permission to write to this address",
    Reason.OPTED_OUT: "this address opted out",
    Reason.EXCLUDED: "this person is excluded by the settings",
    Reason.TWO_IDENTITIES: "two identities share this browser, so nobody knows whose cart it is",
    Reason.SUSPECTED_BOT: "this browser may be a robot",
    Reason.PAYMENT_RUNNING: "a payment is still running",
    Reason.CAP: "this person got enough reminders lately",
    Reason.QUIET_HOURS: "it is night in the shop's zone",
    Reason.NO_ORDER_FEED: "the shop's orders cannot be seen, so nobody knows whether it was bought",
    Reason.SHOP_UNREACHABLE: "the shop did not answer when asked for its orders",
    Reason.NOTHING_AVAILABLE: "nothing in it is sold any more",
    Reason.BREVO_WORKFLOW: "Brevo's own cart workflow is set to send it",
    Reason.DRY_RUN: "it would have been sent, but sending is switched off or no destination is set up",
    Reason.PAUSED: "the shop is paused",
    Reason.NEVER_LEFT: "the reminder it takes back never left",
    Reason.SHARED_NUMBER: "the phone number is somebody else's at the destination, too",
    Reason.REFUSED: "the destination does not take it as it is",
    Reason.NO_RATE: "the orders are in several currencies and no rate between them is known",
    Reason.CONFIRMED: "the permission to write to this address is confirmed already",
    Reason.ERASED: "whom it was for asked to be forgotten",
    Reason.UNINSTALLED: "the shop removed our app",
}
