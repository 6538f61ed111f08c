"""A connection: rows with cursors, asked for by `first`/`after`/`last`/`before`/`reverse`, at most 250 at once."""

from __future__ import annotations

import base64
import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import Any

from graphql import GraphQLError

from tests.shopify_shop.naming import Json

LARGEST_PAGE = 250


class Rows:
    """`keys`, sorted; `get` makes the record of one. Nothing is made before it is asked for.

    A cursor is its row's key, so a page goes on behind it also when that row has moved or gone since.
    """

    def __init__(self, keys: Sequence[Any], get: Callable[[Any], Json | None]) -> None:
        self.keys = keys
        self._get = get

    @classmethod
    def of(cls, records: Sequence[Json]) -> Rows:
        return cls(range(len(records)), lambda index: records[index])

    def record(self, key: Any) -> Json | None:
        return self._get(key)

    def all(self) -> list[Json]:
        """For a bulk operation, which knows no pages."""
        return [record for key in self.keys if (record := self._get(key)) is not None]

    def page(self, args: Json) -> Json:
        first, last = args.get("first"), args.get("last")
        for size in (first, last):
            if size is not None and not 0 < size <= LARGEST_PAGE:
                raise GraphQLError(f"first and last must be between 1 and {LARGEST_PAGE}, not {size}")
        if first is None and last is None:
            raise GraphQLError("you must provide one of first or last")
        begin, end = self._range(args)
        size, count = (first, end - begin) if first is not None else (last or 0, end - begin)
        start, stop = (begin, min(end, begin + size)) if first is not None else (max(begin, end - size), end)
        chosen = self._slice(start, stop, is_reverse=bool(args.get("reverse")))
        pairs = [(_cursor(key), record) for key in chosen if (record := self._get(key)) is not None]
        return {
            "nodes": [record for _, record in pairs],
            "edges": [{"cursor": cursor, "node": record} for cursor, record in pairs],
            "pageInfo": {
                "hasNextPage": stop < end if first is not None else bool(args.get("before")) and count > 0,
                "hasPreviousPage": start > 0,
                "startCursor": pairs[0][0] if pairs else None,
                "endCursor": pairs[-1][0] if pairs else None,
            },
        }

    def _range(self, args: Json) -> tuple[int, int]:
        """The places, in the order asked for, that `after` and `before` leave."""
        begin, end, count = 0, len(self.keys), len(self.keys)
        is_reverse = bool(args.get("reverse"))
        if args.get("after"):
            key = _key(args["after"])
            begin = count - bisect_left(self.keys, key) if is_reverse else bisect_right(self.keys, key)
        if args.get("before"):
            key = _key(args["before"])
            end = count - bisect_right(self.keys, key) if is_reverse else bisect_left(self.keys, key)
        return begin, max(begin, end)

    def _slice(self, start: int, stop: int, *, is_reverse: bool) -> Sequence[Any]:
        if not is_reverse:
            return self.keys[start:stop]
        count = len(self.keys)
        return self.keys[count - stop : count - start][::-1]


def _cursor(key: Any) -> str:
    return base64.b64encode(json.dumps(key).encode()).decode()


def _key(cursor: str) -> Any:
    try:
        key = json.loads(base64.b64decode(cursor, validate=True))
    except ValueError as error:
        raise GraphQLError(f"Invalid cursor: {cursor}") from error
    return tuple(key) if isinstance(key, list) else key
