"""What the door asks of a beacon: is it well formed, whom does it speak of, is that signed?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from collector.domain import signatures
from collector.domain.events import Strength
from collector.domain.shop import Shop
from collector.sources.tracker.wire import Beacon, ContactSubmitted, Identity, Page, decode

VALID_FOR = timedelta(days=2)  # either side of signed_on: cached pages, clocks, time zones


@dataclass(frozen=True, slots=True)
class Glance:
    """The shape `pipeline.accept_beacon` expects; it says what each value is."""

    visitor_id: str
    consent: str
    event_count: int
    urls: tuple[str, ...]
    countries: tuple[str, ...]
    identity: Strength | None
    addresses: tuple[str, ...]


class TrackerFormat:
    """The beacon format, version 1, for the door."""

    def read(self, body: bytes, shop: Shop, now: datetime) -> Glance:
        """Raises Invalid naming the field."""
        beacon = decode(body)
        return Glance(
            beacon.visitor_id,
            beacon.consent,
            len(beacon.events),
            tuple(page.url for page in _pages(beacon) if page.url),
            tuple((page.country or "").strip().upper() for page in _pages(beacon)),
            identity_strength(beacon.identity, shop, now),
            tuple(_addresses(beacon)),
        )


def identity_strength(identity: Identity | None, shop: Shop, now: datetime) -> Strength | None:
    """SIGNED or CLAIMED; None when nobody is named. A wrong or old signature makes a claim, not an error:
    pages outlive their signatures in caches."""
    if identity is None or not (identity.email or identity.customer_id):
        return None
    return Strength.SIGNED if is_signed(identity, shop, now) else Strength.CLAIMED


def is_signed(identity: Identity, shop: Shop, now: datetime) -> bool:
    """Whether the shop signed this identity, at most two days before or after `now` (UTC dates)."""
    if not identity.signature or not identity.signed_on:
        return False
    try:
        signed_on = date.fromisoformat(identity.signed_on)
    except ValueError:
        return False
    if abs(now.date() - signed_on) > VALID_FOR:
        return False
    keys = shop.secrets.identifying(now)
    return signatures.matches_hex(keys, signed_text(identity, shop.site_key), identity.signature)


def signed_text(identity: Identity, site_key: str) -> bytes:
    """What the shop signs; missing parts are empty."""
    email = (identity.email or "").lower()
    return f"v1|{site_key}|{identity.customer_id or ''}|{identity.signed_on or ''}|{email}".encode()


def _pages(beacon: Beacon) -> Iterator[Page]:
    if beacon.page is not None:
        yield beacon.page
    for event in beacon.events:
        if event.page is not None:
            yield event.page


def _addresses(beacon: Beacon) -> Iterator[str]:
    for event in beacon.events:
        if isinstance(event, ContactSubmitted):
            for address in (event.email, event.phone):
                if address and address.strip():
                    yield address.strip().lower()
