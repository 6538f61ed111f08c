"""The webhooks of a shop at WooCommerce, kept right (domain.subscriptions.Subscriptions).

Webhooks of others stay as they are. WooCommerce sends a delivery once. After six failures in a row it switches a
webhook off, and the count of them stays when somebody switches it on again: one more failure and it is off. So such a
webhook is made anew, with a count of its own, and the old one deleted. One that somebody paused stays paused, and we
say so.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from collector.domain.errors import SourceUnavailable
from collector.domain.shop import Shop
from collector.domain.subscriptions import Heard, Kept, Signed, TakenDown, Unfit
from collector.sources.woocommerce.answers import Busy, Declined
from collector.sources.woocommerce.parse_errors import is_about_rights
from collector.sources.woocommerce.parse_values import as_object
from collector.sources.woocommerce.rest import RestClient
from collector.sources.woocommerce.topics import wanted, wanted_where_known
from collector.sources.woocommerce.webhook_keeping import Keeping
from collector.sources.woocommerce.webhook_records import DISABLED, PAUSED, WHERE, Ours, Webhook, best_of, listed

log = logging.getLogger(__name__)

PORTS = (None, 80, 443, 8080)
TURN_S = 60.0  # a slow shop that also greets an unreachable address takes many seconds for each


class WooCommerceWebhooks:
    """`api` makes what asks a shop; used by one thread. `hook_keys`: of all shops there are."""

    repeats_for = timedelta(0)

    def __init__(
        self,
        api: Callable[[Shop], RestClient],
        hook_keys: Callable[[], Iterable[str]] = tuple,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._api = api
        self._hook_keys = hook_keys
        self._monotonic = monotonic

    def keep(self, shop: Shop, address: str, heard: Heard | None = None) -> Kept:
        """Make it so that all we need comes to `address`, and nothing else of ours anywhere. Raises SourceUnavailable;
        what one topic is refused for is a problem of the answer."""
        api, ours = self._api(shop), self._ours(shop, address)
        if not ours.secret:
            return Kept(problems=("The shop has no webhook secret: anybody could sign. Connect it again.",))
        try:
            found = listed(api)
        except Declined as refused:
            if refused.status != 403 or isinstance(refused, Busy):
                raise
            return Kept(problems=(f"The webhooks cannot be looked at. {refused}",))
        until = self._monotonic() + TURN_S
        work = Keeping(
            api, ours, [one for one in found if ours.includes(one)], heard, lambda: self._monotonic() < until
        )
        work.keep_all(wanted(shop.policy), wanted_where_known(shop.policy))
        complaints = (*work.complaints, *_of_others(found, ours, heard))
        if complaints:
            log.warning("webhooks send errors", extra={"shop_id": shop.id, "count": len(complaints)})
        return Kept(
            topics=tuple(sorted(work.topics)),
            made=tuple(work.made),
            mended=tuple(work.mended),
            deleted=tuple(work.deleted),
            quiet=tuple(work.quiet),
            left=tuple(work.left),
            problems=(*work.problems, *complaints),
            complaints=complaints,
            notes=(*work.notes, *_unreachable_port(address)),
        )

    def unfit(self, shop: Shop, address: str) -> Unfit:
        ours = self._ours(shop, address)
        there: dict[str, list[Webhook]] = {}
        for one in listed(self._api(shop)):
            if ours.includes(one):
                there.setdefault(one.topic, []).append(one)
        missing, off, paused, wrong = list[str](), list[str](), list[str](), list[str]()
        known = [topic for topic in wanted_where_known(shop.policy) if topic in there]
        for topic in (*wanted(shop.policy), *known):
            best = best_of(there.get(topic, ()), ours)
            if best is None:
                (off if topic in there else missing).append(topic)
            elif best.status == PAUSED:
                paused.append(topic)
            elif not ours.is_right(best):
                wrong.append(topic)
        found = [
            (missing, "Not registered: {}."),
            (off, "Switched off by the shop after failed deliveries: {}."),
            (wrong, "Registered in another way than we need: {}."),
        ]
        by_hand = f"Paused by somebody at the shop: {', '.join(paused)}. Set them to Active under {WHERE}."
        return Unfit(
            tuple(sentence.format(", ".join(topics)) for topics, sentence in found if topics),
            (by_hand,) if paused else (),
        )

    @property
    def by_hand(self) -> str:
        return f"Delete those named “Tajo Collector: …” under {WHERE}."

    def take_down(self, shop: Shop, address: str) -> TakenDown:
        """Delete all of ours, and nobody else's. Raises SourceUnavailable."""
        api, ours = self._api(shop), self._ours(shop, address)
        there = [one for one in listed(api) if ours.includes(one) and ours.may_delete(one)]
        until = self._monotonic() + TURN_S
        work = Keeping(api, ours, there, None, lambda: self._monotonic() < until)
        work.take_down()
        left = [one.topic for one in there]
        for topic in work.deleted:
            left.remove(topic)
        return TakenDown(tuple(work.deleted), tuple(left), tuple(work.problems))

    def signed(self, shop: Shop, address: str) -> Signed:
        """Which may have another secret than the newest: the mark in a name tells. Raises SourceUnavailable."""
        ours, topics = self._ours(shop, address), (*wanted(shop.policy), *wanted_where_known(shop.policy))
        alive = [one for one in listed(self._api(shop)) if one.status != DISABLED]
        kept = [one for one in alive if ours.includes(one) and (ours.has_mark(one) or one.topic in topics)]
        by_hand = [one for one in alive if one not in kept and (ours.includes(one) or ours.is_for_all_shops(one))]
        return Signed(
            tuple(one.topic for one in kept if not ours.is_right(one)),
            tuple(f"{one.name} ({one.topic})" for one in by_hand),
        )

    def _ours(self, shop: Shop, address: str) -> Ours:
        key, secrets = shop.secrets.hook_key, shop.secrets.webhook
        return Ours(address, key, secrets[-1] if secrets else "", frozenset(self._hook_keys()) - {key})

    def why_silent(self, shop: Shop) -> str:
        """WooCommerce sends from a queue that WP-Cron runs, and that needs visits or a cron of the server's."""
        home = shop.url.rstrip("/")
        cure = f"have the server call {home}/wp-cron.php every minute"
        try:
            status = self._api(shop).get("system_status", _fields="environment.wp_cron")
        except SourceUnavailable:  # not for every key: then we know less
            status = None
        if as_object(as_object(status).get("environment")).get("wp_cron") is False:
            return (
                "WP-Cron is switched off there (DISABLE_WP_CRON in wp-config.php) and nothing seems to run in its"
                f" place: take that line out, or {cure}."
            )
        return (
            "The shop's queue may not run: see woocommerce_deliver_webhook_async under WooCommerce > Status > Scheduled"
            f" Actions. If many are pending, {cure}; if none are, this server may not be reached from the shop."
        )


def _of_others(found: Sequence[Webhook], ours: Ours, heard: Heard | None) -> list[str]:
    """Webhooks made by hand whose owner lost the right: we leave them, and say so."""
    if heard is None:
        return []
    numbers = {fault.webhook_id for fault in heard.faults if is_about_rights(fault.code)}
    return [
        f"The webhook “{one.name}” ({one.topic}), which is not one of ours, sends errors in place of what changed: its"
        f" owner may not read it any more. Delete it under {WHERE}; ours tell the same."
        for one in found
        if one.id in numbers and not ours.includes(one)
    ]


def _unreachable_port(address: str) -> list[str]:
    if urlsplit(address).port in PORTS:
        return []
    return ["WooCommerce calls the ports 80, 443 and 8080 only, and public_url names another."]
