"""/_sandbox: the door for tests and rehearsals. What arrived, what is kept, failures, limits, a fresh start."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from collector.sandbox.brevo import webhooks
from collector.sandbox.brevo.answers import Json, Refusal, said
from collector.sandbox.brevo.current import account
from collector.sandbox.brevo.events import select
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
