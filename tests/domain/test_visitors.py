"""Consent to be observed: the newest answer, and of two at once the stricter."""

from __future__ import annotations

import itertools

import pytest

from collector.domain.visitors import Visitor, denial_mark

from .facts import at


def a_visitor() -> Visitor:
    return Visitor(1, at(0), None, "", "granted", None, "")


@pytest.mark.parametrize(
    ("why", "answers", "expected"),
    [
        ("never asked", [], "granted"),
        ("asked", [(1, "unknown")], "unknown"),
        ("a later no", [(1, "granted"), (2, "denied")], "denied"),
        ("a later yes", [(1, "denied"), (2, "granted")], "granted"),
        ("yes and no at the same moment", [(1, "denied"), (1, "granted")], "denied"),
        ("no answer beside a yes", [(1, "granted"), (1, "unknown")], "granted"),
        ("no answer after a yes", [(1, "granted"), (2, "unknown")], "granted"),
        ("no answer after a no", [(1, "denied"), (2, "unknown")], "denied"),
        ("before it", [(1, "unknown"), (2, "denied")], "denied"),
        ("a yes after a no, and then no answer", [(1, "denied"), (2, "granted"), (3, "unknown")], "granted"),
        ("a no after a yes, and then no answer", [(1, "granted"), (2, "denied"), (3, "unknown")], "denied"),
        ("three", [(3, "granted"), (2, "denied"), (1, "granted")], "granted"),
    ],
)
def test_the_newest_answer_holds(why: str, answers: list[tuple[int, str]], expected: str) -> None:
    for order in itertools.permutations(answers):
        visitor = a_visitor()
        for minutes, state in order:
            visitor.note_consent(state, at(minutes))
        assert visitor.consent == expected, why


def test_an_answer_known_already_changes_nothing() -> None:
    visitor = a_visitor()
    assert visitor.note_consent("denied", at(1))
    assert not visitor.note_consent("denied", at(1))
    assert not visitor.note_consent("granted", at(0))


def test_the_newest_event_is_by_time_then_id() -> None:
    visitor = a_visitor()
    assert visitor.is_newest(at(-60), "a")
    visitor.last_seen_at, visitor.last_event_id = at(1), "b"
    assert visitor.is_newest(at(1), "c")
    assert not visitor.is_newest(at(1), "b")
    assert not visitor.is_newest(at(0), "c")


def test_the_mark_of_a_denial_recognises_a_browser_and_does_not_name_it() -> None:
    mark = denial_mark("visitor-0001")
    assert mark == denial_mark("visitor-0001") != denial_mark("visitor-0002")
    assert "visitor" not in mark
