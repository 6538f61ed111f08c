"""What stands before a shop when a page comes instead of data: maintenance, a firewall, a password. Read off the page.

Everything here is a guess by well-known words; what fits nothing is called what it is, a page.
"""

from __future__ import annotations

from collections.abc import Mapping

LOOKED_AT = 16384  # bytes of a page

# (words of the page or header, in small letters; what it is). First match.
FIREWALLS = (
    ("cf-mitigated", "Cloudflare"),
    ("cf-error-details", "Cloudflare"),
    ("attention required! | cloudflare", "Cloudflare"),
    ("challenge-platform", "Cloudflare"),
    ("wordfence", "Wordfence"),
    ("sucuri", "Sucuri"),
    ("sgcaptcha", "SiteGround's bot check"),
    ("imunify360", "Imunify360"),
    ("mod_security", "ModSecurity"),
    ("modsecurity", "ModSecurity"),
    ("not acceptable!", "ModSecurity"),
    ("patchstack", "Patchstack"),
    ("solid security", "Solid Security"),
    ("ithemes security", "Solid Security"),
    ("incapsula", "Imperva"),
    ("akamaighost", "Akamai"),
    ("checking your browser", "a bot check"),
)
# Those that answer 200 with a riddle. The others put their names into ordinary pages too.
RIDDLES = ("cf-mitigated", "sgcaptcha", "imunify360", "incapsula", "checking your browser")
MAINTENANCE = (
    "briefly unavailable for scheduled maintenance",
    "maintenance mode",
    "under maintenance",
    "scheduled maintenance",
    "wartungsmodus",
    "en maintenance",
    "en mantenimiento",
    "in manutenzione",
)
PASSWORD = ("post-password-form", "password protected", 'name="password_protected_pwd"', "passwort geschützt")
COMING_SOON = ("coming soon", "woocommerce-coming-soon", "coming-soon")


def _text(content: bytes) -> str:
    return content[:LOOKED_AT].decode("utf-8", "replace").lower()


def firewall(content: bytes, headers: Mapping[str, str]) -> str:
    """Which one turned us away; "" where nothing says."""
    seen = _seen(content, headers)
    return next((name for words, name in FIREWALLS if words in seen), "")


def riddle(content: bytes, headers: Mapping[str, str]) -> str:
    """Which one wants to see a browser, in an answer that is called good; "" where nothing says."""
    seen = _seen(content, headers)
    return next((name for words, name in FIREWALLS if words in RIDDLES and words in seen), "")


def _seen(content: bytes, headers: Mapping[str, str]) -> str:
    return "\n".join([*(f"{name}: {value}".lower() for name, value in headers.items()), _text(content)])


def is_maintenance(content: bytes) -> bool:
    return any(words in _text(content) for words in MAINTENANCE)


def is_password(content: bytes) -> bool:
    return any(words in _text(content) for words in PASSWORD)


def is_coming_soon(content: bytes) -> bool:
    return any(words in _text(content) for words in COMING_SOON)
