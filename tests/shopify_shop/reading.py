"""How a field of a record is read, whoever asks: a value, a function of the arguments, or rows.

A field the records do not have is no null: it is remembered in `gaps` and fails the request, and with it the test.
"""

from __future__ import annotations

from typing import Any

from tests.shopify_shop.naming import Json


class Gap(Exception):
    """The shop here has no answer for a field that the schema knows."""


class Reading:
    """`sees_people`: protected customer data is shown."""

    def __init__(self, private: dict[str, tuple[str, ...]], sees_people: bool, gaps: list[str]) -> None:
        self._private = {} if sees_people else private
        self._gaps = gaps

    def is_private(self, parent: str, field: str) -> bool:
        return field in self._private.get(parent, ())

    def value(self, parent: str, record: Json, field: str, args: Json) -> Any:
        if self.is_private(parent, field):
            return None
        try:
            found = record[field]
        except KeyError as error:
            self._gaps.append(f"{parent}.{field}")
            raise Gap(f"{parent}.{field}") from error
        return found(args) if callable(found) else found
