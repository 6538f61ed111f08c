"""Bodies against an OpenAPI file of Brevo's API: BREVO_CONTRACT, or beside this checkout in `shared/contracts`."""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

from openapi_schema_validator import OAS30Validator, oas30_format_checker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

BESIDE = Path(__file__).parents[3] / "shared" / "contracts" / "brevo-contract.json"
HERE = "urn:brevo"


def file() -> Path | None:
    """The contract, if this machine has it."""
    given = os.environ.get("BREVO_CONTRACT")
    found = Path(given) if given else BESIDE
    return found if found.is_file() else None


def errors(method: str, path: str, body: object) -> list[str]:
    """What is wrong with a body, one line each. `path` without version and query."""
    for template, validator in validators(method):
        if re.fullmatch(template, path):
            return [
                "/".join(map(str, error.absolute_path)) + ": " + error.message for error in validator.iter_errors(body)
            ]
    return [f"unknown operation: {method} {path}"]


def to_bytes(value: object) -> bytes:
    """As it is sent and measured."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


@cache
def validators(method: str) -> list[tuple[str, Any]]:
    where = file()
    assert where is not None
    document = json.loads(where.read_text(encoding="utf-8"))
    resource = Resource.from_contents(document, default_specification=DRAFT4)
    registry: Registry[Any] = Registry().with_resource(HERE, resource)
    return [
        (
            re.sub(r"\{[^}]+\}", "[^/]+", template),
            OAS30Validator(
                absolute(item[method.lower()]["requestBody"]["content"]["application/json"]["schema"]),
                registry=registry,
                format_checker=oas30_format_checker,
            ),
        )
        for template, item in sorted(document["paths"].items(), key=lambda pair: pair[0].count("{"))
        if "requestBody" in item.get(method.lower(), {})
    ]


def absolute(schema: Any) -> Any:
    """References of a part of the file, made to work outside it."""
    if isinstance(schema, dict):
        return {
            name: HERE + one if name == "$ref" and isinstance(one, str) and one.startswith("#") else absolute(one)
            for name, one in schema.items()
        }
    return [absolute(one) for one in schema] if isinstance(schema, list) else schema
