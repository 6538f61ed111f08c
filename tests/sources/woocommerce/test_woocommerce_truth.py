"""The truth check, asked of a shop on the wire: who bought since, and what can still be bought."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses

from collector.domain.errors import SourceUnavailable
from collector.domain.events import Item, OrderState
from collector.domain.shop import Secrets, Shop
from collector.domain.truth import Question, Truth
from collector.outgoing.guard import guarded_session
from collector.sandbox.shop.shop import now_utc
from collector.sources.woocommerce.rest import RestClient, keys_of
from collector.sources.woocommerce.truth import MOST_PAGES, PAGE, TIMEOUT_S, WooCommerceTruth
from tests.ports import free_port
from tests.sandbox.tea_shop import KEY, KEY_SECRET, TeaShop, add, check_out, serving

from .standins import REST
from .wire_shop import WireShop

URL = "https://shop.example"
KEYS = {"consumer_key": "ck_1", "consumer_secret": "cs_1"}
SINCE = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
EMAIL = "mia@example.com"


def shop_at(url: str, keys: dict[str, str] | None = None) -> Shop:
    credentials = KEYS if keys is None else keys
    return Shop(
        1, "woocommerce", url.partition("//")[2], url, "site", currency="EUR", secrets=Secrets(credentials=credentials)
    )


def asking(http: requests.Session) -> Callable[[Shop], RestClient]:
    return lambda shop: RestClient(http, shop.url, *keys_of(shop), patience_s=0)


@dataclass
class Demo:
    """The demo shop on a port, a person who is about to be reminded, and the check."""

    tea: TeaShop
    since: datetime

    def ask(self, *, email: str = EMAIL, customer_id: str = "", items: tuple[Item, ...] = ()) -> Truth:
        check = WooCommerceTruth(asking(guarded_session(True, (2, 5))))
        shop = shop_at(self.tea.url, {"consumer_key": KEY, "consumer_secret": KEY_SECRET})
        customers = (customer_id,) if customer_id else ()
        return check.ask(shop, Question((email,) if email else (), customers, self.since, items))


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    """Mia has a paid order made now; Ana has two old ones; Ben's checkout is open, Cleo's payment runs."""
    tea = TeaShop(url=f"http://127.0.0.1:{free_port()}")
    tea.clock.now = now_utc()
    mia, ben, cleo = tea.browser(), tea.browser(), tea.browser()
    for browser in (mia, ben, cleo):
        add(browser, 13)
    check_out(mia)
    check_out(cleo, "paypage", billing_email="cleo@example.com")
    ben.get("/checkout/")
    with serving(tea):
        yield Demo(tea, tea.clock.now)


@pytest.mark.parametrize(
    ("why", "email", "customer_id", "expected"),
    [
        ("a guest who bought", EMAIL, "", [1003]),
        ("in other letters", "MIA@Example.com", "", [1003]),
        ("part of an address is nobody", "ia@example.com", "", []),
        ("somebody unknown", "nobody@example.com", "", []),
        ("old orders do not count", "ana@example.com", "2", []),
        ("an open checkout is no order", "ben@example.com", "", []),
        ("a running payment is no order", "cleo@example.com", "", []),
        ("nobody to ask about", "", "", []),
    ],
)
def test_orders_placed_since_are_found(demo: Demo, why: str, email: str, customer_id: str, expected: list[int]) -> None:
    found = demo.ask(email=email, customer_id=customer_id)
    assert [int(order.order_id) for order in found.orders] == expected, why


def test_an_order_tells_what_it_holds(demo: Demo) -> None:
    (order,) = demo.ask().orders
    assert (order.state, order.email, order.customer_id) == (OrderState.PAID, EMAIL, "")
    assert order.product_ids == {"13"}


@pytest.mark.parametrize(
    ("why", "product_id", "variant_id", "is_sold"),
    [
        ("in stock", "13", "", True),
        ("out of stock", "27", "", False),
        ("a variant in stock", "15", "16", True),
        ("a variant out of stock", "15", "18", False),
        ("a variant of another product", "15", "21", False),
        ("a variant whose product the browser did not know", "16", "16", True),
        ("the same, out of stock", "18", "18", False),
        ("unknown", "999", "", False),
        ("unknown, by itself", "999", "999", False),
        ("without a number", "", "", True),
    ],
)
def test_what_can_still_be_bought(demo: Demo, why: str, product_id: str, variant_id: str, is_sold: bool) -> None:
    found = demo.ask(email="nobody@example.com", items=(Item(product_id, 1, variant_id),))
    assert found.unavailable == (frozenset() if is_sold else {(product_id, variant_id)}), why


def test_stock_is_asked_about_even_when_somebody_bought(demo: Demo) -> None:
    found = demo.ask(items=(Item("27", 1),))  # the order may have ended an earlier cart
    assert len(found.orders) == 1
    assert found.unavailable == {("27", "")}


def test_a_taken_down_shop_is_unavailable(demo: Demo) -> None:
    demo.tea.shop.is_api_down = True
    try:
        with pytest.raises(SourceUnavailable, match="503"):
            demo.ask()
    finally:
        demo.tea.shop.is_api_down = False


def ask(http: requests.Session | None = None, since: datetime = SINCE, **changes: Any) -> Truth:
    check = WooCommerceTruth(asking(http or requests.Session()), **changes)
    return check.ask(shop_at(URL), Question(("zoe@example.net",), (), since))


def order(**changes: Any) -> dict[str, Any]:
    """The recorded order of Zoë, paid at 16:50:59."""
    found: dict[str, Any] = json.loads((REST / "order.o_cust.body").read_bytes())
    return found | {"billing": {"email": "zoe@example.net"}} | changes


OLD, NEW = "2026-11-20T10:00:00", "2026-11-21T13:00:00"


@pytest.mark.parametrize(
    ("why", "changes", "is_found"),
    [
        ("made since", {"date_created_gmt": NEW, "date_modified_gmt": NEW}, True),
        ("made a little before: two clocks", {"date_created_gmt": "2026-11-21T11:58:00", "date_paid_gmt": None}, True),
        ("made before and paid since", {"date_created_gmt": OLD, "date_paid_gmt": NEW}, True),
        ("made and paid before, shipped since", {"date_created_gmt": OLD, "date_paid_gmt": OLD}, False),
        ("promised, made before, touched since", {"date_created_gmt": OLD, "status": "on-hold"}, True),
        ("unknown status, unpaid", {"date_created_gmt": NEW, "status": "wc-weighing", "date_paid_gmt": None}, True),
        ("bought and cancelled", {"date_created_gmt": NEW, "status": "cancelled"}, True),
        ("failed", {"date_created_gmt": NEW, "status": "failed"}, False),
        ("draft", {"date_created_gmt": NEW, "status": "checkout-draft"}, False),
        ("somebody with a similar address", {"date_created_gmt": NEW, "billing": {"email": "xzoe@example.net"}}, False),
    ],
)
@responses.activate
def test_what_counts_as_bought_since(why: str, changes: dict[str, Any], is_found: bool) -> None:
    body = order(**({"date_modified_gmt": NEW, "date_paid_gmt": None} | changes))
    responses.get(f"{URL}/wp-json/wc/v3/orders", json=[body])
    assert bool(ask().orders) is is_found, why


@pytest.mark.parametrize("written", ["zoë@müller.example", "ZOË@Müller.example", "zoë@xn--mller-kva.example"])
@responses.activate
def test_an_address_is_found_however_the_shop_keeps_its_domain(written: str) -> None:
    """Browsers send a domain with an umlaut in letters of ASCII; we know the address by its umlaut."""
    kept = [order(date_created_gmt=NEW, date_modified_gmt=NEW, billing={"email": written})]

    def searched(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        (text,) = parse_qs(urlsplit(str(request.url)).query)["search"]
        return 200, {}, json.dumps(kept if text in written.lower() else [])

    responses.add_callback("GET", f"{URL}/wp-json/wc/v3/orders", searched, content_type="application/json")
    check = WooCommerceTruth(asking(requests.Session()))
    assert check.ask(shop_at(URL), Question(("zoë@müller.example",), (), SINCE)).orders


@responses.activate
def test_the_time_is_asked_without_a_zone_and_with_the_flag() -> None:
    responses.get(f"{URL}/wp-json/wc/v3/orders", json=[])
    ask(since=SINCE.astimezone(tz=None))
    asked = parse_qs(urlsplit(str(responses.calls[0].request.url)).query)
    assert (asked["modified_after"], asked["dates_are_gmt"]) == (["2026-11-21T11:55:00"], ["true"])
    assert asked["search"] == ["zoe@example.net"]


@responses.activate
def test_all_pages_are_read_but_not_without_end() -> None:
    full = [order(id=number) for number in range(1, PAGE + 1)]
    url = f"{URL}/wp-json/wc/v3/orders"
    responses.get(url, json=full)
    responses.get(url, json=[order(id=500)])
    assert len(ask().orders) == PAGE + 1
    responses.reset()
    responses.get(url, json=full)
    with pytest.raises(SourceUnavailable, match=str(MOST_PAGES * PAGE)):
        ask()


def test_a_host_that_dies_of_a_hundred_orders_is_asked_for_fewer() -> None:
    new = [order(id=number, date_created_gmt=NEW, date_modified_gmt=NEW) for number in range(1, 61)]
    shop = WireShop(URL, most=50, lists={"wc/v3/orders": new})
    shop.gate.key, shop.gate.secret = KEYS["consumer_key"], KEYS["consumer_secret"]
    with shop.mounted():
        assert len(ask().orders) == 60


@pytest.mark.parametrize("body", [{"id": 1}, [{"id": 1, "status": "processing", "date_modified_gmt": "soon"}]])
@responses.activate
def test_an_answer_that_cannot_be_read_is_no_answer(body: Any) -> None:
    responses.get(f"{URL}/wp-json/wc/v3/orders", json=body)
    with pytest.raises(SourceUnavailable):
        ask()


@responses.activate
def test_one_question_takes_ten_seconds_at_most() -> None:
    responses.get(f"{URL}/wp-json/wc/v3/orders", json=[])
    clock = iter([0.0, TIMEOUT_S + 0.1])
    with pytest.raises(SourceUnavailable, match="within 10 seconds"):
        ask(monotonic=lambda: next(clock))


def test_without_keys_there_is_no_access() -> None:
    check = WooCommerceTruth(asking(requests.Session()))
    assert not check.has_access(shop_at(URL, {}))
    assert check.has_access(shop_at(URL))
    with pytest.raises(SourceUnavailable, match="no keys"):
        check.ask(shop_at(URL, {}), Question((EMAIL,), (), SINCE - timedelta(hours=1)))
