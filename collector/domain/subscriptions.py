"""What we have a platform tell us, kept right: subscriptions are made, mended and taken away. Ours only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from collector.domain.shop import Shop


@dataclass(frozen=True, slots=True)
class Kept:
    """One look. `topics`: what we are told of now; the others name what was done about which topic.

    `quiet`: topics that are registered and tell nothing, as somebody at the shop wants it. `left`: there was no time
    for these; they are for the next look, soon. `problems`: sentences for
    whoever looks, each with its cure; `complaints` those of them that only deliveries show, not the registrations.
    `notes`: what is missing and does not have to be there.
    """

    topics: tuple[str, ...] = ()
    made: tuple[str, ...] = ()
    mended: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    quiet: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    complaints: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unfit:
    """What is wrong with the subscriptions as they are, in sentences. `by_us`: what the next look mends.
    `by_hand`: what only somebody at the shop can mend, each with its cure."""

    by_us: tuple[str, ...] = ()
    by_hand: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.by_us or self.by_hand)


@dataclass(frozen=True, slots=True)
class TakenDown:
    """`deleted`, `left`: topics of ours that were and could not be deleted. `problems`: why, in sentences."""

    deleted: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signed:
    """Which webhooks may not sign with the newest secret. `before`: topics of ours that have not been told it.
    `by_hand`: names of those that somebody made for our address, who alone can tell it to them."""

    before: tuple[str, ...] = ()
    by_hand: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """Rightly signed, and an error in place of a record. `code`: the platform's word for it."""

    webhook_id: str
    topic: str
    code: str
    count: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """What deliveries say about subscriptions. `is_refused`: some did not verify since the last look, at the address
    that only this shop knows. `faults`: of the last day."""

    now: datetime
    is_refused: bool = False
    faults: Sequence[Fault] = ()


@dataclass(frozen=True, slots=True)
class Missed:
    """What a reading of changes brought that no webhook had told: how many orders, changed since when."""

    count: int
    since: datetime


class Faults(Protocol):
    """Inside one transaction, like everything of `StateTransaction`."""

    def note(self, shop_id: int, webhook_id: str, topic: str, code: str, at: datetime) -> bool:
        """Whether it is the first of its kind."""
        ...

    def since(self, shop_id: int, moment: datetime) -> list[Fault]: ...

    def forget(self, shop_id: int, before: datetime) -> None: ...


class Subscriptions(Protocol):
    """A platform's webhooks, through its API. Its calls raise SourceUnavailable."""

    @property
    def repeats_for(self) -> timedelta:
        """How long the platform repeats a delivery that was not taken."""
        ...

    def keep(self, shop: Shop, address: str, heard: Heard | None = None) -> Kept:
        """Make it so that everything we need, and nothing else of ours, is sent to this address. Without `heard`
        nothing is known of deliveries, as at an installation."""
        ...

    def unfit(self, shop: Shop, address: str) -> Unfit:
        """What is wrong with the subscriptions as they are; nothing is changed."""
        ...

    def why_silent(self, shop: Shop) -> str:
        """All is registered, things happen, and nothing is sent: the likely cause, with its cure."""
        ...


class Removable(Subscriptions, Protocol):
    """What can be taken down again."""

    @property
    def by_hand(self) -> str:
        """What to do at the shop where we cannot: a sentence."""
        ...

    def take_down(self, shop: Shop, address: str) -> TakenDown:
        """Delete all of ours, and nobody else's. `address`: where they went, as far as it is known."""
        ...


class SignedBySecret(Subscriptions, Protocol):
    """Of a platform that signs with a secret we give it with each webhook."""

    def signed(self, shop: Shop, address: str) -> Signed:
        """Which of them may have another secret than the shop's newest; nothing is changed."""
        ...
