"""One kind of record: those the site was born with, made from their numbers when asked for, and what happened since."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterator
from copy import deepcopy
from typing import Any, NamedTuple

Json = dict[str, Any]


class Glance(NamedTuple):
    """What is filtered and sorted by. `word`: of the kind: role, type; `name`: login, slug, code."""

    id: int
    created_s: int
    modified_s: int
    status: str = ""
    word: str = ""
    name: str = ""
    email: str = ""
    owner: int = 0  # customer of an order, product of a variation


class Kind:
    """`glances`: of the records born, later ones having later times. `make(id)`: the whole record of one of them.

    `glance_of`: the same of a record made or changed since. Records are without their links.
    """

    def __init__(
        self, glances: Callable[[], list[Glance]], make: Callable[[int], Json], glance_of: Callable[[Json], Glance]
    ) -> None:
        self._glances = glances
        self._make = make
        self._glance_of = glance_of
        self._born: list[Glance] | None = None
        self._places: dict[int, int] = {}
        self.changed: dict[int, Json] = {}
        self.gone: set[int] = set()
        self._kept: dict[Hashable, list[int]] = {}

    @property
    def born(self) -> list[Glance]:
        if self._born is None:
            self._born = self._glances()
            self._places = {one.id: place for place, one in enumerate(self._born)}
        return self._born

    def get(self, id_: int) -> Json | None:
        if id_ in self.gone:
            return None
        if id_ in self.changed:
            return self.changed[id_]
        return self._make(id_) if self.born and id_ in self._places else None

    def records(self) -> Iterator[tuple[int, Json]]:
        """All, by id; not to be changed."""
        for id_ in self.ids():
            record = self.get(id_)
            if record is not None:
                yield id_, record

    def copied(self, id_: int) -> Json:
        """To be changed and put back."""
        record = self.get(id_)
        assert record is not None, f"{id_} is not there"
        return deepcopy(record)

    def put(self, record: Json) -> None:
        self.changed[record["id"]] = record
        self.gone.discard(record["id"])
        self._kept.clear()

    def delete(self, id_: int) -> None:
        self.gone.add(id_)
        self._kept.clear()

    def ids(self) -> list[int]:
        return self.select("all", lambda _: True, lambda one: one.id)

    def select(
        self,
        key: Hashable,
        test: Callable[[Glance], bool],
        sort_by: Callable[[Glance], Any],
        descending: bool = False,
        created_from: int = 0,
        modified_from: int = 0,
    ) -> list[int]:
        """Ids of those that pass, sorted. `key`: the question; its answer is kept until something changes."""
        found = self._kept.get(key)
        if found is not None:
            return found
        start = max(
            bisect_left(self.born, created_from, key=lambda one: one.created_s),
            bisect_left(self.born, modified_from, key=lambda one: one.modified_s),
        )
        changed, gone = self.changed, self.gone
        seen = [one for one in self.born[start:] if one.id not in changed and one.id not in gone and test(one)]
        seen += [one for one in map(self._glance_of, changed.values()) if one.id not in gone and test(one)]
        seen.sort(key=sort_by, reverse=descending)
        if len(self._kept) > 8:
            self._kept.clear()
        self._kept[key] = [one.id for one in seen]
        return self._kept[key]
