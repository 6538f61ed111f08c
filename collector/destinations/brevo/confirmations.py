"""Mails that ask for a confirmation (double opt-in): the call, and the list whoever confirms comes onto.

At Brevo the contact is made or changed by the click, not by the call. The list is ours and nothing else writes to
it, so being on it proves the click. `tajo brevo setup` makes it.
"""

from __future__ import annotations

from collector.destinations.brevo.client import Exchange
from collector.destinations.brevo.limits import CONTACTS
from collector.destinations.brevo.lists import ListNumbers
from collector.destinations.brevo.values import text
from collector.domain.messages import ConfirmationMessage

LIST = "Tajo: confirmed by mail"
ROLE = "confirmed"


def send(exchange: Exchange, lists: ListNumbers, message: ConfirmationMessage) -> int:
    """The number of the list. Raises DeliveryFailed, OutcomeUnknown."""
    (number,) = lists.numbers(exchange, [ROLE], {ROLE: LIST})
    body = {
        "email": text(message.email),
        "includeListIds": [number],
        "templateId": message.template,
        "redirectionUrl": message.redirect_url,
    }
    answer = exchange.post(CONTACTS, "/contacts/doubleOptinConfirmation", body)
    if not answer.is_good:
        raise exchange.failed(answer, CONTACTS)
    return number
