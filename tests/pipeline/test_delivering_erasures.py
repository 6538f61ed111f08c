"""An erasure leaves whatever the shop may tell, behind the person's other messages, and keeps no address."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from collector.domain.messages import ErasureMessage, from_json, to_json
from collector.domain.shop import Sending
from collector.pipeline.still_right import still_right
from collector.storage.sqlite.delivery_calls import DeliveryCalls
from collector.storage.sqlite.state import SqliteState

from ..destinations.brevo.wire import Brevo, on_the_wire, refusal
from .delivering import Rig, contact

ANNA = "anna@shop.example"
GONE = (204, dict[str, str](), "")


@pytest.fixture
def brevo() -> Iterator[Brevo]:
    with on_the_wire(Brevo()) as wire:
        yield wire


@pytest.fixture
def rig(tmp_path: Path, brevo: Brevo) -> Iterator[Rig]:
    made = Rig(tmp_path, brevo)
    yield made
    made.state.close()


@pytest.mark.parametrize("sending", list(Sending))
@pytest.mark.parametrize(
    ("why", "answer"),
    [("it was there", GONE), ("it was gone already", refusal(404, "document_not_found", "Contact does not exist"))],
)
def test_the_contact_is_deleted_and_the_address_forgotten(
    rig: Rig, brevo: Brevo, sending: Sending, why: str, answer: tuple[int, dict[str, str], str]
) -> None:
    assert rig.shop is not None
    rig.shop = replace(rig.shop, sending=sending)
    row_id = rig.add(ErasureMessage(ANNA), key="erasure:1")
    assert still_right(SqliteState(rig.state), rig.shop, rig.row(row_id), rig.clock.now) is None
    brevo.moods.append(answer)
    rig.turn()
    assert rig.fate(row_id) == ("done", ""), why
    (call,) = brevo.calls
    assert (call.method, call.path, call.query) == (
        "DELETE",
        "/contacts/anna%40shop.example",
        {"identifierType": ["email_id"]},
    )
    (kept,) = DeliveryCalls(rig.state).of(row_id)
    row = rig.row(row_id)
    assert (row.message.ordering, dict(row.message.payload), row.is_dropped) == ("", {"email": ""}, True)
    assert ANNA not in f"{row}{kept}"


def test_it_waits_for_what_is_being_sent_and_is_repeated_until_it_arrives(rig: Rig, brevo: Brevo) -> None:
    brevo.moods.extend([(502, {}, ""), (201, {}, '{"id": 1}'), (503, {}, ""), GONE])
    first = rig.add(contact())
    last = rig.add(ErasureMessage(ANNA), key="erasure:1")
    rig.run(step_s=5, until=timedelta(hours=2))
    assert (rig.fate(first)[0], rig.fate(last)[0]) == ("done", "done")
    assert [call.method for call in brevo.calls][-2:] == ["DELETE", "DELETE"]
    assert all(call.method != "DELETE" for call in brevo.calls[:-2])


def test_a_dry_run_deletes_nothing(rig: Rig, brevo: Brevo) -> None:
    rig.is_dry_run = True
    row_id = rig.add(ErasureMessage(ANNA), key="erasure:1")
    rig.turn()
    assert rig.fate(row_id) == ("skipped", "dry_run")
    assert brevo.calls == []


def test_what_the_outbox_keeps_is_read_back_as_it_was() -> None:
    assert from_json("erasure", to_json(ErasureMessage(ANNA))) == ErasureMessage(ANNA)
