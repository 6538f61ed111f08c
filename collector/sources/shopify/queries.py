"""The questions we ask, each a file in `queries/`, with the fragments it names from `queries/fragments/`.

A fragment is found by its name: `...customer_fields` is `fragments/customer_fields.graphql`. Fragments may name
others. A mutation whose file says `# Safe to repeat` in a comment may be sent again when no answer came.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

SPREAD = re.compile(r"\.\.\.\s*([a-z][a-z0-9_]*)\b(?!\s*\{)")
NAME = re.compile(r"\A[a-z][a-z0-9_]*\Z")
COMMENT = re.compile(r"[ \t]*#[^\n]*")
REPEATABLE = re.compile(r"^#\s*Safe to repeat\b", re.MULTILINE)

_FOLDER = resources.files("collector.sources.shopify") / "queries"


@dataclass(frozen=True, slots=True)
class Query:
    """`text` is whole: with its fragments, without comments. `is_repeatable`: it may be sent twice."""

    name: str
    text: str
    is_repeatable: bool

    @property
    def is_change(self) -> bool:
        return self.text.lstrip().startswith("mutation")


@cache
def query(name: str) -> Query:
    """Raises LookupError for a name that has no file: a fault of ours."""
    text = _read(name)
    parts, fragments = [text], _spreads(text)
    for fragment in fragments:  # grows while it is walked: a fragment may name others
        parts.append(_read(fragment, "fragments"))
        fragments += [each for each in _spreads(parts[-1]) if each not in fragments]
    whole = "\n".join(COMMENT.sub("", part).strip() for part in parts)
    is_change = COMMENT.sub("", text).lstrip().startswith("mutation")
    return Query(name, whole, not is_change or REPEATABLE.search(text) is not None)


def names() -> list[str]:
    """All queries there are."""
    return sorted(entry.name.removesuffix(".graphql") for entry in _FOLDER.iterdir() if entry.name.endswith(".graphql"))


def _spreads(text: str) -> list[str]:
    """Once each, in order."""
    return [name for name in dict.fromkeys(SPREAD.findall(COMMENT.sub("", text))) if name != "on"]


def _read(name: str, *folder: str) -> str:
    place = _FOLDER.joinpath(*folder, f"{name}.graphql")
    if not NAME.match(name) or not place.is_file():
        raise LookupError(f"there is no query {'/'.join((*folder, name))}")
    return place.read_text(encoding="utf-8")
