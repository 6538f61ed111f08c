"""/webhooks, and what they tell: an unsubscribe made here reaches the addresses registered for it.

Brevo signs nothing: a receiver knows the call by its secret address or by the `auth` token sent as a bearer.
"""

from __future__ import annotations

import logging
import threading
from datetime import datetime

import requests
from flask import Blueprint, Response, request

from collector.sandbox.brevo.answers import Json, Refusal, empty, not_found, said
from collector.sandbox.brevo.checks import a_boolean, a_text, a_web_address, any_text, check, list_of, one_of, shaped
from collector.sandbox.brevo.current import account, body
from collector.sandbox.brevo.dates import written
from collector.sandbox.brevo.people import Contact
from collector.sandbox.brevo.state import Account

log = logging.getLogger(__name__)
blueprint = Blueprint("webhooks", __name__)
control = Blueprint("webhooks_control", __name__, url_prefix="/_sandbox")

_EVENTS = [
    "sent",
    "hardBounce",
    "softBounce",
    "blocked",
    "spam",
    "delivered",
    "request",
    "click",
    "invalid",
    "deferred",
    "opened",
    "uniqueOpened",
    "unsubscribed",
    "listAddition",
    "contactUpdated",
    "contactDeleted",
    "inboundEmailProcessed",
    "reply",
]
_WEBHOOK = {
    "url": a_web_address,
    "description": any_text,
    "events": list_of(one_of(*_EVENTS), at_least=1),
    "type": one_of("transactional", "marketing", "inbound"),
    "channel": one_of("sms", "email"),
    "batched": a_boolean,
    "domain": any_text,
    "auth": shaped({"type": a_text, "token": a_text}),
    "headers": list_of(shaped({"key": a_text, "value": any_text})),
}
_TIMEOUT_S = 5


# What happens to somebody: the kind of webhook and the name it is registered under, by the name in its body.
HAPPENS = {
    "spam": ("transactional", "spam"),
    "hard_bounce": ("transactional", "hardBounce"),
    "blocked": ("transactional", "blocked"),
    "invalid_email": ("transactional", "invalid"),
    "unsubscribed": ("transactional", "unsubscribed"),
    "unsubscribe": ("marketing", "unsubscribed"),
    "contact_updated": ("marketing", "contactUpdated"),
    "contact_deleted": ("marketing", "contactDeleted"),
    "list_addition": ("marketing", "listAddition"),
}


@control.post("/tell")
def happen() -> Response:
    """`{"email", "event", …}`: webhooks tell it, with whatever else is given; nothing changes here."""
    given = request.get_json(silent=True) or {}
    if given.get("event") not in HAPPENS:
        raise Refusal(400, "invalid_parameter", f"event: one of {', '.join(HAPPENS)}")
    now = account().clock()
    news: Json = {"ts": int(now.timestamp()), "ts_event": int(now.timestamp()), **given}
    return said({"webhooks": tell(account(), *HAPPENS[given["event"]], news)})


@blueprint.get("/webhooks")
def find() -> Response:
    kind = request.args.get("type", "transactional")
    return said({"webhooks": [one for one in account().webhooks.values() if one["type"] == kind]})


@blueprint.post("/webhooks")
def create() -> Response:
    given = check(body(), shaped(_WEBHOOK, required=("url", "events")))
    webhook_id, now = next(account().numbers), written(account().clock())
    defaults = {"description": "", "type": "transactional", "channel": "email", "createdAt": now, "modifiedAt": now}
    account().webhooks[webhook_id] = defaults | given | {"id": webhook_id}
    return said({"id": webhook_id}, 201)


@blueprint.get("/webhooks/<int:webhook_id>")
def read(webhook_id: int) -> Response:
    return said(_get(webhook_id))


@blueprint.put("/webhooks/<int:webhook_id>")
def change(webhook_id: int) -> Response:
    given = check(body(), shaped({name: it for name, it in _WEBHOOK.items() if name not in ("type", "channel")}))
    account().webhooks[webhook_id] = _get(webhook_id) | given | {"modifiedAt": written(account().clock())}
    return empty()


@blueprint.delete("/webhooks/<int:webhook_id>")
def delete(webhook_id: int) -> Response:
    _get(webhook_id)
    del account().webhooks[webhook_id]
    return empty()


def unsubscribe(of: Account, contact: Contact) -> int:
    """What the link at the end of a campaign does. Answers how many webhooks are told."""
    now = of.clock()
    contact.email_blacklisted = True
    contact.modified_at = now
    news = of_contact("unsubscribe", contact, now) | {"list_id": sorted(contact.list_ids)}
    return tell(of, "marketing", "unsubscribed", news)


def changed(of: Account, contact: Contact, api_key_name: str) -> int:
    """Somebody changed a contact: with a key of this name, or by hand where it is empty."""
    news = of_contact("contact_updated", contact, of.clock())
    news |= {"content": [{"emailBlacklisted": contact.email_blacklisted}], "api_key_name": api_key_name}
    return tell(of, "marketing", "contactUpdated", news)


def of_contact(event: str, contact: Contact, now: datetime) -> Json:
    """What every notice carries, under the name it has in bodies (not always that of registering)."""
    return {
        "event": event,
        "email": contact.email,
        "ts": int(now.timestamp()),
        "ts_event": int(now.timestamp()),
        "date_event": now.strftime("%Y-%m-%d %H:%M:%S"),
    }


def tell(of: Account, kind: str, registered_as: str, news: Json) -> int:
    """Every webhook of this kind that asked for it, each in a thread of its own. Answers how many."""
    told = [one for one in of.webhooks.values() if one["type"] == kind and registered_as in one["events"]]
    for webhook in told:
        threading.Thread(target=_tell, args=(webhook, news | {"id": webhook["id"]}), daemon=True).start()
    return len(told)


def _tell(webhook: Json, news: Json) -> None:
    headers = {one["key"]: one["value"] for one in webhook.get("headers", ())}
    if webhook.get("auth", {}).get("type") == "bearer":
        headers["Authorization"] = f"Bearer {webhook['auth']['token']}"
    try:
        answer = requests.post(webhook["url"], json=news, headers=headers, timeout=_TIMEOUT_S)
    except requests.RequestException as error:
        log.warning("webhook not delivered", extra={"webhook_id": webhook["id"], "error": type(error).__name__})
        return
    log.info("webhook delivered", extra={"webhook_id": webhook["id"], "status": answer.status_code})


def _get(webhook_id: int) -> Json:
    if webhook_id not in account().webhooks:
        raise not_found("Webhook ID does not exist")
    return account().webhooks[webhook_id]
