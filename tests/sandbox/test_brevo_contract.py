"""With the contract of Brevo's API: bodies are held to it, and our own answers keep it too."""

from __future__ import annotations

from typing import Any

import pytest

from collector.sandbox.brevo.contract import Contract
from tests.sandbox.brevo_client import Brevo, contract_file, event
from tests.sandbox.test_brevo_answers import ANN, PRODUCT, ROWS

# Answers the contract does not describe: calls it does not know, and a batch that is not even a batch.
_OURS = ("no such address", "gone since 2026-10-30", "bare array", "201 events")


@pytest.mark.parametrize(("why", "method", "path", "body", "status", "part"), ROWS, ids=[row[0] for row in ROWS])
def test_the_contract_and_the_checks_by_hand_agree(
    why: str, method: str, path: str, body: Any, status: int, part: Any
) -> None:
    file = contract_file()
    brevo = Brevo(contract=file)
    brevo.ask("POST", "/contacts", ANN)
    brevo.ask("POST", "/products", PRODUCT)

    answer = brevo.ask(method, path, body)

    assert answer.status_code == status, answer.get_json(silent=True)
    unlisted = method == "GET" and path.startswith("/events")
    if why not in _OURS and not unlisted:
        plain = path.partition("?")[0].replace("%40", "@")
        said = answer.get_json(silent=True)
        wrong = Contract(file).answer_errors(method, plain, status, said)
        assert wrong == [], said


def test_a_breach_is_refused_and_says_who_found_it() -> None:
    brevo = Brevo(contract=contract_file())
    assert brevo.said("POST", "/events", event(event_name="cart updated"))[0] == 400
    (violation,) = brevo.seen("violations")["violations"]
    assert (violation["found_by"], violation["path"]) == ("contract", "/v3/events")


def test_of_a_batch_each_event_is_held_to_the_contract() -> None:
    brevo = Brevo(contract=contract_file())
    status, answer = brevo.said("POST", "/events/batch", {"events": [event(), event(surprise=1)]})
    assert (status, answer["failed_events"]) == (207, 1)


def test_without_a_contract_the_checks_by_hand_find_it() -> None:
    brevo = Brevo()
    assert brevo.said("POST", "/events", event(event_name="cart updated"))[0] == 400
    assert [one["found_by"] for one in brevo.seen("violations")["violations"]] == ["checks"]
