"""The world's countries by their two letters (ISO 3166-1 alpha-2, and XK), as phonenumbers knows them."""

from __future__ import annotations

import phonenumbers

COUNTRIES: tuple[str, ...] = tuple(sorted(phonenumbers.SUPPORTED_REGIONS))
