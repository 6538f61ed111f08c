"""/contacts/doubleOptinConfirmation: the mail that asks for a confirmation, and the click in it.

The contact is made or changed by the click alone. Not documented, decided here: a click also ends the contact's
blocking, and tells of the list with no API key named.
"""

from __future__ import annotations

from flask import Blueprint, Response, request

from collector.sandbox.brevo import webhooks
from collector.sandbox.brevo.answers import Refusal, empty, said
from collector.sandbox.brevo.checks import a_web_address, an_email, an_integer, attribute_values, check, list_of, shaped
from collector.sandbox.brevo.current import account, body
from collector.sandbox.brevo.people import Wish

blueprint = Blueprint("confirmations", __name__)
control = Blueprint("confirmations_control", __name__, url_prefix="/_sandbox")

_ASK = shaped(
    {
        "email": an_email,
        "includeListIds": list_of(an_integer, at_least=1),
        "excludeListIds": list_of(an_integer),
        "templateId": an_integer,
        "redirectionUrl": a_web_address,
        "attributes": attribute_values,
    },
    required=("email", "includeListIds", "redirectionUrl", "templateId"),
)


@blueprint.post("/contacts/doubleOptinConfirmation")
def ask() -> Response:
    given = check(body(), _ASK)
    if missing := set(given["includeListIds"]) - account().lists.keys():
        raise Refusal(400, "invalid_parameter", f"List ID does not exist: {min(missing)}")
    account().confirmations.append(given)
    return empty(201 if account().people.find("email", given["email"]) is None else 204)


@control.get("/confirmations")
def asked() -> Response:
    """Every mail that asked, oldest first."""
    return said({"confirmations": account().confirmations, "count": len(account().confirmations)})


@control.post("/confirm")
def confirm() -> Response:
    """`{"email": ...}`: the link in the newest mail to this address is clicked."""
    email = str((request.get_json(silent=True) or {}).get("email", "")).lower()
    with account().lock:
        given = next((one for one in reversed(account().confirmations) if one["email"].lower() == email), None)
        if given is None:
            raise Refusal(404, "document_not_found", "Nobody asked this address")
        now = account().clock()
        wish = Wish({"email": email}, list_ids=given["includeListIds"], email_blacklisted=False)
        contact = account().people.meant(wish)
        if contact is None:
            contact = account().people.create(wish, now)
        else:
            account().people.change(contact, wish, now)
        news = webhooks.of_contact("list_addition", contact, now) | {"list_id": given["includeListIds"]}
        told = webhooks.tell(account(), "marketing", "listAddition", news | {"api_key_name": ""})
    return said({"webhooks": told})
