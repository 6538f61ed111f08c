"""What can go wrong, by who has to do something about it.

CollectorError
├── Refused              the caller is not who it says          -> 401, counted
│   └── InvalidSignature
├── Unparseable          signed, but not understood             -> 200, body to quarantine, us
├── Invalid              a beacon outside the wire format       -> 400, JSON naming the field, counted
├── Misuse               a setting, flag or name is wrong       -> exit 2 (or 1 at start), one line with the cure
├── Unready              something the machine must give is not there (disk, port, database)  -> exit 1
├── StorageRefused       the disk would not take a row          -> 503, the sender keeps it
└── SourceUnavailable    a platform's API: no answer, or a refusal; says which and the cure
"""

from __future__ import annotations

from collections.abc import Sequence


class CollectorError(Exception):
    """Base of everything this product raises on purpose."""


class Refused(CollectorError):
    """The caller is not who it says. Answered 401, counted, nothing stored."""


class InvalidSignature(Refused):
    """The signature over the raw bytes is missing or wrong."""


class Unparseable(CollectorError):
    """A verified body that is not understood. `reason` is a short code, `detail` what was seen."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class Invalid(CollectorError):
    """A beacon outside the wire format.

    `field` is the path (`events[2].type`), `value` what stood there (cut to 200 characters),
    `allowed` what may stand there: a list of values or a sentence.
    """

    def __init__(self, error: str, field: str, value: object, allowed: Sequence[str] | str) -> None:
        super().__init__(f"{field}: {error}")
        self.error = error
        self.field = field
        self.value = value
        self.allowed = allowed


class Misuse(CollectorError):
    """A wrong setting, flag or name. The message names the thing, the value and the cure."""


class Unready(CollectorError):
    """The machine lacks something: a free port, a readable database, space. The message says the cure."""


class StorageRefused(CollectorError):
    """The row is not on disk (full, read-only, locked for too long). The sender must keep it."""


class SourceUnavailable(CollectorError):
    """A platform's API did not give what was asked. The message says what happened and the cure."""

    def __init__(self, message: str, cure: str = "") -> None:
        super().__init__(f"{message} {cure}".strip())
        self.cure = cure
