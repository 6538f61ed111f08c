"""Who is who at the local Brevo, and what it does without saying so."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.brevo_client import Brevo, event


@pytest.fixture
def brevo() -> Brevo:
    return Brevo()


def kinds(brevo: Brevo) -> list[str]:
    return [note["kind"] for note in brevo.seen("silent")["notes"]]


def contact(brevo: Brevo, identifier: str, kind: str = "") -> dict[str, Any]:
    status, body = brevo.said("GET", f"/contacts/{identifier}" + (f"?identifierType={kind}" if kind else ""))
    assert status == 200, body
    found: dict[str, Any] = body
    return found


def test_without_a_word_on_the_block_a_new_contact_is_subscribed(brevo: Brevo) -> None:
    brevo.ask("POST", "/contacts", {"email": "Ann@Shop.Example"})
    assert contact(brevo, "ann%40shop.example")["emailBlacklisted"] is False
    assert kinds(brevo) == ["subscribed by default"]


def test_an_update_that_does_not_mention_the_block_keeps_it(brevo: Brevo) -> None:
    brevo.ask("POST", "/contacts", {"email": "a@b.example", "emailBlacklisted": True})
    brevo.ask("POST", "/contacts", {"email": "a@b.example", "updateEnabled": True, "attributes": {"FIRSTNAME": "A"}})
    found = contact(brevo, "1")
    assert (found["emailBlacklisted"], found["attributes"]) == (True, {"FIRSTNAME": "A"})
    assert kinds(brevo) == []


def test_a_new_e_mail_lifts_the_block(brevo: Brevo) -> None:
    brevo.ask("POST", "/contacts", {"email": "a@b.example", "ext_id": "wc:1", "emailBlacklisted": True})
    assert (
        brevo.said("PUT", "/contacts/wc%3A1?identifierType=ext_id", {"attributes": {"EMAIL": "c@b.example"}})[0] == 204
    )
    found = contact(brevo, "c%40b.example")
    assert (found["id"], found["emailBlacklisted"]) == (1, False)
    assert kinds(brevo) == ["block lifted by a new e-mail"]
    assert brevo.said("GET", "/contacts/a%40b.example")[0] == 404


@pytest.mark.parametrize(
    ("why", "value", "kept"),
    [
        ("a text for a text", ("FIRSTNAME", "Ann"), {"FIRSTNAME": "Ann"}),
        ("unknown", ("SHOE_SIZE", 38), {}),
        ("a text for a number", ("SPENT", "12,50"), {}),
        ("a number", ("SPENT", 12.5), {"SPENT": 12.5}),
        ("a date", ("BORN", "1990-02-28"), {"BORN": "1990-02-28"}),
        ("no such day", ("BORN", "1990-02-30"), {}),
        ("a moment is no date", ("BORN", "1990-02-28T00:00:00Z"), {}),
        ("a truth", ("VIP", True), {"VIP": True}),
        ("a word for a truth", ("VIP", "yes"), {}),
        ("an option by its label", ("TIER", "Gold"), {"TIER": "2"}),
        ("an option that is not", ("TIER", "Brass"), {}),
        ("choices", ("TAGS", ["tea"]), {"TAGS": ["tea"]}),
        ("an unknown choice", ("TAGS", ["tea", "pot"]), {}),
        ("emptied", ("SPENT", ""), {"SPENT": ""}),
    ],
)
def test_attributes_that_do_not_fit_are_dropped_in_silence(
    brevo: Brevo, why: str, value: tuple[str, Any], kept: dict[str, Any]
) -> None:
    for name, kind in (("SPENT", "float"), ("BORN", "date"), ("VIP", "boolean")):
        brevo.ask("POST", f"/contacts/attributes/normal/{name}", {"type": kind})
    brevo.ask("POST", "/contacts/attributes/normal/TAGS", {"type": "multiple-choice", "multiCategoryOptions": ["tea"]})
    options = [{"value": 1, "label": "Silver"}, {"value": 2, "label": "Gold"}]
    brevo.ask("POST", "/contacts/attributes/category/TIER", {"enumeration": options})

    body = {"email": "a@b.example", "emailBlacklisted": True, "attributes": dict([value])}
    assert brevo.said("POST", "/contacts", body) == (201, {"id": 1})
    assert contact(brevo, "1")["attributes"] == kept, why
    assert kinds(brevo) == ([] if kept else ["attribute dropped"])


@pytest.mark.parametrize(
    ("why", "number", "kept"),
    [
        ("digits", "33612345678", "33612345678"),
        ("plus", "+33612345678", "33612345678"),
        ("two zeros", "0033612345678", "33612345678"),
        ("national", "0612345678", None),
        ("with spaces", "+33 6 12 34 56 78", None),
    ],
)
def test_a_phone_number_needs_its_country_or_sinks_the_contact(
    brevo: Brevo, why: str, number: str, kept: str | None
) -> None:
    status, body = brevo.said("POST", "/contacts", {"email": "a@b.example", "attributes": {"SMS": number}})
    if kept is None:
        assert (status, body) == (400, {"code": "invalid_parameter", "message": "Invalid phone number"}), why
        assert brevo.seen("contacts")["count"] == 0
    else:
        assert contact(brevo, kept)["attributes"] == {"SMS": kept}, why


def test_with_only_a_phone_an_e_mail_is_made_up(brevo: Brevo) -> None:
    brevo.ask("POST", "/contacts", {"attributes": {"SMS": "+33612345678"}})
    assert contact(brevo, "1")["email"] == "33612345678@mailin-sms.com"


@pytest.mark.parametrize(
    ("why", "method", "path", "body", "code", "shared"),
    [
        ("create", "POST", "/contacts", {"email": "a@b.example"}, "duplicate_parameter", ["email"]),
        (
            "create with a phone of another",
            *("POST", "/contacts", {"email": "n@b.example", "attributes": {"SMS": "33612345678"}}),
            *("duplicate_parameter", ["sms"]),
        ),
        (
            "upsert with an ext_id of another",
            *("POST", "/contacts", {"email": "a@b.example", "ext_id": "wc:2", "updateEnabled": True}),
            *("invalid_parameter", ["ext_id"]),
        ),
        (
            "change to an e-mail of another",
            *("PUT", "/contacts/1", {"attributes": {"EMAIL": "b@b.example"}}),
            *("invalid_parameter", ["email"]),
        ),
    ],
)
def test_an_identifier_of_somebody_else_is_named_in_the_metadata(
    brevo: Brevo, why: str, method: str, path: str, body: Any, code: str, shared: list[str]
) -> None:
    brevo.ask("POST", "/contacts", {"email": "a@b.example", "ext_id": "wc:1"})
    brevo.ask("POST", "/contacts", {"email": "b@b.example", "ext_id": "wc:2", "attributes": {"SMS": "33612345678"}})

    status, answer = brevo.said(method, path, body)
    assert (status, answer["code"], answer["metadata"]) == (400, code, {"duplicate_identifiers": shared}), why
    assert brevo.seen("violations")["count"] == 0, "a duplicate is bad luck, not a fault of the caller"


def test_a_merge_deletes_the_one_not_touched_last(brevo: Brevo) -> None:
    brevo.ask("POST", "/contacts", {"email": "a@b.example"})
    brevo.clock.move(60)
    brevo.ask("POST", "/contacts", {"email": "b@b.example", "ext_id": "wc:2"})
    body = {"email": "a@b.example", "ext_id": "wc:2", "updateEnabled": True, "forceMerge": True, "getId": True}
    assert brevo.said("POST", "/contacts", body) == (200, {"id": 2})
    assert brevo.said("GET", "/contacts/1")[0] == 404
    assert contact(brevo, "wc%3A2", "ext_id")["email"] == "a@b.example"
    assert "merged and deleted" in kinds(brevo)


def test_lists_are_added_to_and_left(brevo: Brevo) -> None:
    brevo.ask("POST", "/contacts/lists", {"name": "buyers", "folderId": 1})
    brevo.ask("POST", "/contacts", {"email": "a@b.example", "listIds": [1]})
    brevo.ask("POST", "/contacts", {"email": "a@b.example", "listIds": [2], "updateEnabled": True})
    assert contact(brevo, "1")["listIds"] == [1, 2]
    brevo.ask("PUT", "/contacts/1", {"unlinkListIds": [1]})
    assert contact(brevo, "1")["listIds"] == [2]
    assert brevo.said("GET", "/contacts/lists/2/contacts")[1]["count"] == 1
    assert brevo.said("POST", "/contacts/lists/2/contacts/remove", {"all": True})[0] == 201
    assert brevo.said("GET", "/contacts/lists/2")[1]["uniqueSubscribers"] == 0


def test_the_owner_cannot_be_deleted(brevo: Brevo) -> None:
    brevo.ask("POST", "/contacts", {"email": "owner@sandbox.example"})
    assert brevo.said("DELETE", "/contacts/1")[0] == 405


@pytest.mark.parametrize(
    "source",
    [
        {"jsonBody": [{"email": "a@b.example", "attributes": {"FIRSTNAME": "A"}}, {"email": "nobody"}]},
        {"fileBody": "EMAIL;FIRSTNAME\na@b.example;A\nnobody;N\n"},
    ],
)
def test_an_import_adds_and_reports(brevo: Brevo, source: dict[str, Any]) -> None:
    new = {"newList": {"listName": "old customers", "folderId": 1}, "emailBlacklist": True}
    _, answer = brevo.said("POST", "/contacts/import", source | new)
    found = contact(brevo, "a%40b.example")
    assert (found["attributes"], found["emailBlacklisted"], found["listIds"]) == ({"FIRSTNAME": "A"}, True, [2])
    process = brevo.said("GET", f"/processes/{answer['processId']}")[1]
    assert (process["status"], process["info"]["import"]["invalid_emails"]) == ("completed", "local:1")


def test_an_event_for_somebody_unknown_makes_a_subscribed_contact(brevo: Brevo) -> None:
    brevo.ask("POST", "/events", event(contact_properties={"FIRSTNAME": "Ann", "HAT": "red"}))
    (found,) = brevo.seen("contacts")["contacts"]
    assert (found["isFromEvent"], found["emailBlacklisted"], found["attributes"]) == (True, False, {"FIRSTNAME": "Ann"})
    assert kinds(brevo) == ["subscribed by default", "contact made by an event", "attribute dropped"]
