"""What the app's scopes open, by Shopify's own table: a type or field it may not see is refused by name."""

from __future__ import annotations

import functools
from collections.abc import Collection

from graphql import GraphQLError, GraphQLObjectType, GraphQLOutputType, get_named_type

from tests.shopify_shop import schema

PRIVATE = {  # protected customer data, level 2
    "Customer": ("firstName", "lastName", "displayName", "defaultEmailAddress", "defaultPhoneNumber", "defaultAddress"),
    "Order": ("email", "phone", "billingAddress", "shippingAddress", "clientIp"),
    "AbandonedCheckout": ("billingAddress", "shippingAddress"),
}


class Denied(GraphQLError):
    """`Access denied for customers field.`"""

    def __init__(self, field: str, scopes: tuple[str, ...]) -> None:
        access = " or ".join(f"`{scope}` access scope" for scope in scopes)
        super().__init__(
            f"Access denied for {field} field. Required access: {access}.",
            extensions={
                "code": "ACCESS_DENIED",
                "documentation": "https://shopify.dev/api/usage/access-scopes",
                "requiredAccess": f"{access}.",
            },
        )


def check(version: str, parent: str, field: str, returns: GraphQLOutputType, granted: Collection[str]) -> None:
    """Raises Denied."""
    for scopes in needed(version, parent, field, _row_type(returns)):
        if not any(_has(scope, granted) for scope in scopes):
            raise Denied(field, scopes)


def _has(scope: str, granted: Collection[str]) -> bool:
    """A write scope implies the read."""
    return scope in granted or scope.replace("read_", "write_", 1) in granted


@functools.cache
def needed(version: str, parent: str, field: str, returned: str) -> tuple[tuple[str, ...], ...]:
    """Each of these must be met by one of its scopes."""
    table = schema.scopes(version)
    return tuple(filter(None, (table.get(f"{parent}.{field}", ()), table.get(returned, ()))))


def _row_type(returns: GraphQLOutputType) -> str:
    """Of a connection, what its rows are."""
    named = get_named_type(returns)
    if isinstance(named, GraphQLObjectType) and named.name.endswith("Connection") and "nodes" in named.fields:
        named = get_named_type(named.fields["nodes"].type)
    return str(named.name)
