"""E-mail addresses and phone numbers in the one form we compare, store and hand on. No DNS, no network."""

from __future__ import annotations

from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email

LONGEST_EMAIL = 254  # RFC 5321: what fits into a mail path
LONGEST_PHONE = 40


class StandardAddresses:
    """Satisfies `domain.ports.Addresses`."""

    def email(self, text: str) -> str | None:
        return _email(text) if len(text) <= LONGEST_EMAIL + 20 else None

    def phone(self, text: str, country: str) -> str | None:
        return _phone(text, country.upper()) if len(text) <= LONGEST_PHONE else None


@lru_cache(maxsize=4096)
def _email(text: str) -> str | None:
    trimmed = text.strip()
    if "@" not in trimmed:
        return None
    try:
        # test_environment lets `.test` through: reserved for rehearsals, no mail can reach anybody there.
        found = validate_email(trimmed.lower(), check_deliverability=False, test_environment=True)
    except (EmailNotValidError, UnicodeError):
        return None
    address = found.normalized.lower()
    return address if len(address) <= LONGEST_EMAIL else None


@lru_cache(maxsize=4096)
def _phone(text: str, country: str) -> str | None:
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
