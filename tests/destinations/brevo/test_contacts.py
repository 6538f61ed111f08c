"""A contact is created with a word about blocking, updated without one, and a block is never lifted."""

from __future__ import annotations

import pytest

from collector.destinations.brevo.destination import BrevoDestination
from collector.domain.errors import DeliveryFailed, Remedy
from collector.domain.events import Strength

from .conftest import SHOP, contact
from .wire import Brevo, Call, Contact, duplicate, refusal

WHO = "anna+mug@shop.example"
PUT = "PUT /contacts/anna%2Bmug%40shop.example"


@pytest.mark.parametrize("strength", list(Strength))
@pytest.mark.parametrize("may_market", [True, False])
def test_a_new_contact_is_blocked_unless_messages_are_allowed(
    brevo: Brevo, destination: BrevoDestination, strength: Strength, may_market: bool
) -> None:
    destination.send(SHOP, contact(strength, may_market=may_market, attributes={"FIRSTNAME": "Anna"}))
    assert brevo.contacts[WHO] == Contact(not may_market, {"FIRSTNAME": "Anna"})


@pytest.mark.parametrize("is_blocked", [True, False])
@pytest.mark.parametrize("strength", list(Strength))
@pytest.mark.parametrize("may_market", [True, False])
def test_whether_an_existing_contact_is_blocked_never_changes(
    brevo: Brevo, destination: BrevoDestination, strength: Strength, may_market: bool, is_blocked: bool
) -> None:
    brevo.contacts[WHO] = Contact(is_blocked)
    wanted = contact(strength, may_market=may_market, attributes={"FIRSTNAME": "A"}, lists_add=("buyers",))
    destination.send(SHOP, wanted)
    destination.send(SHOP, wanted)
    assert brevo.contacts[WHO].blocked is is_blocked
    assert brevo.contacts[WHO].lists == {6}


def test_a_typed_address_changes_no_attributes_only_lists(brevo: Brevo, destination: BrevoDestination) -> None:
    brevo.contacts[WHO] = Contact(False, {"FIRSTNAME": "Anna"}, {6})
    typed = contact(attributes={"FIRSTNAME": "Bob"}, lists_add=("all_customers",), lists_remove=("buyers",))
    destination.send(SHOP, typed)
    assert brevo.contacts[WHO] == Contact(False, {"FIRSTNAME": "Anna"}, {5})


def test_signed_and_ordered_ones_are_written_in_one_call(brevo: Brevo, destination: BrevoDestination) -> None:
    brevo.contacts[WHO] = Contact(True, {"FIRSTNAME": "Anna", "CITY": "Bern"}, {6})
    brevo.lists = {5: "All customers", 6: "Buyers"}
    wanted = contact(
        Strength.ORDERED, attributes={"FIRSTNAME": "Ann"}, lists_add=("all_customers",), lists_remove=("buyers",)
    )
    destination.send(SHOP, wanted)
    assert brevo.contacts[WHO] == Contact(True, {"FIRSTNAME": "Ann", "CITY": "Bern"}, {5})
    assert brevo.said()[-1] == PUT
    assert brevo.calls[-1].query == {"identifierType": ["email_id"]}


def test_made_by_somebody_else_between_the_two_calls(brevo: Brevo, destination: BrevoDestination) -> None:
    def made_meanwhile(call: Call) -> None:
        brevo.contacts[WHO] = Contact(True)

    brevo.moods.extend([lambda call: None, made_meanwhile])
    destination.send(SHOP, contact(Strength.SIGNED, attributes={"FIRSTNAME": "Ann"}))
    assert brevo.said() == [PUT, "POST /contacts", PUT]
    assert brevo.contacts[WHO] == Contact(True, {"FIRSTNAME": "Ann"})


@pytest.mark.parametrize(
    ("why", "number", "is_there"),
    [
        ("a number in national form sinks the whole call", "079 123", False),
        ("a household shares its number", "+41791234567", False),
        ("the same, on an update", "+41791234567", True),
    ],
)
def test_a_number_that_does_not_fit_is_left_out_and_noted(
    brevo: Brevo, destination: BrevoDestination, why: str, number: str, is_there: bool
) -> None:
    brevo.contacts["ben@shop.example"] = Contact(False, {"SMS": "+41791234567"})
    if is_there:
        brevo.contacts[WHO] = Contact(False)
    wanted = contact(Strength.ORDERED, attributes={"FIRSTNAME": "Anna", "SMS": number})
    answer = destination.send(SHOP, wanted).answer
    assert brevo.contacts[WHO].attributes == {"FIRSTNAME": "Anna"}, why
    assert [step["left_out"] for step in answer["steps"] if "left_out" in step] == [["SMS"]]


def test_a_second_refusal_is_one(brevo: Brevo, destination: BrevoDestination) -> None:
    brevo.moods.extend([duplicate("SMS")] * 2)
    with pytest.raises(DeliveryFailed) as failed:
        destination.send(SHOP, contact(attributes={"SMS": "+41791234567"}))
    assert failed.value.remedy is Remedy.GIVE_UP
    assert len(brevo.calls) == 2


def test_a_name_of_somebody_else_is_left_out(brevo: Brevo, destination: BrevoDestination) -> None:
    brevo.moods.extend([lambda call: None, duplicate("ext_id", "invalid_parameter")])
    destination.send(SHOP, contact(Strength.SIGNED, ext_id="woocommerce:mug.example:7", attributes={"CITY": "Bern"}))
    assert [call.body.get("ext_id") for call in brevo.calls] == [None, "woocommerce:mug.example:7", None]
    assert brevo.contacts[WHO].attributes == {"CITY": "Bern"}


def test_a_contact_that_is_there_is_given_no_name(brevo: Brevo, destination: BrevoDestination) -> None:
    brevo.contacts[WHO] = Contact(False)
    destination.send(SHOP, contact(Strength.SIGNED, ext_id="woocommerce:mug.example:7", attributes={"CITY": "Bern"}))
    assert [call.body for call in brevo.calls] == [{"attributes": {"CITY": "Bern"}}]


@pytest.mark.parametrize("is_blocked", [True, False])
@pytest.mark.parametrize("strength", [Strength.SIGNED, Strength.ORDERED])
def test_a_recorded_no_blocks_a_contact_that_is_there(
    brevo: Brevo, destination: BrevoDestination, strength: Strength, is_blocked: bool
) -> None:
    brevo.contacts[WHO] = Contact(is_blocked)
    destination.send(SHOP, contact(strength, may_market=False, is_opted_out=True))
    assert brevo.contacts[WHO].blocked
    assert brevo.said() == [PUT], "one call, even with nothing else to write"


@pytest.mark.parametrize(
    ("why", "attributes", "may_text", "is_there", "expected"),
    [
        ("a new number nobody agreed for", {"SMS": "+41791234567"}, None, False, True),
        ("a new number somebody agreed for", {"SMS": "+41791234567"}, True, False, False),
        ("a refused number", {"SMS": "+41791234567"}, False, False, True),
        ("no number, no word", {"CITY": "Bern"}, None, False, None),
        ("one that is there", {"SMS": "+41791234567"}, None, True, None),
        ("a yes changes nobody who is there", {"SMS": "+41791234567"}, True, True, None),
        ("a no does", {"SMS": "+41791234567"}, False, True, True),
    ],
)
def test_texts_are_said_apart(
    brevo: Brevo,
    destination: BrevoDestination,
    why: str,
    attributes: dict[str, str],
    may_text: bool | None,
    is_there: bool,
    expected: bool | None,
) -> None:
    if is_there:
        brevo.contacts[WHO] = Contact(False)
    destination.send(SHOP, contact(Strength.SIGNED, attributes=attributes, may_text=may_text))
    assert brevo.calls[-1].body.get("smsBlacklisted") is expected, why


def test_a_shared_number_alone_is_nothing_to_write(brevo: Brevo, destination: BrevoDestination) -> None:
    brevo.contacts = {"ben@shop.example": Contact(False, {"SMS": "+41791234567"}), WHO: Contact(False)}
    answer = destination.send(SHOP, contact(Strength.SIGNED, attributes={"SMS": "+41791234567"})).answer
    assert brevo.said() == [PUT]
    assert answer["steps"][0]["left_out"] == ["SMS"]


def test_every_number_at_once_may_be_wrong(brevo: Brevo, destination: BrevoDestination) -> None:
    brevo.moods.extend([lambda call: None, refusal(400, "invalid_parameter", "Invalid phone number")])
    numbers = {"SMS": "+41791234567", "WHATSAPP": "+41791234567", "LANDLINE_NUMBER": "+41791234567"}
    destination.send(SHOP, contact(Strength.ORDERED, attributes={**numbers, "CITY": "Bern"}))
    assert brevo.contacts[WHO].attributes == {"CITY": "Bern"}


def test_a_duplicate_without_metadata_is_the_address_when_it_can_be_nothing_else(
    brevo: Brevo, destination: BrevoDestination
) -> None:
    brevo.moods.append(refusal(400, "duplicate_parameter", "Contact already exist"))
    destination.send(SHOP, contact())
    assert brevo.said() == ["POST /contacts"]


def test_lists_by_name_are_looked_up_once_a_day(brevo: Brevo, destination: BrevoDestination) -> None:
    brevo.lists = {n: f"list {n}" for n in range(100, 160)} | {6: "Buyers"}
    for _ in range(3):
        destination.send(SHOP, contact(Strength.ORDERED, lists_add=("buyers",)))
    assert brevo.said().count("GET /contacts/lists") == 2, "two pages"
    brevo.clock.pass_by(days=1)
    destination.send(SHOP, contact(Strength.ORDERED, lists_add=("buyers",)))
    assert brevo.said().count("GET /contacts/lists") == 4
    assert brevo.contacts[WHO].lists == {6}


def test_a_role_without_a_list_is_nothing(brevo: Brevo, destination: BrevoDestination) -> None:
    destination.send(SHOP, contact(lists_add=("abandoned_cart",)))
    assert brevo.contacts[WHO].lists == set()


@pytest.mark.parametrize("role", ["buyers", "all_customers"])
@pytest.mark.parametrize("is_there", [True, False])
def test_a_missing_list_waits_with_its_cure_and_works_once_it_is_made(
    brevo: Brevo, destination: BrevoDestination, role: str, is_there: bool
) -> None:
    brevo.lists = {}
    if is_there:
        brevo.contacts[WHO] = Contact(False)
    for strength in (Strength.ORDERED, Strength.SIGNED):
        with pytest.raises(DeliveryFailed) as failed:
            destination.send(SHOP, contact(strength, lists_add=(role,)))
        assert (failed.value.remedy, failed.value.reason) == (Remedy.RETRY, "list_missing")
        assert "tajo brevo setup" in failed.value.cure
    brevo.lists = {5: "All customers", 6: "Buyers"}
    brevo.clock.pass_by(minutes=5)
    destination.send(SHOP, contact(Strength.ORDERED, lists_add=(role,)))
    assert brevo.contacts[WHO].lists


def test_a_list_gone_under_a_typed_address_waits_too(brevo: Brevo, destination: BrevoDestination) -> None:
    brevo.contacts[WHO] = Contact(False)
    brevo.lists = {}
    with pytest.raises(DeliveryFailed) as failed:
        destination.send(SHOP, contact(lists_add=("all_customers",)))
    assert failed.value.reason == "list_missing"


def test_what_brevo_would_refuse_is_not_in_the_attributes(brevo: Brevo, destination: BrevoDestination) -> None:
    given = {"a": None, "B": float("nan"), "C": {"d": 1}, "TAGS": ["x", 1], "N": 0, "OK": False, "bad": "\ud800"}
    destination.send(SHOP, contact(attributes=given))
    assert brevo.contacts[WHO].attributes == {"TAGS": ["x", "1"], "N": 0, "OK": False, "BAD": "?"}
