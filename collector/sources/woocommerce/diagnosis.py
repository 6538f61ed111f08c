"""Does the connection to a WooCommerce shop work? (domain.diagnosis.Diagnosis)

First the four things every platform shows; then how the shop stands, one line each. A line is not good where something
does not work; what works and could be better is a note.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from collector.domain.diagnosis import CONNECTION, CUSTOMERS, ORDERS, PRODUCTS, Check, bad, good
from collector.domain.errors import SourceUnavailable
from collector.domain.shop import Shop
from collector.sources.woocommerce import install, network
from collector.sources.woocommerce.credentials import APPLICATION_PASSWORD
from collector.sources.woocommerce.known import PREFIX
from collector.sources.woocommerce.password_looks import why_nobody
from collector.sources.woocommerce.permissions import may_write
from collector.sources.woocommerce.rest import NAMESPACE, Declined, RestClient
from collector.sources.woocommerce.rest_lists import LARGEST
from collector.sources.woocommerce.self_description import (
    Described,
    calls_itself,
    described,
    no_such_api,
    read_index,
    read_settings,
)
from collector.sources.woocommerce.signing import BASIC, OAUTH1

# Beside those every platform has.
KEY, WAY, CERTIFICATE, VERSION = "key", "authentication", "certificate", "version"
SETTINGS, QUEUE, SPEED, PAGING = "settings", "queue", "speed", "paging"
CUSTOM_FIELDS, CLOCK, NETWORK, ADDRESS, CLEAN = "custom_fields", "clock", "network", "address", "clean_answers"
META = "meta_data."
CUSTOMERS_LOOKED_AT = 10
SLOW_S, TOO_SLOW_S = 2.0, 10.0
APART = timedelta(minutes=15)  # further apart signatures are refused
WAYS = {BASIC: "Keys travel as Basic, over https", OAUTH1: "Keys travel as a signature (OAuth 1.0a)"}
SLOW_CURE = "Ask the host; a large database wants cleaning up. We ask only for the fields we need (_fields)."

Api = Callable[[Shop], RestClient]


class WooCommerceDiagnosis:
    """`api` makes what asks a shop; used by one thread. `others`: the other connected shops of this platform."""

    def __init__(
        self,
        api: Api,
        at: Callable[[Shop, str], RestClient],
        others: Callable[[], Sequence[Shop]] = tuple,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._api = api
        self._at = at
        self._others = others
        self._monotonic = monotonic

    def look(self, shop: Shop) -> Iterator[Check]:
        try:
            client = self._api(shop)
        except SourceUnavailable as problem:
            yield refused(CONNECTION, problem)
            return
        looks = _Looks(client, shop, self._monotonic)
        found = list(looks.all())
        if looks.closed is not None:
            yield refused(CONNECTION, self._better(shop, client, looks.closed))
            if client.way == OAUTH1:
                yield from _clock(client)
            if not shop.policy.verify_ssl:
                yield _certificate()
            return
        try:
            settings = read_settings(client)
        except SourceUnavailable:  # the lines before say what works; this one only knows less
            settings = None
        seen = described(client.url, settings, read_index(client))
        yield good(CONNECTION, seen.name)
        yield from found
        yield from _standing(client, shop, seen, looks.slowest_s)

    def _better(self, shop: Shop, client: RestClient, problem: SourceUnavailable) -> SourceUnavailable:
        """The key of another site, or an API that is not there, if it is that."""
        if not isinstance(problem, Declined):
            return problem
        if client.kind == APPLICATION_PASSWORD and (better := why_nobody(client, problem)) is not None:
            return better
        if client.kind == APPLICATION_PASSWORD or not network.is_unknown_key(problem):
            return no_such_api(client, problem, shop.policy.api_version or NAMESPACE) or problem
        others = [other.url for other in self._others() if other.address != shop.address]
        return network.key_of_another(lambda home: self._at(shop, home), client.url, others, problem) or problem


class _Looks:
    """Products, customers and orders, asked one by one: a key's owner may see some of it and not the rest.

    `closed`: why the shop shows nothing at all.
    """

    def __init__(self, client: RestClient, shop: Shop, monotonic: Callable[[], float]) -> None:
        self._client = client
        self._monotonic = monotonic
        self._meta = sorted(field.removeprefix(META) for field in shop.policy.mapping if field.startswith(META))
        self.closed: SourceUnavailable | None = None
        self.slowest_s = 0.0

    def all(self) -> Iterator[Check]:
        problems: list[SourceUnavailable] = []
        for name, path in ((PRODUCTS, "products"), (CUSTOMERS, "customers"), (ORDERS, "orders")):
            try:
                yield from self._one(name, path)
            except SourceUnavailable as problem:
                is_about_this = isinstance(problem, Declined) and problem.status in (403, 404) and problem.code
                if name == PRODUCTS and not is_about_this:  # the shop turns us away, not this question
                    self.closed = problem
                    return
                problems.append(problem)
                yield refused(name, problem)
        if len(problems) == 3:
            self.closed = problems[0]

    def _one(self, name: str, path: str) -> Iterator[Check]:
        wants_meta = name == CUSTOMERS and bool(self._meta)
        fields, most = ("id,meta_data", CUSTOMERS_LOOKED_AT) if wants_meta else ("id", 1)
        began_at = self._monotonic()
        page = self._client.page(path, per_page=most, _fields=fields)
        self.slowest_s = max(self.slowest_s, self._monotonic() - began_at)
        yield good(name, f"{page.total:,}" if page.total is not None else "")
        if wants_meta and page.records:
            yield _custom_fields(self._meta, page.records)
        if name == ORDERS:
            yield _paging(self._client, page.total)


def refused(name: str, problem: SourceUnavailable) -> Check:
    return bad(name, str(problem).removesuffix(problem.cure).strip(), problem.cure)


def _standing(client: RestClient, shop: Shop, seen: Described, slowest_s: float) -> Iterator[Check]:
    yield from _key(client)
    yield from _way(client)
    if not shop.policy.verify_ssl:
        yield _certificate()
    yield from _version(client, shop, seen)
    yield from _settings(client, seen)
    yield from _queue(seen)
    yield _speed(slowest_s)
    yield from _clock(client)
    other = calls_itself(client.url, seen)
    if other:
        note = f"It is connected as {client.url}. If that is not a test, connect it under its own address."
        yield good(ADDRESS, note, f"The shop calls itself {other}")
    if seen.is_multisite:
        note = f"{install.ONE_OF_MANY} {install.ONE_OF_MANY_CURE}"
        if client.kind == APPLICATION_PASSWORD:
            note = "Run the same `tajo connectors install woocommerce` again when sites were added to it."
        yield good(NETWORK, note, "One site of a WordPress network")
    if client.known.is_noisy:
        note = "Read all the same. A plugin prints notices: switch display_errors (WP_DEBUG_DISPLAY) off."
        yield good(CLEAN, note, "Something stands before the answers")


def _key(client: RestClient) -> Iterator[Check]:
    writing = may_write(client)
    if writing.is_allowed is not None:
        who = "User" if client.kind == APPLICATION_PASSWORD else "Key"
        title = f"{who} may {'read and write' if writing.is_allowed else 'not write'}"
        yield good(KEY, title=title) if writing.is_allowed else bad(KEY, writing.cause, writing.cure, title)


def _way(client: RestClient) -> Iterator[Check]:
    what, cure = install.way_note(client)
    title = WAYS.get(client.way, "Keys travel in the query, over https")
    if client.kind == APPLICATION_PASSWORD:
        title = "An application password travels as Basic"
    yield good(WAY, f"{what} {cure}".strip(), title)
    if client.known.prefix != PREFIX:
        yield good("rest_api", title=f"REST API at {client.known.prefix}")


def _certificate() -> Check:
    return good(CERTIFICATE, install.UNCHECKED, "Certificate not checked")


def _version(client: RestClient, shop: Shop, seen: Described) -> Iterator[Check]:
    asked = shop.policy.api_version or NAMESPACE
    if asked != NAMESPACE:
        cause = f"The settings ask for {asked}; what we read is that of {NAMESPACE}."
        yield bad(
            VERSION, cause, f"Take api_version out of the shop's settings, or set it to {NAMESPACE}.", f"API {asked}"
        )
    elif seen.is_old:
        cause = f"WooCommerce {seen.version} {install.TOO_OLD}"
        yield bad(VERSION, cause, "Update WooCommerce.", f"WooCommerce {seen.version} is old")
    elif seen.version:
        yield good(VERSION, title=install.versions_of(seen))


def _settings(client: RestClient, seen: Described) -> Iterator[Check]:
    if not seen.may_read_settings:
        yield good(SETTINGS, " ".join(install.no_settings(client.kind)), "Settings not readable")
        return
    said = ", ".join(filter(None, [seen.currency, seen.time_zone, install.orders_in(seen)]))
    if said:
        yield good(SETTINGS, title=f"Settings: {said}")


def _queue(seen: Described) -> Iterator[Check]:
    if seen.has_cron is False:
        yield good(QUEUE, f"{install.NO_CRON} {install.NO_CRON_CURE}", "WP-Cron is off")
    elif seen.has_cron:
        yield good(QUEUE, title="WP-Cron is on")


def _speed(slowest_s: float) -> Check:
    title = f"Answers within {slowest_s:.1f} s"
    if slowest_s > TOO_SLOW_S:
        return bad(
            SPEED, f"The slowest of three small questions took {slowest_s:.0f} s.", SLOW_CURE, "Answers too late"
        )
    return good(SPEED, f"That is slow for a question this small. {SLOW_CURE}" if slowest_s > SLOW_S else "", title)


def _clock(client: RestClient) -> Iterator[Check]:
    """Only signatures mind."""
    ahead = client.clock_ahead
    if ahead is None or abs(ahead) < timedelta(minutes=1):
        return
    minutes = round(abs(ahead).total_seconds() / 60)
    cause = f"Our clock is {minutes} min {'ahead of' if ahead > timedelta(0) else 'behind'} the shop's."
    if client.way == OAUTH1 and abs(ahead) >= APART:
        yield bad(CLOCK, cause, "Set both by NTP: signatures are refused beyond 15 minutes.", "Clocks differ")
    else:
        yield good(CLOCK, f"{cause} Set both by NTP.", "Clocks differ")


def _paging(client: RestClient, total: int | None) -> Check:
    sizes = {name: size for name, size in client.known.sizes.items() if size < LARGEST}
    if sizes:
        said = ", ".join(f"{name} {size}" for name, size in sorted(sizes.items()))
        note = f"The host does not survive {LARGEST} records at once; asked for at once: {said}."
        return good(PAGING, note, "Lists come in small pages")
    if total is None:
        note = "Something drops X-WP-Total. Lists are read to their end all the same; progress has no total."
        return good(PAGING, note, "Lists come without counts")
    return good(PAGING, title=f"Lists come with counts, {LARGEST} to a page")


def _custom_fields(wanted: Sequence[str], customers: Sequence[dict[str, object]]) -> Check:
    """Whether the mapped ones are there at all: a name may be wrong, or begin with _ and be kept from the API."""
    there = set[str]()
    for customer in customers:
        meta = customer.get("meta_data")
        there |= {str(one.get("key")) for one in meta if isinstance(one, dict)} if isinstance(meta, list) else set()
    missing = [name for name in wanted if name.partition(".")[0] not in there and name not in there]
    if not missing:
        return good(CUSTOM_FIELDS, title="Custom fields readable")
    note = (
        f"None of the last {len(customers)} customers has {', '.join(missing)} in meta_data."
        " Check the spelling, and that the plugin keeps it with the customer."
    )
    return good(CUSTOM_FIELDS, note, "Custom fields not seen")
