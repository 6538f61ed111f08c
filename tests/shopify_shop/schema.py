"""Shopify's own schema of the Admin API and the scopes its types need: from a package Shopify publishes, not run."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from graphql import GraphQLSchema, build_client_schema

from tests.node.packages import NotThere, Package, unpacked

DEV_MCP = Package(
    "@shopify/dev-mcp",
    "1.16.0",
    "tqgRnK7sQhjew+htxtleTH23nXB5fZcsrhWgEkomsorGXvLOB2mh2upwZm8uzuTDNTZnqtLMe64yIwh6s2awtw==",
)


@cache
def schema(version: str) -> GraphQLSchema:
    return build_client_schema(_dump(version)["data"], assume_valid=True)


@cache
def scopes(version: str) -> Mapping[str, tuple[str, ...]]:
    """ "Type" or "Type.field" -> the scopes of which the app needs one; only where it needs any."""
    return {
        row["typeName"] + (f".{row['fieldName']}" if row["type"] == "field" else ""): tuple(row["offlineScopes"])
        for row in _dump(version)["offline_scopes"]["items"]
        if row["offlineScopes"]
    }


@cache
def _dump(version: str) -> Mapping[str, Any]:
    """Without npm or its registry: a failure in CI, else the test is skipped."""
    try:
        folder = unpacked(DEV_MCP)
    except NotThere as problem:
        if os.environ.get("CI"):
            pytest.fail(str(problem))
        pytest.skip(str(problem))
    with gzip.open(folder / "dist" / "data" / f"admin_{version}.json.gz", "rt", encoding="utf-8") as file:
        found: Mapping[str, Any] = json.load(file)
    return found
