"""The file of settings as plain values: YAML, `${NAME}` from the environment, and the line of each key.

Raises Misuse with one line: file, line, column or key, and the cure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from collector.domain.errors import Misuse

Path_ = tuple[str | int, ...]
_DEEPEST = 30


class FromEnvironment(str):
    """Text out of the environment: the value itself where text is wanted, else read as YAML."""

    __slots__ = ()


ABSENT = object()  # a value that is `${NAME}` and NAME is not set: as if the key were not there


@dataclass(frozen=True, slots=True)
class Document:
    """`tree` is what the file says (lists, maps, scalars); `lines` where each path stands, from 1."""

    name: str
    tree: dict[str, Any]
    lines: Mapping[Path_, int] = field(default_factory=dict)


def read_document(file: Path, environment: Mapping[str, str]) -> Document:
    """An empty file is an empty document. Raises Misuse."""
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Misuse(f"{file}: byte {error.start} is not UTF-8; save the file as UTF-8") from None
    except OSError as error:
        raise Misuse(f"{file}: cannot be read ({error.strerror})") from None
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return Document(str(file), {})
        builder = _Builder(str(file), loader, environment)
        tree = builder.build(node, ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise Misuse(f"{file}{place}: broken YAML: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise Misuse(f"{file}: broken YAML: {' '.join(str(error).split())}") from None
    finally:
        loader.dispose()
    if not isinstance(tree, dict):
        raise Misuse(f"{file}:1: the file must be a map of settings, such as `bind: 127.0.0.1:8000`")
    return Document(str(file), tree, builder.lines)


class _Builder:
    def __init__(self, name: str, loader: yaml.SafeLoader, environment: Mapping[str, str]) -> None:
        self.name = name
        self.loader = loader
        self.environment = environment
        self.lines: dict[Path_, int] = {}

    def build(self, node: yaml.Node, path: Path_) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        if len(path) > _DEEPEST:
            raise Misuse(f"{self.name}:{line}: nested too deeply")
        if isinstance(node, yaml.MappingNode):
            return self._map(node, path)
        if isinstance(node, yaml.SequenceNode):
            built = [self.build(child, (*path, place)) for place, child in enumerate(node.value)]
            return [value for value in built if value is not ABSENT]
        try:
            value = self.loader.construct_object(node)
        except ValueError as error:  # such as 2024-13-45, which looks like a date
            raise Misuse(f"{self.name}:{line}: {node.value!r}: {error}; put it in quotes") from None
        return self._filled(value, path, line) if isinstance(value, str) else value

    def _map(self, node: yaml.MappingNode, path: Path_) -> dict[str, Any]:
        written: set[str] = set()
        for key_node, _ in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise Misuse(f"{self.name}:{line}: a key must be a word")
            if key_node.value in written:
                raise Misuse(f"{self.name}:{line}: {key_node.value!r} is given twice; keep one")
            written.add(key_node.value)
        self.loader.flatten_mapping(node)
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            here = (*path, key_node.value)
            self.lines[here] = key_node.start_mark.line + 1
            value = self.build(value_node, here)
            if value is not ABSENT:
                found[key_node.value] = value
        return found

    def _filled(self, text: str, path: Path_, line: int) -> Any:
        """`${NAME}` replaced. Alone and not set: as if the key were absent; inside other text: an error."""
        if whole := re.fullmatch(r"\s*\$\{(\w+)\}\s*", text):
            value = self.environment.get(whole[1])
            return FromEnvironment(value) if value is not None else ABSENT

        def fill(match: re.Match[str]) -> str:
            if match[1] not in self.environment:
                key = ".".join(str(part) for part in path)
                raise Misuse(f"{self.name}:{line}: {key}: the environment has no {match[1]}; set it")
            return self.environment[match[1]]

        return re.sub(r"\$\{(\w+)\}", fill, text)
