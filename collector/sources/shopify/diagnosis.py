"""Does the connection to a Shopify shop work? (domain.diagnosis.Diagnosis)

Each line is one small question, because each may be refused for a reason of its own: a scope that was not granted,
data Shopify protects, a version that is over. A customer without name, address and phone is rare; many of them in a
row mean that Shopify hides who they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from collector.domain.diagnosis import CONNECTION, CUSTOMERS, ORDERS, PRODUCTS, Check, bad, good
from collector.domain.errors import Misuse, SourceUnavailable
from collector.domain.shop import Shop
from collector.sources.shopify import answers, fields, scopes, versions
from collector.sources.shopify.fields import Json
from collector.sources.shopify.graphql import ShopifyApi, UnknownVersion
from collector.sources.shopify.install import clock_note, granted_scopes, scope_notes
from collector.sources.shopify.versions import API_VERSION

SCOPES, PROTECTED, VERSION, CLOCK = "scopes", "protected_data", "api_version", "clock"
ENOUGH = 3  # customers without a face, before it is called hiding


class ShopifyDiagnosis:
    """`api` makes what asks a shop; used by one thread."""

    def __init__(self, api: Callable[[Shop], ShopifyApi]) -> None:
        self._api = api

    def look(self, shop: Shop) -> Iterator[Check]:
        wrong_version: UnknownVersion | None = None
        try:
            api = self._api(shop)
            try:
                data = api.ask("shop")
            except UnknownVersion as problem:  # nothing works until it is mended; what else is wrong is said at once
                wrong_version, api = problem, api.with_version(API_VERSION)
                data = api.ask("shop")
        except (SourceUnavailable, Misuse) as problem:
            yield _refused(CONNECTION, problem)
            return
        name = fields.text(fields.mapping(data.get("shop")).get("name"), limit=200)
        yield _refused(CONNECTION, wrong_version) if wrong_version else good(CONNECTION, name)
        yield from self._readable(api, shop)
        yield _scopes(granted_scopes(data))
        if not wrong_version:
            yield _version(shop, api)
        if api.clock_ahead is not None:
            said = clock_note(api.clock_ahead)
            cause, _, cure = said.partition(": ")
            yield bad(CLOCK, f"{cause}.", cure, "Clocks differ") if said else good(CLOCK, title="Clocks agree")

    def _readable(self, api: ShopifyApi, shop: Shop) -> Iterator[Check]:
        for name, query in ((PRODUCTS, "look_products"), (CUSTOMERS, "look_customers"), (ORDERS, "look_orders")):
            try:
                data = api.ask(query)
            except SourceUnavailable as problem:
                yield _refused(name, problem)
                continue
            yield good(name)
            if name == CUSTOMERS:
                yield from _protected(shop, data)


def _refused(name: str, problem: SourceUnavailable | Misuse) -> Check:
    cure = problem.cure if isinstance(problem, SourceUnavailable) else ""
    return bad(name, str(problem).removesuffix(cure).strip(), cure)


def _protected(shop: Shop, data: Json) -> Iterator[Check]:
    """Nothing to say where there are too few customers to tell."""
    customers = list(fields.objects(fields.mapping(data.get("customers")).get("nodes")))
    if len(customers) < ENOUGH:
        return
    if any(_has_face(customer) for customer in customers):
        yield good(PROTECTED, title="Names and e-mail addresses shown")
        return
    cause = f"The last {len(customers)} customers of {shop.address} came without name, e-mail and phone."
    yield bad(PROTECTED, cause, answers.PROTECTED_CURE, "Names and e-mail addresses hidden")


def _has_face(customer: Json) -> bool:
    email = fields.mapping(customer.get("defaultEmailAddress")).get("emailAddress")
    phone = fields.mapping(customer.get("defaultPhoneNumber")).get("phoneNumber")
    return any(fields.text(value) for value in (email, phone, customer.get("firstName"), customer.get("lastName")))


def _scopes(granted: list[str]) -> Check:
    missing = scopes.missing(granted)
    if not missing:
        return good(SCOPES, " ".join(scope_notes(granted)), "Permissions complete")
    cause = f"The app lacks {'; '.join(f'{scope.handle} for {scope.needed_for}' for scope in missing)}."
    return bad(SCOPES, cause, "Add these Admin API scopes to the app and install it again.", "Permissions incomplete")


def _version(shop: Shop, api: ShopifyApi) -> Check:
    title = f"API version {api.asked_version}"
    said = versions.differs(api.asked_version, api.seen_version)
    if said:
        cause, _, cure = said.partition(". ")
        return bad(VERSION, f"{cause}.", cure, f"{title} not served")
    return good(VERSION, versions.outdated(shop), title)
