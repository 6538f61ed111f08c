"""When may a cart be asked whether it is abandoned? Pure rules: no database, no clock, no Brevo."""

from __future__ import annotations

from datetime import datetime, timedelta

from collector.domain.carts import CartState, Generation, Stage
from collector.domain.shop import Policy

# Looking around keeps a cart alive, but not for ever: this long after its last change at most.
LONGEST_ACTIVITY = timedelta(hours=4)


def due_at(
    cart: Generation, policy: Policy, has_address: bool, last_activity_at: datetime | None = None
) -> datetime | None:
    """The stored deadline of an open cart; None when there is nothing to ask or nobody to tell.

    `after` the latest of last change, last checkout step and last page view, but at most four hours
    (or `after`, if longer) after the last change. Page views are looked up when the deadline comes.
    """
    if cart.state is not CartState.OPEN or not has_address:
        return None
    after = policy.cart_after if cart.stage is Stage.CART else policy.checkout_after
    active_at = max(cart.changed_at, cart.stepped_at, last_activity_at or cart.changed_at)
    return min(active_at + after, cart.changed_at + max(LONGEST_ACTIVITY, after))
