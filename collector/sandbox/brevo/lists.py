"""/contacts/folders and /contacts/lists: who is in which list."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from collector.sandbox.brevo.answers import Json, Refusal, invalid, not_found, said
from collector.sandbox.brevo.checks import a_boolean, a_text, an_email, an_integer, check, list_of, shaped
from collector.sandbox.brevo.current import account, body, page
from collector.sandbox.brevo.dates import written
from collector.sandbox.brevo.people import Contact
from collector.sandbox.brevo.state import List

blueprint = Blueprint("lists", __name__)

_AT_MOST = 150
_FOLDER = shaped({"name": a_text}, required=("name",))
_LIST = shaped({"name": a_text, "folderId": an_integer}, required=("name", "folderId"))
_MEMBERS: dict[str, Any] = {
    "emails": list_of(an_email, 1, _AT_MOST),
    "ids": list_of(an_integer, 1, _AT_MOST),
    "extIds": list_of(a_text, 1, _AT_MOST),
}


@blueprint.get("/contacts/folders")
def folders() -> Response:
    everything = [_counts() | {"id": number, "name": name} for number, name in sorted(account().folders.items())]
    return said({"folders": everything[page(at_most=50, usual=10)], "count": len(everything)})


@blueprint.post("/contacts/folders")
def create_folder() -> Response:
    given = check(body(), _FOLDER)
    number = max(account().folders) + 1
    account().folders[number] = given["name"]
    return said({"id": number}, 201)


@blueprint.get("/contacts/lists")
def lists() -> Response:
    everything = [_described(one) for one in sorted(account().lists.values(), key=lambda one: -one.id)]
    return said({"lists": everything[page(at_most=50, usual=10)], "count": len(everything)})


@blueprint.post("/contacts/lists")
def create_list() -> Response:
    given = check(body(), _LIST)
    if given["folderId"] not in account().folders:
        raise Refusal(400, "invalid_parameter", "Folder ID does not exist")
    return said({"id": account().add_list(given["name"], given["folderId"])}, 201)


@blueprint.get("/contacts/lists/<int:list_id>")
def read(list_id: int) -> Response:
    found = _list(list_id)
    more = {"createdAt": written(found.created_at), "campaignStats": [], "dynamicList": False}
    return said(_described(found) | more)


@blueprint.get("/contacts/lists/<int:list_id>/contacts")
def members(list_id: int) -> Response:
    found = account().subscribers(_list(list_id).id)
    return said({"contacts": [one.described() for one in found[page(at_most=500, usual=50)]], "count": len(found)})


@blueprint.post("/contacts/lists/<int:list_id>/contacts/add")
def add(list_id: int) -> Response:
    given = _members(_MEMBERS)
    return _moved(_list(list_id), given, is_adding=True)


@blueprint.post("/contacts/lists/<int:list_id>/contacts/remove")
def remove(list_id: int) -> Response:
    given = _members(_MEMBERS | {"all": a_boolean})
    from_list = _list(list_id)
    if "all" not in given:
        return _moved(from_list, given, is_adding=False)
    if not given["all"]:
        raise invalid("all must be true")
    everybody = account().subscribers(list_id)
    for contact in everybody:
        contact.list_ids.discard(list_id)
    process_id = next(account().numbers)
    account().processes[process_id] = {"id": process_id, "name": "REMOVELISTCONTACTS", "status": "completed"}
    return said({"contacts": {"processId": process_id, "total": len(everybody)}}, 201)


def _members(shape: dict[str, Any]) -> Json:
    given = check(body(), shaped(shape))
    if len(given) != 1:
        raise invalid(f"Exactly one of {', '.join(shape)} is needed")
    return given


def _moved(a_list: List, given: Json, *, is_adding: bool) -> Response:
    """Brevo answers 400 when nobody at all was moved."""
    success, failure = [], []
    ((kind, values),) = given.items()
    for value in values:
        contact = _find(kind, value)
        if contact is None or (a_list.id in contact.list_ids) is is_adding:
            failure.append(value)
            continue
        (contact.list_ids.add if is_adding else contact.list_ids.remove)(a_list.id)
        contact.modified_at = account().clock()
        success.append(value)
    if not success:
        already = "already in list" if is_adding else "already removed from list"
        raise Refusal(400, "invalid_parameter", f"Contact {already} and/or does not exist")
    return said({"contacts": {"success": success, "failure": failure}}, 201)


def _find(kind: str, value: Any) -> Contact | None:
    people = account().people
    return people.get(value) if kind == "ids" else people.find("email" if kind == "emails" else "ext_id", value)


def _list(list_id: int) -> List:
    if list_id not in account().lists:
        raise not_found("List ID does not exist")
    return account().lists[list_id]


def _described(a_list: List) -> Json:
    unique = len(account().subscribers(a_list.id))
    return _counts(unique) | {"id": a_list.id, "name": a_list.name, "folderId": a_list.folder_id}


def _counts(unique: int = 0) -> Json:
    # Brevo is zeroing the two totals; only the third can be relied on.
    return {"totalSubscribers": 0, "totalBlacklisted": 0, "uniqueSubscribers": unique}
