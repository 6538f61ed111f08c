"""An erasure leaves whatever the shop may tell, behind the person's other messages, and keeps no address."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from collector.domain.erasing import Spellings
from collector.domain.messages import ErasureMessage, Message, from_json, to_json
from collector.domain.shop import Sending
from collector.pipeline.still_right import still_right
from collector.storage.sqlite.connection import empty_log
from collector.storage.sqlite.delivery_calls import DeliveryCalls
from collector.storage.sqlite.migrations.state import m0027_unsent_erasures
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
    forgotten(rig, row_id)


def test_after_the_shop_was_removed_nothing_is_kept_either(rig: Rig) -> None:
    assert rig.shop is not None
    rig.shop = replace(rig.shop, removed_at=rig.clock.now)
    row_id = rig.add(ErasureMessage(ANNA), key="erasure:1")
    rig.turn()
    assert rig.fate(row_id) == ("skipped", "shop_removed")
    forgotten(rig, row_id)


@pytest.mark.parametrize("quoted", ["Anna@shop.example", "anna%40shop.example"])
def test_what_is_given_up_forgets_the_address_whatever_the_answer_quoted(rig: Rig, brevo: Brevo, quoted: str) -> None:
    brevo.moods.append(refusal(400, "invalid_parameter", f"{quoted} is no identifier"))
    row_id = rig.add(ErasureMessage(ANNA), key="erasure:1")
    rig.turn()
    assert rig.fate(row_id)[0] == "dead"
    assert "… is no identifier" in str(rig.row(row_id).answered), "why it was given up stays"
    forgotten(rig, row_id)


def test_after_days_of_failures_it_is_given_up_and_forgotten(rig: Rig, brevo: Brevo) -> None:
    brevo.moods.extend([refusal(500, "oops", f"{ANNA}?")] * 200)
    row_id = rig.add(ErasureMessage(ANNA), key="erasure:1")
    rig.turn()
    assert rig.fate(row_id)[0] == "waiting"
    assert ANNA in str(rig.row(row_id).message.payload), "it is still needed"
    rig.run(step_s=600, until=timedelta(days=9))
    assert rig.fate(row_id)[0] == "dead"
    forgotten(rig, row_id)


def test_no_byte_of_the_address_stays_in_the_file(rig: Rig, brevo: Brevo) -> None:
    brevo.moods.extend([(503, {}, ""), GONE])
    row_id = rig.add(ErasureMessage(ANNA), key="erasure:1")
    rig.run(step_s=5, until=timedelta(hours=2))
    assert rig.fate(row_id)[0] == "done"
    empty_log(rig.state)
    assert ANNA.encode() not in (rig.folder / "tajo.db").read_bytes()


def forgotten(rig: Rig, row_id: int) -> None:
    row = rig.row(row_id)
    assert (row.message.ordering, dict(row.message.payload), row.is_dropped) == ("", {"email": ""}, True)
    names = Spellings([ANNA])
    assert not names(f"{row}{DeliveryCalls(rig.state).of(row_id)}")
    assert not rig.outbox.requeue(row_id, rig.clock.now)


def test_what_the_outbox_keeps_is_read_back_as_it_was() -> None:
    assert from_json("erasure", to_json(ErasureMessage(ANNA))) == ErasureMessage(ANNA)


def test_what_earlier_versions_kept_of_deletions_given_up_is_forgotten(rig: Rig) -> None:
    kept = {kind: rig.add(message, key=f"{kind}:1") for kind, message in KEPT.items()}
    rig.state.execute("update outbox set state = 'dead' where id <> ?", (kept["waits"],))
    rig.state.execute("drop index outbox_erasures")
    m0027_unsent_erasures(Database(rig.state))
    rig.state.commit()
    assert ANNA not in str(rig.row(kept["given up"]))
    assert ANNA in str(rig.row(kept["waits"]).message.payload)
    assert ANNA in str(rig.row(kept["another message"]).message.payload)


KEPT: dict[str, Message] = {
    "given up": ErasureMessage(ANNA),
    "waits": ErasureMessage(ANNA),
    "another message": contact(),
}
