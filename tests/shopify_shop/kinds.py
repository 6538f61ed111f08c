"""One kind of record: those the shop was born with, made from their numbers when asked for, and what happened since."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy

from tests.shopify_shop import search
from tests.shopify_shop.naming import Json, gid, number_of
from tests.shopify_shop.rows import Rows
from tests.shopify_shop.search import Columns

Key = tuple[str, int]  # (what is sorted by, id)


class Kind:
    """`make(number)`: the whole record. `glance(number)`: only what is searched and sorted by, which costs little.

    `columns(record)`: the same of a record that was made or changed since. A deleted record is in `gone`.
    """

    def __init__(
        self,
        name: str,
        first_id: int,
        count: int,
        make: Callable[[int], Json],
        glance: Callable[[int], Columns],
        columns: Callable[[Json], Columns],
        searchable: frozenset[str],
    ) -> None:
        self.name = name
        self._first_id = first_id
        self._count = count
        self._make = make
        self._glance = glance
        self._columns = columns
        self._searchable = searchable
        self.changed: dict[int, Json] = {}
        self.gone: set[int] = set()
        self._next = count + 1
        self._found: dict[tuple[str, str], list[Key]] = {}

    def new_id(self) -> int:
        self._next += 1
        return self._first_id + self._next - 1

    def ids(self) -> list[int]:
        born = (self._first_id + number for number in range(1, self._count + 1))
        grown = sorted(id_ for id_ in self.changed if not self._is_born(id_))
        return [id_ for id_ in (*born, *grown) if id_ not in self.gone]

    def _is_born(self, id_: int) -> bool:
        return 0 < id_ - self._first_id <= self._count

    def get(self, id_: int) -> Json | None:
        if id_ in self.gone:
            return None
        if id_ in self.changed:
            return self.changed[id_]
        return self._make(id_ - self._first_id) if self._is_born(id_) else None

    def by_gid(self, stated: str) -> Json | None:
        return self.get(number_of(stated)) if stated.startswith(gid(self.name, 0)[:-1]) else None

    def put(self, record: Json) -> None:
        self.changed[number_of(record["id"])] = record
        self._found.clear()

    def copied(self, id_: int) -> Json:
        """To be changed and put back."""
        record = self.get(id_)
        assert record is not None, f"{self.name} {id_} is not there"
        return copy(record)

    def delete(self, id_: int) -> None:
        self.gone.add(id_)
        self._found.clear()

    def glance(self, id_: int) -> Columns:
        changed = self.changed.get(id_)
        return self._columns(changed) if changed is not None else self._glance(id_ - self._first_id)

    def rows(self, query: str = "", sort_by: str = "id", is_seen: Callable[[Columns], bool] | None = None) -> Rows:
        """Those the search finds, sorted by a column. `is_seen`: what may be shown at all."""
        keys = self._keys(query, sort_by)
        if is_seen is not None:
            keys = [key for key in keys if is_seen(self.glance(key[1]))]
        return Rows(keys, lambda key: self.get(key[1]))

    def _keys(self, query: str, sort_by: str) -> list[Key]:
        kept = self._found.get((query, sort_by))
        if kept is None:
            test = search.parse(query, self._searchable)
            glances = ((id_, self.glance(id_)) for id_ in self.ids())
            kept = sorted((_sortable(columns[sort_by]), id_) for id_, columns in glances if test(columns))
            if len(self._found) > 16:
                self._found.clear()
            self._found[query, sort_by] = kept
        return kept

    def count(self, query: str = "") -> int:
        return len(self._keys(query, "id"))


def _sortable(value: object) -> str:
    return f"{value:020d}" if isinstance(value, int) else str(value or "")
