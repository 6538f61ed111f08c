"""Every question we ask, held against Shopify's own schema: it exists, is allowed, and will still be there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLSchema,
    NoDeprecatedCustomRule,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    parse,
    validate,
    visit,
)

from collector.sources.shopify import queries, scopes
from collector.sources.shopify.versions import API_VERSION
from tests.shopify_shop import schema as shopify
from tests.shopify_shop.bulk_rules import problem_with

VERSIONS = (API_VERSION, "2026-10")
# Asked for all the same, each with its reason.
DEPRECATED = {
    "CustomerPhoneNumber.marketingState": "smsMarketingConsent, which follows it, exists from 2026-10 only",
    "CustomerPhoneNumber.marketingOptInLevel": "the same",
    "CustomerPhoneNumber.marketingUpdatedAt": "the same",
    "ProductVariant.image": "its media would be a third level of a bulk query, which has two",
}
OURS = {scope.handle for scope in (*scopes.NEEDED, *scopes.OPTIONAL)}
CODE = Path(queries.__file__).parent


def document(name: str) -> DocumentNode:
    return parse(queries.query(name).text)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", queries.names())
def test_a_query_is_valid(name: str, version: str) -> None:
    assert [error.message for error in validate(shopify.schema(version), document(name))] == []


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_deprecated_is_asked_for_with_a_reason_and_nothing_else_is(version: str) -> None:
    found = {
        re.sub(r"The field (\S+) is deprecated.*", r"\1", error.message)
        for name in queries.names()
        for error in validate(shopify.schema(version), document(name), [NoDeprecatedCustomRule])
    }
    assert found <= DEPRECATED.keys()
    if version == VERSIONS[-1]:
        assert found == DEPRECATED.keys(), "a reason that nobody needs any more"


@pytest.mark.parametrize("name", [name for name in queries.names() if name.startswith("bulk_")])
def test_a_bulk_query_keeps_within_the_limits(name: str) -> None:
    assert problem_with(shopify.schema(API_VERSION), document(name)) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{ shop { name } }", "at least one connection"),
        ("{ nodes(ids: []) { id } }", "not allowed"),
        (
            "{ products { edges { node { id variants { edges { node { id media { edges { node { id } } } } } } } } } }",
            "depth",
        ),
        ("{ orders { edges { node { id refunds { refundLineItems { edges { node { id } } } } } } } }", "list field"),
        (
            "{ products { nodes { id a: media { nodes { id } } b: media { nodes { id } } c: media { nodes { id } }"
            " d: media { nodes { id } } e: media { nodes { id } } } } }",
            "more than 5",
        ),
    ],
)
def test_a_bulk_query_beyond_the_limits_is_found(text: str, words: str) -> None:
    assert words in " ".join(problem_with(shopify.schema(API_VERSION), parse(text)))


class Reach(Visitor):
    """Which types and fields a query reads, and which of them none of our scopes opens."""

    def __init__(self, schema: GraphQLSchema, version: str) -> None:
        super().__init__()
        self.types = TypeInfo(schema)
        self._needs = shopify.scopes(version)
        self.closed: list[str] = []

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent, returned = self.types.get_parent_type(), self.types.get_type()
        assert parent is not None
        assert returned is not None
        for what in (f"{parent.name}.{node.name.value}", get_named_type(returned).name):
            needed = self._needs.get(what)
            if needed and not any(scopes.is_granted(handle, OURS) for handle in needed):
                self.closed.append(f"{what} needs one of {needed}")


def closed_in(text: str, version: str) -> list[str]:
    reach = Reach(shopify.schema(version), version)
    visit(parse(text), TypeInfoVisitor(reach.types, reach))
    return reach.closed


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", queries.names())
def test_what_a_query_reads_is_open_to_the_scopes_we_ask_for(name: str, version: str) -> None:
    assert closed_in(queries.query(name).text, version) == []


def test_what_is_closed_is_found() -> None:
    text = "{ locations(first: 1) { nodes { id name } } customers(first: 1) { nodes { unsubscribeUrl } } }"
    # `locations` itself is open to read_inventory; the name and the link are not to what we have.
    assert [one.split(" needs")[0] for one in closed_in(text, API_VERSION)] == [
        "Location.name",
        "Customer.unsubscribeUrl",
    ]


def test_every_query_and_every_fragment_is_asked_by_somebody() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in CODE.glob("*.py"))
    asked = [name for name in queries.names() if re.search(rf'"{name}"', code) or is_composed(name)]
    assert asked == queries.names()
    written = {path.stem for path in (CODE / "queries" / "fragments").glob("*.graphql")}
    whole = "\n".join(queries.query(name).text for name in queries.names())
    assert {name for name in written if f"fragment {name} on" in whole} == written


def is_composed(name: str) -> bool:
    """Asked by resource: `bulk_orders`, `orders_changed`, …"""
    return re.fullmatch(r"bulk_\w+|\w+_changed|\w+_by_id", name) is not None


@pytest.mark.parametrize("name", queries.names())
def test_a_query_is_named_as_its_file_and_says_all_it_needs(name: str) -> None:
    query = queries.query(name)
    assert re.match(rf"(query|mutation) {name}\b", query.text)
    assert (
        not query.is_change
        or not query.is_repeatable
        or "Safe to repeat" in (CODE / "queries" / f"{name}.graphql").read_text(encoding="utf-8")
    )
    assert not query.is_change or "userErrors" in query.text, "or a refusal would look like success"
