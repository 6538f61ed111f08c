"""Who the transactional platform mails no more, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from collector.sandbox.brevo.answers import Json
from collector.sandbox.brevo.dates import written

REASONS = {
    "unsubscribedViaMA": "Unsubscribed via the link in a mail of an automation or campaign",
    "unsubscribedViaEmail": "Unsubscribed by answering a mail",
    "unsubscribedViaApi": "Blocked by a call of the API",
    "adminBlocked": "Blocked by hand",
    "contactFlaggedAsSpam": "Marked as spam",
    "hardBounce": "The address does not exist",
}
_SENDER = "shop@sandbox.example"


@dataclass(frozen=True, slots=True)
class Block:
    email: str
    reason: str  # a key of REASONS
    at: datetime

    def described(self) -> Json:
        return {
            "email": self.email,
            "senderEmail": _SENDER,
            "reason": {"code": self.reason, "message": REASONS[self.reason]},
            "blockedAt": written(self.at),
        }
