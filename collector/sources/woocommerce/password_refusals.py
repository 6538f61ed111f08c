"""What a site's refusals mean to whoever came with an application password: (what, cure), one line each.

The codes are those of WordPress 5.6 to 7.2 (`wp_authenticate_application_password`). Its sentences are not repeated:
some hold the user's name.
"""

from __future__ import annotations

from typing import Final

Words = tuple[str, str]

WHERE: Final = "Users > Profile > Application Passwords"
NEW_ONE: Final = f"Make a new one for this user under {WHERE}, and run the command with it."
MAKE_ADMIN: Final = "Make the user an administrator of this site."
BY_KEYS: Final = "connect with consumer keys (--network FILE)"
SWITCHED_ON: Final = f"Allow them (a security plugin switches them off), or {BY_KEYS}."

_WRONG: Final[dict[str, Words]] = {
    "incorrect_password": ("{url} does not know this application password: mistyped, or taken back.", NEW_ONE),
    "invalid_username": ("{url} has no user of this name.", "Give the log-in name, as WordPress shows it under Users."),
    "invalid_email": ("{url} has no user of this e-mail address.", "Give the log-in name, as it stands under Users."),
    "application_passwords_disabled": ("Application passwords are switched off at {url}.", SWITCHED_ON),
    "application_passwords_disabled_for_user": (
        "Application passwords are switched off at {url} for this user.",
        SWITCHED_ON,
    ),
}
CODES: Final = frozenset(_WRONG)


def meaning(url: str, status: int, code: str) -> Words | None:
    """None for what has nothing to do with the password."""
    if status in (401, 403) and code in _WRONG:
        what, cure = _WRONG[code]
        return what.format(url=url), cure
    if status == 401 and code.startswith("woocommerce_"):
        return (
            f"{url} does not heed the application password: the host drops the Authorization header, or the password is"
            " mistyped or was taken back.",
            f"Ask the host to pass the header on to PHP. {NEW_ONE} Or {BY_KEYS}.",
        )
    if status == 403 and code.startswith("woocommerce_"):
        return f"The user of the application password may not see the shop {url}.", MAKE_ADMIN
    return None
