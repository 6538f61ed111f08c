"""One GraphQL request, from its text to its answer: valid by the real schema, paid for, allowed, executed."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    execute_sync,
    get_operation_ast,
    parse,
    validate,
    value_from_ast_untyped,
)

from tests.shopify_shop import cost, reach
from tests.shopify_shop.bucket import Bucket
from tests.shopify_shop.bulk import root_of
from tests.shopify_shop.naming import Json
from tests.shopify_shop.reading import Gap, Reading
from tests.shopify_shop.roots import Roots
from tests.shopify_shop.rows import Rows
from tests.shopify_shop.schema import schema as schema_of
from tests.shopify_shop.search import BadSearch
from tests.shopify_shop.walking import Plan, rows_plan

THROTTLED = {
    "message": "Throttled",
    "extensions": {"code": "THROTTLED", "documentation": "https://shopify.dev/api/usage/rate-limits"},
}


@dataclass(frozen=True)
class Asked:
    """Who asks, in which version, with which scopes."""

    version: str
    granted: tuple[str, ...]
    sees_people: bool = True


@dataclass
class Answering:
    roots: Roots
    bucket: Bucket
    gaps: list[str] = field(default_factory=list)  # what a test must not have asked for

    def answer(self, query: str, variables: Json, operation_name: str | None, asked: Asked) -> Json:
        """The body of the answer. Raises Gap."""
        schema = schema_of(asked.version)
        problems, document = checked(query, asked.version)
        if problems or document is None:
            return {"errors": problems}
        operation = get_operation_ast(document, operation_name)
        if operation is None:
            return {"errors": [{"message": "An operation name is required"}]}
        costs = cost.Costs(schema, operation, _fragments(document), _with_defaults(operation, variables))
        requested = costs.requested()
        if requested > cost.LARGEST:
            message = f"Query cost is {requested}, which exceeds the single query max cost limit ({cost.LARGEST})."
            told = {"code": "MAX_COST_EXCEEDED", "cost": requested, "maxCost": cost.LARGEST}
            return {"errors": [{"message": message, "extensions": told}]}
        if not self.bucket.take(requested):
            return {"errors": [THROTTLED], "extensions": self._told(requested, None)}
        before = len(self.gaps)
        result = execute_sync(
            schema,
            document,
            context_value=asked,
            variable_values=variables,
            operation_name=operation_name,
            field_resolver=self._resolve,
            type_resolver=lambda value, _info, _type: value["__typename"],
        )
        if len(self.gaps) > before:
            raise Gap("; ".join(self.gaps[before:]))
        actual = costs.actual(result.data)
        self.bucket.give_back(requested - actual)
        body: Json = {"data": result.data}
        if result.errors:
            body["errors"] = [_told_error(error) for error in result.errors]
        body["extensions"] = self._told(requested, actual)
        return body

    def plan(
        self, document: DocumentNode, version: str, granted: tuple[str, ...], sees_people: bool
    ) -> tuple[Plan, Rows]:
        """For a bulk operation. Raises GraphQLError where a scope is missing."""
        schema = schema_of(version)
        root, fragments = root_of(document, version)
        assert schema.query_type is not None
        declared = schema.query_type.fields[root.name].type
        reach.check(version, "QueryRoot", root.name, declared, granted)
        reading = Reading(reach.PRIVATE, sees_people, self.gaps)
        whole = Plan(schema, schema.query_type, [], fragments, reading)
        connection = declared.of_type if hasattr(declared, "of_type") else declared
        rows = self.roots.value(root.name, root.args, version, granted)
        assert isinstance(rows, Rows)
        return rows_plan(whole, connection, root), rows

    def _resolve(self, source: Any, info: GraphQLResolveInfo[Asked], **args: Any) -> Any:
        asked = info.context
        parent, name = info.parent_type, info.field_name
        returns = parent.fields[name].type
        reach.check(asked.version, parent.name, name, returns, asked.granted)
        try:
            if parent in (info.schema.query_type, info.schema.mutation_type):
                value = self.roots.value(name, args, asked.version, asked.granted)
            else:
                value = self._reading(asked.sees_people).value(parent.name, source, name, args)
        except (Gap, BadSearch) as problem:
            if not self.gaps or self.gaps[-1] != str(problem):
                self.gaps.append(str(problem))
            raise
        return value.page(args) if isinstance(value, Rows) else value

    def _reading(self, sees_people: bool) -> Reading:
        return Reading(reach.PRIVATE, sees_people, self.gaps)

    def _told(self, requested: int, actual: int | None) -> Json:
        status = self.bucket.status()
        return {"cost": {"requestedQueryCost": requested, "actualQueryCost": actual, "throttleStatus": status}}


@functools.lru_cache(maxsize=64)
def checked(query: str, version: str) -> tuple[list[Json], DocumentNode | None]:
    """(what is wrong with it, the parsed query)."""
    try:
        document = parse(query)
    except GraphQLSyntaxError as error:
        return [_told_error(error)], None
    errors = validate(schema_of(version), document)
    return [_told_error(error) for error in errors], document


def _told_error(error: GraphQLError) -> Json:
    told: Json = dict(error.formatted)
    return told


def _fragments(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}


def _with_defaults(operation: OperationDefinitionNode, variables: Json) -> Json:
    """The variables, and for those left out what the query says they are."""
    stated = {
        one.variable.name.value: value_from_ast_untyped(one.default_value)
        for one in operation.variable_definitions or ()
        if one.default_value is not None
    }
    return {**stated, **variables}
