"""The lines of a bulk result, by a walk over what was asked: worked out once, then gone for every record.

It gives what graphql-core's execution gives (tests/shopify_shop/test_shop_bulk.py), many times faster.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, NamedTuple

from graphql import (
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    SelectionNode,
    get_named_type,
    is_leaf_type,
    is_object_type,
)

from tests.shopify_shop.naming import Json
from tests.shopify_shop.reading import Reading
from tests.shopify_shop.selection import Chosen, Fragments, chosen

LEAF, OBJECT, OBJECTS, ROWS, SPECIAL = range(5)
MISSING = object()


@dataclass(frozen=True)
class Line:
    """`parent`: id of the line it hangs under."""

    fields: Json
    parent: str
    below: list[Line]


class _Step(NamedTuple):
    key: str
    name: str
    args: Json
    mode: int
    plan: Plan | None


class Plan:
    """What is asked of a record; one list of steps for each type it may have."""

    def __init__(
        self,
        schema: GraphQLSchema,
        declared: GraphQLOutputType,
        asked: list[SelectionNode],
        fragments: Fragments,
        reading: Reading,
    ) -> None:
        self._schema = schema
        self._declared = get_named_type(declared)
        self._asked = asked
        self._fragments = fragments
        self._reading = reading
        self._steps: dict[str, list[_Step]] = {}
        self._only = self._declared.name if is_object_type(self._declared) else ""

    def line(self, record: Json, parent: str = "") -> Line:
        below: list[Line] = []
        fields = self._fields(record, below)
        if parent:
            fields["__parentId"] = parent
        return Line(fields, parent, below)

    def _fields(self, record: Json, below: list[Line]) -> Json:
        name = self._only or record["__typename"]
        steps = self._steps.get(name)
        if steps is None:
            steps = self._steps[name] = self._worked_out(name)
        found: Json = {}
        for key, field, args, mode, plan in steps:
            value = record.get(field, MISSING)
            if callable(value):
                value = value(args)
            if value is MISSING or mode == SPECIAL:  # rare: a gap, or what may not be seen
                value = name if field == "__typename" else self._reading.value(name, record, field, args)
            if mode in (LEAF, SPECIAL) or value is None:
                found[key] = value
                continue
            assert plan is not None
            if mode == OBJECT:
                found[key] = plan._fields(value, below)
            elif mode == OBJECTS:
                found[key] = [plan._fields(each, below) for each in value]
            else:
                below.extend(plan.line(child, record["id"]) for child in value.all())
        return found

    def _worked_out(self, name: str) -> list[_Step]:
        of = self._schema.type_map[name]
        assert isinstance(of, GraphQLObjectType)
        return [self._step(of, one) for one in chosen(self._schema, of, self._asked, self._fragments)]

    def _step(self, of: GraphQLObjectType, one: Chosen) -> _Step:
        if one.name == "__typename":
            return _Step(one.key, one.name, {}, SPECIAL, None)
        if self._reading.is_private(of.name, one.name):
            return _Step(one.key, one.name, {}, SPECIAL, None)
        returns = of.fields[one.name].type
        named = get_named_type(returns)
        if is_leaf_type(named):
            return _Step(one.key, one.name, one.args, LEAF, None)
        if isinstance(named, GraphQLObjectType) and named.name.endswith("Connection"):
            return _Step(one.key, one.name, one.args, ROWS, rows_plan(self, named, one))
        plan = Plan(self._schema, returns, one.below, self._fragments, self._reading)
        return _Step(one.key, one.name, one.args, OBJECTS if _is_list(returns) else OBJECT, plan)


def rows_plan(plan: Plan, connection: GraphQLObjectType, one: Chosen) -> Plan:
    """For what stands under `nodes` or `edges { node }`."""
    schema, fragments = plan._schema, plan._fragments
    for inner in chosen(schema, connection, one.below, fragments):
        declared = connection.fields[inner.name].type
        if inner.name == "nodes":
            return Plan(schema, declared, inner.below, fragments, plan._reading)
        if inner.name == "edges":
            edge = get_named_type(declared)
            assert isinstance(edge, GraphQLObjectType)
            for node in chosen(schema, edge, inner.below, fragments):
                if node.name == "node":
                    return Plan(schema, edge.fields["node"].type, node.below, fragments, plan._reading)
    raise AssertionError(f"{one.name} without nodes")


def _is_list(type_: GraphQLOutputType) -> bool:
    return isinstance(type_.of_type if isinstance(type_, GraphQLNonNull) else type_, GraphQLList)


def scattered(lines: Iterable[Line], spread: int) -> Iterator[Json]:
    """Parents before their children, but not beside them: so many of them first, then a child of each in turn."""
    block: list[Line] = []
    for line in lines:
        block.append(line)
        if len(block) == spread:
            yield from _block(block)
            block = []
    yield from _block(block)


def _block(block: list[Line]) -> Iterator[Json]:
    if not block:
        return
    yield from (line.fields for line in block)
    nothing: Any = None
    children = [
        child for turn in zip_longest(*(line.below for line in block), fillvalue=nothing) for child in turn if child
    ]
    yield from _block(children)
