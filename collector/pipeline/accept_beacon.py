"""The door's judgement of a beacon: request values and `now` in, answer and row out. Nothing is stored here.

`STEPS` is the order of judgement. A step answers, or returns None and the next one is asked; what is left
at the end is stored. Each drop has a name (`domain.door.Drop`) that stands in header, counter and log.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from collector.domain import signatures
from collector.domain.consent import observing_mode
from collector.domain.door import Answer, BeaconRequest, Drop, Lane, NewRow, RowKind, Verdict
from collector.domain.errors import Invalid
from collector.domain.events import Strength
from collector.domain.ports import UserAgents
from collector.domain.shop import Shop
from collector.pipeline import answers
from collector.pipeline.storefront_pages import host_of, is_allowed_host, is_preview

LONGEST_USER_AGENT = 512
CONTENT_TYPES = ("", "text/plain", "application/json")


class Glance(Protocol):
    """What the door needs to know about a well-formed beacon.

    `urls`: the pages it speaks of, the beacon's and its events'. `countries`: of the shop's market on those
    pages, upper case, "" where not said. `identity`: SIGNED or CLAIMED, None when it
    states nobody. `addresses`: e-mail addresses and phone numbers given in forms, lower case.
    """

    @property
    def visitor_id(self) -> str: ...

    @property
    def consent(self) -> str: ...

    @property
    def event_count(self) -> int: ...

    @property
    def urls(self) -> Sequence[str]: ...

    @property
    def countries(self) -> Sequence[str]: ...

    @property
    def identity(self) -> Strength | None: ...

    @property
    def addresses(self) -> Sequence[str]: ...


class BeaconFormat(Protocol):
    """The wire format, as the door uses it."""

    def read(self, body: bytes, shop: Shop, now: datetime) -> Glance:
        """Raises Invalid naming the field. `now` judges how old an identity's signature is."""
        ...


class AddressGuard(Protocol):
    """Remembers which addresses a browser and a network gave in forms."""

    def is_flood(self, visitor_id: str, network: str, addresses: Sequence[str]) -> bool:
        """Whether these are more new addresses than one browser or network plausibly has."""
        ...


class NoGuard:
    """Every address is believed."""

    def is_flood(self, visitor_id: str, network: str, addresses: Sequence[str]) -> bool:
        return False


@dataclass(slots=True)
class Case:
    """One beacon on its way through the steps. `malformed` sets `beacon` before any step reads it."""

    request: BeaconRequest
    shop: Shop
    now: datetime
    beacons: BeaconFormat
    user_agents: UserAgents
    is_from_server: bool
    beacon: Glance

    @property
    def user_agent(self) -> str:
        return self.request.headers.get("user-agent", "")


def accept_beacon(
    request: BeaconRequest,
    shop: Shop | None,
    now: datetime,
    beacons: BeaconFormat,
    user_agents: UserAgents,
    guard: AddressGuard | None = None,
) -> Verdict:
    """Judge one beacon. `shop` is whose site key it came under; None: nobody's. Raises nothing."""
    if shop is None:
        return Verdict(answers.beacon_unknown_key())
    case = Case(request, shop, now, beacons, user_agents, is_from_server=False, beacon=_UNREAD)
    try:
        for step in STEPS:
            answer = step(case)
            if answer is not None:
                return Verdict(answer, _denial(case, answer), shop.id)
    except Invalid as problem:
        return Verdict(answers.beacon_invalid(problem), None, shop.id)
    return Verdict(answers.beacon_accepted(case.beacon.event_count), _row(case, guard or NoGuard()), shop.id)


def switched_off(case: Case) -> Answer | None:
    """A paused shop (`sending: off`) still listens; a disabled, removed or uninstalled one does not."""
    shop = case.shop
    if shop.is_enabled and shop.removed_at is None and shop.uninstalled_at is None:
        return None
    return answers.beacon_dropped(Drop.DISABLED)


def too_large(case: Case) -> Answer | None:
    if case.request.is_oversize or len(case.request.body) > answers.LARGEST_BEACON:
        return answers.beacon_too_large()
    return None


def encoded(case: Case) -> Answer | None:
    encoding = case.request.headers.get("content-encoding", "")
    if encoding.strip().lower() not in ("", "identity"):
        raise Invalid("the body is encoded", "Content-Encoding", encoding[:200], "no content encoding")
    return None


def from_server(case: Case) -> Answer | None:
    """The shop's own server signs the raw body. A wrong signature is a setup fault, so it is told, not ignored."""
    signature = case.request.headers.get("x-tajo-signature")
    if signature is None:
        return None
    if not signatures.matches_hex(case.shop.secrets.identifying(case.now), case.request.body, signature.strip()):
        raise Invalid(
            "wrong signature",
            "X-Tajo-Signature",
            signature[:200],
            "hex HMAC-SHA256 of the raw body under the shop's identity key",
        )
    case.is_from_server = True
    return None


def over_limit(case: Case) -> Answer | None:
    if case.is_from_server or case.request.retry_after_s is None:
        return None
    return answers.beacon_over_limit(case.request.retry_after_s)


def wrong_type(case: Case) -> Answer | None:
    given = case.request.headers.get("content-type", "")
    if given.partition(";")[0].strip().lower() not in CONTENT_TYPES:
        raise Invalid("content type not accepted", "Content-Type", given[:200], CONTENT_TYPES[1:])
    return None


def malformed(case: Case) -> Answer | None:
    """Reads the body. Before the rules below, so that a malformed beacon is told so whoever sends it."""
    case.beacon = case.beacons.read(case.request.body, case.shop, case.now)
    return None


def named_bot(case: Case) -> Answer | None:
    if not case.is_from_server and case.user_agents.is_named_bot(case.user_agent[:LONGEST_USER_AGENT]):
        return answers.beacon_dropped(Drop.BOT)
    return None


def consent_denied(case: Case) -> Answer | None:
    """A no counts from wherever it is said, so this stands before the host and preview rules."""
    return answers.beacon_dropped(Drop.CONSENT_DENIED) if case.beacon.consent == "denied" else None


def unknown_host(case: Case) -> Answer | None:
    domains = case.shop.policy.domains
    if case.is_from_server or not domains:
        return None
    hosts = [host for host in map(host_of, case.beacon.urls) if host]
    if not hosts:
        headers = case.request.headers
        hosts = [host_of(headers.get("origin", "")) or host_of(headers.get("referer", ""))]
    if all(is_allowed_host(host, domains) for host in hosts):
        return None
    return answers.beacon_dropped(Drop.UNKNOWN_HOST)


def preview(case: Case) -> Answer | None:
    return answers.beacon_dropped(Drop.PREVIEW) if any(map(is_preview, case.beacon.urls)) else None


def consent_unknown(case: Case) -> Answer | None:
    if case.beacon.consent == "granted":
        return None
    policy, countries = case.shop.policy, case.beacon.countries or ("",)
    modes = {observing_mode(policy.consent_mode, policy.consent_regions, country) for country in countries}
    if modes == {"implied"}:
        return None
    return answers.beacon_dropped(Drop.CONSENT_UNKNOWN)


STEPS: tuple[Callable[[Case], Answer | None], ...] = (
    switched_off,
    too_large,
    encoded,
    from_server,
    over_limit,
    wrong_type,
    malformed,
    named_bot,
    consent_denied,
    unknown_host,
    preview,
    consent_unknown,
)


@dataclass(frozen=True, slots=True)
class _Unread:
    """Stands in for the beacon until `malformed` has read it."""

    visitor_id: str = ""
    consent: str = "unknown"
    event_count: int = 0
    urls: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    identity: Strength | None = None
    addresses: tuple[str, ...] = ()


_UNREAD = _Unread()


def _denial(case: Case, answer: Answer) -> NewRow | None:
    """Of a denial only the visitor id goes on, so that what was not yet sent for it can be discarded."""
    if answer.reason != Drop.CONSENT_DENIED:
        return None
    body = json.dumps({"visitor_id": case.beacon.visitor_id}).encode()
    return NewRow(case.shop.id, Lane.LIVE, RowKind.DENIAL, case.now, body)


def _row(case: Case, guard: AddressGuard) -> NewRow:
    return NewRow(case.shop.id, Lane.LIVE, RowKind.BEACON, case.now, case.request.body, facts=_facts(case, guard))


def _facts(case: Case, guard: AddressGuard) -> dict[str, Any]:
    """A server's own user agent says nothing about the shopper's browser, so it is not kept."""
    beacon = case.beacon
    facts: dict[str, Any] = {}
    if case.is_from_server:
        facts["server"] = True
        if beacon.identity is not None:
            facts["identity"] = Strength.SIGNED.value
        return facts
    facts["ua"] = _plain(case.user_agent)
    if beacon.identity is not None:
        facts["identity"] = beacon.identity.value
    if case.request.proxied_customer:
        facts["customer_id"] = case.request.proxied_customer
    if case.request.proxied_customer is None and (suspicion := _suspicion(case)):
        facts["suspicion"] = suspicion  # headers that came through the platform are the platform's
    if beacon.addresses and guard.is_flood(beacon.visitor_id, case.request.network, beacon.addresses):
        facts["many_addresses"] = True
    return facts


def _suspicion(case: Case) -> str:
    if not case.user_agent.strip():
        return "no_user_agent"
    return "" if case.request.headers.get("accept-language", "").strip() else "no_accept_language"


def _plain(user_agent: str) -> str:
    """Cut, and free of what no database takes."""
    cut = user_agent[:LONGEST_USER_AGENT].replace("\0", "")
    return cut if cut.isascii() else cut.encode("utf-8", "replace").decode()
