"""The delivery log of bulk calls: bodies to the letter, questions not at all, until retention."""

from __future__ import annotations

import sqlite3
from datetime import datetime

import pytest

from collector.domain.delivery_calls import Call
from collector.storage.sqlite.bulk_calls import BulkCalls

from .builders import at

IMPORT = Call("POST", "/contacts/import", '{"jsonBody":[{"email":"é@shop.example"}]}', 202, '{"processId":1}', "req-1")


class Clock:
    def __init__(self) -> None:
        self.now = at(0)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def log(state: sqlite3.Connection, clock: Clock) -> BulkCalls:
    return BulkCalls(state, clock)


def test_a_call_comes_back_as_it_went(log: BulkCalls) -> None:
    log.keep("brevo", IMPORT)
    (listed,) = log.newest(10)
    assert listed.call.sent == "", "lists stay small"
    assert listed.size == len(IMPORT.sent.encode())
    found = log.get(listed.id)
    assert found is not None
    assert (found.account, found.at, found.call) == ("brevo", at(0), IMPORT)
    assert log.get(99) is None


def test_no_answer_is_kept_and_a_question_is_not(log: BulkCalls) -> None:
    log.keep("brevo", Call("POST", "/products/batch", "{}", error="ReadTimeout"))
    log.keep("brevo", Call("GET", "/contacts", status=200, answered="{}"))
    assert [(one.call.path, one.call.error) for one in log.newest(10)] == [("/products/batch", "ReadTimeout")]


def test_the_newest_come_first_and_retention_drops_the_oldest(log: BulkCalls, clock: Clock) -> None:
    for minutes in (1, 2, 3):
        clock.now = at(minutes)
        log.keep("brevo", IMPORT)
    assert [one.at for one in log.newest(2)] == [at(3), at(2)]
    assert log.drop(at(3), limit=1) == 1
    assert log.drop(at(3)) == 1
    assert log.drop(at(3)) == 0
    assert [one.at for one in log.newest(10)] == [at(3)]
