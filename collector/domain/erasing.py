"""Erasing somebody: the words for it, what is left to recognise them by, and how an address may be spelled."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import quote

from collector.domain.events import MessageConsent
from collector.domain.identity import Node

# What holds an address in text that is not found by an index, and is therefore looked through piece by piece.
TEXTS = ("events", "decisions", "outbox", "outbox_calls", "bulk_calls", "quarantine")


@dataclass(frozen=True, slots=True)
class Tombstone:
    """`erased_at`: what is from before brings nothing back. `afresh_at`: when they came back by themselves."""

    erased_at: datetime
    opted_out_at: datetime | None = None
    afresh_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Whom:
    """Who is meant: nodes of one person, and orders that are to go whoever placed them."""

    nodes: frozenset[Node]
    orders: frozenset[str] = frozenset()

    @property
    def name(self) -> Node:
        """What a record knows them by: an address if there is one."""
        kinds = ("email", "customer", "phone")
        known = sorted(self.nodes, key=lambda node: (kinds.index(node.kind) if node.kind in kinds else 9, node))
        return known[0] if known else Node("order", min(self.orders, default=""))


@dataclass(frozen=True, slots=True)
class ErasureRecord:
    """One erasure as it is remembered. `mark`: the hash of the address that was asked for."""

    shop_id: int
    mark: str
    at: datetime
    by_whom: str
    counts: Mapping[str, int]


def fate_of(act: MessageConsent, stone: Tombstone) -> str:
    """What becomes of an act of somebody who was erased: `hash` (a no stays, without the address), `drop`, `keep`, or
    `afresh`: an opt-in from after the erasure."""
    if act.state == "opted_out" and stone.afresh_at is None:
        return "hash"
    if act.occurred_at <= stone.erased_at:
        return "drop"
    if act.state == "opted_in":
        return "afresh"
    return "drop" if stone.afresh_at is None else "keep"


# Where a name begins and ends: `na@shop.example` is not in `ana@shop.example`. Before it also what stands for a sign:
# `%3D`, `\\u003c`, `\\n`.
_SIGNS = (
    *("%3d", "%22", "%20", "%26", "%3a", "%2c", "%3c", "%2f"),
    *(r"\\u003c", r"\\u003d", r"\\u0022", r"\\n", r"\\t", r"\\r"),
)
_BEFORE = "(?:(?<![\\w.+%-])|" + "|".join(f"(?<={sign})" for sign in _SIGNS) + ")"
_BEHIND = r"(?![\w-])(?!\.\w)"


class Spellings:
    """Addresses, browsers and the like in the ways a body may spell them."""

    def __init__(self, values: Iterable[str]) -> None:
        found: set[str] = set()
        for value in values:
            plain = value.lower()
            escaped = json.dumps(plain)[1:-1]
            found |= {plain, escaped, escaped.replace("@", "\\u0040"), quote(plain, safe="").lower()}
            found.add(quote(plain, safe="@").lower())
        self._found = sorted(one for one in found if one)
        self._exact = re.compile(_BEFORE + "(?:" + "|".join(map(re.escape, self._found)) + ")" + _BEHIND, re.I)

    def __call__(self, text: str) -> bool:
        low = text.lower()
        return any(one in low for one in self._found) and self._exact.search(low) is not None

    def hidden(self, text: str) -> str:
        """The text without them."""
        return self._exact.sub("…", text)


class Erasing(Protocol):
    """Everything held under the nodes of one person in one shop, and what stays of it. Inside one transaction."""

    def mark(self, node: Node) -> str:
        """A keyed hash: enough to recognise, not to name."""
        ...

    def is_used(self, shop_id: int) -> bool:
        """Whether anybody was ever erased here."""
        ...

    def tombstone(self, shop_id: int, node: Node) -> Tombstone | None: ...

    def bury(self, shop_id: int, nodes: Iterable[Node], at: datetime, opted_out: Mapping[str, datetime | None]) -> None:
        """Leave tombstones. `opted_out`: by address."""
        ...

    def silences(self, shop_id: int, act: MessageConsent) -> bool:
        """Whether nothing of this act may be written down; done what `fate_of` says."""
        ...

    def begin_afresh(self, shop_id: int, nodes: Iterable[Node], at: datetime) -> None: ...

    def newest_opt_out(self, shop_id: int, account: str, email: str) -> datetime | None: ...

    def take_out(self, shop_id: int, nodes: Collection[Node], orders: Collection[str] = ()) -> dict[str, int]:
        """Delete or blank what indexes find, and these orders too. How many, by kind."""
        ...

    def look_through(
        self, text: str, shop_id: int, holds: Callable[[str], bool], after: int, limit: int
    ) -> tuple[list[int], int, int]:
        """(rows that hold it, the last row looked at, rows of it that are being sent right now), one portion of one
        of TEXTS. 0 as the last row: this was the end."""
        ...

    def clear(self, text: str, rows: Sequence[int], emails: Collection[str], at: datetime) -> int: ...

    def is_known_elsewhere(self, account: str, shop_ids: Collection[int], email: str) -> bool:
        """Whether the account or one of these shops still knows the address."""
        ...

    def forget_account(self, account: str, email: str) -> None:
        """What is remembered of the address for the account as a whole."""
        ...

    def record(self, record: ErasureRecord) -> None: ...

    def records(self, limit: int) -> list[ErasureRecord]:
        """The newest first."""
        ...

    def everything(
        self, shop_id: int, nodes: Collection[Node], orders: Collection[str] = ()
    ) -> dict[str, list[dict[str, Any]]]:
        """What indexes find, and these orders too, by kind, as it is stored."""
        ...


class ErasableInbox(Protocol):
    """The raw rows as erasing sees them."""

    def generation(self) -> str: ...

    def erase(
        self, shop_id: int, folded: Mapping[str, int], holds: Callable[[str], bool], after: int
    ) -> tuple[int, int, int]:
        """(deleted, not folded yet, the last row looked at), one portion; 0 as the last row: this was the end.
        `folded`: the last folded row by lane."""
        ...
