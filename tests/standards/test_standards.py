"""Currencies, addresses and browsers: what we promise about public knowledge."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.standards.addresses import StandardAddresses
from collector.standards.currencies import IsoCurrencies
from collector.standards.devices import device_class
from collector.standards.user_agents import KnownUserAgents

ADDRESSES = StandardAddresses()
AGENTS = KnownUserAgents()
KIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
APPLE_KIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
IPHONE = f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) {APPLE_KIT}"
INSTAGRAM = "Instagram 400.0.0.30.84 (iPhone15,2; iOS 18_6; de_DE; de; scale=3.00; 1179x2556; 780000000)"
FACEBOOK = (
    "[FBAN/FBIOS;FBAV/530.0.0.40.71;FBBV/800000000;FBDV/iPhone15,2;FBMD/iPhone;FBSN/iOS;FBSV/18.6;FBSS/3;"
    "FBID/phone;FBLC/de_DE;FBOP/5]"
)
GALAXY = "Linux; Android 14; SAMSUNG SM-S921B"
GALAXY_VIEW = "Linux; Android 14; SM-S921B; wv"
FACEBOOK_VIEW = "[FB_IAB/FB4A;FBAV/530.0.0.48.74;]"


@pytest.mark.parametrize(
    ("code", "exponent", "why"),
    [
        ("EUR", 2, "cents"),
        ("JPY", 0, "no sen"),
        ("KWD", 3, "fils"),
        ("CLF", 4, "unit of account"),
        ("RSD", 2, "ISO keeps para, CLDR does not"),
        ("IQD", 3, "ISO keeps fils, CLDR does not"),
        ("HUF", 2, "prices have none, ISO has two"),
        ("eur", 2, "small letters"),
        ("XQQ", 2, "nobody knows it"),
    ],
)
def test_currencies_have_the_decimals_of_iso_4217(code: str, exponent: int, why: str) -> None:
    assert IsoCurrencies().exponent(code) == exponent, why


@pytest.mark.parametrize(
    ("why", "text", "address"),
    [
        ("as typed", " Ana.Berg@Shop.Example ", "ana.berg@shop.example"),
        ("a tag stays", "ana+shop@gmail.com", "ana+shop@gmail.com"),
        ("a short domain", "a@b.de", "a@b.de"),
        ("reserved for rehearsals", "ana@shop.test", "ana@shop.test"),
        ("umlaut domain", "ana@müller.de", "ana@müller.de"),
        ("no at", "ana.shop.example", None),
        ("half typed", "ana@", None),
        ("no top level", "ana@localhost", None),
        ("two of them", "a@b.de, c@d.de", None),
        ("with a name", "Ana <ana@b.de>", None),
        ("a line break inside", "ana@b.de\nbcc: x@y.de", None),
        ("NUL", "ana\0@b.de", None),
        ("far too long", "a" * 300 + "@b.de", None),
        ("nothing", "", None),
    ],
)
def test_mail_addresses_are_lower_case_or_nothing(why: str, text: str, address: str | None) -> None:
    assert ADDRESSES.email(text) == address, why


@pytest.mark.parametrize(
    ("why", "text", "country", "number"),
    [
        ("international", "+49 30 901820", "", "+4930901820"),
        ("national, country known", "030 901820", "DE", "+4930901820"),
        ("country in small letters", "030 901820", "de", "+4930901820"),
        ("national, country unknown", "030 901820", "", None),
        ("a country nobody knows", "030 901820", "XX", None),
        ("too short", "+49 3", "", None),
        ("words", "call me", "DE", None),
        ("nothing", "", "DE", None),
    ],
)
def test_phone_numbers_are_e164_or_nothing(why: str, text: str, country: str, number: str | None) -> None:
    assert ADDRESSES.phone(text, country) == number, why


@given(st.text(st.characters(), max_size=60) | st.emails())
def test_an_address_is_its_own_normal_form(text: str) -> None:
    address = ADDRESSES.email(text)
    assert address is None or ADDRESSES.email(address) == address


@given(st.text(st.characters(), max_size=60), st.text(max_size=3))
def test_no_phone_text_is_an_error(text: str, country: str) -> None:
    number = ADDRESSES.phone(text, country)
    assert number is None or number.startswith("+")


@pytest.mark.parametrize(
    ("browser", "device", "user_agent"),
    [
        (
            "Chrome on Windows",
            "desktop",
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {KIT} Chrome/142.0.0.0 Safari/537.36",
        ),
        ("Chrome on Linux", "desktop", f"Mozilla/5.0 (X11; Linux x86_64) {KIT} Chrome/142.0.0.0 Safari/537.36"),
        (
            "Edge",
            "desktop",
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {KIT} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
        ),
        ("Firefox", "desktop", "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0"),
        (
            "Safari",
            "desktop",
            f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {APPLE_KIT} Version/18.6 Safari/605.1.15",
        ),
        (
            "Safari on an iPhone",
            "mobile",
            f"{IPHONE} Version/18.6 Mobile/15E148 Safari/604.1",
        ),
        (
            "Safari on an iPad",
            "tablet",
            f"Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) {APPLE_KIT} Version/17.5 Mobile/15E148 Safari/604.1",
        ),
        (
            "Chrome on Android",
            "mobile",
            f"Mozilla/5.0 (Linux; Android 10; K) {KIT} Chrome/142.0.0.0 Mobile Safari/537.36",
        ),
        (
            "Samsung",
            "mobile",
            f"Mozilla/5.0 ({GALAXY}) {KIT} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
        ),
        (
            "a Cubot phone",
            "mobile",
            f"Mozilla/5.0 (Linux; Android 12; CUBOT NOTE 20 PRO) {KIT} Chrome/140.0.0.0 Mobile Safari/537.36",
        ),
        (
            "inside Instagram",
            "mobile",
            f"{IPHONE} Mobile/22G86 {INSTAGRAM}",
        ),
        (
            "inside Facebook",
            "mobile",
            f"{IPHONE} Mobile/22G86 {FACEBOOK}",
        ),
        (
            "inside Facebook on Android",
            "mobile",
            f"Mozilla/5.0 ({GALAXY_VIEW}) {KIT} Version/4.0 Chrome/142.0.0.0 Mobile Safari/537.36 {FACEBOOK_VIEW}",
        ),
        ("nothing", "other", ""),
    ],
)
def test_shoppers_browsers_are_no_bots(browser: str, device: str, user_agent: str) -> None:
    assert not AGENTS.is_named_bot(user_agent), browser
    assert device_class(user_agent) == device, browser


@pytest.mark.parametrize(
    "user_agent",
    [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        f"Mozilla/5.0 {KIT} (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0.0.0 Safari/537.36",
        f"Mozilla/5.0 (X11; Linux x86_64) {KIT} HeadlessChrome/142.0.0.0 Safari/537.36",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "curl/8.5.0",
        "python-requests/2.32.3",
        "Wget/1.21.4",
        "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
        "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)",
        f"Mozilla/5.0 (Linux; Android 11; moto g power) {KIT} Chrome/119.0.0.0 Mobile Safari/537.36 Chrome-Lighthouse",
    ],
)
def test_those_who_say_they_are_bots_are_believed(user_agent: str) -> None:
    assert AGENTS.is_named_bot(user_agent)


@given(st.text(st.characters(), max_size=80))
def test_any_user_agent_is_judged(text: str) -> None:
    AGENTS.is_named_bot(text)
    assert device_class(text) in ("desktop", "mobile", "tablet", "other")
