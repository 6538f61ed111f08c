"""/contacts: create, read, change, delete, and their attributes."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from collector.sandbox.brevo import dates, webhooks
from collector.sandbox.brevo.answers import Json, Refusal, duplicate, empty, invalid, said
from collector.sandbox.brevo.attributes import CATEGORIES, IDENTIFYING, TYPES
from collector.sandbox.brevo.checks import (
    a_boolean,
    a_text,
    an_email,
    an_integer,
    any_text,
    attribute_values,
    check,
    list_of,
    one_of,
    shaped,
)
from collector.sandbox.brevo.current import account, body, page
from collector.sandbox.brevo.people import Wish, normal

blueprint = Blueprint("contacts", __name__)

_COMMON = {
    "ext_id": a_text,
    "attributes": attribute_values,
    "emailBlacklisted": a_boolean,
    "smsBlacklisted": a_boolean,
    "listIds": list_of(an_integer),
    "smtpBlacklistSender": list_of(an_email),
    "forceMerge": a_boolean,
}
_CREATE = shaped(_COMMON | {"email": an_email, "updateEnabled": a_boolean, "getId": a_boolean})
_CHANGE = shaped(_COMMON | {"unlinkListIds": list_of(an_integer)})
_OPTION_AT_MOST = 200
KEY_NAME = "the sandbox's key"  # as webhooks name whoever made a change through the API
_ATTRIBUTE = shaped(
    {
        "type": one_of(*TYPES),
        "enumeration": list_of(shaped({"value": an_integer, "label": a_text}, required=("value", "label"))),
        "multiCategoryOptions": list_of(a_text),
        "value": any_text,
        "isRecurring": a_boolean,
    }
)


@blueprint.post("/contacts")
def create() -> Response:
    given = check(body(), _CREATE)
    wish = _wish(given)
    if not wish.identifiers:
        raise invalid("email is missing", "missing_parameter")
    is_merging = given.get("forceMerge", False)
    people, now = account().people, account().clock()
    contact = people.meant(wish)
    if contact is None:
        contact = people.create(wish, now, is_merging=is_merging)
        return said({"id": contact.id}, 201)
    if not given.get("updateEnabled", False):
        raise duplicate(_shared(wish, contact.identifiers), on_update=False)
    contact = people.change(contact, wish, now, is_merging=is_merging)
    return said({"id": contact.id}) if is_merging and given.get("getId") else empty()


@blueprint.get("/contacts")
def find() -> Response:
    wanted = page(at_most=1000, usual=50)
    since = request.args.get("modifiedSince")
    after = None if since is None else dates.read(since)
    if since is not None and after is None:
        raise invalid("modifiedSince should be a date and time")
    list_ids = {int(text) for text in request.args.getlist("listIds") if text.isdecimal()}
    found = [
        contact
        for contact in sorted(account().people.all(), key=lambda one: -one.id)
        if (after is None or contact.modified_at >= after) and (not list_ids or contact.list_ids & list_ids)
    ]
    return said({"contacts": [contact.described() for contact in found[wanted]], "count": len(found)})


@blueprint.get("/contacts/<identifier>")
def read(identifier: str) -> Response:
    contact = account().people.from_path(identifier, request.args.get("identifierType"))
    return said(contact.described() | {"statistics": {}})


@blueprint.put("/contacts/<identifier>")
def change(identifier: str) -> Response:
    given = check(body(), _CHANGE)
    wish = _wish(given)
    contact = account().people.from_path(identifier, request.args.get("identifierType"))
    changed = account().people.change(contact, wish, account().clock(), is_merging=given.get("forceMerge", False))
    webhooks.changed(account(), changed, KEY_NAME)
    return empty()


@blueprint.delete("/contacts/<identifier>")
def delete(identifier: str) -> Response:
    contact = account().people.from_path(identifier, request.args.get("identifierType"))
    if contact.email == account().owner_email:
        raise Refusal(405, "method_not_allowed", "The account's own contact cannot be deleted")
    account().people.delete(contact)
    return empty()


@blueprint.get("/contacts/attributes")
def attributes() -> Response:
    return said({"attributes": [attribute.described() for attribute in account().attributes.all()]})


@blueprint.post("/contacts/attributes/<category>/<name>")
def create_attribute(category: str, name: str) -> Response:
    given = _attribute(category, name)
    if category == "normal" and "type" not in given:
        raise invalid("type is missing", "missing_parameter")
    account().attributes.create(category, name, given.get("type", category), _options(given))
    return empty(201)


@blueprint.put("/contacts/attributes/<category>/<name>")
def change_attribute(category: str, name: str) -> Response:
    account().attributes.set_options(category, name, _options(_attribute(category, name)))
    return empty()


@blueprint.delete("/contacts/attributes/<category>/<name>")
def delete_attribute(category: str, name: str) -> Response:
    account().attributes.delete(category, name)
    return empty()


def _attribute(category: str, name: str) -> Json:
    given = check(body(), _ATTRIBUTE)
    if category not in CATEGORIES:
        raise invalid("attributeCategory is not valid")
    if name != name.upper():
        raise invalid("attributeName must be in capitals")
    return given


def _options(given: Json) -> tuple[tuple[str, str], ...]:
    options = [(str(one["value"]), str(one["label"])) for one in given.get("enumeration", [])]
    options += [(label, label) for label in given.get("multiCategoryOptions", [])]
    if any(len(label) > _OPTION_AT_MOST for _, label in options):
        raise invalid(f"An option must have at most {_OPTION_AT_MOST} characters")
    return tuple(options)


def _wish(given: Json) -> Wish:
    """A checked body as a wish; what Brevo drops is noted. Raises Refusal for an unknown list."""
    attributes: dict[str, Any] = given.get("attributes", {})
    identifiers = {kind: str(attributes[name]) for name, kind in IDENTIFYING.items() if attributes.get(name)}
    identifiers |= {kind: given[kind] for kind in ("email", "ext_id") if kind in given}
    if (email := identifiers.get("email")) and (wrong := an_email(email)):
        raise invalid(f"email {wrong}")
    missing = (set(given.get("listIds", ())) | set(given.get("unlinkListIds", ()))) - account().lists.keys()
    if missing:
        raise Refusal(400, "invalid_parameter", f"List ID does not exist: {min(missing)}")
    values, dropped = account().attributes.accept(attributes)
    for line in dropped:
        account().note("attribute dropped", next(iter(identifiers.values()), ""), line)
    return Wish(
        identifiers,
        values,
        given.get("listIds", ()),
        given.get("unlinkListIds", ()),
        given.get("emailBlacklisted"),
        given.get("smsBlacklisted"),
    )


def _shared(wish: Wish, identifiers: dict[str, str]) -> list[str]:
    """Which of the wish's identifiers the contact that exists has already."""
    return [kind for kind, value in wish.identifiers.items() if identifiers.get(kind) == normal(kind, value)]
