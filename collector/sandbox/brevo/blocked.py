"""/smtp/blockedContacts: whom the transactional platform mails no more. A list apart from the contacts' blocklist.

Automations send through the transactional platform: a contact blocklisted for campaigns is mailed by them all the
same, and only who stands here is not. Not documented, decided here: `startDate` and `endDate` are days, both included;
the newest come first.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, Response, request

from collector.sandbox.brevo import dates
from collector.sandbox.brevo.answers import empty, invalid, not_found, said
from collector.sandbox.brevo.current import account, page

blueprint = Blueprint("blocked", __name__)


@blueprint.get("/smtp/blockedContacts")
def find() -> Response:
    wanted = page(at_most=100, usual=50)
    start, end = _day("startDate"), _day("endDate")
    if (start is None) is not (end is None):
        raise invalid("startDate and endDate go together")
    found = [
        block
        for block in sorted(
            account().blocks.values(), key=lambda one: one.at, reverse=request.args.get("sort") != "asc"
        )
        if (start is None or block.at >= start) and (end is None or block.at < end + timedelta(days=1))
    ]
    return said({"contacts": [block.described() for block in found[wanted]], "count": len(found)})


@blueprint.delete("/smtp/blockedContacts/<email>")
def unblock(email: str) -> Response:
    if account().blocks.pop(email.lower(), None) is None:
        raise not_found("Contact is not blocked")
    return empty()


def _day(name: str) -> datetime | None:
    text = request.args.get(name)
    moment = None if text is None else dates.read_day(text)
    if text is not None and moment is None:
        raise invalid(f"{name} should be a date such as 2026-11-21")
    return moment
