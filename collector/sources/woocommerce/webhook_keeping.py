"""One look at a shop's webhooks, topic by topic: the best of those there are is kept or mended, the others go.

They are made one by one: each is greeted with a ping while we wait, and a batch of pings to an unreachable address
takes longer than any patience.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from collector.domain.subscriptions import Heard
from collector.sources.woocommerce.answers import Busy, Declined, MaybeDone
from collector.sources.woocommerce.credentials import CONSUMER_KEY
from collector.sources.woocommerce.parse_errors import is_about_rights
from collector.sources.woocommerce.password_refusals import MAKE_ADMIN
from collector.sources.woocommerce.refusals import READ_WRITE
from collector.sources.woocommerce.rest import RestClient
from collector.sources.woocommerce.webhook_records import ACTIVE, DISABLED, PAUSED, WHERE, Ours, Webhook, best_of

SETTLED = timedelta(days=1)  # a webhook made since is not made again: that did not help
READ_ONLY = "The key may only read, so webhooks cannot be {done}: what changed is read every few hours instead."
NEW_KEY = READ_WRITE.replace("Set it", "Set the key")
NO_RIGHT = READ_ONLY.replace("The key may only read", "The user may not change the shop's settings")
NO_SUCH_TOPIC = "_invalid_topic"  # how the code of such a refusal ends


@dataclass(slots=True)
class Keeping:
    """What one look does, topic by topic."""

    api: RestClient
    ours: Ours
    there: Sequence[Webhook]
    heard: Heard | None
    has_time: Callable[[], bool]
    topics: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    quiet: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _are_renewed: bool = False  # because deliveries did not verify

    def keep_all(self, topics: Sequence[str], where_known: Sequence[str] = ()) -> None:
        """`where_known`: not every shop has these, and none is the worse for it."""
        try:
            for topic in topics:
                self._keep_in_time(topic)
            for one in self.there:
                if one.topic not in (*topics, *where_known) and self.ours.may_delete(one):
                    self._delete(one)
            if self.heard is not None and self.heard.is_refused:
                self._say_refused()
        except _MayNotWrite as refused:
            self._count_active((*topics, *where_known))
            what, cure = (READ_ONLY, NEW_KEY) if self.api.kind == CONSUMER_KEY else (NO_RIGHT, MAKE_ADMIN)
            self.problems.append(f"{what.format(done=refused)} {cure}")
        else:
            self._keep_where_known(where_known)

    def _keep_where_known(self, topics: Sequence[str]) -> None:
        try:
            for topic in topics:
                self._keep_in_time(topic, is_known_by_all=False)
        except _MayNotWrite:  # whoever made the others did without them
            self._count_active(topics)

    def _keep_in_time(self, topic: str, *, is_known_by_all: bool = True) -> None:
        if self.has_time():
            self._keep(topic, [one for one in self.there if one.topic == topic], is_known_by_all)
        else:
            self.left.append(topic)

    def _count_active(self, topics: Sequence[str]) -> None:
        """Where we may only look: those that are right tell us all the same."""
        topics_left = [topic for topic in topics if topic not in (*self.topics, *self.quiet)]
        active = {one.topic for one in self.there if one.status == ACTIVE and self.ours.is_right(one)}
        self.topics += [topic for topic in topics_left if topic in active]

    def take_down(self) -> None:
        """All of them. What is not among `deleted` is still there."""
        try:
            for one in self.there:
                if self.ours.may_delete(one) and self.has_time():
                    self._delete(one)
        except _MayNotWrite:
            self.problems.append("The key may only read.")

    def _keep(self, topic: str, there: Sequence[Webhook], is_known_by_all: bool) -> None:
        """The best of those there are is kept or mended, the others go; without any it is made."""
        best = best_of([one for one in there if not self._is_useless(one)], self.ours)
        if best is None:
            if not self._make(topic, is_known_by_all):
                return  # what is there stays: it may be switched on by hand
            if any(one.status == DISABLED for one in there):
                self.notes.append(f"{topic} was switched off by the shop after failed deliveries, and made anew.")
        else:
            if not self.ours.is_right(best) and not self._mend(best):
                return
            if best.status == PAUSED:
                self.quiet.append(topic)
                said = f"{topic} is paused at the shop. What changes is read every few hours instead."
                self.problems.append(f"{said} To be told at once, set it to Active under {WHERE}.")
            else:
                self.topics.append(topic)
        for one in there:
            if one is not best:
                self._delete(one)

    def _is_useless(self, one: Webhook) -> bool:
        """Its deliveries do not verify, or are errors because its owner lost the right: made anew it belongs to our
        key's owner and has our secret. That is tried once."""
        if self.heard is None:
            return False
        faults = [fault for fault in self.heard.faults if fault.webhook_id == one.id and is_about_rights(fault.code)]
        if not faults and not self.heard.is_refused:
            return False
        if one.made_at is None or self.heard.now - one.made_at > SETTLED:
            self._are_renewed = self._are_renewed or self.heard.is_refused
            return True
        if faults:
            self.complaints.append(
                f"{one.topic}: the shop sends errors ({faults[0].code}) in place of what changed: the key's owner may"
                " not read it. Use a key of an administrator or a shop manager."
            )
        return False

    def _say_refused(self) -> None:
        if self._are_renewed or self.left:
            self.notes.append("Deliveries did not verify: the webhooks were made anew with our secret.")
        else:
            self.complaints.append(
                "Deliveries come with a signature of another secret, and not from webhooks of ours: a copy of the shop"
                f" (staging) may send them. Delete ours there, under {WHERE}."
            )

    def _make(self, topic: str, is_known_by_all: bool) -> bool:
        try:
            self._write("made", lambda: self.api.post("webhooks", {"topic": topic} | self.ours.wish(topic)))
        except (Declined, MaybeDone) as refused:
            if not is_known_by_all and isinstance(refused, Declined) and refused.code.endswith(NO_SUCH_TOPIC):
                return False
            self.problems.append(f"{topic}: {refused}")
            return False
        self.made.append(topic)
        self.topics.append(topic)
        return True

    def _mend(self, one: Webhook) -> bool:
        try:
            self._write("mended", lambda: self.api.put(f"webhooks/{one.id}", self.ours.wish(one.topic)))
        except (Declined, MaybeDone) as refused:
            self.problems.append(f"{one.topic}: {refused}")
            return False
        self.mended.append(one.topic)
        return True

    def _delete(self, one: Webhook) -> None:
        try:
            self._write("deleted", lambda: self.api.delete(f"webhooks/{one.id}", force="true"))
        except (Declined, MaybeDone) as refused:
            if not isinstance(refused, Declined) or refused.status not in (404, 410):  # else it went by itself
                self.problems.append(f"{one.topic}: {refused}")
                return
        self.deleted.append(one.topic)

    def _write(self, done: str, change: Callable[[], Any]) -> None:
        """Raises _MayNotWrite, Declined for this one alone, MaybeDone, or SourceUnavailable for all of them."""
        try:
            change()
        except Busy:
            raise
        except Declined as refused:
            if refused.status in (401, 403):
                raise _MayNotWrite(done) from refused
            raise


class _MayNotWrite(Exception):
    """The key reads and does not write. Its text: what cannot be done."""
