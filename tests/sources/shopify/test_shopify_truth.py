"""The look at the shop's own records before a reminder: who ordered since, and what is still sold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import responses
from requests import PreparedRequest

from collector.domain.errors import SourceUnavailable
from collector.domain.events import Item, OrderState
from collector.domain.truth import Question
from collector.sources.shopify.truth import ShopifyTruth, quoted
from tests.sources.shopify.api_bench import GRAPHQL, KEYS, NOON, PERMANENT, ApiBench, shop

ANA = "ana@shop.example"
BEGAN = NOON - timedelta(hours=2)
CART, CHECKOUT = "hWN1abc", "b2c3d4e5"


def order(minutes: float = 30, number: int = 1001, **more: Any) -> dict[str, Any]:
    """Ana's, paid, `minutes` after the cart began."""
    made = (BEGAN + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")
    plain: dict[str, Any] = {
        "id": f"gid://shopify/Order/{number}",
        "createdAt": made,
        "cancelledAt": None,
        "test": False,
    }
    plain |= {"email": ANA, "cartToken": None, "checkoutToken": None, "displayFinancialStatus": "PAID"}
    plain |= {
        "customer": None,
        "lineItems": {"nodes": [{"product": {"id": "gid://shopify/Product/7"}}, {"product": None}]},
    }
    return plain | more


def page(*orders: dict[str, Any], after: str = "") -> dict[str, Any]:
    info = {"hasNextPage": bool(after), "endCursor": after or None}
    return {"data": {"orders": {"nodes": list(orders), "pageInfo": info}}}


def variant(number: int, status: str = "ACTIVE", for_sale: bool = True, policy: str = "DENY") -> dict[str, Any]:
    product = {"id": "gid://shopify/Product/7", "status": status}
    gid = f"gid://shopify/ProductVariant/{number}"
    return {"id": gid, "availableForSale": for_sale, "inventoryPolicy": policy, "product": product}


def product(number: int, *variants: dict[str, Any], status: str = "ACTIVE", is_more: bool = False) -> dict[str, Any]:
    listed = {"nodes": list(variants), "pageInfo": {"hasNextPage": is_more}}
    return {"id": f"gid://shopify/Product/{number}", "status": status, "variants": listed}


def question(*items: Item, **more: Any) -> Question:
    given: dict[str, Any] = {"emails": (ANA,), "customer_ids": ("42",), "since": BEGAN, "items": items}
    return Question(**(given | more))


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def truth(bench: ApiBench | None = None) -> ShopifyTruth:
    used = bench or ApiBench()
    return ShopifyTruth(lambda of: used.api(of, patience_s=10.0))


def variables(wire: responses.RequestsMock) -> list[dict[str, Any]]:
    return [json.loads(call.request.body or b"")["variables"] for call in wire.calls]


@pytest.mark.parametrize(
    ("credentials", "expected"),
    [(PERMANENT, True), (KEYS, True), ({"api_secret": "s"}, False), ({"api_key": "k"}, False), ({}, False)],
)
def test_with_credentials_it_can_be_asked(credentials: dict[str, str], expected: bool) -> None:
    assert truth().has_access(shop(credentials)) is expected


def test_one_call_asks_for_every_name_the_shopper_is_known_under(wire: responses.RequestsMock) -> None:
    wire.post(GRAPHQL, json=page())
    asked = question(cart_tokens=(CART,), checkout_tokens=(CHECKOUT,))
    assert truth().ask(shop(), asked).orders == ()
    [sent] = variables(wire)
    assert sent["search"] == (
        "created_at:>='2026-11-22T09:55:00Z' AND "
        f'(email:"{ANA}" OR customer_id:"42" OR cart_token:"{CART}" OR checkout_token:"{CHECKOUT}")'
    )


def test_nobody_known_means_nothing_to_ask(wire: responses.RequestsMock) -> None:
    nobody = question(emails=(), customer_ids=("guest",))
    assert truth().ask(shop(), nobody).orders == ()
    assert not wire.calls


@pytest.mark.parametrize("value", ['a"b', "a\\", 'x" OR email:"y'])
def test_a_name_cannot_change_the_search(value: str) -> None:
    assert json.loads(quoted(value)) == value


@pytest.mark.parametrize(
    ("why", "body", "state"),
    [
        ("paid", order(), OrderState.PAID),
        ("authorised", order(displayFinancialStatus="AUTHORIZED"), OrderState.PAID),
        ("partly refunded", order(displayFinancialStatus="PARTIALLY_REFUNDED"), OrderState.PAID),
        ("promised by bank transfer", order(displayFinancialStatus="PENDING"), OrderState.PROMISED),
        ("a word nobody knows", order(displayFinancialStatus="NEW_WORD"), OrderState.PROMISED),
        ("none stated", order(displayFinancialStatus=None), OrderState.PROMISED),
        ("refunded: still bought", order(displayFinancialStatus="REFUNDED"), OrderState.REFUNDED),
        ("cancelled: still bought", order(cancelledAt="2026-11-22T11:00:00Z"), OrderState.CANCELLED),
        ("under the customer's number", order(email="o@b.example", customer={"id": "gid://shopify/Customer/42"}), None),
        (
            "under the customer's address",
            order(
                email=None, customer={"id": "gid://shopify/Customer/1", "defaultEmailAddress": {"emailAddress": ANA}}
            ),
            None,
        ),
        ("without any address, from that cart", order(email=None, cartToken=f"{CART}?key=1"), None),
        ("with another address, from that checkout", order(email="o@b.example", checkoutToken=CHECKOUT), None),
        ("a minute before, by the other clock", order(minutes=-1), None),
    ],
)
def test_an_order_of_theirs_counts(
    wire: responses.RequestsMock, why: str, body: dict[str, Any], state: OrderState | None
) -> None:
    wire.post(GRAPHQL, json=page(body))
    [found] = truth().ask(shop(), question(cart_tokens=(CART,), checkout_tokens=(CHECKOUT,))).orders
    assert (found.order_id, found.product_ids) == ("1001", frozenset({"7"}))
    assert state in (None, found.state), why


@pytest.mark.parametrize(
    ("why", "body"),
    [
        ("a test order", order(test=True)),
        ("the payment failed", order(displayFinancialStatus="VOIDED")),
        ("the payment ran out", order(displayFinancialStatus="EXPIRED")),
        ("ordered before the cart began", order(minutes=-30)),
        ("somebody else's: the search finds more than it is asked for", order(email="other@shop.example")),
    ],
)
def test_other_orders_do_not_count(wire: responses.RequestsMock, why: str, body: dict[str, Any]) -> None:
    wire.post(GRAPHQL, json=page(body))
    assert truth().ask(shop(), question()).orders == (), why


def test_further_pages_are_read_and_the_newest_comes_first(wire: responses.RequestsMock) -> None:
    wire.post(GRAPHQL, json=page(order(10, 1), after="there"))
    wire.post(GRAPHQL, json=page(order(90, 2)))
    assert [one.order_id for one in truth().ask(shop(), question()).orders] == ["2", "1"]
    assert [sent["after"] for sent in variables(wire)] == [None, "there"]


ITEMS = {
    "sold": (Item("7", 1, "71"), [variant(71)], [], False),
    "sold, and only people with the link see it": (Item("7", 1, "71"), [variant(71, "UNLISTED")], [], False),
    "sold out": (Item("7", 1, "71"), [variant(71, for_sale=False)], [], True),
    "sold out, may still be ordered": (Item("7", 1, "71"), [variant(71, "ACTIVE", False, "CONTINUE")], [], False),
    "a draft again": (Item("7", 1, "71"), [variant(71, "DRAFT")], [], True),
    "put away": (Item("7", 1, "71"), [variant(71, "ARCHIVED")], [], True),
    "deleted": (Item("7", 1, "71"), [None], [], True),
    "a browser knew the variant alone": (Item("71", 1, "71"), [variant(71)], [], False),
    "a product without a variant": (Item("7", 1), [], [product(7, variant(71))], False),
    "a product of which nothing is left": (Item("7", 1), [], [product(7, variant(71, for_sale=False))], True),
    "a product with more variants than were looked at": (
        Item("7", 1), [], [product(7, variant(71, for_sale=False), is_more=True)], False
    ),
    "a product that is put away": (Item("7", 1), [], [product(7, variant(71), status="ARCHIVED")], True),
    "a product that is gone": (Item("7", 1), [], [None], True),
    "no number of the shop's": (Item("engraving", 1), [], [], False),
}  # fmt: skip


@pytest.mark.parametrize("why", list(ITEMS))
def test_what_cannot_be_bought_is_named(wire: responses.RequestsMock, why: str) -> None:
    item, variants, products, is_gone = ITEMS[why]
    wire.post(GRAPHQL, json=page())
    wire.post(GRAPHQL, json={"data": {"variants": variants, "products": products}})
    found = truth().ask(shop(), question(item)).unavailable
    assert found == (frozenset({(item.product_id, item.variant_id)}) if is_gone else frozenset())


def test_a_whole_cart_is_two_calls(wire: responses.RequestsMock) -> None:
    wire.post(GRAPHQL, json=page())
    wire.post(GRAPHQL, json={"data": {"variants": [variant(number) for number in range(71, 101)], "products": []}})
    items = [Item("7", 1, str(number)) for number in range(71, 101)]
    assert truth().ask(shop(), question(*items)).unavailable == frozenset()
    assert len(wire.calls) == 2


@pytest.mark.parametrize(
    ("why", "given"),
    [
        ("away", {"status": 503}),
        ("revoked", {"status": 401}),
        ("an order without a time", {"json": page(order(createdAt=None))}),
        ("more orders than anybody has", {"json": page(order(), after="for ever")}),
    ],
)
def test_a_shop_that_does_not_answer_raises_in_bounded_time(
    wire: responses.RequestsMock, why: str, given: dict[str, Any]
) -> None:
    bench = ApiBench()
    wire.add("POST", GRAPHQL, **given)
    with pytest.raises(SourceUnavailable):
        truth(bench).ask(shop(), question())
    assert sum(bench.clock.slept) <= 10
    assert len(wire.calls) <= 10


def test_a_shop_that_is_slow_page_after_page_is_not_waited_for(wire: responses.RequestsMock) -> None:
    bench = ApiBench()

    def slow(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        bench.clock.pass_(4)
        return 200, {}, json.dumps(page(order(), after="for ever"))

    wire.add_callback("POST", GRAPHQL, slow)
    look = ShopifyTruth(bench.api, lambda: bench.clock().timestamp())
    with pytest.raises(SourceUnavailable, match="within 10 seconds"):
        look.ask(shop(), question())
    assert len(wire.calls) == 3


def test_without_credentials_asking_is_refused() -> None:
    with pytest.raises(SourceUnavailable, match="no keys"):
        truth().ask(shop({}), question())
