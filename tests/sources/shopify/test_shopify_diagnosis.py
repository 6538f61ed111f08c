"""The look at a connection: one line for each thing that may be wrong, with its cause and its cure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import responses
from requests import PreparedRequest

from collector.domain.diagnosis import Check
from collector.sources.shopify.diagnosis import ShopifyDiagnosis
from collector.sources.shopify.scopes import NEEDED_SCOPES
from tests.sources.shopify.api_bench import ADDRESS, GRAPHQL, ApiBench, shop

ANA = {"id": "gid://shopify/Customer/1", "firstName": "Ana"}
FACELESS = {"id": "gid://shopify/Customer/1", "firstName": None, "defaultEmailAddress": None}
DENIED = {"errors": [{"message": "Access denied for customers field.", "extensions": {"code": "ACCESS_DENIED"}}]}
DENIED["errors"][0]["extensions"]["requiredAccess"] = "`read_customers` access scope."  # type: ignore[index]


def nodes(kind: str, *found: Any) -> dict[str, Any]:
    return {"data": {kind: {"nodes": list(found)}}}


def installed(*scopes: str) -> dict[str, Any]:
    granted = [{"handle": scope} for scope in scopes or NEEDED_SCOPES]
    return {"data": {"shop": {"name": "Lind"}, "currentAppInstallation": {"accessScopes": granted}}}


def answering(headers: dict[str, str], **given: Any) -> Callable[[PreparedRequest], tuple[int, dict[str, str], str]]:
    plain = {
        "shop": installed(),
        "look_products": nodes("products", {"id": "gid://shopify/Product/1"}),
        "look_customers": nodes("customers", ANA, FACELESS, FACELESS),
        "look_orders": nodes("orders"),
    }

    def answer(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        name = json.loads(request.body or b"")["query"].split("{")[0].split()[1]
        return 200, headers, json.dumps((plain | given)[name])

    return answer


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def look(wire: responses.RequestsMock, headers: dict[str, str] | None = None, **given: Any) -> dict[str, Check]:
    wire.add_callback("POST", GRAPHQL, answering(headers or {}, **given))
    return {check.name: check for check in ShopifyDiagnosis(ApiBench().api).look(shop())}


def test_a_connection_that_works_is_good_line_by_line(wire: responses.RequestsMock) -> None:
    found = look(wire, {"Date": "Sun, 22 Nov 2026 12:00:30 GMT", "X-Shopify-API-Version": "2026-07"})
    assert [check.title for check in found.values() if check.is_good] == [
        "API connection successful",
        "Products accessible",
        "Customers readable",
        "Names and e-mail addresses shown",
        "Orders readable",
        "Permissions complete",
        "API version 2026-07",
        "Clocks agree",
    ]
    assert all(check.is_good for check in found.values())
    assert "60 days" in found["scopes"].note


@pytest.mark.parametrize(
    ("why", "name", "headers", "given", "words"),
    [
        (
            "a scope was not granted",
            "customers",
            {},
            {"look_customers": DENIED},
            ("it lacks read_customers", "Give the app the scope read_customers"),
        ),
        (
            "a scope was taken away",
            "scopes",
            {},
            {"shop": installed("read_orders", "write_products", "read_customers")},
            ("read_inventory for stock", "install it again"),
        ),
        (
            "protected data is hidden",
            "protected_data",
            {},
            {"look_customers": nodes("customers", FACELESS, FACELESS, FACELESS)},
            ("3 customers", "protected customer data"),
        ),
        (
            "the version is over",
            "api_version",
            {"X-Shopify-API-Version": "2027-01"},
            {},
            ("answered with API 2027-01 instead of 2026-07", "api_version: 2027-01"),
        ),
        (
            "the clock is off",
            "clock",
            {"Date": "Sun, 22 Nov 2026 13:00:00 GMT"},
            {},
            ("60 minutes behind", "timedatectl"),
        ),
    ],
)
def test_what_is_wrong_is_one_line_and_the_others_stand(
    wire: responses.RequestsMock,
    why: str,
    name: str,
    headers: dict[str, str],
    given: dict[str, Any],
    words: tuple[str, str],
) -> None:
    found = look(wire, headers, **given)
    assert [check.name for check in found.values() if not check.is_good] == [name]
    assert words[0] in found[name].cause
    assert words[1] in found[name].cure


def test_too_few_customers_tell_nothing_about_protected_data(wire: responses.RequestsMock) -> None:
    assert "protected_data" not in look(wire, look_customers=nodes("customers", FACELESS, FACELESS))


def test_without_a_connection_there_is_one_line(wire: responses.RequestsMock) -> None:
    wire.post(GRAPHQL, status=402)
    [check] = ShopifyDiagnosis(ApiBench().api).look(shop())
    assert (check.title, check.is_good) == ("API connection failed", False)
    assert check.cause == f"{ADDRESS} is frozen until the merchant has paid Shopify (HTTP 402)."
    assert check.cure.startswith("Pay the plan")


@pytest.mark.parametrize(
    ("why", "of"),
    [("no keys", shop({})), ("no version", shop(api_version="2026-13"))],
    ids=lambda value: str(value)[:9],
)
def test_what_cannot_even_be_asked_is_a_line_too(why: str, of: Any) -> None:
    [check] = ShopifyDiagnosis(ApiBench().api).look(of)
    assert (check.is_good, bool(check.cause)) == (False, True)


def test_a_version_nobody_serves_is_said_and_the_other_lines_are_looked_at_with_ours(
    wire: responses.RequestsMock,
) -> None:
    wire.post(GRAPHQL.replace("2026-07", "2029-01"), status=404)
    wire.add_callback("POST", GRAPHQL, answering({}, look_customers=DENIED))
    first, *others = ShopifyDiagnosis(ApiBench().api).look(shop(api_version="2029-01"))
    assert (first.name, first.is_good) == ("connection", False)
    assert "does not know version 2029-01" in first.cause
    assert first.cure == "Leave api_version out, or give 2026-07."
    found = {check.name: check.is_good for check in others}
    assert found == {"products": True, "customers": False, "orders": True, "scopes": True}
