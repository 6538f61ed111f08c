"""/webhooks, and what they tell: an unsubscribe made here reaches the addresses registered for it.

Brevo signs nothing: a receiver knows the call by its secret address or by the `auth` token sent as a bearer.
"""

from __future__ import annotations

import logging
import threading

import requests
from flask import Blueprint, Response, request

from collector.sandbox.brevo.answers import Json, empty, not_found, said
from collector.sandbox.brevo.checks import a_boolean, a_text, a_web_address, any_text, check, list_of, one_of, shaped
from collector.sandbox.brevo.current import account, body
from collector.sandbox.brevo.dates import written
from collector.sandbox.brevo.people import Contact
from collector.sandbox.brevo.state import Account

log = logging.getLogger(__name__)
blueprint = Blueprint("webhooks", __name__)

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
    """What the link at the end of a mail does. Answers how many webhooks are told, each in a thread of its own."""
    now = of.clock()
    contact.email_blacklisted = True
    contact.modified_at = now
    told = [one for one in of.webhooks.values() if one["type"] == "marketing" and "unsubscribed" in one["events"]]
    for webhook in told:
        news: Json = {
            "event": "unsubscribe",
            "email": contact.email,
            "id": webhook["id"],
            "ts": int(now.timestamp()),
            "ts_event": int(now.timestamp()),
            "date_event": now.strftime("%Y-%m-%d %H:%M:%S"),
            "list_id": sorted(contact.list_ids),
        }
        threading.Thread(target=_tell, args=(webhook, news), daemon=True).start()
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
