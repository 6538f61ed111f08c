"""A visitor: a browser, known by the id it made for itself."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

# May this browser be observed? Of two answers at the same moment the stricter one holds. That a page knows of none is
# no answer, however late: a no stays a no until a yes, also where observing needs no answer.
STRICTNESS = {"granted": 0, "denied": 1}
UNANSWERED = "unknown"


@dataclass(slots=True)
class Visitor:
    """One browser as the fold has it in hand. `last_seen_at`: its newest event, None before the first;
    `consent_at` None: never asked."""

    id: int
    first_seen_at: datetime
    last_seen_at: datetime | None
    last_event_id: str
    consent: str
    consent_at: datetime | None
    suspicion: str

    def is_newest(self, at: datetime, event_id: str) -> bool:
        """Whether an event comes behind all others of this browser."""
        return self.last_seen_at is None or (at, event_id) > (self.last_seen_at, self.last_event_id)

    def note_consent(self, state: str, at: datetime) -> bool:
        """Take an answer if it is newer (or stricter at the same moment). Whether anything changed."""
        if self.consent_at is not None and _weight(state, at) <= _weight(self.consent, self.consent_at):
            return False
        self.consent, self.consent_at = state, at
        return True


def _weight(state: str, at: datetime) -> tuple[bool, datetime, int]:
    return state != UNANSWERED, at, STRICTNESS.get(state, 0)


def denial_mark(visitor_id: str) -> str:
    """What is remembered of a denial by a browser we do not know: enough to recognise it, not to name it."""
    return hashlib.sha256(visitor_id.encode()).hexdigest()
