"""All records of a list, each at least once, while the shop goes on: records made, changed, thrown away, brought back.

WooCommerce has no cursor. A list in the order of its ids is walked by offset; new records come at its end. What
vanishes moves everything behind it to the left, so each request takes the last record of the one before along: where
the list does not begin at or before it, records vanished, and the walk steps back until it does. Then everything that
is listed behind the last id comes next, and a record that is there all the time is never missed.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from http import HTTPStatus
from itertools import pairwise
from typing import Any

from collector.domain.errors import SourceUnavailable
from collector.sources.woocommerce.parse_values import id_text
from collector.sources.woocommerce.rest import Busy, Declined, RestClient
from collector.sources.woocommerce.rest_lists import LARGEST, SIZES, kind_of

log = logging.getLogger(__name__)

FEW = SIZES[-1]
NO_API = ("", "rest_no_route")  # says nothing of one record

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a walk is. `last`: the highest id so far; `offset`: where it stood in the list, or where to look next.
    `back`: how far the last step back went, 0 while none is needed."""

    offset: int = 0
    last: int = 0
    back: int = 0

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Place:
        return cls(kept.get("offset", 0), kept.get("last", 0), kept.get("back", 0))

    def kept(self) -> dict[str, int]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Strode:
    """What one request brought. `total`: of the list, on its first page only."""

    place: Place
    records: list[Json] = field(default_factory=list)
    is_done: bool = False
    total: int | None = None


def stride(shop: RestClient, path: str, params: Mapping[str, Any], place: Place) -> Strode:
    """One request further. Raises SourceUnavailable."""
    size = min(_size(shop, path), int(params.get("per_page", LARGEST)))
    asked = {"orderby": "id", "order": "asc", **params, "per_page": size, "offset": place.offset}
    page = shop.page(path, **asked)
    if _size(shop, path) < size:  # put together from several answers, between which records may have moved
        return Strode(place)
    listed = [(number, record) for record in page.records if (number := number_of(record))]
    if any(number > following for (number, _), (following, _) in pairwise(listed)):
        raise SourceUnavailable(
            f"The shop lists its {path} in an order of its own, not in the one asked for.",
            "Switch off the plugin that sorts them, at least for the REST API.",
        )
    total = page.total if place == Place() else None
    if place.offset and (not listed or listed[0][0] > place.last):
        return Strode(_further_back(place))
    fresh = [(number, record) for number, record in listed if number > place.last]
    last = max((number for number, _ in fresh), default=place.last)
    end = place.offset + len(page.records)
    # By what this very answer says of the list, or because it begins with its last record: nothing is behind it.
    is_done = len(page.records) <= (0 if fresh else 1) or (page.total is not None and end >= page.total)
    return Strode(Place(max(end - 1, 0), last), [record for _, record in fresh], is_done, total)


def _size(shop: RestClient, path: str) -> int:
    """As many records as the shop gives in one answer."""
    return shop.known.sizes.get(kind_of(path), LARGEST)


def _further_back(place: Place) -> Place:
    """Records before `offset` vanished: look from further back, each time twice as far."""
    back = max(place.back * 2, 1)
    return replace(place, offset=max(place.offset - back, 0), back=back)


def one_by_one(shop: RestClient, path: str, params: Mapping[str, Any], place: Place) -> tuple[Strode, list[int]]:
    """A stride where the list as a whole fails: the numbers of a few, then each by itself. (the stride, those it fails
    on.) Raises SourceUnavailable where it fails on all, or on their numbers."""
    strode = stride(shop, path, {**params, "_fields": "id", "per_page": FEW}, place)
    found, broken = _singly(shop, path, params, [number_of(record) for record in strode.records])
    return replace(strode, records=found), broken


def by_numbers(shop: RestClient, path: str, params: Mapping[str, Any], numbers: Sequence[int]) -> list[Json]:
    """Those of them that are listed, without such the shop fails on. Raises SourceUnavailable."""
    try:
        return all_of(shop, path, {**params, "include": ",".join(map(str, numbers))})
    except Declined as declined:
        if not is_failing(declined):
            raise
    found, broken = _singly(shop, path, params, numbers)
    log.warning("a shop fails on records", extra={"list": path, "ids": broken})
    return found


def _singly(
    shop: RestClient, path: str, params: Mapping[str, Any], numbers: Sequence[int]
) -> tuple[list[Json], list[int]]:
    """(those that are there, those the shop fails on)."""
    found: list[Json] = []
    broken: list[int] = []
    for number in numbers:
        try:
            found.append(shop.get(f"{path}/{number}", _fields=params["_fields"]))
        except Declined as declined:
            if declined.status == HTTPStatus.NOT_FOUND and declined.code not in NO_API:  # it went meanwhile
                continue
            if not is_failing(declined):
                raise
            broken.append(number)
            if len(broken) == len(numbers):
                raise
    return found, broken


def is_failing(declined: Declined) -> bool:
    """The shop itself broke on the question; it does not refuse it, nor ask for a pause."""
    return declined.status >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(declined, Busy)


def all_of(shop: RestClient, path: str, params: Mapping[str, Any]) -> list[Json]:
    """A list that is short by its nature. Raises SourceUnavailable."""
    found: list[Json] = []
    place, is_done = Place(), False
    while not is_done:
        strode = stride(shop, path, params, place)
        found += strode.records
        place, is_done = strode.place, strode.is_done
    return found


def number_of(record: Json) -> int:
    """0 for what has no id."""
    found = id_text(record.get("id"))
    return int(found) if found else 0
