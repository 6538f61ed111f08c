"""Rows folded live, and what the destination is to be told of them: looks, carts, customers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from collector.domain.door import Lane, NewRow
from collector.domain.shop import Sending, Shop
from tests.pipeline.row_builders import (
    ANA,
    BO,
    at,
    beacon,
    cart,
    denial,
    event,
    shopify_cart,
    shopify_checkout,
    shopify_customer,
    typed,
    woo_customer,
    woo_order,
)
from tests.pipeline.telling_bench import LIVE_SHOPIFY, LIVE_WOO, MUG, POT, TellingBench, telling_bench, under

ANAS = "ana@shop.example"
MUG_SEEN = {
    "id": MUG,
    "name": "Mug",
    "price": "12.50",
    "currency": "EUR",
    "url": "https://shop.example/p/mug",
    "image": "https://www.shop.example/mug.jpg",
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TellingBench]:
    with telling_bench(tmp_path_factory.mktemp("telling")) as found:
        yield found


@pytest.fixture
def bench(files: TellingBench) -> TellingBench:
    files.begin()
    return files


def look(minutes: float, **product: Any) -> dict[str, Any]:
    return event(minutes, "product_viewed", product=MUG_SEEN | product)


LOOKS = beacon(-29, ANA, event(-30, "page_viewed"), look(-29))
FILLS = beacon(-20, ANA, cart(-20, MUG))
OPTS_IN = beacon(-10, ANA, typed(-10, ANAS, opt_in=True))
TYPES = beacon(-10, ANA, typed(-10, ANAS))
OPTS_IN_AGAIN = beacon(-5, ANA, typed(-5, ANAS, opt_in=True))
FILLS_MORE = beacon(-8, ANA, cart(-8, MUG, POT))
CHECKS_OUT = beacon(-5, ANA, event(-5, "checkout_started"))
DRAFT_OPTS_IN = woo_order(0, "checkout-draft", MUG, meta={"_tajo_id": ANA, "_tajo_opt_in": "1"})
KNOWN = ["ana contact typed", "ana page_viewed", "ana product_viewed", "ana cart_created", "ana cart_updated"]


def test_who_opts_in_is_told_of_with_everything_so_far_and_what_follows(bench: TellingBench) -> None:
    bench.happen(LOOKS, FILLS)
    assert bench.told() == []
    bench.happen(OPTS_IN)
    assert bench.told() == KNOWN
    bench.happen(FILLS_MORE, CHECKS_OUT)
    assert bench.told() == [*KNOWN, "ana cart_updated", "ana checkout_started"]


def test_the_past_is_told_with_its_own_times_and_todays_content(bench: TellingBench) -> None:
    bench.happen(LOOKS, FILLS, FILLS_MORE, OPTS_IN)
    times = [payload["occurred_at"] for name in ("page_viewed", "cart_created") for payload in bench.sent(name)]
    assert times == ["2026-11-21T11:30:00.000Z", "2026-11-21T11:40:00.000Z"]
    assert bench.events() == ["ana page_viewed", "ana product_viewed", "ana cart_created", "ana cart_updated"]
    assert [item["id"] for item in bench.one("cart_updated")["items"]] == [MUG, POT]
    assert bench.one("cart_updated")["total"] == 10.0


def test_everything_needs_the_contact_and_leaves_in_order(bench: TellingBench) -> None:
    bench.happen(LOOKS, OPTS_IN)
    contact, *events = bench.rows()
    assert contact.message.needs is None
    assert {row.message.needs for row in events} == {contact.id}
    assert {row.message.ordering for row in bench.rows()} == {f"email:{ANAS}"}
    assert {row.message.account for row in bench.rows()} == {"brevo"}


def test_all_in_one_batch_is_told_as_well(bench: TellingBench) -> None:
    bench.arrive(LOOKS, FILLS, OPTS_IN)
    bench.fold(at(-9))
    assert sorted(bench.told()) == sorted(KNOWN)


def test_without_the_tick_nothing_about_the_person_leaves_until_there_is_one(bench: TellingBench) -> None:
    bench.happen(LOOKS, FILLS, TYPES, FILLS_MORE)
    bench.pass_until(600)
    assert bench.told("any") == []
    assert bench.decided() == ["cart hold no_mail_basis", "browse drop has_cart"]


def test_a_later_tick_is_told_with_the_times_of_then(bench: TellingBench) -> None:
    bench.happen(LOOKS, FILLS, TYPES, FILLS_MORE, beacon(-2, ANA, typed(-2, ANAS, opt_in=True)))
    assert bench.told() == KNOWN
    assert [payload["occurred_at"] for payload in bench.sent("product_viewed")] == ["2026-11-21T11:31:00.000Z"]


def test_only_the_current_session_is_told(bench: TellingBench) -> None:
    bench.happen(beacon(-300, ANA, look(-300)), beacon(-20, ANA, look(-20)), OPTS_IN)
    assert [payload["occurred_at"] for payload in bench.sent("product_viewed")] == ["2026-11-21T11:40:00.000Z"]


def test_only_the_newest_twenty_looks_are_told(bench: TellingBench) -> None:
    bench.happen(beacon(-11, ANA, *(look(minute) for minute in range(-40, -11))), OPTS_IN)
    assert len(bench.sent("product_viewed")) == 20
    assert bench.sent("product_viewed")[0]["occurred_at"] == "2026-11-21T11:29:00.000Z"


def test_a_cart_of_the_day_before_is_not_told(bench: TellingBench) -> None:
    bench.happen(beacon(-1500, ANA, cart(-1500, MUG)), OPTS_IN)
    assert bench.events() == []


def test_a_look_shows_the_product_and_no_foreign_links(bench: TellingBench) -> None:
    elsewhere = {"url": "https://evil.example/p", "image": "javascript:alert(1)"}
    page = {"url": "https://evil.example/p", "referrer": "https://evil.example/", "title": "Mug"}
    bench.happen(OPTS_IN, beacon(-5, ANA, look(-5)), beacon(-4, ANA, look(-4, **elsewhere) | {"page": page}))
    first, second = (payload["properties"] for payload in bench.sent("product_viewed"))
    assert (first["name"], first["price"], first["price_formatted"]) == ("Mug", 12.5, "€\xa012,50")
    assert (first["url"], first["image"]) == (MUG_SEEN["url"], MUG_SEEN["image"])
    assert "evil" not in str(second)
    assert second["title"] == "Mug"


def test_links_and_pictures_of_a_shops_own_domain_are_told(files: TellingBench) -> None:
    """A Shopify shop is known by its name at Shopify; its shoppers know another address."""
    files.begin(replace(LIVE_SHOPIFY, storefront="https://www.mugs.example"))
    page = {"url": "https://www.mugs.example/de/products/mug", "title": "Mug"}
    shown = {"url": page["url"], "image": "https://mugs.example/cdn/shop/files/mug.png?v=1"}
    content = cart(-4, MUG) | {"page": page}
    content["cart"] |= {
        "items": [content["cart"]["items"][0] | shown],
        "checkout_url": "https://mugs.example/checkouts/1",
    }
    files.happen(OPTS_IN, beacon(-5, ANA, look(-5, **shown) | {"page": page}), beacon(-4, ANA, content))
    seen, told = files.one("product_viewed"), files.one("cart_updated")
    assert {name: seen[name] for name in shown} == shown
    assert {name: told["items"][0][name] for name in shown} == shown
    assert told["url"] == "https://www.mugs.example/cart"
    assert told["checkouturl"] == "https://mugs.example/checkouts/1"


def test_the_checkout_link_of_a_browser_leads_into_the_shop_or_nowhere(bench: TellingBench) -> None:
    tampered = cart(-8, MUG)
    tampered["cart"]["checkout_url"] = "https://evil.example/pay"
    bench.happen(OPTS_IN, beacon(-8, ANA, tampered))
    assert bench.one("cart_updated")["checkouturl"] == "https://shop.example/cart/"


def test_an_emptied_cart_is_told_to_everybody_who_heard_of_it(bench: TellingBench) -> None:
    bench.happen(OPTS_IN, FILLS_MORE, beacon(-5, ANA, typed(-5, "bo@shop.example", opt_in=True)))
    bench.happen(beacon(-4, ANA, cart(-4, MUG)), beacon(-3, ANA, cart(-3)))
    assert [one for one in bench.events() if "deleted" in one] == ["ana cart_deleted", "bo cart_deleted"]


def test_an_emptied_cart_nobody_heard_of_is_not_told(bench: TellingBench) -> None:
    bench.happen(FILLS, beacon(-12, ANA, cart(-12)), OPTS_IN)
    assert bench.events() == []


def test_never_a_cart_event_after_the_carts_order(bench: TellingBench) -> None:
    bench.happen(FILLS, woo_order(0, "processing", MUG, meta={"_tajo_id": ANA}))
    bench.happen(
        beacon(3, ANA, event(3, "checkout_started"), typed(3, ANAS, opt_in=True)), beacon(4, ANA, cart(4, MUG))
    )
    assert [one for one in bench.events() if "cart" in one or "checkout" in one] == []


def test_the_newest_address_of_the_cart_is_told(bench: TellingBench) -> None:
    bench.happen(OPTS_IN, beacon(-9, ANA, typed(-9, "bo@shop.example", opt_in=True)), FILLS_MORE)
    assert bench.events() == ["bo cart_created", "bo cart_updated"]


def test_an_address_typed_in_another_browser_is_not_the_carts(bench: TellingBench) -> None:
    as_ana = {"customer_id": "1", "email": ANAS}
    bench.happen(
        woo_customer(-60),
        beacon(-50, ANA, identity=as_ana, is_signed=True),
        beacon(-49, ANA, typed(-49, "work@shop.example", opt_in=True)),
        beacon(-40, BO, typed(-40, "phone@shop.example", opt_in=True), identity=as_ana, is_signed=True),
        FILLS,
    )
    assert bench.events() == ["ana customer_updated", "work cart_created", "work cart_updated"]


@pytest.mark.parametrize(
    ("why", "rows"),
    [
        ("a claimed identity is nobody", [beacon(-5, ANA, look(-5), cart(-4, MUG), identity={"email": ANAS})]),
        ("a browser that refused", [LOOKS, FILLS, TYPES, denial(-9, ANA), DRAFT_OPTS_IN]),
        (
            "and whose next page knew of no answer",
            [LOOKS, FILLS, TYPES, denial(-9, ANA), beacon(-8, ANA, cart(-8, POT), consent="unknown"), DRAFT_OPTS_IN],
        ),
        (
            "a browser that refused while nobody knew it",
            [denial(-30, ANA), beacon(-9, ANA, look(-9), typed(-9, ANAS, opt_in=True), consent="unknown")],
        ),
        (
            "two accounts in one browser",
            [
                woo_customer(-60),
                woo_customer(-60, number=2, email="bo@shop.example"),
                beacon(-50, ANA, identity={"customer_id": "1"}, is_signed=True),
                beacon(-49, ANA, identity={"customer_id": "2"}, is_signed=True),
                beacon(-9, ANA, typed(-9, ANAS, opt_in=True), cart(-9, MUG), look(-8)),
            ],
        ),
        (
            "perhaps a robot",
            [replace(beacon(-9, ANA, typed(-9, ANAS, opt_in=True), look(-9), cart(-9, MUG)), facts={"suspicion": "x"})],
        ),
    ],
)
def test_doubt_and_refusal_tell_nothing(bench: TellingBench, why: str, rows: list[NewRow]) -> None:
    bench.happen(*rows)
    told = [one for one in bench.events() if "customer" not in one]
    assert told == [], why


@pytest.mark.parametrize(
    ("why", "shop", "expected"),
    [
        ("everything", LIVE_WOO, ["ana product_viewed", "ana cart_created", "ana cart_updated"]),
        ("views are switched off", under(forward_views=False), ["ana cart_created", "ana cart_updated"]),
        ("carts are", under(forward_carts=False), ["ana product_viewed"]),
        ("the shop is only observed", replace(LIVE_WOO, sending=Sending.OBSERVE), []),
        ("the shop is paused", replace(LIVE_WOO, sending=Sending.OFF), []),
        ("the shop is disabled", replace(LIVE_WOO, is_enabled=False), []),
        ("nobody is there to be told", under(account=""), []),
        ("an address is excluded", under(excluded_addresses=frozenset({ANAS})), []),
        ("a domain is excluded", under(excluded_domains=frozenset({"shop.example"})), []),
        ("a tick needs a proof", under(mail_proof="confirmed"), []),
        ("from before the activation", replace(LIVE_WOO, activated_at=at(-4)), []),
    ],
)
def test_what_the_settings_let_through(files: TellingBench, why: str, shop: Shop, expected: list[str]) -> None:
    files.begin(shop)
    files.happen(OPTS_IN, beacon(-7, ANA, look(-7), cart(-6, MUG)))
    assert files.events() == expected, why


@pytest.mark.parametrize(
    ("why", "customer", "settings"),
    [
        ("by role", {"role": "wholesale"}, {"excluded_roles": frozenset({"wholesale"})}),
        ("by country", {"billing": {"country": "FR"}}, {"excluded_countries": frozenset({"FR"})}),
        ("as personnel", {"role": "shop_manager"}, {}),
    ],
)
def test_customers_may_be_excluded(
    files: TellingBench, why: str, customer: dict[str, Any], settings: dict[str, Any]
) -> None:
    files.begin(under(**settings))
    files.happen(woo_customer(-60, **customer), OPTS_IN, beacon(-7, ANA, look(-7), cart(-6, MUG)))
    assert files.told() == [], why


def test_imports_tell_nobody(bench: TellingBench) -> None:
    bench.happen(woo_customer(-60, topic="customer.created"), woo_order(0, "processing", MUG), lane=Lane.HISTORY)
    assert bench.told() == []


def test_customers_are_told_with_their_names_and_list(bench: TellingBench) -> None:
    bench.happen(
        woo_customer(-500, topic="customer.created", date_created_gmt="2026-11-21T03:40:00"),
        woo_customer(-400, first_name="Anna"),
    )
    assert bench.told() == [
        "ana contact signed blocked +all_customers",
        "ana customer_created",
        "ana contact signed blocked +all_customers",
        "ana customer_updated",
    ]
    assert [row.message.payload["attributes"] for row in bench.rows()[::2]] == [
        {"FIRSTNAME": "Ana"},
        {"FIRSTNAME": "Anna"},
    ]


def test_a_customer_who_opted_in_is_no_blocked_contact(files: TellingBench) -> None:
    files.begin(LIVE_SHOPIFY)
    consent = {"state": "subscribed", "opt_in_level": "single_opt_in", "consent_updated_at": "2026-11-21T10:00:00Z"}
    files.happen(shopify_customer(-60, email_marketing_consent=consent))
    assert files.told() == ["ana contact signed +all_customers", "ana customer_updated"]


def test_a_cart_of_the_platform_is_told_when_its_checkout_names_an_address(files: TellingBench) -> None:
    files.begin(LIVE_SHOPIFY)
    files.happen(shopify_cart(-10, MUG), shopify_checkout(-5, MUG, email=ANAS, buyer_accepts_marketing=True))
    assert files.events() == ["ana cart_created", "ana cart_updated", "ana checkout_started"]
    assert files.one("cart_updated")["checkouturl"] == "https://shop.example/recover/checkout-1"


@pytest.mark.parametrize(
    ("why", "later", "told"),
    [
        ("the shop's clock was a moment earlier", [shopify_cart(-9.01, MUG, visitor=ANA)], [1]),
        ("and again", [shopify_cart(-9.01, MUG, visitor=ANA), shopify_cart(-9.02, MUG, visitor=ANA)], [1]),
        ("a moment later", [shopify_cart(-8.98, MUG, visitor=ANA)], [1]),
        ("another content before it, late: it was a change", [shopify_cart(-9.01, POT, visitor=ANA)], [1]),
        (
            "another content and back: each is a change",
            [shopify_cart(-8, MUG, POT, visitor=ANA), shopify_cart(-7, MUG, visitor=ANA)],
            [1, 2, 1],
        ),
        (
            "back, and then the shop says it was a moment earlier",
            [
                shopify_cart(-8, MUG, POT, visitor=ANA),
                beacon(-7, ANA, cart(-7, MUG, token="token-1", number="back")),
                shopify_cart(-7.01, MUG, visitor=ANA),
            ],
            [1, 2, 1],
        ),
    ],
)
def test_a_cart_that_browser_and_shop_tell_of_is_told_once(
    files: TellingBench, why: str, later: list[NewRow], told: list[int]
) -> None:
    files.begin(LIVE_SHOPIFY)
    files.happen(OPTS_IN, beacon(-9, ANA, cart(-9, MUG, token="token-1")), *later)
    assert [len(one["properties"]["items"]) for one in files.sent("cart_updated")] == told, why
    assert files.events().count("ana cart_created") == 1, why


def engraved(minutes: float, *texts: str) -> dict[str, Any]:
    items = [
        {"id": MUG, "quantity": 1, "price": "5.00", "properties": {"Engraving": text, "_key": "7"}} for text in texts
    ]
    said = {"items": items, "currency": "EUR", "token": "token-1"}
    return event(minutes, "cart_updated", f"engraved-{minutes}", cart=said)


FOR_BO = {"product_id": int(MUG), "quantity": 1, "price": "5.00", "properties": [{"name": "Engraving", "value": "Bo"}]}


@pytest.mark.parametrize(
    ("why", "rows", "shown"),
    [
        ("as the page said", [beacon(-9, ANA, engraved(-9, "Ana"))], ["Ana"]),
        ("each line its own", [beacon(-9, ANA, engraved(-9, "Ana", "Bo"))], ["Ana", "Bo"]),
        (
            "as the checkout says",
            [shopify_checkout(-9, line_items=[FOR_BO], email=ANAS, buyer_accepts_marketing=True)],
            ["Bo"],
        ),
        (
            "the browser knows what the webhook left out",
            [shopify_cart(-9, MUG, visitor=ANA), beacon(-8, ANA, engraved(-8, "Ana")), OPTS_IN_AGAIN],
            ["Ana"],
        ),
        (
            "another text for the same product",
            [beacon(-9, ANA, engraved(-9, "Ana")), beacon(-8, ANA, engraved(-8, "Bo")), OPTS_IN_AGAIN],
            ["Bo"],
        ),
    ],
)
def test_what_was_chosen_for_a_line_is_shown(
    files: TellingBench, why: str, rows: list[NewRow], shown: list[str | None]
) -> None:
    files.begin(LIVE_SHOPIFY)
    if OPTS_IN_AGAIN not in rows:
        rows = [OPTS_IN, *rows]
    files.happen(*rows)
    items = files.sent("cart_updated")[-1]["properties"]["items"]
    assert [item["properties"] for item in items] == [[{"name": "Engraving", "value": text}] for text in shown], why


def test_the_same_rows_again_tell_nothing_new(bench: TellingBench) -> None:
    rows = [LOOKS, FILLS, OPTS_IN, FILLS_MORE, CHECKS_OUT, woo_customer(-60)]
    bench.happen(*rows)
    before = bench.told("any")
    bench.happen(*(replace(row, delivery_id=f"again-{row.delivery_id}" if row.delivery_id else "") for row in rows))
    assert bench.told("any") == before


def test_a_contact_that_did_not_arrive_is_tried_again_for_the_next_event(bench: TellingBench) -> None:
    """Skipped by a pause or dead for a while: what needs it must not wait for ever."""
    bench.happen(OPTS_IN, beacon(-9, ANA, look(-9)))
    with bench.files.connection:
        bench.files.connection.execute("update outbox set state = 'skipped', reason = 'paused'")
    bench.happen(beacon(-5, ANA, look(-5)))
    assert bench.told() == ["ana contact typed", "ana product_viewed"]
    assert bench.events("skipped") == ["ana product_viewed"]
