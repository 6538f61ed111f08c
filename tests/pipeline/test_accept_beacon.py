"""Every answer the door gives to a beacon, and what it keeps of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.domain.door import BeaconRequest, Lane, RowKind, Verdict
from collector.domain.shop import Policy, Sending, Shop
from collector.domain.signatures import hex_sha256
from collector.pipeline.accept_beacon import accept_beacon
from collector.sources.tracker.verify import TrackerFormat
from collector.standards.user_agents import KnownUserAgents
from tests.pipeline.beacon_builders import NOW, a_beacon, a_request, a_server_request, a_shop, an_event

FORMAT = TrackerFormat()
AGENTS = KnownUserAgents()


def judge(request: BeaconRequest, shop: Shop | None) -> Verdict:
    return accept_beacon(request, shop, NOW, FORMAT, AGENTS)


def on_page(url: str) -> dict[str, Any]:
    return a_beacon(page={"url": url})


DOMAINS = Policy(domains=("shop.example", ".brand.example"))
IMPLIED = Policy(consent_mode="implied")
BY_REGION = Policy(consent_mode="implied", consent_regions={"EU": "required", "GB": "required"})


def not_asked(country: str) -> dict[str, Any]:
    return a_beacon(consent="unknown", page={"url": "https://shop.example/", "country": country})


@pytest.mark.parametrize(
    ("why", "request_", "shop", "said"),
    [
        ("an ordinary beacon", a_request(), a_shop(), "accepted=1"),
        ("no events: a consent change", a_request(a_beacon(events=[])), a_shop(), "accepted=0"),
        ("paused still listens", a_request(), a_shop(sending=Sending.OFF), "accepted=1"),
        ("no content type", a_request(headers={"content-type": ""}), a_shop(), "accepted=1"),
        ("identity is no encoding", a_request(headers={"content-encoding": "identity"}), a_shop(), "accepted=1"),
        ("switched off in the file", a_request(), a_shop(is_enabled=False), "dropped=disabled"),
        ("removed", a_request(), a_shop(removed_at=NOW), "dropped=disabled"),
        ("uninstalled", a_request(), a_shop(uninstalled_at=NOW), "dropped=disabled"),
        ("off: not even read", a_request(b"nonsense"), a_shop(is_enabled=False), "dropped=disabled"),
        ("a named bot", a_request(headers={"user-agent": "curl/8.5.0"}), a_shop(), "dropped=bot"),
        ("consent denied", a_request(a_beacon(consent="denied")), a_shop(), "dropped=consent_denied"),
        (
            "denied counts under implied too",
            a_request(a_beacon(consent="denied")),
            a_shop(IMPLIED),
            "dropped=consent_denied",
        ),
        (
            "denied on a foreign host",
            a_request({**on_page("https://x.example/"), "consent": "denied"}),
            a_shop(DOMAINS),
            "dropped=consent_denied",
        ),
        ("not asked yet", a_request(a_beacon(consent="unknown")), a_shop(), "dropped=consent_unknown"),
        ("not asked, implied is enough", a_request(a_beacon(consent="unknown")), a_shop(IMPLIED), "accepted=1"),
        ("not asked in the US", a_request(not_asked("us")), a_shop(BY_REGION), "accepted=1"),
        ("not asked in France", a_request(not_asked("FR")), a_shop(BY_REGION), "dropped=consent_unknown"),
        ("not asked, no country said", a_request(not_asked("")), a_shop(BY_REGION), "dropped=consent_unknown"),
        ("asked in France", a_request(a_beacon()), a_shop(BY_REGION), "accepted=1"),
        ("its own host", a_request(), a_shop(DOMAINS), "accepted=1"),
        ("with www", a_request(on_page("https://www.shop.example/")), a_shop(DOMAINS), "accepted=1"),
        ("with a port", a_request(on_page("https://shop.example:8443/")), a_shop(DOMAINS), "accepted=1"),
        (
            "a subdomain not named",
            a_request(on_page("https://eu.shop.example/")),
            a_shop(DOMAINS),
            "dropped=unknown_host",
        ),
        (
            "a subdomain of a dotted entry",
            a_request(on_page("https://eu.brand.example/")),
            a_shop(DOMAINS),
            "accepted=1",
        ),
        ("the dotted entry itself", a_request(on_page("https://brand.example/")), a_shop(DOMAINS), "accepted=1"),
        ("a lookalike", a_request(on_page("https://shop.example.evil.test/")), a_shop(DOMAINS), "dropped=unknown_host"),
        (
            "a lookalike of a dotted entry",
            a_request(on_page("https://evilbrand.example/")),
            a_shop(DOMAINS),
            "dropped=unknown_host",
        ),
        (
            "an event's page counts",
            a_request(a_beacon(events=[an_event(page={"url": "https://x.example/"})])),
            a_shop(DOMAINS),
            "dropped=unknown_host",
        ),
        ("no page: the origin", a_request(a_beacon(page=None)), a_shop(DOMAINS), "accepted=1"),
        (
            "no page, no origin: the referer",
            a_request(a_beacon(page=None), {"origin": "", "referer": "https://shop.example/p"}),
            a_shop(DOMAINS),
            "accepted=1",
        ),
        (
            "no page, sandboxed origin",
            a_request(a_beacon(page=None), {"origin": "null"}),
            a_shop(DOMAINS),
            "dropped=unknown_host",
        ),
        (
            "nothing says which host",
            a_request(a_beacon(page=None), {"origin": ""}),
            a_shop(DOMAINS),
            "dropped=unknown_host",
        ),
        ("any host when none is named", a_request(on_page("https://x.example/")), a_shop(), "accepted=1"),
        ("theme preview", a_request(on_page("https://shop.example/?preview_theme_id=12")), a_shop(), "dropped=preview"),
        ("left the preview", a_request(on_page("https://shop.example/?preview_theme_id=")), a_shop(), "accepted=1"),
        ("theme editor", a_request(on_page("https://shop.example/?oseid=abc")), a_shop(), "dropped=preview"),
        ("shared preview", a_request(on_page("https://abc.shopifypreview.com/")), a_shop(), "dropped=preview"),
        (
            "customizer",
            a_request(on_page("https://shop.example/?customize_changeset_uuid=1")),
            a_shop(),
            "dropped=preview",
        ),
        ("post preview", a_request(on_page("https://shop.example/?p=3&preview=true")), a_shop(), "dropped=preview"),
        ("Elementor", a_request(on_page("https://shop.example/?elementor-preview=7")), a_shop(), "dropped=preview"),
        ("Divi", a_request(on_page("https://shop.example/?et_fb=1")), a_shop(), "dropped=preview"),
        (
            "Beaver Builder has no value",
            a_request(on_page("https://shop.example/?fl_builder")),
            a_shop(),
            "dropped=preview",
        ),
        ("Brizy", a_request(on_page("https://shop.example/?brizy-edit")), a_shop(), "dropped=preview"),
        ("WPBakery", a_request(on_page("https://shop.example/?vc_editable=true")), a_shop(), "dropped=preview"),
        (
            "an event's page in a preview",
            a_request(a_beacon(events=[an_event(page={"url": "https://shop.example/?et_fb=1"})])),
            a_shop(),
            "dropped=preview",
        ),
        (
            "a campaign is no preview",
            a_request(on_page("https://shop.example/?utm_source=preview")),
            a_shop(),
            "accepted=1",
        ),
        ("the shop's server is no bot", a_server_request(a_beacon()), a_shop(), "accepted=1"),
        (
            "the shop's server has no host",
            a_server_request(on_page("https://x.example/")),
            a_shop(DOMAINS),
            "accepted=1",
        ),
        ("the shop's server has no limit", a_server_request(a_beacon(), retry_after_s=9), a_shop(), "accepted=1"),
        (
            "the shop's server obeys consent",
            a_server_request(a_beacon(consent="unknown")),
            a_shop(),
            "dropped=consent_unknown",
        ),
    ],
)
def test_beacons_are_stored_or_dropped_with_a_reason(why: str, request_: BeaconRequest, shop: Shop, said: str) -> None:
    verdict = judge(request_, shop)
    assert (verdict.answer.status, verdict.answer.headers["X-Collector"]) == (204, said), why
    assert verdict.shop_id == 7
    assert (verdict.row is not None) == (said.startswith("accepted") or said.endswith("denied"))


@pytest.mark.parametrize(
    ("why", "request_", "status", "reason", "field"),
    [
        ("not JSON", a_request(b"nonsense"), 400, "invalid", "body"),
        ("malformed, even from a bot", a_request(b"{}", {"user-agent": "curl/8.5.0"}), 400, "invalid", "v"),
        (
            "a type nobody knows",
            a_request(a_beacon(events=[an_event(type="bought")])),
            400,
            "invalid",
            "events[0].type",
        ),
        ("compressed", a_request(headers={"content-encoding": "gzip"}), 400, "invalid", "Content-Encoding"),
        (
            "a form",
            a_request(headers={"content-type": "application/x-www-form-urlencoded"}),
            400,
            "invalid",
            "Content-Type",
        ),
        ("signed with another key", a_server_request(a_beacon(), key="wrong"), 400, "invalid", "X-Tajo-Signature"),
        ("signature is no hex", a_request(headers={"x-tajo-signature": "é"}), 400, "invalid", "X-Tajo-Signature"),
        ("too large by its length", a_request(b"", is_oversize=True), 413, "too_large", None),
        ("too large by count", a_request(b" " * 65_537), 413, "too_large", None),
        ("over the limit", a_request(retry_after_s=9), 429, "rate_limited", None),
    ],
)
def test_what_is_refused_says_what_is_wrong(
    why: str, request_: BeaconRequest, status: int, reason: str, field: str | None
) -> None:
    verdict = judge(request_, a_shop())
    assert (verdict.answer.status, verdict.answer.reason) == (status, reason), why
    assert verdict.row is None
    said = json.loads(verdict.answer.body)
    assert said.get("field") == field
    if status == 400:
        assert set(said) == {"error", "field", "value", "allowed"}


def test_an_unknown_site_key_is_nobodys() -> None:
    verdict = judge(a_request(), None)
    assert (verdict.answer.status, verdict.row, verdict.shop_id) == (404, None, None)


def test_over_the_limit_says_when_to_come_back() -> None:
    assert judge(a_request(retry_after_s=9), a_shop()).answer.headers["Retry-After"] == "9"


@pytest.mark.parametrize("size", [65_536, 65_537])
def test_64_kib_is_the_largest_beacon(size: int) -> None:
    body = json.dumps(a_beacon()).encode()
    padded = body + b" " * (size - len(body))
    assert judge(a_request(padded), a_shop()).answer.status == (204 if size == 65_536 else 413)


def test_the_row_is_the_raw_body_with_what_the_door_judged() -> None:
    request = a_request()
    row = judge(request, a_shop()).row
    assert row is not None
    assert (row.kind, row.lane, row.body, row.received_at) == (RowKind.BEACON, Lane.LIVE, request.body, NOW)
    assert row.facts == {"ua": request.headers["user-agent"]}


def test_of_a_denial_only_the_visitor_id_is_kept() -> None:
    identity = {"email": "ana@shop.example"}
    row = judge(a_request(a_beacon(consent="denied", identity=identity)), a_shop()).row
    assert row is not None
    assert row.kind is RowKind.DENIAL
    assert json.loads(row.body) == {"visitor_id": "visitor-0001"}
    assert row.facts == {}


def signed_identity(signed_on: str, key: str = "identity-key") -> dict[str, Any]:
    text = f"v1|site-key|7|{signed_on}|ana@shop.example"
    return {
        "email": "Ana@Shop.example",
        "customer_id": "7",
        "signed_on": signed_on,
        "signature": hex_sha256(key, text.encode()),
    }


@pytest.mark.parametrize(
    ("why", "request_", "facts"),
    [
        ("no user agent", a_request(headers={"user-agent": ""}), {"ua": "", "suspicion": "no_user_agent"}),
        (
            "no language",
            a_request(headers={"accept-language": "", "user-agent": "Browser"}),
            {"ua": "Browser", "suspicion": "no_accept_language"},
        ),
        ("a long user agent is cut", a_request(headers={"user-agent": "B" * 900}), {"ua": "B" * 512}),
        (
            "an unsigned identity",
            a_request(a_beacon(identity={"email": "a@b.example"}), {"user-agent": "B"}),
            {"ua": "B", "identity": "claimed"},
        ),
        ("an empty identity", a_request(a_beacon(identity={"email": ""}), {"user-agent": "B"}), {"ua": "B"}),
        (
            "signed today",
            a_request(a_beacon(identity=signed_identity("2026-11-21")), {"user-agent": "B"}),
            {"ua": "B", "identity": "signed"},
        ),
        (
            "signed two days ago",
            a_request(a_beacon(identity=signed_identity("2026-11-19")), {"user-agent": "B"}),
            {"ua": "B", "identity": "signed"},
        ),
        (
            "signed three days ago",
            a_request(a_beacon(identity=signed_identity("2026-11-18")), {"user-agent": "B"}),
            {"ua": "B", "identity": "claimed"},
        ),
        (
            "signed in two days",
            a_request(a_beacon(identity=signed_identity("2026-11-23")), {"user-agent": "B"}),
            {"ua": "B", "identity": "signed"},
        ),
        (
            "signed in three days",
            a_request(a_beacon(identity=signed_identity("2026-11-24")), {"user-agent": "B"}),
            {"ua": "B", "identity": "claimed"},
        ),
        (
            "signed on no date",
            a_request(a_beacon(identity=signed_identity("soon")), {"user-agent": "B"}),
            {"ua": "B", "identity": "claimed"},
        ),
        (
            "signed with another key",
            a_request(a_beacon(identity=signed_identity("2026-11-21", "other")), {"user-agent": "B"}),
            {"ua": "B", "identity": "claimed"},
        ),
        (
            "from the server",
            a_server_request(a_beacon(identity={"email": "a@b.example"})),
            {"server": True, "identity": "signed"},
        ),
        ("from the server, nobody named", a_server_request(a_beacon()), {"server": True}),
    ],
)
def test_facts_say_how_far_a_beacon_is_believed(why: str, request_: BeaconRequest, facts: dict[str, Any]) -> None:
    row = judge(request_, a_shop()).row
    assert row is not None, why
    assert row.facts == facts, why


class EveryAddressIsTooMany:
    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Sequence[str]]] = []

    def is_flood(self, visitor_id: str, network: str, addresses: Sequence[str]) -> bool:
        self.asked.append((visitor_id, network, addresses))
        return True


CONTACT = an_event(type="contact_submitted", email=" Ana@Shop.example ", phone="+49 30 1")


def test_a_flood_of_addresses_is_stored_and_marked() -> None:
    guard = EveryAddressIsTooMany()
    row = accept_beacon(a_request(a_beacon(events=[CONTACT])), a_shop(), NOW, FORMAT, AGENTS, guard).row
    assert guard.asked == [("visitor-0001", "192.0.2.0/24", ("ana@shop.example", "+49 30 1"))]
    assert row is not None
    assert row.facts["many_addresses"] is True


@pytest.mark.parametrize("request_", [a_request(), a_server_request(a_beacon(events=[CONTACT]))])
def test_the_guard_is_asked_only_about_addresses_from_browsers(request_: BeaconRequest) -> None:
    guard = EveryAddressIsTooMany()
    row = accept_beacon(request_, a_shop(), NOW, FORMAT, AGENTS, guard).row
    assert row is not None
    assert guard.asked == []
    assert "many_addresses" not in row.facts


HEADER_NAMES = st.sampled_from(
    ["user-agent", "accept-language", "content-type", "content-encoding", "origin", "referer", "x-tajo-signature"]
)
ANY_TEXT = st.text(st.characters(), max_size=60)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
BROKEN_BEACONS = st.builds(
    lambda name, value: json.dumps({**a_beacon(), name: value}).encode(),
    st.sampled_from(["v", "visitor_id", "sent_at", "consent", "page", "identity", "events", "other"]),
    JSON_VALUES,
)
BROKEN_EVENTS = st.builds(
    lambda kind, name, value: json.dumps(a_beacon(events=[an_event(type=kind, **{name: value})])).encode(),
    st.sampled_from(["page_viewed", "product_viewed", "cart_updated", "contact_submitted", "order_confirmed"]),
    st.sampled_from(["id", "at", "product", "cart", "email", "page", "order_id"]),
    JSON_VALUES,
)


@given(
    body=st.binary(max_size=200) | BROKEN_BEACONS | BROKEN_EVENTS,
    headers=st.dictionaries(HEADER_NAMES, ANY_TEXT, max_size=5),
    shop=st.sampled_from([a_shop(), a_shop(DOMAINS), a_shop(IMPLIED), None]),
)
def test_whatever_is_sent_gets_an_answer_for_the_sender(
    body: bytes, headers: dict[str, str], shop: Shop | None
) -> None:
    verdict = judge(BeaconRequest("site-key", headers, body), shop)
    assert verdict.answer.status in (204, 400, 404)
    assert verdict.answer.headers["Access-Control-Allow-Origin"] == "*"
    if verdict.answer.body:
        json.loads(verdict.answer.body)
    if verdict.row is not None:
        json.dumps(dict(verdict.row.facts), ensure_ascii=False).encode()


@given(url=ANY_TEXT | st.just("http://[") | st.just("https://a℀b/") | st.just("//"))
def test_any_page_address_is_judged(url: str) -> None:
    verdict = judge(a_request(on_page(url)), a_shop(DOMAINS))
    assert verdict.answer.status in (204, 400)


@pytest.mark.parametrize(
    ("why", "body"),
    [
        ("deep list", b"[" * 60_000),
        ("deep list in a field nobody reads", b'{"x":' + b"[" * 60_000),
        ("deep object", b'{"a":' * 12_000),
        ("a number of 60,000 digits", b'{"v":' + b"1" * 60_000 + b"}"),
        ("an infinite number", json.dumps(a_beacon()).replace('"sent_at": 17', '"sent_at": 1e999, "x": 17').encode()),
        ("NaN", json.dumps(a_beacon(sent_at=float("nan"))).encode()),
        ("half a surrogate pair", json.dumps(a_beacon(page={"url": "\ud800"})).encode()),
        ("broken UTF-8", json.dumps(a_beacon(visitor_id="X")).encode().replace(b'"X"', b'"visitor-\xff"')),
        ("NUL in an id", json.dumps(a_beacon(visitor_id="visitor\0-1")).encode()),
        ("an id too long", json.dumps(a_beacon(visitor_id="v" * 65)).encode()),
        ("nothing", b""),
    ],
)
def test_hostile_bodies_are_refused(why: str, body: bytes) -> None:
    assert judge(a_request(body), a_shop()).answer.status == 400, why
