"""No request leaves that is not checked: every address of Brevo's that stands in our sources is in the table here, and
whatever writes is made once against the strict local Brevo, body and all."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.destinations.brevo import confirmations, imports, order_batches, setup, webhooks
from collector.destinations.brevo.catalogue import BrevoCatalogue
from collector.destinations.brevo.client import BrevoAccount, Exchange
from collector.destinations.brevo.destination import BrevoDestination
from collector.destinations.brevo.limits import NoMeter
from collector.destinations.brevo.lists import ListNumbers
from collector.domain.catalogue_entries import CategoryEntry, Entry
from collector.domain.catalogue_ports import Sold
from collector.domain.events import Strength
from collector.domain.history import ImportKind, Way
from collector.domain.messages import (
    ConfirmationMessage,
    ContactMessage,
    ErasureMessage,
    EventMessage,
    OrderMessage,
)
from collector.domain.shop import Policy, Shop
from collector.sandbox.brevo.state import DEFAULT_KEY, Call
from tests.contract import brevo_contract
from tests.contract.test_brevo_bodies import contacts as any_contact
from tests.contract.test_brevo_bodies import orders as any_order
from tests.sandbox.brevo_client import Brevo, contract_file, session

SOURCES = Path(__file__).parents[2] / "collector" / "destinations" / "brevo"
READS = {
    "/account",
    "/contacts/attributes",
    "/couponCollections",
    "/processes/{}",
    "/smtp/blockedContacts",
}
WRITES = {
    "/categories/batch",
    "/contacts",
    "/contacts/attributes/normal/{}",
    "/contacts/doubleOptinConfirmation",
    "/contacts/folders",
    "/contacts/import",
    "/contacts/lists",
    "/contacts/lists/{}/contacts/{}",
    "/contacts/{}",
    "/coupons",
    "/ecommerce/activate",
    "/events",
    "/orders/status",
    "/orders/status/batch",
    "/products",
    "/products/batch",
    "/webhooks",
    "/webhooks/{}",
}
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
URL = "https://brevo.test/v3"
ACCOUNT = BrevoAccount("brevo", DEFAULT_KEY, URL)
SHOP = Shop(
    1, "shopify", "mug.example", "https://mug.example", "site", policy=Policy(account="brevo", lists={"buyers": 1})
)
ANN = "ann@shop.example"
ORDER = OrderMessage("7", ANN, "paid", 12.5, "EUR", NOW, NOW, ({"product_id": "1", "quantity": 1, "price": 12.5},))


def in_the_sources() -> set[str]:
    """Addresses of Brevo's as they stand in strings, names and queries taken out."""
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in SOURCES.glob("*.py")]
    texts = [_text(node) for tree in trees for node in ast.walk(tree)]
    plain = [re.sub(r"\{\w*\}", "{}", text.partition("?")[0]) for text in texts]
    whole = {text for text in plain if re.fullmatch(r"/[a-z][A-Za-z{}/]*", text)}
    # The pieces of a text with something put in are texts of their own.
    return {text for text in whole if not text.endswith("/")}


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


@pytest.fixture
def brevo() -> Brevo:
    made = Brevo(contract=contract_file())
    made.account.add_list(confirmations.LIST, 1)
    made.ask("POST", "/couponCollections", {"name": "Welcome", "defaultCoupon": "TEN"})
    return made


def exchange(brevo: Brevo) -> Exchange:
    return Exchange(session(brevo), ACCOUNT, NoMeter())


def test_every_address_in_the_sources_is_known_here() -> None:
    assert in_the_sources() == READS | WRITES, "a new kind of request: add it below, with its body"


def acts(brevo: Brevo) -> Iterator[Callable[[], object]]:
    """Everything we ever write, once."""
    calls, http = exchange(brevo), session(brevo)
    destination = BrevoDestination(http, {"brevo": ACCOUNT}, NoMeter(), brevo.clock)
    catalogue = BrevoCatalogue(http, {"brevo": ACCOUNT}, NoMeter())
    typed = ContactMessage(ANN, Strength.TYPED, True)
    buyer = ContactMessage(ANN, Strength.TYPED, True, lists_add=("buyers",))
    signed = ContactMessage(ANN, Strength.SIGNED, True, {"FIRSTNAME": "Ann"})
    yield lambda: setup.make_attribute(calls, "ORDER_COUNT", "float")
    yield lambda: setup.make_list(calls, "Abandoned")
    yield lambda: setup.activate_ecommerce(calls)
    yield lambda: destination.send(SHOP, typed)
    yield lambda: destination.send(SHOP, buyer)
    yield lambda: destination.send(SHOP, signed)
    yield lambda: destination.send(SHOP, EventMessage("cart_updated", "e1", ANN, NOW, {"total": 1}))
    yield lambda: destination.send(SHOP, ORDER)
    confirmation = ConfirmationMessage("bo@shop.example", 3, "https://mug.example/")
    yield lambda: confirmations.send(calls, ListNumbers(brevo.clock), confirmation)
    yield lambda: imports.send(calls, [typed, signed], [1], ImportKind(Way.BLOCKED, True, ()))
    yield lambda: order_batches.send(calls, [ORDER])
    yield lambda: catalogue.send_categories("brevo", [("p", CategoryEntry("5", "Tea"))])
    yield lambda: catalogue.send_products("brevo", [Sold("p", Entry("1", "Mug", price=1.0))])
    yield lambda: catalogue.send_product("brevo", Sold("p", Entry("1", "Mug", price=1.0)))
    yield lambda: catalogue.send_coupons("brevo", "Welcome", ["TEN-1"])
    yield lambda: destination.send(SHOP, ErasureMessage(ANN))
    for key in ("key-1", "key-2"):
        address = f"https://collect.example/webhooks/brevo/{key}"
        yield lambda address=address: webhooks.register(calls, address, "token", with_lists=False)  # type: ignore[misc]
    yield lambda: webhooks.register(calls, "https://collect.example/webhooks/brevo/key-2", "token", with_lists=True)


def test_everything_we_write_keeps_the_contract(brevo: Brevo) -> None:
    before = len(brevo.account.calls)
    for act in acts(brevo):
        act()
    written: list[Call] = [call for call in list(brevo.account.calls)[before:] if call.method != "GET"]
    assert brevo.account.violations == []
    for call in written:
        if call.body is not None:
            assert brevo_contract.errors(call.method, call.path.removeprefix("/v3"), call.body) == [], call
        assert call.status < 300 or (call.status, call.path) == (400, "/v3/contacts"), call
    assert {template(call.path.removeprefix("/v3")) for call in written} == WRITES


def template(path: str) -> str:
    for known in sorted(WRITES, key=lambda one: one.count("{")):
        if re.fullmatch(re.escape(known).replace(r"\{\}", "[^/]+"), path):
            return known
    return path


some_contacts = st.lists(any_contact, min_size=1, max_size=5)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(some=some_contacts, way=st.sampled_from(Way), is_text_blocked=st.booleans())
def test_no_import_breaks_the_contract(some: list[ContactMessage], way: Way, is_text_blocked: bool) -> None:
    contract_file()
    kind = ImportKind(way, is_text_blocked, ())
    body = imports.body([imports.row(one) for one in some], [1], kind)
    assert brevo_contract.errors("POST", "/contacts/import", body) == []
    assert body["emptyContactsAttributes"] is False
    assert ("emailBlacklist" in body) == (way is Way.BLOCKED), "nothing is ever said that could lift a block"
    assert all("EXT_ID" not in row["attributes"] for row in body["jsonBody"])


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(some=st.lists(any_order(), min_size=1, max_size=5))
def test_no_batch_of_orders_breaks_the_contract(some: list[OrderMessage]) -> None:
    contract_file()
    body = order_batches.body(some)
    assert brevo_contract.errors("POST", "/orders/status/batch", body) == []
    assert body["historical"] is True, "an import starts no automation"


def test_an_erasure_deletes_the_contact_and_repeats_without_harm(brevo: Brevo) -> None:
    destination = BrevoDestination(session(brevo), {"brevo": ACCOUNT}, NoMeter(), brevo.clock)
    address = "ann+tea@shop.example"
    destination.send(SHOP, ContactMessage(address, Strength.TYPED, True))
    for expected in (204, 404):  # gone already is as good
        done = destination.send(SHOP, ErasureMessage(address))
        call = list(brevo.account.calls)[-1]
        assert (call.method, call.status, template(call.path.removeprefix("/v3"))) == (
            "DELETE",
            expected,
            "/contacts/{}",
        )
        assert [one.path for one in done.calls] == ["/contacts/{identifier}"], "the log names nobody"
        assert done.calls[0].sent == ""
    assert brevo.account.people.find("email", address) is None
    assert brevo.account.violations == []
