"""Who may be told of, asked anew at each request, and by whom."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wordpress.door import Door
from tests.wordpress.shop import VISITOR, plugin_shop

ADD = ["add", 13, 1]
ORDER = ["order", "classic", {"id": 5, "email": "ana@shop.example"}]
TYPED = ["action", "woocommerce_checkout_update_order_review", "billing_email=ana%40shop.example"]
YES, NO = {"wp_consent_marketing": "allow"}, {"wp_consent_marketing": "deny"}
OPT_IN, OPT_OUT, NOBODY_ASKS = {"type": "optin"}, {"type": "optout"}, {"type": ""}
IMPLIED = {"consent": "implied"}


@pytest.mark.parametrize(
    ("why", "consent", "cookies", "settings", "filters", "said"),
    [
        ("yes", OPT_IN, YES, {}, {}, "granted"),
        ("no", OPT_IN, NO, {}, {}, None),
        ("no, where silence is a yes", OPT_OUT, NO, IMPLIED, {}, None),
        ("no, in another banner", OPT_IN, {"cmplz_marketing": "deny", **YES}, IMPLIED, {}, None),
        ("not asked yet", OPT_IN, {}, {}, {}, None),
        ("not asked, where silence is a yes by law", OPT_OUT, {}, {}, {}, "granted"),
        ("not asked, and the shop takes that for a yes", OPT_IN, {}, IMPLIED, {}, "unknown"),
        ("the API without a banner says yes for everybody", NOBODY_ASKS, {}, {}, {}, None),
        ("the same, implied", NOBODY_ASKS, {}, IMPLIED, {}, "unknown"),
        ("no API at all", None, YES, {}, {}, None),
        ("no API at all, implied", None, {}, IMPLIED, {}, "unknown"),
        ("no API, implied, but a no", None, NO, IMPLIED, {}, None),
        ("yes to something else", OPT_IN, {"wp_consent_statistics": "allow"}, {}, {}, None),
        ("the shop's own banner: yes", None, {}, {}, {"tajo_collector_consent": "granted"}, "granted"),
        ("the shop's own banner: no", OPT_IN, YES, IMPLIED, {"tajo_collector_consent": "denied"}, None),
        ("the shop's own banner: nonsense", OPT_IN, YES, {}, {"tajo_collector_consent": "maybe"}, None),
    ],
)
def test_a_cart_an_address_and_an_order_are_told_only_of_those_who_may_be_known(
    door: Door,
    why: str,
    consent: dict[str, str] | None,
    cookies: dict[str, str],
    settings: dict[str, str],
    filters: dict[str, str],
    said: str | None,
) -> None:
    door.implied()
    world: dict[str, Any] = {"consent": consent} if consent else {"consent": None}
    shop = plugin_shop(
        door.address,
        cookies={"tajo_id": VISITOR, **cookies},
        settings={"capture": "typed", **settings},
        filters=filters,
        **world,
    )
    shop.request(ADD)
    shop.request(["quantity", 0, 2])
    shop.request(TYPED)
    shop.request(ORDER)
    told = [(beacon["consent"], event["type"]) for beacon in door.beacons() for event in beacon["events"]]
    expected = ["cart_updated", "cart_updated", "contact_submitted"] if said else []
    assert told == [(said, kind) for kind in expected], why
    assert (door.calls > 0) == bool(said), "not even an empty call"


def test_who_takes_a_yes_back_is_forgotten_in_the_session_too(door: Door) -> None:
    shop = plugin_shop(door.address)
    shop.request(ADD)
    assert shop.record
    shop.request(["quantity", 0, 2], cookies={"tajo_id": VISITOR, **NO})
    assert door.calls == 1
    assert shop.kept["session"] == {"tajo_collector": None}
    shop.request(["pages"])
    assert [cart[0][2] for cart in door.carts()] == [1, 2], "and told anew after another yes"


def test_who_clears_the_cookies_is_forgotten_in_the_session_too(door: Door) -> None:
    shop = plugin_shop(door.address)
    shop.request(ADD)
    shop.request(["pages"], cookies=YES)
    assert shop.record is None


def test_the_session_stands_in_where_the_shop_itself_goes_on_without_a_browser(door: Door) -> None:
    shop = plugin_shop(door.address)
    shop.request(ADD)
    done = shop.request(["order", "blocks", {"id": 5, "email": ""}], cookies={})
    assert done.results == [{"_tajo_id": VISITOR}]


@pytest.mark.parametrize(
    ("why", "consent", "settings", "filters", "is_server"),
    [
        ("a banner that this server can read", OPT_IN, {}, {}, True),
        ("nobody whom it could ask", None, {}, {}, False),
        ("the API without a banner", NOBODY_ASKS, {}, {}, False),
        ("nobody has to be asked", None, IMPLIED, {}, True),
        ("the shop's own word", None, {}, {"tajo_collector_consent": "denied"}, True),
        ("the merchant wants the browser", OPT_IN, {"carts": "browser"}, {}, False),
        ("nothing to sign with", OPT_IN, {"identity_key": ""}, {}, False),
    ],
)
def test_the_script_leaves_carts_to_the_server_only_where_the_server_can_tell_them(
    door: Door,
    why: str,
    consent: dict[str, str] | None,
    settings: dict[str, str],
    filters: dict[str, str],
    is_server: bool,
) -> None:
    door.implied()
    shop = plugin_shop(door.address, consent=consent, settings=settings, filters=filters)
    done = shop.request(["pages"])
    assert ('"carts":"server"' in done.printed) is is_server, why


def test_a_page_says_the_same_to_everybody_whatever_they_said_and_whoever_they_are(door: Door) -> None:
    shop = plugin_shop(door.address)
    worlds: list[dict[str, Any]] = [
        {"cookies": {}},
        {"cookies": {"tajo_id": VISITOR, **YES}, "is_logged_in": True},
        {"cookies": {"tajo_id": VISITOR, **NO}},
    ]
    assert len({shop.request(["pages"], **world).printed for world in worlds}) == 1
