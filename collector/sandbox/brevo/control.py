"""/_sandbox: the door for tests and rehearsals. What arrived, what is kept, failures, limits, a fresh start."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, request

from collector.sandbox.brevo import dates, webhooks
from collector.sandbox.brevo.answers import Json, Refusal, said
from collector.sandbox.brevo.blocks import REASONS, Block
from collector.sandbox.brevo.current import account
from collector.sandbox.brevo.events import select
from collector.sandbox.brevo.key_rights import Client, Rights
from collector.sandbox.brevo.limits import TIERS
from collector.sandbox.brevo.mails import mail_for
from collector.sandbox.brevo.state import Account, Event

blueprint = Blueprint("control", __name__, url_prefix="/_sandbox")


@blueprint.post("/fail")
def fail() -> Response:
    """`{"mode", "path"?, "method"?, "times"?, "seconds"?, "delay_s"?}`; failures.py lists the modes."""
    try:
        failure = account().failures.add(_body(), account().clock())
    except ValueError as error:
        raise Refusal(400, "invalid_parameter", str(error)) from None
    return said(failure.described(), 201)


@blueprint.get("/fail")
def failures() -> Response:
    return said({"failures": [one.described() for one in account().failures.all(account().clock())]})


@blueprint.delete("/fail")
def heal() -> Response:
    account().failures.clear()
    return said({"failures": []})


@blueprint.post("/reset")
def reset() -> Response:
    account().reset()
    return said({"reset": True})


@blueprint.get("/requests")
def calls() -> Response:
    """Oldest first; `?path=` is a prefix, `?method=` and `?status=` are exact."""
    path, method, status = (request.args.get(name) for name in ("path", "method", "status"))
    found = [
        call.described()
        for call in account().calls
        if (path is None or call.path.startswith(path))
        and (method is None or call.method == method)
        and (status is None or str(call.status) == status)
    ]
    return said({"requests": found, "counts": dict(account().status_counts)})


@blueprint.get("/contacts")
def contacts() -> Response:
    found = [contact.described() | {"isFromEvent": contact.is_from_event} for contact in account().people.all()]
    return said({"contacts": found, "count": len(found)})


@blueprint.get("/events")
def events() -> Response:
    """Oldest first, with the contact's e-mail; filters as `GET /v3/events`."""
    found = select(account(), request.args.get)
    twice = {event_id: count for event_id, count in account().event_id_counts.items() if count > 1}
    return said({"events": [_event(account(), one) for one in reversed(found)], "count": len(found), "twice": twice})


@blueprint.get("/mails")
def mails() -> Response:
    """What automations would have sent, oldest first."""
    written = [mail for event in account().events if (mail := mail_for(account(), event)) is not None]
    return said({"mails": [mail.described() for mail in written], "count": len(written)})


@blueprint.get("/orders")
def orders() -> Response:
    return said({"orders": list(account().orders.values()), "count": len(account().orders)})


@blueprint.get("/catalogue")
def catalogue() -> Response:
    """Products and categories by id, as they are kept."""
    return said({"products": account().products, "categories": account().categories})


@blueprint.get("/lists")
def lists() -> Response:
    found = [
        {
            "id": one.id,
            "name": one.name,
            "folderId": one.folder_id,
            "members": [contact.name for contact in account().subscribers(one.id)],
        }
        for one in account().lists.values()
    ]
    return said({"lists": found, "count": len(found)})


@blueprint.get("/limits")
def limits() -> Response:
    return said({"tier": account().limits.tier, "windows": account().limits.described(account().clock())})


@blueprint.post("/limits")
def set_limits() -> Response:
    """`{"tier": ...}`: another plan, windows empty."""
    tier = _body().get("tier")
    if tier not in TIERS:
        raise Refusal(400, "invalid_parameter", f"tier: one of {', '.join(TIERS)}")
    account().limits.set_tier(tier)
    return limits()


@blueprint.post("/keys")
def set_key() -> Response:
    """`{"key", "scopes"?, "expires_at"?, "gone"?}`: what a key may do from now on. Without more: everything."""
    asked = _body()
    ends = dates.read(str(asked["expires_at"])) if "expires_at" in asked else None
    if not isinstance(asked.get("key"), str) or ("expires_at" in asked and ends is None):
        raise Refusal(400, "invalid_parameter", "key: a text; expires_at: a date and time")
    scopes = frozenset(map(str, asked["scopes"])) if isinstance(asked.get("scopes"), list) else None
    with account().lock:
        account().keys.set(asked["key"], None if asked.get("gone") else Rights(scopes, ends))
    return said(account().keys.described())


@blueprint.post("/clients")
def set_client() -> Response:
    """`{"client_id", "client_secret", "lasts_s"?}`: a program that may ask for tokens at `/oauth/token`."""
    asked = _body()
    client_id, secret, lasts_s = asked.get("client_id"), asked.get("client_secret"), asked.get("lasts_s", 3600)
    if not isinstance(client_id, str) or not isinstance(secret, str) or not isinstance(lasts_s, int | float):
        raise Refusal(400, "invalid_parameter", "client_id, client_secret: texts; lasts_s: a number")
    with account().lock:
        account().keys.set_client(client_id, Client(secret, timedelta(seconds=lasts_s)))
    return said(account().keys.described())


@blueprint.delete("/tokens")
def revoke_tokens() -> Response:
    """Every token given so far ends now."""
    with account().lock:
        account().keys.revoke_tokens()
    return said(account().keys.described())


@blueprint.get("/keys")
def keys() -> Response:
    return said(account().keys.described())


@blueprint.post("/imports")
def set_imports() -> Response:
    """`{"takes_s": n}`: how long an import is worked on from now on. At first: no time at all."""
    takes_s = _body().get("takes_s")
    if not isinstance(takes_s, int | float) or takes_s < 0:
        raise Refusal(400, "invalid_parameter", "takes_s: a number from 0")
    with account().lock:
        account().import_takes = timedelta(seconds=takes_s)
    return said({"takes_s": takes_s})


@blueprint.post("/block")
def block() -> Response:
    """`{"email", "reason"?}`: the transactional platform mails this address no more."""
    asked = _body()
    email, reason = str(asked.get("email", "")).lower(), asked.get("reason", "unsubscribedViaMA")
    if not email or reason not in REASONS:
        raise Refusal(400, "invalid_parameter", f"email: an address; reason: one of {', '.join(REASONS)}")
    with account().lock:
        account().blocks[email] = Block(email, reason, account().clock())
    return said({"blocked": len(account().blocks)}, 201)


@blueprint.get("/violations")
def violations() -> Response:
    """What may never be sent, and was. Empty is the only good answer."""
    return said({"violations": account().violations, "count": len(account().violations)})


@blueprint.get("/silent")
def silent() -> Response:
    """What Brevo did without saying so: dropped attributes, contacts subscribed by default, lifted blocks, ..."""
    return said({"notes": list(account().notes), "count": len(account().notes)})


@blueprint.post("/unsubscribe")
def unsubscribe() -> Response:
    """`{"email": ...}`: as if the link in a mail was clicked; registered webhooks are told."""
    contact = account().people.find("email", str(_body().get("email", "")))
    if contact is None:
        raise Refusal(404, "document_not_found", "Contact does not exist")
    return said({"webhooks": webhooks.unsubscribe(account(), contact)})


def _event(of: Account, event: Event) -> Json:
    contact = of.people.get(event.contact_id)
    email = None if contact is None else contact.email
    return event.described() | {"number": event.number, "email": email}


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise Refusal(400, "bad_request", "A JSON object is needed")
    return body
