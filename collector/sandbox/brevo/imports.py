"""/contacts/import and /processes. An import merges contacts that share an identifier; `fileUrl` is refused.

Its contacts are there at once; its process says so only after the time set for it (`/_sandbox/imports`), one import
after the other. `notifyUrl` is checked and not called.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from flask import Blueprint, Response

from collector.sandbox.brevo.answers import Json, Refusal, invalid, not_found, said
from collector.sandbox.brevo.attributes import IDENTIFYING
from collector.sandbox.brevo.checks import (
    a_boolean,
    a_text,
    a_web_address,
    an_email,
    an_integer,
    any_text,
    attribute_values,
    check,
    list_of,
    shaped,
)
from collector.sandbox.brevo.current import account, body, page
from collector.sandbox.brevo.people import Wish
from collector.sandbox.brevo.state import Account

blueprint = Blueprint("imports", __name__)

_IMPORT = shaped(
    {
        "jsonBody": list_of(shaped({"email": any_text, "attributes": attribute_values}), at_least=1),
        "fileBody": a_text,
        "fileUrl": a_web_address,
        "listIds": list_of(an_integer),
        "newList": shaped({"listName": a_text, "folderId": an_integer}, required=("listName", "folderId")),
        "updateExistingContacts": a_boolean,
        "emptyContactsAttributes": a_boolean,
        "emailBlacklist": a_boolean,
        "smsBlacklist": a_boolean,
        "disableNotification": a_boolean,
        "notifyUrl": a_web_address,
        "consentGroupIds": list_of(an_integer),
    }
)


@blueprint.post("/contacts/import")
def import_contacts() -> Response:
    given = check(body(), _IMPORT)
    if len(given.keys() & {"jsonBody", "fileBody", "fileUrl"}) != 1:
        raise invalid("Exactly one of jsonBody, fileBody and fileUrl is needed")
    if "listIds" not in given and "newList" not in given:
        raise invalid("listIds or newList is needed", "missing_parameter")
    if "fileUrl" in given:
        raise Refusal(400, "invalid_parameter", "The local Brevo reads no fileUrl: send jsonBody or fileBody")
    if missing := set(given.get("listIds", ())) - account().lists.keys():
        raise Refusal(400, "invalid_parameter", f"List ID does not exist: {min(missing)}")
    list_ids = list(given.get("listIds", ()))
    if new := given.get("newList"):
        if new["folderId"] not in account().folders:
            raise Refusal(400, "invalid_parameter", "Folder ID does not exist")
        list_ids.append(account().add_list(new["listName"], new["folderId"]))
    invalid_rows = sum(not _import_one(account(), row, given, list_ids) for row in _rows(given))
    of, now, process_id = account(), account().clock(), next(account().numbers)
    of.processes[process_id] = {
        "id": process_id,
        "name": "IMPORTUSER",
        "status": "completed",
        "info": {"import": {"invalid_emails": f"local:{invalid_rows}"}} if invalid_rows else {},
    }
    begins_at = max([now, *(ends_at for _, ends_at in of.imports.values())])
    of.imports[process_id] = (begins_at, begins_at + of.import_takes)
    return said({"processId": process_id}, 202)


@blueprint.get("/processes")
def processes() -> Response:
    everything = [_as_it_stands(account(), one) for one in sorted(account().processes, reverse=True)]
    return said({"processes": everything[page(at_most=50, usual=10)], "count": len(everything)})


@blueprint.get("/processes/<int:process_id>")
def process(process_id: int) -> Response:
    if process_id not in account().processes:
        raise not_found("Process ID does not exist")
    return said(_as_it_stands(account(), process_id))


def _as_it_stands(of: Account, process_id: int) -> Json:
    process, now = of.processes[process_id], of.clock()
    begins_at, ends_at = of.imports.get(process_id, (now, now))
    if now >= ends_at:
        return process
    return {"id": process_id, "name": process["name"], "status": "in_process" if now >= begins_at else "queued"}


def _rows(given: Json) -> Iterator[Json]:
    """Each contact as its attributes, the e-mail among them."""
    if "jsonBody" in given:
        for row in given["jsonBody"]:
            yield row.get("attributes", {}) | ({"EMAIL": row["email"]} if row.get("email") else {})
        return
    for line in csv.DictReader(io.StringIO(given["fileBody"]), delimiter=";"):
        yield {name.upper(): value for name, value in line.items() if name and isinstance(value, str) and value}


def _import_one(to: Account, row: Json, given: Json, list_ids: list[int]) -> bool:
    identifiers = {kind: str(row[name]) for name, kind in IDENTIFYING.items() if row.get(name)}
    if not identifiers or ("email" in identifiers and an_email(identifiers["email"])):
        return False
    values, dropped = to.attributes.accept({name: value for name, value in row.items() if name != "EMAIL"})
    for line in dropped:
        to.note("attribute dropped", next(iter(identifiers.values())), line)
    wish = Wish(
        identifiers,
        values,
        list_ids,
        # Absent means: as it was; a new contact is subscribed.
        email_blacklisted=True if given.get("emailBlacklist") else None,
        sms_blacklisted=True if given.get("smsBlacklist") else None,
    )
    try:
        contact = to.people.meant(wish)
        if contact is None:
            to.people.create(wish, to.clock(), is_merging=True)
        elif given.get("updateExistingContacts", True):
            if given.get("emptyContactsAttributes"):
                contact.attributes.clear()
            to.people.change(contact, wish, to.clock(), is_merging=True)
        else:
            contact.list_ids.update(list_ids)
    except Refusal:
        return False  # a phone number without country code
    return True
