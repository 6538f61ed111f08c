"""A Brevo key for a shop that was just connected: tried first, then kept; else why not, for the merchant."""

from __future__ import annotations

import logging

from collector.domain.errors import DeliveryFailed, Remedy
from collector.domain.shop import Shop
from collector.pipeline.connecting import ConnectServices

log = logging.getLogger(__name__)

LONGEST_KEY = 300
WHERE_KEYS_ARE = "Brevo > SMTP & API > API keys"
# Why a key was not taken, and what the merchant in front of the page does about it.
KEY_REFUSED = {
    "key_refused": f"Brevo does not know this key. Copy it again from {WHERE_KEYS_ARE}.",
    "key_expired": f"This key has expired. Make a new one under {WHERE_KEYS_ARE}.",
    "plan_exhausted": "Brevo wants to be paid before this key works. Look at the plan and credits of the account.",
    "too_many_requests": "Brevo has been asked too often in this hour. Give the key again a little later.",
    "unreachable": "Brevo could not be reached from this server. Give the key again in a minute;"
    " if it stays so, look at its network and at status.brevo.com.",
    "firewall": "A firewall before Brevo turned the call away. Give the key again in a minute;"
    " if it stays so, ask Brevo's support.",
}
# The same, where the cure of the answer itself is the right one.
KEY_CAUSES = {
    "ip_refused": "Brevo answers this key only for addresses it knows.",
    "not_the_api": "What answered is not Brevo's API.",
}
BUSY = "Brevo does not answer properly at the moment. Give the key again in a few minutes; see status.brevo.com."


def take_account(services: ConnectServices, shop: Shop, key: str) -> str:
    """Try a key for the destination, then keep it in place of the one before. Why not; "": it is kept."""
    key = key.strip()
    if not key:
        return (
            "" if services.shops().has_general_account() else "Give the key: without one nothing can be told to Brevo."
        )
    if len(key) > LONGEST_KEY or not key.isascii() or not key.isprintable() or " " in key:
        return f"This holds characters no key has. Copy it again from {WHERE_KEYS_ARE}."
    try:
        services.shops().try_account(key)
    except DeliveryFailed as failed:
        log.warning("destination account not kept", extra={"shop_id": shop.id, "reason": failed.reason})
        return _why_not(failed)
    services.shops().keep_account(shop, key)
    log.info("destination account kept", extra={"shop_id": shop.id})
    return ""


def _why_not(failed: DeliveryFailed) -> str:
    if failed.reason in KEY_REFUSED:
        return KEY_REFUSED[failed.reason]
    if failed.remedy in (Remedy.RETRY, Remedy.WAIT):
        return BUSY
    cause = KEY_CAUSES.get(failed.reason, f"The key could not be tried ({failed.reason}).")
    return f"{cause} {failed.cure}".strip()


def may_go_without(services: ConnectServices) -> bool:
    return services.shops().has_general_account()
