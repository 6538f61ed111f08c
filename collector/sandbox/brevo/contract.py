"""Bodies against an OpenAPI file of what may be sent to Brevo. Needs `openapi-schema-validator` (a tool of tests)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openapi_schema_validator import OAS30Validator, oas30_format_checker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

_HERE = "urn:contract"


@dataclass(frozen=True, slots=True)
class _Operation:
    method: str
    path: re.Pattern[str]
    body: Any  # its schema, or None when the operation takes no body
    answers: dict[int, Any]  # status -> schema, or None for an answer without a JSON body


class Contract:
    """Read once; checks are by exact operation. `errors` of an unknown operation is one line saying so."""

    def __init__(self, file: Path) -> None:
        self._document = json.loads(file.read_text(encoding="utf-8"))
        resource = Resource.from_contents(self._document, default_specification=DRAFT4)
        self._registry: Registry[Any] = Registry().with_resource(_HERE, resource)
        templates = sorted(self._document["paths"].items(), key=lambda pair: pair[0].count("{"))
        self._operations = [
            self._operation(method.upper(), template, description)
            for template, item in templates
            for method, description in item.items()
            if method in ("get", "post", "put", "patch", "delete")
        ]

    def errors(self, method: str, path: str, body: object) -> list[str]:
        """What is wrong with this body, one line each; `path` is without `/v3` and query."""
        operation = self._find(method, path)
        if operation is None:
            return [f"unknown operation: {method} {path}"]
        return [] if operation.body is None else self._lines(operation.body, body)

    def answer_errors(self, method: str, path: str, status: int, body: object) -> list[str]:
        """What is wrong with an answer: an undeclared status, or a body unlike its schema (None: empty)."""
        operation = self._find(method, path)
        if operation is None:
            return [f"unknown operation: {method} {path}"]
        if status not in operation.answers:
            return [f"undeclared status {status}"]
        schema = operation.answers[status]
        if schema is None or body is None:
            return [] if (schema is None) == (body is None) else [f"status {status}: body missing or too much"]
        return self._lines(schema, body)

    def _find(self, method: str, path: str) -> _Operation | None:
        return next((op for op in self._operations if op.method == method and op.path.fullmatch(path)), None)

    def _operation(self, method: str, template: str, description: dict[str, Any]) -> _Operation:
        body = None
        if "requestBody" in description:
            body = description["requestBody"]["content"]["application/json"]["schema"]
        answers = {}
        for status, answer in description["responses"].items():
            if "$ref" in answer:
                answer = self._document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
            answers[int(status)] = answer.get("content", {}).get("application/json", {}).get("schema")
        path = re.compile(re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(template)))
        return _Operation(method, path, body, answers)

    def _lines(self, schema: Any, value: object) -> list[str]:
        # References are resolved by the registry, so a validator costs little and is not kept.
        rules = OAS30Validator(_absolute(schema), registry=self._registry, format_checker=oas30_format_checker)
        return ["/".join(map(str, wrong.absolute_path)) + ": " + wrong.message for wrong in rules.iter_errors(value)]


def _absolute(schema: Any) -> Any:
    """References of a part of the file, made to work outside it."""
    if isinstance(schema, dict):
        return {
            name: _HERE + value if name == "$ref" and isinstance(value, str) and value[:1] == "#" else _absolute(value)
            for name, value in schema.items()
        }
    return [_absolute(value) for value in schema] if isinstance(schema, list) else schema
