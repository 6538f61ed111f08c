"""Shopify's search syntax, as far as it is used: `field:value`, `field:>=value`, quotes, AND, OR, NOT, brackets.

A record is looked at through its columns: {field of the search: value or values}. Shopify ignores a field it does not
know and returns everything; that is how searches go wrong unnoticed, so here it is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from tests.shopify_shop.moments import text

Columns = Mapping[str, "str | int | bool | tuple[str, ...] | None"]
Test = Callable[[Columns], bool]

TOKEN = re.compile(
    r"""\s*(?: (?P<bracket>[()]) | (?P<minus>-)?(?P<field>[a-z_]+):(?P<sign><=|>=|<|>)?
        (?: '(?P<single>(?:[^'\\]|\\.)*)' | "(?P<double>(?:[^"\\]|\\.)*)" | (?P<bare>[^\s()]+) )
        | (?P<word>AND|OR|NOT)\b )""",
    re.VERBOSE,
)
ESCAPED = re.compile(r"\\(.)")
TIMES = frozenset({"updated_at", "created_at", "processed_at", "customer_date", "order_date", "completed_at"})


class BadSearch(Exception):
    """What the search says is not understood here; the test that caused it should fail."""


def parse(query: str, known: frozenset[str]) -> Test:
    """`known`: the fields this kind of record can be searched by. Raises BadSearch."""
    tokens, place = [], 0
    while query[place:].strip():
        found = TOKEN.match(query, place)
        if found is None:
            raise BadSearch(f"not understood: {query[place:]!r} in {query!r}")
        tokens.append(found)
        place = found.end()
    if not tokens:
        return lambda columns: True
    reader = _Reader(tokens, known)
    test = reader.either()
    if not reader.is_done():
        raise BadSearch(f"a bracket too many in {query!r}")
    return test


class _Reader:
    def __init__(self, tokens: list[re.Match[str]], known: frozenset[str]) -> None:
        self._tokens = tokens
        self._place = 0
        self._known = known

    def is_done(self) -> bool:
        return self._place == len(self._tokens)

    def _next(self) -> re.Match[str]:
        if self.is_done():
            raise BadSearch("the search ends in the middle")
        self._place += 1
        return self._tokens[self._place - 1]

    def _is_next(self, group: str, value: str) -> bool:
        return not self.is_done() and self._tokens[self._place][group] == value

    def either(self) -> Test:
        tests = [self._every()]
        while self._is_next("word", "OR"):
            self._next()
            tests.append(self._every())
        return tests[0] if len(tests) == 1 else lambda columns: any(test(columns) for test in tests)

    def _every(self) -> Test:
        tests = [self._one()]
        while not self.is_done() and not self._is_next("word", "OR") and not self._is_next("bracket", ")"):
            if self._is_next("word", "AND"):
                self._next()
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda columns: all(test(columns) for test in tests)

    def _one(self) -> Test:
        token = self._next()
        if token["word"] == "NOT":
            inner = self._one()
            return lambda columns: not inner(columns)
        if token["bracket"] == "(":
            inner = self.either()
            if self._next()["bracket"] != ")":
                raise BadSearch("a bracket is not closed")
            return inner
        if token["field"] is None:
            raise BadSearch(f"a field is missing at {token[0]!r}")
        test = self._comparison(token)
        return (lambda columns: not test(columns)) if token["minus"] else test

    def _comparison(self, token: re.Match[str]) -> Test:
        field, sign = token["field"], token["sign"] or "="
        if field not in self._known:
            raise BadSearch(f"{field} is no field of this search: {sorted(self._known)}")
        quoted = next((token[group] for group in ("single", "double") if token[group] is not None), None)
        value = ESCAPED.sub(r"\1", quoted) if quoted is not None else token["bare"]
        if field in TIMES:
            return _compare_text(field, sign, _time(value))
        if field == "id":
            return _compare_number(field, sign, int(value.rsplit("/", 1)[-1]))
        if sign != "=":
            raise BadSearch(f"{field} is not compared with {sign} here")
        return _equal(field, value.lower())


def _time(value: str) -> str:
    """Without an offset a time is the shop's; this one's is UTC."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise BadSearch(f"not a time: {value!r}") from error
    return text(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _compare_text(field: str, sign: str, wanted: str) -> Test:
    def test(columns: Columns) -> bool:
        found = columns[field]
        return isinstance(found, str) and _holds(sign, (found > wanted) - (found < wanted))

    return test


def _compare_number(field: str, sign: str, wanted: int) -> Test:
    def test(columns: Columns) -> bool:
        found = columns[field]
        return isinstance(found, int) and _holds(sign, (found > wanted) - (found < wanted))

    return test


def _holds(sign: str, order: int) -> bool:
    if order == 0:
        return sign in ("=", "<=", ">=")
    return sign in (("<", "<=") if order < 0 else (">", ">="))


def _equal(field: str, wanted: str) -> Test:
    """Whole value, any case; `*` at the end stands for anything; a tuple holds it."""

    def test(columns: Columns) -> bool:
        found = columns[field]
        values = found if isinstance(found, tuple) else (found,)
        return any(_fits(value, wanted) for value in values)

    return test


def _fits(value: object, wanted: str) -> bool:
    if value is None:
        return False
    stated = str(value).lower()
    return stated.startswith(wanted[:-1]) if wanted.endswith("*") else stated == wanted
