"""The door's judgement of what a destination account tells: who may tell it, and whose rows it becomes. Pure.

What one account says concerns every shop that uses it: the body is kept once for each of them, so that every shop's
fold reads it in its own order. Nothing is stored here.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from collector.domain.door import Answer, Lane, NewRow, RowKind
from collector.domain.notices import Hook, Hooks, Notice, NoticeFormat, NoticeInbox
from collector.domain.ports import Clock
from collector.domain.shop import Shop
from collector.pipeline import answers


@dataclass(frozen=True, slots=True)
class NoticeServices:
    """What the door of a destination needs. `shops`: all that are connected."""

    clock: Clock
    hooks: Hooks
    shops: Callable[[], Iterable[Shop]]
    inbox: NoticeInbox
    form: NoticeFormat


@dataclass(frozen=True, slots=True)
class NoticeVerdict:
    """The answer, and the rows that must be on disk before it is given."""

    answer: Answer
    rows: tuple[NewRow, ...] = ()


def accept_notice(
    notice: Notice, hook: Hook | None, shops: Iterable[Shop], form: NoticeFormat, now: datetime
) -> NoticeVerdict:
    """Judge one call; `hook` is the one of the key in the path. A shop that is disabled or removed gets nothing."""
    if hook is None:
        return NoticeVerdict(answers.webhook_unknown_key())
    if notice.is_oversize or len(notice.body) > answers.LARGEST_WEBHOOK:
        return NoticeVerdict(answers.webhook_too_large())
    if not hmac.compare_digest(notice.token.encode(), hook.token.encode()):
        return NoticeVerdict(answers.webhook_refused("bad_signature"))
    if form.is_echo(notice.body):
        return NoticeVerdict(answers.webhook_ok("echo"))
    told = [one for one in shops if one.policy.account == hook.account and one.is_enabled and one.removed_at is None]
    topic = form.topic(notice.body)
    rows = tuple(NewRow(one.id, Lane.LIVE, RowKind.NOTICE, now, notice.body, topic) for one in told)
    return NoticeVerdict(answers.webhook_ok("accepted" if rows else "disabled"), rows)
