"""What a destination account tells us of itself: plain values for the door."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from collector.domain.door import NewRow


@dataclass(frozen=True, slots=True)
class Hook:
    """What opens the door for one account: the key is part of the address, the token comes in a header."""

    account: str
    key: str = field(repr=False)
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Notice:
    """One call. `token`: as the sender gave it, "" for none."""

    token: str = field(repr=False)
    body: bytes
    is_oversize: bool = False


@dataclass(frozen=True, slots=True)
class NoticeFormat:
    """How to read a body at the door, as far as that is needed. `is_echo`: it tells of writes by programs alone,
    ours among them."""

    topic: Callable[[bytes], str]
    is_echo: Callable[[bytes], bool]


class Hooks(Protocol):
    def by_key(self, key: str) -> Hook | None: ...


class NoticeInbox(Protocol):
    def append_many(self, rows: list[NewRow]) -> None:
        """All or none are on disk when it returns. Raises StorageRefused."""
        ...

    def count(self, shop_id: int | None, door: str, reason: str) -> None: ...
