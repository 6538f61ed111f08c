"""POST /webhooks/<platform>[/<hook_key>]: what shops report. The judgement is `pipeline.accept_webhook`, of requests
about personal data `pipeline.accept_privacy`."""

from __future__ import annotations

import logging
from functools import partial

from flask import Blueprint, Response, abort, request

from collector.domain.door import Answer, Verdict, WebhookRequest
from collector.domain.errors import StorageRefused
from collector.domain.ports import Source
from collector.domain.privacy import PrivacyRequest
from collector.domain.shop import Shop
from collector.pipeline import answers
from collector.pipeline.accept_privacy import PrivacyDoor, accept_privacy
from collector.pipeline.accept_webhook import accept_webhook
from collector.pipeline.services import DoorServices
from collector.web.answering import to_response
from collector.web.bodies import BrokenBody, read_body

log = logging.getLogger(__name__)


def blueprint(services: DoorServices, privacy: PrivacyDoor | None = None) -> Blueprint:
    """Without `privacy` such requests are webhooks like others, which nobody uses."""
    views = Blueprint("webhooks", __name__)

    def judge(platform: str, hook_key: str) -> tuple[Verdict, Shop | None, WebhookRequest]:
        """The verdict, and whose request it was as far as known."""
        source = services.sources.get(platform)
        if source is None:
            abort(404)
        headers = {name.lower(): value for name, value in request.headers.items()}
        if hook_key:
            shop = services.shops.by_hook_key(platform, hook_key)
        else:
            proposed = source.proposed_address(headers)
            shop = services.shops.by_address(platform, proposed) if proposed is not None else None
        try:
            body, is_oversize = read_body(request, answers.LARGEST_WEBHOOK)
        except BrokenBody:
            broken = WebhookRequest(platform, hook_key, headers, b"")
            return Verdict(answers.webhook_broken(), None, shop.id if shop is not None else None), shop, broken
        received = WebhookRequest(platform, hook_key, headers, body, is_oversize)
        if privacy is not None and platform in privacy.sources:
            asked = privacy.sources[platform].privacy_request(received, services.clock())
            if asked is not None:
                return file(privacy, received, asked, shop), shop, received
        shop_at = partial(services.shops.by_address, platform)
        return accept_webhook(received, shop, source, services.clock(), shop_at), shop, received

    def file(door: PrivacyDoor, received: WebhookRequest, asked: PrivacyRequest, shop: Shop | None) -> Verdict:
        """Written down before it is answered, like everything else; the shop may be gone."""
        platform = received.platform
        source, secrets = services.sources[platform], door.app_secrets.get(platform, ())
        try:
            if shop is None:
                shop = services.shops.by_address(platform, asked.address) if not received.hook_key else None
                shop = shop or door.gone(platform, asked.address, received.hook_key)
            now = door.clock()
            verdict = accept_privacy(received, asked, shop, source, secrets, now)
            if verdict.request is not None:
                door.book.file(verdict.request, now)
        except StorageRefused as problem:
            log.warning("privacy request not stored", extra={"platform": platform, "problem": str(problem)})
            return Verdict(answers.webhook_not_stored(), None, shop.id if shop is not None else None)
        return Verdict(verdict.answer, None, verdict.shop_id)

    @views.post("/webhooks/<platform>", defaults={"hook_key": ""})
    @views.post("/webhooks/<platform>/<hook_key>")
    def receive(platform: str, hook_key: str) -> Response:
        verdict, shop, received = judge(platform, hook_key)
        answer = verdict.answer
        if verdict.row is not None:
            try:
                services.inbox.append(verdict.row)
            except StorageRefused as problem:
                answer = answers.webhook_not_stored()
                log.warning("webhook not stored", extra={"shop_id": verdict.shop_id, "problem": str(problem)})
        services.inbox.count(verdict.shop_id, "webhook", answer.reason)
        if shop is not None and shop.policy.logs_webhooks:
            _tell(services.sources[platform], shop, received, answer)
        return to_response(answer)

    return views


def _tell(source: Source, shop: Shop, received: WebhookRequest, answer: Answer) -> None:
    """For a shop that wants each in the log. Of what is not rightly signed, the names are what somebody claims."""
    topic, delivery_id, _ = source.describe(received)
    log.info(
        "webhook answered",
        extra={
            "shop": shop.address,
            "topic": topic,
            "delivery_id": delivery_id,
            "bytes": len(received.body),
            "status": answer.status,
            "reason": answer.reason,
        },
    )
