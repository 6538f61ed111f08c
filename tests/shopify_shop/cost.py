"""What a question costs: before it is asked (`requested`) and by what it brought (`actual`).

The rules: a value 0, an object 1, of an interface or union the dearest part, a connection 2 and its rows, a mutation
10 whatever it returns. `edges` and `pageInfo` belong to their connection.
Source: shopify.dev, "GraphQL Admin API rate limits"; Shopify's engineering blog on query cost (read 2026-11-22).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    value_from_ast_untyped,
)

from tests.shopify_shop.naming import Json

MUTATION = 10
CONNECTION = 2
LARGEST = 1000
Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType


@dataclass
class Costs:
    """Of one operation with its variables."""

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    variables: Json

    def requested(self) -> int:
        if self.operation.operation is OperationType.MUTATION:
            return MUTATION
        assert self.schema.query_type is not None
        return self._of(self.operation.selection_set, self.schema.query_type, {}, is_asked=True)

    def actual(self, data: Json | None) -> int:
        if self.operation.operation is OperationType.MUTATION:
            return MUTATION
        assert self.schema.query_type is not None
        return self._of(self.operation.selection_set, self.schema.query_type, data or {}, is_asked=False)

    def _of(self, selections: SelectionSetNode, parent: Composite, data: Json, *, is_asked: bool) -> int:
        """The cost of the fields below an object (or of one such object, before it is asked)."""
        total, of_parts = 0, dict[str, int]()
        for node in selections.selections:
            if isinstance(node, FieldNode):
                total += self._of_field(node, parent, data, is_asked=is_asked)
                continue
            assert isinstance(node, FragmentSpreadNode | InlineFragmentNode)
            fragment = self.fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
            condition = fragment.type_condition
            name = condition.name.value if condition else parent.name
            inner = self._type(name)
            part = self._of(fragment.selection_set, inner, data, is_asked=is_asked)
            if name == parent.name:
                total += part
            else:
                of_parts[name] = of_parts.get(name, 0) + part
        return total + max(of_parts.values(), default=0)

    def _of_field(self, node: FieldNode, parent: Composite, data: Json, *, is_asked: bool) -> int:
        if node.name.value.startswith("__") or node.selection_set is None:
            return 0
        assert not isinstance(parent, GraphQLUnionType)
        named = get_named_type(parent.fields[node.name.value].type)
        assert isinstance(named, Composite)
        value = data.get(node.alias.value if node.alias else node.name.value)
        if named.name.endswith("Connection"):
            return self._of_connection(node, named, value, is_asked=is_asked)
        if named.name == "PageInfo":
            return 0
        if is_asked:
            return 1 + self._of(node.selection_set, named, {}, is_asked=True)
        # A list without pages is one field, however long it is.
        values = [each for each in (value if isinstance(value, list) else [value]) if each is not None]
        return 1 + max(self._of(node.selection_set, named, each, is_asked=False) for each in values) if values else 0

    def _of_connection(self, node: FieldNode, named: Composite, value: Any, *, is_asked: bool) -> int:
        assert node.selection_set is not None
        if not is_asked and value is None:
            return 0
        below = self._rows(node.selection_set, named, is_asked=is_asked, page=value or {})
        if not is_asked:
            return CONNECTION + sum(below)
        size = self._size(node)
        return CONNECTION + size * sum(below)

    def _rows(self, selections: SelectionSetNode, named: Composite, *, is_asked: bool, page: Json) -> list[int]:
        """The cost of one row, before it is asked; of each row, by what came. Other fields of the page count once."""
        assert not isinstance(named, GraphQLUnionType)
        found: list[int] = []
        for node in selections.selections:
            assert isinstance(node, FieldNode), "a fragment on a connection"
            if node.selection_set is None or node.name.value not in ("nodes", "edges"):
                continue
            row_type = get_named_type(named.fields[node.name.value].type)
            assert isinstance(row_type, Composite)
            inner, is_edge = node.selection_set, node.name.value == "edges"
            rows = page.get(node.alias.value if node.alias else node.name.value, [])
            for row in [{}] if is_asked else rows:
                below = self._of(inner, row_type, row, is_asked=is_asked)
                found.append(below if is_edge else 1 + below)  # an edge is not counted, its node is a field of it
        return found

    def _size(self, node: FieldNode) -> int:
        for argument in node.arguments or ():
            if argument.name.value in ("first", "last"):
                size = value_from_ast_untyped(argument.value, self.variables)
                return size if isinstance(size, int) else 0
        return 0

    def _type(self, name: str) -> Composite:
        found = self.schema.type_map[name]
        assert isinstance(found, Composite)
        return found
