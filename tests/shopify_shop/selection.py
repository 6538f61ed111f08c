"""Field selections as a list: fragments put in place, the same field asked twice made one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    is_abstract_type,
    value_from_ast_untyped,
)

from tests.shopify_shop.naming import Json

Fragments = Mapping[str, FragmentDefinitionNode]


@dataclass
class Chosen:
    """One field of an object's answer."""

    key: str
    name: str
    args: Json
    below: list[SelectionNode] = field(default_factory=list)


def chosen(
    schema: GraphQLSchema,
    of: GraphQLObjectType,
    selections: Sequence[SelectionNode],
    fragments: Fragments,
    variables: Json | None = None,
) -> list[Chosen]:
    """What is asked of an object of this type, in the order asked."""
    found: dict[str, Chosen] = {}

    def walk(nodes: Sequence[SelectionNode]) -> None:
        for node in nodes:
            if isinstance(node, FieldNode):
                key = node.alias.value if node.alias else node.name.value
                args = {one.name.value: value_from_ast_untyped(one.value, variables) for one in node.arguments or ()}
                one = found.setdefault(key, Chosen(key, node.name.value, args))
                if isinstance(node.selection_set, SelectionSetNode):
                    one.below.extend(node.selection_set.selections)
                continue
            assert isinstance(node, FragmentSpreadNode | InlineFragmentNode)
            fragment = fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
            condition = fragment.type_condition
            if condition is None or _is_one(schema, of, schema.type_map[condition.name.value]):
                walk(fragment.selection_set.selections)

    walk(selections)
    return list(found.values())


def _is_one(schema: GraphQLSchema, of: GraphQLObjectType, wanted: GraphQLNamedType) -> bool:
    return wanted is of or (is_abstract_type(wanted) and schema.is_sub_type(wanted, of))
