"""Reading opt-outs back: the transactional block list, and contacts that changed.

Two lists at Brevo say who may not be written to: `emailBlacklisted` of a contact (campaigns) and the block list of
the transactional platform, which automations send through. Source: developers.brevo.com, "Get the list of blocked or
unsubscribed transactional contacts", "Get all the contacts" (November 2026).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import requests

from collector.destinations.brevo.client import BrevoAccount, Exchange, opened
from collector.destinations.brevo.contacts import ONE_CONTACT
from collector.destinations.brevo.limits import CONTACTS, OTHER, Meter
from collector.domain.messages import ContactMessage, Message
from collector.domain.opt_outs import ContactState, OptOut, Page
from collector.domain.ports import Delivered
from collector.domain.timestamps import EPOCH, to_text

BLOCK_PAGE, CONTACT_PAGE = 100, 1000
# Brevo's reason -> ours. One we do not know yet blocks as well.
REASONS = {
    "unsubscribedViaMA": "unsubscribed",
    "unsubscribedViaEmail": "unsubscribed",
    "unsubscribedViaApi": "unsubscribed",
    "adminBlocked": "blocked",
    "contactFlaggedAsSpam": "spam",
    "hardBounce": "hard_bounce",
}


class BrevoReadBack:
    """domain.opt_outs.ReadBack. `email` gives an address in the form we compare, None for what is none."""

    source = "brevo"

    def __init__(
        self,
        http: requests.Session,
        accounts: Mapping[str, BrevoAccount],
        meter: Meter,
        email: Callable[[str], str | None],
    ) -> None:
        self._http = http
        self._accounts = accounts
        self._meter = meter
        self._email = email

    def block_list(self, account: str, since: date | None, until: date, offset: int) -> Page[OptOut]:
        """One of the hundred calls an hour. Brevo wants both days or none."""
        days = {"startDate": since.isoformat(), "endDate": until.isoformat()} if since else {}
        found = self._exchange(account).get(OTHER, "/smtp/blockedContacts", limit=BLOCK_PAGE, offset=offset, **days)
        listed, count = _listed(found)
        items = [one for each in listed if (one := self._opt_out(each)) is not None]
        return Page(items, len(listed), count, len(listed) < BLOCK_PAGE)

    def contacts(self, account: str, since: datetime | None, offset: int) -> Page[ContactState]:
        query: dict[str, str | int] = {"limit": CONTACT_PAGE, "offset": offset, "sort": "asc"}
        if since is not None:
            query["modifiedSince"] = to_text(since)
        found = self._exchange(account).get(CONTACTS, "/contacts", **query)
        listed, count = _listed(found)
        items = [one for each in listed if (one := self._contact(each)) is not None]
        return Page(items, len(listed), count, len(listed) < CONTACT_PAGE)

    def _opt_out(self, found: Mapping[str, Any]) -> OptOut | None:
        reason = found.get("reason")
        code = str(reason.get("code", "")) if isinstance(reason, dict) else ""
        email = self._address(found)
        return OptOut(email, REASONS.get(code, "blocked"), _moment(found.get("blockedAt"))) if email else None

    def _contact(self, found: Mapping[str, Any]) -> ContactState | None:
        lists = found.get("listIds")
        numbers = tuple(one for one in lists if isinstance(one, int)) if isinstance(lists, list) else ()
        email = self._address(found)
        is_blocked = found.get("emailBlacklisted") is True
        return ContactState(email, is_blocked, _moment(found.get("modifiedAt")), numbers) if email else None

    def _address(self, found: Mapping[str, Any]) -> str | None:
        email = found.get("email")  # contacts known by a phone number alone have none
        return self._email(email) if isinstance(email, str) else None

    def _exchange(self, account: str) -> Exchange:
        return Exchange(self._http, opened(self._accounts, account), self._meter)


def blocked_by(message: Message, delivered: Delivered) -> str:
    """The address that this delivery left blocked, "" for none: a contact made without a permission, or one whose no
    was passed on. An existing contact of another state is left as it was."""
    if not isinstance(message, ContactMessage) or message.may_market:
        return ""
    done = {(one.get("method"), one.get("path"), one.get("status")) for one in delivered.answer.get("steps", ())}
    is_passed_on = message.is_opted_out and ("PUT", ONE_CONTACT, 204) in done
    return message.email if is_passed_on or ("POST", "/contacts", 201) in done else ""


def _listed(found: Any) -> tuple[list[dict[str, Any]], int]:
    """The entries of a page and how many there are in all; both may be missing where there is nothing."""
    listed = found.get("contacts") if isinstance(found, dict) else None
    count = found.get("count") if isinstance(found, dict) else None
    some = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return some, count if isinstance(count, int) else len(some)


def _moment(given: Any) -> datetime:
    """Brevo writes offsets or Z. What is no time counts as long ago: an opt-out without a time must not look newer
    than a yes, and a yes older than it is none anyway."""
    try:
        at = datetime.fromisoformat(given) if isinstance(given, str) else EPOCH
    except ValueError:
        return EPOCH
    return at.astimezone(UTC) if at.tzinfo is not None else at.replace(tzinfo=UTC)
