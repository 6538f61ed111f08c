"""POST /webhooks/brevo/<hook_key>: what happens in a Brevo account. The judgement is `pipeline.accept_notice`.

Brevo signs nothing: the key in the path and the token we registered with it stand for a signature.
"""

from __future__ import annotations

import logging

from flask import Blueprint, Response, request

from collector.domain.errors import StorageRefused
from collector.domain.notices import Notice
from collector.pipeline import answers
from collector.pipeline.accept_notice import NoticeServices, NoticeVerdict, accept_notice
from collector.web.answering import to_response
from collector.web.bodies import BrokenBody, read_body

log = logging.getLogger(__name__)

BEARER = "Bearer "


def blueprint(services: NoticeServices) -> Blueprint:
    views = Blueprint("brevo_hooks", __name__)

    def judge(hook_key: str) -> NoticeVerdict:
        hook = services.hooks.by_key(hook_key)
        try:
            body, is_oversize = read_body(request, answers.LARGEST_WEBHOOK)
        except BrokenBody:
            return NoticeVerdict(answers.webhook_broken())
        given = request.headers.get("Authorization", "")
        notice = Notice(given.removeprefix(BEARER), body, is_oversize)
        return accept_notice(notice, hook, services.shops(), services.form, services.clock())

    @views.post("/webhooks/brevo/<hook_key>")
    def receive(hook_key: str) -> Response:
        verdict = judge(hook_key)
        answer = verdict.answer
        if verdict.rows:
            try:
                services.inbox.append_many(list(verdict.rows))
            except StorageRefused as problem:
                answer = answers.webhook_not_stored()
                log.warning("what Brevo told is not stored", extra={"problem": str(problem)})
        for row in verdict.rows:
            services.inbox.count(row.shop_id, "notice", answer.reason)
        if not verdict.rows:
            services.inbox.count(None, "notice", answer.reason)
        return to_response(answer)

    return views
