"""What we have a platform tell us, kept right: subscriptions are made, mended and taken away. Ours only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from collector.domain.shop import Shop


@dataclass(frozen=True, slots=True)
class Kept:
    """One look. `topics`: what we are told of now; the others name what was done about which topic.

    `problems`: sentences for whoever looks, each with its cure. `notes`: what is missing and does not have to be there.
    """

    topics: tuple[str, ...] = ()
    made: tuple[str, ...] = ()
    mended: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Subscriptions(Protocol):
    """A platform's webhooks, through its API. All raise SourceUnavailable."""

    def keep(self, shop: Shop, address: str) -> Kept:
        """Make it so that everything we need, and nothing else of ours, is sent to this address."""
        ...

    def registered(self, shop: Shop, address: str) -> Sequence[str]:
        """What is wrong with the subscriptions as they are; nothing is changed."""
        ...
