"""The result of a bulk read: lines of JSON, each record by itself, put back together as one body per record.

A nested record names its parent in `__parentId`. It comes after it, but not next to it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from collector.domain.errors import SourceUnavailable

# The kind in a nested record's id -> the connection it belongs to.
CONNECTION_OF = {
    "LineItem": "lineItems",
    "ProductVariant": "variants",
    "Collection": "collections",
    "MediaImage": "media",
    "Video": "media",
    "ExternalVideo": "media",
    "Model3d": "media",
    "Metafield": "metafields",
}
# What a record of each kind has in any case, so that one without any says so.
CONNECTIONS = {
    "customers": (),
    "orders": ("lineItems",),
    "products": ("media", "collections", "variants"),
}
KIND = re.compile(r"\Agid://shopify/([A-Za-z0-9]+)/")

Line = tuple[str, str, bytes]


class _Head(msgspec.Struct):
    id: str = ""
    parent: str = msgspec.field(default="", name="__parentId")


_head = msgspec.json.Decoder(_Head)


def read_line(line: bytes) -> Line:
    """(id, id of its parent or "", the line). Raises SourceUnavailable for what is no record."""
    try:
        head = _head.decode(line)
    except msgspec.DecodeError as error:
        raise SourceUnavailable(
            "A line of the bulk result is no record.", "Start the sync again; it begins a new bulk read."
        ) from error
    return head.id, head.parent, line.strip()


def body_of(resource: str, line: bytes, below: Sequence[Line], wanted: Sequence[str] = ()) -> bytes:
    """The record with its nested records inside: `{…, "lineItems": {"nodes": [{…}, {…}]}}`. `wanted`: connections
    that were asked for beside the usual ones."""
    nested: dict[str, list[bytes]] = {name: [] for name in (*CONNECTIONS.get(resource, ()), *wanted)}
    for number, _, child in below:
        found = KIND.match(number)
        connection = CONNECTION_OF.get(found.group(1)) if found else None
        if connection is not None:
            nested.setdefault(connection, []).append(child)
    if not nested:
        return line
    parts = [b'"%s":{"nodes":[%s]}' % (name.encode(), b",".join(some)) for name, some in nested.items()]
    return _with(line, parts)


def _with(line: bytes, parts: Sequence[bytes]) -> bytes:
    """The object with more members."""
    start = line[: line.rindex(b"}")].rstrip()
    comma = b"" if start.endswith(b"{") else b","
    return start + comma + b",".join(parts) + b"}"


def inlined(text: str, variables: Mapping[str, Any]) -> str:
    """A query with its variables written into it: bulk reads take none."""
    head, brace, rest = text.partition("{")
    if "(" in head:
        head = head[: head.index("(")]
    return f"{head.rstrip()} {brace}" + re.sub(
        r"\$(\w+)", lambda found: json.dumps(variables[found.group(1)], ensure_ascii=False), rest
    )
