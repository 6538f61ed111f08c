"""What a tracker finds in the demo shop's pages, and what buying does."""

from __future__ import annotations

import hashlib
import hmac
import json
import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from collector.sandbox.shop.drawings import SHAPES, picture
from collector.sandbox.shop.shop import OPT_IN

from .tea_shop import TeaShop, add, check_out, type_email


def who(browser: FlaskClient) -> TestResponse:
    """As the tracker asks."""
    return browser.get("/wp-json/tajo/v1/me", headers={"X-Tajo": "1"})


@pytest.mark.parametrize(
    ("why", "path", "in_body_class"),
    [
        ("a product", "/product/earl-grey-creme/", "single-product postid-13"),
        ("a product with a choice", "/product/enamel-mug/", "single-product postid-15"),
        ("a category", "/product-category/tea/", "tax-product_cat"),
        ("a search with several hits", "/?s=tea", "search-results"),
        ("the cart", "/cart/", "woocommerce-cart"),
        ("the shop", "/", "woocommerce-shop"),
    ],
)
def test_pages_carry_the_classes_of_a_theme(why: str, path: str, in_body_class: str) -> None:
    page = TeaShop().browser().get(path)
    found = re.search(r'<body class="([^"]*)"', page.text)
    assert found is not None
    assert in_body_class in found[1], why


def test_a_page_loads_the_tracker_and_names_the_shop() -> None:
    page = TeaShop().browser().get("/").text
    assert 'Object.assign({ siteKey: "site-key-1" }, {"country": "DE", "rest": "/wp-json/"})' in page
    assert '<script src="http://127.0.0.1:8000/c/site-key-1.js" defer></script>' in page


def test_a_product_describes_itself_to_search_engines() -> None:
    page = TeaShop().browser().get("/product/earl-grey-creme/").text
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    product = json.loads(found[1])["@graph"][1]
    assert product["name"] == 'Earl Grey "Crème" – 100 g'
    assert product["offers"][0]["priceSpecification"][0]["price"] == "12.50"


def test_a_product_page_tells_the_tracker_its_product() -> None:
    page = TeaShop().browser().get("/product/earl-grey-creme/").text
    found = re.search(r"siteKey: \"site-key-1\" }, (\{.*\})\);", page)
    assert found is not None
    assert json.loads(found[1])["product"] == {
        "id": "13",
        "sku": "TEA-EG",
        "name": 'Earl Grey "Crème" – 100 g',
        "price": "12.50",
        "currency": "EUR",
        "url": "http://localhost/product/earl-grey-creme/",
        "image": "http://localhost/images/13.svg",
        "categories": ["Tea"],
    }


def test_guests_get_no_cookie_before_their_first_cart() -> None:
    shop = TeaShop()
    browser = shop.browser()
    for path in ("/", "/product/sencha/", "/cart/", "/wp-json/wc/store/v1/cart"):
        assert "Set-Cookie" not in browser.get(path).headers, path
    add(browser)
    assert browser.get_cookie("woocommerce_items_in_cart") is not None


def test_a_search_with_one_hit_goes_to_the_product() -> None:
    answer = TeaShop().browser().get("/?s=matcha")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/product/matcha-bowl/")


def test_a_search_shows_what_was_typed_as_text() -> None:
    assert "<script>alert" not in TeaShop().browser().get("/?s=<script>alert(1)</script>").text


def test_the_form_of_a_product_adds_the_chosen_variant() -> None:
    browser = TeaShop().browser()
    chosen = {"add-to-cart": "15", "variation_id": "17", "quantity": "2"}
    assert "has been added to your cart" in browser.post("/product/enamel-mug/", data=chosen).text
    item = browser.get("/wp-json/wc/store/v1/cart").get_json()["items"][0]
    assert (item["id"], item["quantity"], item["variation"][0]["value"]) == (17, 2, "Blue")


@pytest.mark.parametrize(
    ("why", "path", "form"),
    [
        ("nothing chosen", "/product/enamel-mug/", {"add-to-cart": "15", "variation_id": ""}),
        ("sold out", "/product/enamel-mug/", {"add-to-cart": "15", "variation_id": "18"}),
        ("something else's variant", "/product/enamel-mug/", {"add-to-cart": "15", "variation_id": "21"}),
        ("no number", "/product/sencha/", {"add-to-cart": "x"}),
    ],
)
def test_what_cannot_be_added_is_said(why: str, path: str, form: dict[str, str]) -> None:
    browser = TeaShop().browser()
    assert "woocommerce-error" in browser.post(path, data=form).text, why
    assert browser.get("/wp-json/wc/store/v1/cart").get_json()["items"] == []


def test_the_store_api_counts_in_minor_units_with_the_tax_apart() -> None:
    browser = TeaShop().browser()
    cart = add(browser, 13, quantity=2)
    totals = cart["items"][0]["totals"]
    assert (cart["items"][0]["prices"]["price"], cart["items_count"]) == ("1250", 2)
    assert int(totals["line_total"]) + int(totals["line_total_tax"]) == 2500
    assert cart["totals"]["total_price"] == str(2500 + 490)


@pytest.mark.parametrize(("nonce", "status"), [("", 401), ("wrong", 403)])
def test_writes_need_a_nonce(nonce: str, status: int) -> None:
    headers = {"Nonce": nonce} if nonce else {}
    answer = TeaShop().browser().post("/wp-json/wc/store/v1/cart/add-item", json={"id": 13}, headers=headers)
    assert answer.status_code == status


def test_a_cart_token_stands_for_cookie_and_nonce() -> None:
    shop = TeaShop()
    token = shop.browser().get("/wp-json/wc/store/v1/cart").headers["Cart-Token"]
    for _ in range(2):
        answer = shop.browser().post(
            "/wp-json/wc/store/v1/cart/add-item", json={"id": 13}, headers={"Cart-Token": token}
        )
    assert answer.get_json()["items_count"] == 2


def test_the_cart_page_changes_removes_and_takes_a_coupon() -> None:
    browser = TeaShop().browser()
    key = add(browser, 13)["items"][0]["key"]
    add(browser, 14)
    browser.post("/cart/", data={f"cart[{key}][qty]": "3", "coupon_code": "WELCOME10", "apply_coupon": "1"})
    cart = browser.get("/wp-json/wc/store/v1/cart").get_json()
    assert [item["quantity"] for item in cart["items"]] == [3, 1]
    assert cart["totals"]["total_price"] == str(((3750 + 990) * 9) // 10 + 490)
    browser.post("/cart/", data={"remove_item": key})
    assert len(browser.get("/wp-json/wc/store/v1/cart").get_json()["items"]) == 1


@pytest.mark.parametrize(
    ("method", "status", "is_cart_left", "goes_to"),
    [
        ("card", "processing", False, "/checkout/order-received/"),
        ("bacs", "on-hold", False, "/checkout/order-received/"),
        ("paypage", "pending", True, "/checkout/order-pay/"),
        ("broken_card", "failed", True, ""),
    ],
)
def test_each_way_to_pay_ends_in_its_status(method: str, status: str, is_cart_left: bool, goes_to: str) -> None:
    shop = TeaShop()
    browser = shop.browser()
    add(browser)
    location = check_out(browser, method)
    order = max(shop.shop.orders.values(), key=lambda order: order.id)
    assert order.status == status
    assert location.startswith(goes_to)
    assert bool(browser.get("/wp-json/wc/store/v1/cart").get_json()["items"]) is is_cart_left


def test_a_declined_order_is_paid_under_the_same_number() -> None:
    shop = TeaShop()
    browser = shop.browser()
    add(browser)
    check_out(browser, "broken_card")
    check_out(browser, "card")
    assert [order.status for order in shop.shop.orders.values() if order.id > 1002] == ["processing"]


@pytest.mark.parametrize(("outcome", "status", "left"), [("paid", "processing", 0), ("declined", "failed", 1)])
def test_the_payment_page_ends_the_order(outcome: str, status: str, left: int) -> None:
    shop = TeaShop()
    browser = shop.browser()
    add(browser)
    browser.post(check_out(browser, "paypage"), data={"outcome": outcome})
    assert max(shop.shop.orders.items())[1].status == status
    assert browser.get("/wp-json/wc/store/v1/cart").get_json()["items_count"] == left


def test_only_who_has_its_key_sees_an_order() -> None:
    shop = TeaShop()
    browser = shop.browser()
    add(browser)
    location = check_out(browser)
    assert "woocommerce-order-received" in browser.get(location).text
    assert browser.get(location.partition("?")[0]).status_code == 404


@pytest.mark.parametrize(
    ("why", "consent", "expected"),
    [("given", "allow", "visitor-0123"), ("refused", "deny", None), ("never asked", "", None)],
)
def test_an_order_names_the_browser_only_with_consent(why: str, consent: str, expected: str | None) -> None:
    shop = TeaShop()
    browser = shop.browser(consent, "visitor-0123")
    add(browser)
    check_out(browser)
    assert max(shop.shop.orders.items())[1].meta.get("_tajo_id") == expected, why


@pytest.mark.parametrize(("form", "expected"), [({"tajo_opt_in": "1"}, "1"), ({}, None)])
def test_the_box_is_kept_when_ticked_and_says_nothing_when_not(form: dict[str, str], expected: str | None) -> None:
    shop = TeaShop()
    browser = shop.browser()
    add(browser)
    assert not re.search(r'id="tajo_opt_in"[^>]*checked', browser.get("/checkout/").text)
    check_out(browser, **form)
    assert max(shop.shop.orders.items())[1].meta.get(OPT_IN) == expected


def test_a_checkout_that_was_opened_is_a_draft_with_the_typed_address() -> None:
    shop = TeaShop()
    browser = shop.browser()
    add(browser)
    browser.get("/checkout/")
    type_email(browser, "mia@example.com")
    order = max(shop.shop.orders.items())[1]
    assert (order.status, order.email) == ("checkout-draft", "mia@example.com")


def test_the_signed_in_customer_is_told_signed_and_uncached() -> None:
    shop = TeaShop()
    browser = shop.browser()
    assert who(browser).status_code == 204
    assert "logged-in" not in browser.get("/").text
    browser.post("/my-account/sign-in")
    answer = who(browser)
    signed = b"v1|site-key-1|2|2026-11-21|ana@example.com"
    assert answer.headers["Cache-Control"].startswith("no-store")
    assert answer.get_json() == {
        "customerId": "2",
        "customerEmail": "ana@example.com",
        "customerName": "Ana",
        "signedOn": "2026-11-21",
        "signature": hmac.digest(b"identity-key-0123456789", signed, hashlib.sha256).hex(),
    }
    assert "logged-in" in browser.get("/").text
    browser.post("/my-account/sign-out")
    assert who(browser).status_code == 204


@pytest.mark.parametrize(
    ("why", "headers"), [("no script of ours", {}), ("another site", {"Origin": "https://x.test"})]
)
def test_nobody_else_is_told_who_is_signed_in(why: str, headers: dict[str, str]) -> None:
    browser = TeaShop().browser()
    browser.post("/my-account/sign-in")
    marked = {"X-Tajo": "1"} if headers else {}
    assert browser.get("/wp-json/tajo/v1/me", headers=headers | marked).status_code == 401, why


def test_signing_in_takes_the_cart_along() -> None:
    browser = TeaShop().browser()
    add(browser, 13)
    browser.post("/my-account/sign-in")
    assert browser.get("/wp-json/wc/store/v1/cart").get_json()["items"][0]["id"] == 13


def test_a_forged_log_in_is_nobody() -> None:
    browser = TeaShop().browser()
    set_cookies = browser.post("/my-account/sign-in").headers.getlist("Set-Cookie")
    name = next(one.partition("=")[0] for one in set_cookies if one.startswith("wordpress_logged_in"))
    browser.set_cookie(name, "2.00000000000000000000000000000000")
    assert who(browser).status_code == 204


def test_the_shop_answers_to_names_of_this_machine_only() -> None:
    browser = TeaShop().browser()
    assert browser.get("/", headers={"Host": "rebound.example"}).status_code == 403
    assert browser.get("/", headers={"Host": "127.0.0.1:8001"}).status_code == 200


@pytest.mark.parametrize("shape", SHAPES)
def test_every_drawing_is_an_image(shape: str) -> None:
    assert picture(f"{shape}:#123456").count("#123456") >= 1
