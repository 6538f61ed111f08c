"""Lists: settings name them by number or by name; Brevo's calls want numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from collector.destinations.brevo.client import Exchange
from collector.destinations.brevo.limits import CONTACTS
from collector.domain.errors import DeliveryFailed, Remedy
from collector.domain.ports import Clock

PAGE = 50
MOST_PAGES = 20  # Brevo allows 300 lists, 600 on the largest plan
KEEP = timedelta(days=1)
AGAIN = timedelta(minutes=5)  # a name that is missing is looked for again, not more often


@dataclass(frozen=True, slots=True)
class Known:
    """The lists of an account as they were read: (number, name)."""

    lists: tuple[tuple[int, str], ...]
    read_at: datetime

    def number(self, wanted: int | str) -> int | None:
        """Numbers are looked for as numbers, names without regard to case."""
        for number, name in self.lists:
            if number == wanted or (isinstance(wanted, str) and name.casefold() == wanted.strip().casefold()):
                return number
        return None


class ListNumbers:
    """Names to numbers, by account; remembered for a day."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[str, Known] = {}

    def numbers(self, exchange: Exchange, roles: Iterable[str], settings: Mapping[str, int | str]) -> list[int]:
        """The numbers of these roles' lists; roles without a setting have none. Raises DeliveryFailed."""
        wanted = [settings[role] for role in dict.fromkeys(roles) if role in settings]
        return [one if isinstance(one, int) else self._named(exchange, one) for one in wanted]

    def check(self, exchange: Exchange, numbers: Iterable[int]) -> None:
        """After a refusal: raises DeliveryFailed if it was because of a list that is not there (any more)."""
        known = self._read(exchange)
        for number in numbers:
            if known.number(number) is None:
                raise missing(number)

    def _named(self, exchange: Exchange, name: str) -> int:
        known, now = self._known.get(exchange.account.name), self._clock()
        if known is None or now - known.read_at >= KEEP:
            known = self._read(exchange)
        number = known.number(name)
        if number is None and now - known.read_at >= AGAIN:
            number = self._read(exchange).number(name)
        if number is None:
            raise missing(name)
        return number

    def _read(self, exchange: Exchange) -> Known:
        known = Known(tuple(all_lists(exchange)), self._clock())
        self._known[exchange.account.name] = known
        return known


def missing(wanted: int | str) -> DeliveryFailed:
    """The message waits: with the list made or the setting mended it goes out by itself."""
    return DeliveryFailed(
        f"there is no list {wanted!r} at Brevo",
        remedy=Remedy.RETRY,
        reason="list_missing",
        cure="Make it with `tajo brevo setup`, or correct `lists` in the settings and restart.",
        retry_after_s=AGAIN.total_seconds(),
    )


def all_lists(exchange: Exchange) -> list[tuple[int, str]]:
    """(number, name) of every list. Raises DeliveryFailed."""
    return [(int(one["id"]), str(one["name"])) for one in pages(exchange, "/contacts/lists", "lists")]


def pages(exchange: Exchange, path: str, field: str) -> list[dict[str, Any]]:
    """Everything of a list that comes in pages."""
    found: list[dict[str, Any]] = []
    for page in range(MOST_PAGES):
        answer = exchange.get(CONTACTS, path, limit=PAGE, offset=page * PAGE)
        listed = answer.get(field) if isinstance(answer, dict) else None
        some = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        found += some
        if len(some) < PAGE:
            break
    return found
