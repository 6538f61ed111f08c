"""Walking a list while the shop goes on: nothing that is there all the time is missed."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.domain.errors import SourceUnavailable
from collector.sources.woocommerce.walk import Place, all_of, number_of, stride

from .changing_list import ChangingList, Json

STEADY = range(1, 200, 7)  # ids of the records that stay
# What happens before an answer: from this id on so many records vanish, or come (back).
MOMENT = st.lists(st.tuples(st.integers(1, 220), st.integers(1, 60), st.booleans()), max_size=3)


def walked(there: ChangingList, size: int, most: int = 500) -> list[int]:
    """Ids in the order they came, from a cursor that is written down after every step."""
    shop, found, kept, is_done = there.client(size), list[int](), "{}", False
    while not is_done:
        assert len(there.asked) < most, "it goes round for ever"
        strode = stride(shop, "orders", {}, Place.read(json.loads(kept)))
        found += [number_of(record) for record in strode.records]
        kept, is_done = json.dumps(strode.place.kept()), strode.is_done
    return found


def happening(records: dict[int, Json], moments: list[list[tuple[int, int, bool]]]) -> Iterator[None]:
    for moment in moments:
        for first, count, comes in moment:
            for number in set(range(first, first + count)) - set(STEADY):
                if comes:
                    records[number] = {"id": number}
                else:
                    records.pop(number, None)
        yield


@settings(max_examples=50)
@given(
    is_full=st.booleans(),
    moments=st.lists(MOMENT, max_size=25),
    states_total=st.booleans(),
    size=st.sampled_from([10, 25]),
)
def test_what_is_there_all_the_time_comes_exactly_once(
    is_full: bool, moments: list[list[tuple[int, int, bool]]], states_total: bool, size: int
) -> None:
    records: dict[int, Json] = {number: {"id": number} for number in (range(1, 200) if is_full else STEADY)}
    life = happening(records, moments)
    there = ChangingList(records, lambda: next(life, None), states_total=states_total)
    found = walked(there, size)
    assert [number for number in found if number in STEADY] == list(STEADY)
    assert found == sorted(set(found)), "nothing twice, and in order"


@pytest.mark.parametrize(
    ("why", "gone", "requests"),
    [
        ("nothing changes", 0, 4),
        ("one before us", 1, 6),
        ("half of what was read", 150, 15),
    ],
)
def test_stepping_back_costs_little(why: str, gone: int, requests: int) -> None:
    records: dict[int, Json] = {number: {"id": number} for number in range(1, 401)}

    def before() -> None:
        if len(there.asked) == 3:
            for number in range(1, gone + 1):
                records.pop(number, None)

    there = ChangingList(records, before)
    assert walked(there, 100)[-1] == 400, why
    assert len(there.asked) <= requests + 1, why


def test_an_empty_list_is_one_request() -> None:
    there = ChangingList({}, lambda: None)
    assert all_of(there.client(), "orders", {}) == []
    assert len(there.asked) == 1


def test_the_total_is_that_of_the_first_page() -> None:
    there = ChangingList({number: {"id": number} for number in range(1, 151)}, lambda: None)
    first = stride(there.client(), "orders", {}, Place())
    second = stride(there.client(), "orders", {}, first.place)
    assert (first.total, second.total, len(second.records)) == (150, None, 50)


def test_a_host_that_dies_of_a_hundred_is_asked_for_less_and_an_answer_of_many_parts_is_not_trusted() -> None:
    """Between the parts a record may have gone; the same place is asked for again in one."""
    records: dict[int, Json] = {number: {"id": number} for number in range(1, 61)}
    there = ChangingList(records, lambda: None)
    there.most = 25
    shop, place = there.client(), Place()
    first = stride(shop, "orders", {}, place)
    assert (first.place, first.records, first.is_done) == (place, [], False)
    assert [number_of(record) for record in all_of(shop, "orders", {})] == list(range(1, 61))
    assert {given["per_page"] for given in there.asked[-4:]} == {"25"}


def test_a_list_in_another_order_is_said_and_not_half_read() -> None:
    there = ChangingList({1: {"id": 9}, 2: {"id": 3}}, lambda: None)
    with pytest.raises(SourceUnavailable, match="order of its own"):
        stride(there.client(), "orders", {}, Place())
