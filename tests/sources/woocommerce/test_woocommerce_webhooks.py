"""A shop's webhooks: made, watched, mended, made anew; never anybody else's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import responses

from collector.domain.errors import SourceUnavailable
from collector.domain.shop import Secrets
from collector.domain.subscriptions import Fault, Heard, Unfit
from collector.sources.woocommerce.topics import NEEDED, NEWER, wanted, wanted_where_known
from collector.sources.woocommerce.webhooks import WooCommerceWebhooks

from .webhook_shop import ADDRESS, API, HOOK_KEY, KEYS, SECRET, WebhookShop, client, shop_of, webhooks

OLD_ADDRESS = f"https://old.example/webhooks/woocommerce/{HOOK_KEY}"
FOR_ALL = "https://collect.example/webhooks/woocommerce"
SOMEBODY = "https://other.example/webhooks/woocommerce/another-key"
ALL = sorted(topic for all_topics in (NEEDED, NEWER) for topics in all_topics.values() for topic in topics)
PUBLISHED = "product.published"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CANNOT_VIEW = "woocommerce_rest_cannot_view"


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def there(wire: responses.RequestsMock) -> WebhookShop:
    made = WebhookShop()
    made.serve(wire)
    return made


@pytest.fixture
def kept(there: WebhookShop) -> WebhookShop:
    """A shop where all is as it should be."""
    webhooks().keep(shop_of(), ADDRESS)
    there.asked.clear()
    return there


def heard(webhook_id: int = 0, code: str = CANNOT_VIEW, is_refused: bool = False) -> Heard:
    faults = [Fault(str(webhook_id), "order.updated", code, 3, NOW, NOW)] if webhook_id else []
    return Heard(NOW, is_refused, faults)


def test_every_topic_is_made_with_our_secret_and_then_left_alone(there: WebhookShop) -> None:
    found = webhooks().keep(shop_of(), ADDRESS)
    assert sorted(one["topic"] for one in there.there.values()) == ALL == list(found.topics)
    assert sorted(found.made) == ALL
    assert {one["delivery_url"] for one in there.there.values()} == {ADDRESS}
    assert set(there.secrets.values()) == {SECRET}
    assert (found.problems, found.quiet, found.notes) == ((), (), ())
    assert not webhooks().unfit(shop_of(), ADDRESS)
    there.asked.clear()
    again = webhooks().keep(shop_of(), ADDRESS)
    assert (again.made, again.mended, again.deleted, again.topics) == ((), (), (), found.topics)
    assert there.changes() == []


@pytest.mark.parametrize(
    ("why", "listed", "absent"),
    [
        ("nothing is listed: all we know", [], []),
        ("only a topic that is derived", ["order.completed"], ["product.updated", "coupon.created"]),
        ("another one, and products", ["order.refunded", "product.created"], ["coupon.created"]),
        ("coupons alone", ["coupon.created"], ["product.deleted"]),
    ],
)
def test_the_listed_topics_leave_out_products_and_coupons_but_never_orders(
    why: str, listed: list[str], absent: list[str]
) -> None:
    policy = shop_of(told_topics=frozenset(listed)).policy
    found = (*wanted(policy), *wanted_where_known(policy))
    assert {*NEEDED["customer"], *NEEDED["order"]} <= set(found), why
    assert not {topic.partition(".")[0] for topic in found} & {topic.partition(".")[0] for topic in absent}, why
    assert not set(listed) - {"order.completed", "order.refunded"} - set(found), why


@pytest.mark.parametrize(
    ("why", "change"),
    [
        ("another public address", {"delivery_url": OLD_ADDRESS}),
        ("renamed", {"name": "Brevo things"}),
        ("an address of nobody's, known by the mark in its name", {"delivery_url": "https://typo.example/x"}),
    ],
)
def test_what_was_changed_by_hand_is_put_right(kept: WebhookShop, why: str, change: dict[str, str]) -> None:
    (number,) = kept.of("order.updated")
    kept.there[number] |= change
    (said,) = webhooks().unfit(shop_of(), ADDRESS).by_us
    assert said == "Registered in another way than we need: order.updated.", why
    found = webhooks().keep(shop_of(), ADDRESS)
    assert (found.mended, found.made, found.deleted) == (("order.updated",), (), ()), why
    assert kept.of("order.updated") == [number]
    assert not webhooks().unfit(shop_of(), ADDRESS)


def test_a_new_secret_reaches_all_of_them(kept: WebhookShop) -> None:
    rotated = replace(shop_of(), secrets=Secrets((SECRET, "newer"), (), HOOK_KEY, KEYS))
    assert sorted(webhooks().keep(rotated, ADDRESS).mended) == ALL
    assert set(kept.secrets.values()) == {"newer"}


def test_one_made_by_hand_at_our_address_gets_our_secret(there: WebhookShop) -> None:
    """`install` prints address and secret; a merchant may have typed the secret wrong."""
    number = there.add("order.updated", name="Orders to Tajo", secret="mistyped")
    found = webhooks().keep(shop_of(), ADDRESS)
    assert found.mended == ("order.updated",)
    assert there.secrets[number] == SECRET


def test_one_that_was_switched_off_is_made_anew_with_a_clean_count(kept: WebhookShop) -> None:
    (number,) = kept.of("order.updated")
    kept.there[number]["status"] = "disabled"
    (said,) = webhooks().unfit(shop_of(), ADDRESS).by_us
    assert said == "Switched off by the shop after failed deliveries: order.updated."
    found = webhooks().keep(shop_of(), ADDRESS)
    assert (found.made, found.deleted) == (("order.updated",), ("order.updated",))
    assert kept.changes() == ["POST webhooks", f"DELETE webhooks/{number}"], "the new one first: nothing is missed"
    assert number not in kept.there
    assert "order.updated" in found.topics
    assert "order.updated was switched off" in found.notes[0]


def test_one_that_somebody_paused_stays_paused_and_is_said(kept: WebhookShop) -> None:
    (number,) = kept.of("order.updated")
    kept.there[number] |= {"status": "paused", "delivery_url": OLD_ADDRESS}
    found = webhooks().keep(shop_of(), ADDRESS)
    assert found.quiet == ("order.updated",)
    assert "order.updated" not in found.topics
    assert "is paused at the shop" in found.problems[0]
    assert (kept.there[number]["status"], kept.there[number]["delivery_url"]) == ("paused", ADDRESS)
    assert any("Paused by somebody" in said for said in webhooks().unfit(shop_of(), ADDRESS).by_hand)


@pytest.mark.parametrize(
    ("why", "topic", "url"),
    [
        ("a second one", "order.updated", OLD_ADDRESS),
        ("one of before, below our address", "order.updated", "https://collect.example/webhooks/woocommerce/gone"),
        ("a topic nobody needs", "customer.restored", ADDRESS),
    ],
)
def test_what_is_stale_of_ours_goes(kept: WebhookShop, why: str, topic: str, url: str) -> None:
    stale = kept.add(topic, url)
    found = webhooks().keep(shop_of(), ADDRESS)
    assert found.deleted == (topic,), why
    assert stale not in kept.there
    assert sorted(one["topic"] for one in kept.there.values()) == ALL


@pytest.mark.parametrize(
    ("why", "topic", "url", "status"),
    [
        ("another receiver", "order.updated", SOMEBODY, "active"),
        ("another receiver's, switched off", "order.updated", SOMEBODY, "disabled"),
        ("made by the documents' address", "order.updated", "https://collect.example/webhooks/woocommerce", "active"),
        ("an action of the merchant's at our address", "action.woocommerce_payment_complete", ADDRESS, "active"),
    ],
)
def test_webhooks_of_others_are_never_touched(kept: WebhookShop, why: str, topic: str, url: str, status: str) -> None:
    theirs = kept.add(topic, url, status, "theirs")
    before = dict(kept.there[theirs])
    found = webhooks().keep(shop_of(), ADDRESS, heard(is_refused=True))
    assert kept.there[theirs] == before, why
    assert topic not in set(found.deleted) - set(found.made)


@pytest.mark.parametrize(
    ("why", "made_at", "heard_of", "made", "complaint"),
    [
        ("its owner lost the right: made anew it is the key owner's", "2026-11-01T00:00:00", "rights", 1, ""),
        ("and that did not help", "2026-11-22T00:00:00", "rights", 0, "administrator or a shop manager"),
        ("an age nobody can read", "soon", "rights", 1, ""),
        ("the record was gone: that happens", "2026-11-01T00:00:00", "gone", 0, ""),
        ("deliveries do not verify: all are made anew", "2026-11-01T00:00:00", "refused", len(ALL), ""),
        ("and were a moment ago", "2026-11-22T11:00:00", "refused", 0, "a copy of the shop"),
    ],
)
def test_what_deliveries_show_is_mended_once(
    there: WebhookShop, why: str, made_at: str, heard_of: str, made: int, complaint: str
) -> None:
    there.made_at = made_at
    webhooks().keep(shop_of(), ADDRESS)
    (number,) = there.of("order.updated")
    told = {
        "rights": heard(number),
        "gone": heard(number, "woocommerce_rest_shop_order_invalid_id"),
        "refused": heard(is_refused=True),
    }[heard_of]
    found = webhooks().keep(shop_of(), ADDRESS, told)
    assert (len(found.made), len(found.deleted)) == (made, made), why
    assert sorted(one["topic"] for one in there.there.values()) == ALL, why
    assert bool(complaint) == bool(found.complaints), why
    assert all(complaint in said for said in found.complaints), why
    assert list(found.problems) == list(found.complaints), why


def test_one_made_anew_for_another_reason_mends_no_signatures(there: WebhookShop) -> None:
    """They were made a moment ago; one of them was switched off meanwhile."""
    there.made_at = "2026-11-22T11:00:00"
    webhooks().keep(shop_of(), ADDRESS)
    (number,) = there.of("order.updated")
    there.there[number]["status"] = "disabled"
    found = webhooks().keep(shop_of(), ADDRESS, heard(is_refused=True))
    assert found.made == ("order.updated",)
    assert not any("did not verify" in note for note in found.notes)
    assert "a signature of another secret" in found.complaints[0]


def test_errors_of_a_webhook_made_by_hand_are_said_and_it_is_left(kept: WebhookShop) -> None:
    theirs = kept.add("order.updated", "https://collect.example/webhooks/woocommerce", name="By hand")
    found = webhooks().keep(shop_of(), ADDRESS, heard(theirs))
    assert "“By hand” (order.updated), which is not one of ours" in found.complaints[0]
    assert theirs in kept.there
    assert kept.changes() == []


def test_a_key_that_may_only_read_is_said_once_and_what_works_goes_on(there: WebhookShop) -> None:
    there.add("order.updated")
    there.may_write = False
    found = webhooks().keep(shop_of(), ADDRESS)
    (said,) = found.problems
    assert "may only read" in said
    assert "read every few hours instead" in said
    assert len(there.changes()) == 1, "it does not try topic by topic"


def test_with_a_read_only_key_those_that_are_right_still_count(kept: WebhookShop) -> None:
    del kept.there[kept.of("order.updated")[0]]
    kept.may_write = False
    found = webhooks().keep(shop_of(), ADDRESS)
    assert set(ALL) - set(found.topics) == {"order.updated"}
    assert len(found.problems) == 1


def test_an_owner_who_may_not_see_webhooks_is_said(there: WebhookShop) -> None:
    there.may_list = False
    found = webhooks().keep(shop_of(), ADDRESS)
    assert not found.topics
    assert "cannot be looked at" in found.problems[0]


def test_one_refused_topic_holds_up_no_other(there: WebhookShop) -> None:
    there.refuses = {"coupon.restored": "Webhook topic must be valid."}
    found = webhooks().keep(shop_of(), ADDRESS)
    assert len(found.problems) == 1
    assert found.problems[0].startswith("coupon.restored: ")
    assert set(ALL) - set(found.topics) == {"coupon.restored"}
    assert webhooks().unfit(shop_of(), ADDRESS).by_us == ("Not registered: coupon.restored.",)


@pytest.mark.parametrize(
    ("why", "knows_it", "may_write", "made"),
    [
        ("still an older one", False, True, ()),
        ("it was updated to 10.8", True, True, (PUBLISHED,)),
        ("the key that made the others may only read now", True, False, ()),
    ],
)
def test_what_older_shops_refuse_is_missed_nowhere_and_made_where_it_is_known(
    there: WebhookShop, why: str, knows_it: bool, may_write: bool, made: tuple[str, ...]
) -> None:
    older = {PUBLISHED: "Webhook topic must be valid."}
    there.refuses = older
    first = webhooks().keep(shop_of(), ADDRESS)
    assert set(ALL) - set(first.topics) == {PUBLISHED}
    assert (first.problems, webhooks().unfit(shop_of(), ADDRESS)) == ((), Unfit())
    there.refuses, there.may_write = ({} if knows_it else older), may_write
    found = webhooks().keep(shop_of(), ADDRESS)
    assert (found.made, found.problems, found.notes, found.left) == (made, (), (), ()), why
    assert sorted(found.topics) == sorted({*first.topics, *made}), why
    assert not webhooks().unfit(shop_of(), ADDRESS), why


def test_one_of_newer_shops_that_is_there_is_watched_like_the_others(kept: WebhookShop) -> None:
    (number,) = kept.of(PUBLISHED)
    kept.there[number]["status"] = "paused"
    assert "Paused by somebody" in webhooks().unfit(shop_of(), ADDRESS).by_hand[0]
    assert webhooks().keep(shop_of(), ADDRESS).quiet == (PUBLISHED,)


def test_one_that_went_by_itself_is_no_problem(kept: WebhookShop) -> None:
    stale = kept.add("customer.restored")
    seen = kept._answer

    def a_moment_before(request: Any) -> Any:
        if request.method == "DELETE":
            kept.there.pop(stale, None)
        return seen(request)

    kept._answer = a_moment_before  # type: ignore[method-assign]
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        kept.serve(wire)
        found = webhooks().keep(shop_of(), ADDRESS)
    assert not found.problems
    assert found.deleted == ("customer.restored",)


def test_a_list_of_several_pages_is_read_to_its_end(there: WebhookShop) -> None:
    for _ in range(130):
        there.add("order.created", SOMEBODY)
    webhooks().keep(shop_of(), ADDRESS)
    there.asked.clear()
    assert not webhooks().keep(shop_of(), ADDRESS).made
    assert there.asked == ["GET webhooks", "GET webhooks"]
    assert len(there.of("order.created")) == 131


def test_without_a_secret_nothing_is_registered(there: WebhookShop) -> None:
    found = webhooks().keep(replace(shop_of(), secrets=Secrets((), (), HOOK_KEY, KEYS)), ADDRESS)
    assert "no webhook secret" in found.problems[0]
    assert there.asked == []


def test_a_shop_that_cannot_be_asked_is_for_the_job_to_try_again(wire: responses.RequestsMock) -> None:
    wire.get(f"{API}/webhooks", status=503)
    with pytest.raises(SourceUnavailable):
        webhooks().keep(shop_of(), ADDRESS)


def test_a_port_woocommerce_does_not_call_is_noted(there: WebhookShop) -> None:
    found = webhooks().keep(shop_of(), ADDRESS.replace("collect.example", "collect.example:8443"))
    assert "80, 443 and 8080 only" in found.notes[0]
    assert not found.problems


@pytest.mark.parametrize(
    ("why", "answer", "said"),
    [
        ("switched off in wp-config.php", {"json": {"environment": {"wp_cron": False}}}, "DISABLE_WP_CRON"),
        ("on, as far as is known", {"json": {"environment": {"wp_cron": True}}}, "woocommerce_deliver_webhook_async"),
        ("not told", {"json": {"environment": []}}, "woocommerce_deliver_webhook_async"),
        ("not for this key", {"status": 403, "json": {"code": CANNOT_VIEW}}, "woocommerce_deliver_webhook_async"),
    ],
)
def test_silence_is_explained_with_its_cure(
    wire: responses.RequestsMock, why: str, answer: dict[str, Any], said: str
) -> None:
    wire.get(f"{API}/system_status", **answer)
    found = webhooks().why_silent(shop_of())
    assert said in found, why
    assert "https://shop.example/wp-cron.php" in found, why


def test_what_is_not_repeated_is_lost_at_once() -> None:
    assert webhooks().repeats_for == timedelta(0)


def test_the_same_site_under_another_name_is_another_shop_with_webhooks_of_its_own(kept: WebhookShop) -> None:
    """Connected with and without www: neither takes away what the other made."""
    theirs = kept.add("order.updated", "https://collect.example/webhooks/woocommerce/key-of-www")
    knowing = WooCommerceWebhooks(client, hook_keys=lambda: [HOOK_KEY, "key-of-www"])
    assert knowing.keep(shop_of(), ADDRESS).deleted == ()
    assert theirs in kept.there
    assert webhooks().keep(shop_of(), ADDRESS).deleted == ("order.updated",), "one nobody has any more goes"


def test_a_slow_shop_gets_the_rest_at_the_next_looks(there: WebhookShop) -> None:
    """It takes twenty seconds for each answer."""
    hurried = WooCommerceWebhooks(client, monotonic=lambda: 20.0 * len(there.asked))
    first = hurried.keep(shop_of(), ADDRESS)
    assert len(first.made) == 3
    assert sorted([*first.made, *first.left]) == ALL
    looks = 1
    while hurried.keep(shop_of(), ADDRESS).left:
        looks += 1
    assert looks == 5
    assert sorted(one["topic"] for one in there.there.values()) == ALL


@pytest.mark.parametrize(
    ("why", "topic", "url", "name", "goes"),
    [
        ("one of before, below our address", "order.updated", ADDRESS.replace(HOOK_KEY, "key-of-before"), "", True),
        ("moved to another address of ours", "order.updated", OLD_ADDRESS, "", True),
        ("made by hand with our address", "coupon.created", ADDRESS, "By hand", True),
        ("somebody else's", "order.updated", SOMEBODY, "theirs", False),
        ("of the same site under another name", "order.updated", ADDRESS.replace(HOOK_KEY, "key-of-www"), "", False),
        ("an action of WordPress that somebody wanted told", "action.wc_x", ADDRESS, "By hand", False),
        ("by hand, at the address for all shops", "order.created", FOR_ALL, "", False),
    ],
)
def test_all_of_ours_are_taken_down(kept: WebhookShop, why: str, topic: str, url: str, name: str, goes: bool) -> None:
    extra = kept.add(topic, url, name=name)
    knowing = WooCommerceWebhooks(client, hook_keys=lambda: [HOOK_KEY, "key-of-www"])
    done = knowing.take_down(shop_of(), ADDRESS)
    assert set(kept.there) == (set() if goes else {extra}), why
    assert sorted(done.deleted) == sorted([*ALL, topic] if goes else ALL), why
    assert (done.left, done.problems) == ((), ()), why


def test_without_a_public_address_they_are_known_by_their_mark(kept: WebhookShop) -> None:
    theirs = kept.add("order.updated", SOMEBODY, name="theirs")
    webhooks().take_down(shop_of(), "")
    assert list(kept.there) == [theirs]


def test_what_a_slow_shop_was_not_asked_to_delete_is_left(kept: WebhookShop) -> None:
    """It takes twenty seconds for each answer."""
    done = WooCommerceWebhooks(client, monotonic=lambda: 20.0 * len(kept.asked)).take_down(shop_of(), ADDRESS)
    assert len(done.deleted) == 3
    assert sorted([*done.deleted, *done.left]) == ALL
    assert len(kept.there) == len(done.left)


@pytest.mark.parametrize(
    ("why", "change", "before", "by_hand"),
    [
        ("all have the newest", {}, 0, 0),
        ("one was not told", {"name": f"Tajo Collector: order.updated ({'0' * 8}.{'0' * 8})"}, 1, 0),
        ("paused, it signs again one day", {"name": "renamed", "status": "paused"}, 1, 0),
        ("switched off, it is made anew", {"name": "renamed", "status": "disabled"}, 0, 0),
        ("somebody wanted an action told", {"name": "By hand", "topic": "action.wc_x"}, 0, 1),
        ("at the address for all shops", {"name": "By hand", "delivery_url": FOR_ALL}, 0, 1),
        ("somebody else's", {"name": "theirs", "delivery_url": SOMEBODY}, 0, 0),
    ],
)
def test_it_is_known_which_webhooks_have_the_newest_secret(
    kept: WebhookShop, why: str, change: dict[str, str], before: int, by_hand: int
) -> None:
    (number,) = kept.of("order.updated")
    kept.there[number] |= change
    found = webhooks().signed(shop_of(), ADDRESS)
    assert (len(found.before), len(found.by_hand)) == (before, by_hand), why
    rotated = replace(shop_of(), secrets=Secrets((SECRET, "newer"), (), HOOK_KEY, KEYS))
    assert len(webhooks().signed(rotated, ADDRESS).before) >= len(ALL) - 1, why
    assert kept.changes() == [], why
