"""What a bulk query may not be. Source: shopify.dev, bulk operations (read 2026-11-21)."""

from __future__ import annotations

from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
)

MOST_CONNECTIONS, DEEPEST = 5, 2


def problem_with(schema: GraphQLSchema, document: DocumentNode) -> list[str]:
    """Of a valid query: the first thing Shopify would refuse, if any."""
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    operation = operations[0]
    roots = [one for one in operation.selection_set.selections if isinstance(one, FieldNode)]
    if any(one.name.value in ("node", "nodes") for one in roots):
        return ["node and nodes are not allowed in a bulk query"]
    if len(roots) != 1:
        return ["a bulk query has one root field"]
    look = _Look(schema, fragments)
    assert schema.query_type is not None
    look.at(operation.selection_set, schema.query_type, 0, in_list=False)
    if look.connections == 0:
        look.problems.append("Bulk queries must contain at least one connection.")
    if look.connections > MOST_CONNECTIONS:
        look.problems.append(f"Bulk queries cannot contain more than {MOST_CONNECTIONS} connections.")
    if look.deepest > DEEPEST:
        look.problems.append(f"Bulk queries cannot contain connections with a nesting depth greater than {DEEPEST}.")
    return look.problems


class _Look:
    def __init__(self, schema: GraphQLSchema, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._schema = schema
        self._fragments = fragments
        self.connections = 0
        self.deepest = 0
        self.problems: list[str] = []

    def at(self, selections: SelectionSetNode, parent: Any, depth: int, *, in_list: bool) -> None:
        for node in selections.selections:
            if isinstance(node, FragmentSpreadNode | InlineFragmentNode):
                fragment = self._fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
                condition = fragment.type_condition
                inner = self._schema.type_map[condition.name.value] if condition else parent
                self.at(fragment.selection_set, inner, depth, in_list=in_list)
                continue
            assert isinstance(node, FieldNode)
            if node.selection_set is None:
                continue
            assert isinstance(parent, GraphQLObjectType | GraphQLInterfaceType)
            returns = parent.fields[node.name.value].type
            named = get_named_type(returns)
            if named.name.endswith("Connection"):
                self._connection(node, named, depth + 1, in_list=in_list)
                continue
            self.at(node.selection_set, named, depth, in_list=in_list or _is_list(returns))

    def _connection(self, node: FieldNode, named: Any, depth: int, *, in_list: bool) -> None:
        self.connections += 1
        self.deepest = max(self.deepest, depth)
        if in_list:
            self.problems.append("Queries that contain a connection field within a list field are not supported.")
        row = get_named_type(named.fields["nodes"].type)
        if isinstance(row, GraphQLObjectType) and all(one.name != "Node" for one in row.interfaces):
            self.problems.append(f"{row.name} does not implement Node.")
        assert node.selection_set is not None
        for part in node.selection_set.selections:
            assert isinstance(part, FieldNode)
            if part.selection_set is None or part.name.value == "pageInfo":
                continue
            inner, below = named.fields[part.name.value].type, part.selection_set
            if part.name.value == "edges":
                edges = [one for one in below.selections if isinstance(one, FieldNode) and one.name.value == "node"]
                for edge in edges:
                    assert edge.selection_set is not None
                    self.at(edge.selection_set, row, depth, in_list=False)
                continue
            self.at(below, get_named_type(inner), depth, in_list=False)


def _is_list(type_: GraphQLOutputType) -> bool:
    return isinstance(type_.of_type if isinstance(type_, GraphQLNonNull) else type_, GraphQLList)
