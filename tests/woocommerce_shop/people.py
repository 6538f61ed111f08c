"""Users of a WordPress network and their application passwords: a user is the network's, a role is one site's.

After `wp_authenticate_application_password` of WordPress 7.2. Who says what is wrong is another matter: `wp/v2` mostly
does, WooCommerce's routes do not (seen at 11.0), XML-RPC says the same to everybody.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field

from tests.woocommerce_shop.replies import ApiError

SEES_THE_SHOP = ("administrator", "shop_manager")


@dataclass
class User:
    """`roles`: by path of the site. `has_passwords`: a plugin may take them from one user."""

    name: str
    passwords: list[str] = field(default_factory=list)
    roles: dict[str, str] = field(default_factory=dict)
    has_passwords: bool = True

    def sees(self, path: str) -> bool:
        return self.roles.get(path) in SEES_THE_SHOP


class People:
    """`are_allowed`: a plugin may take application passwords from everybody. `is_local`: WP_ENVIRONMENT_TYPE."""

    def __init__(self) -> None:
        self.users: dict[str, User] = {}
        self.are_allowed = True
        self.is_local = False

    def add(self, user: User) -> User:
        self.users[user.name] = user
        return user

    def have_passwords(self, is_ssl: bool) -> bool:
        return self.are_allowed and (is_ssl or self.is_local)

    def by_header(self, authorization: str, is_ssl: bool) -> User | None:
        """None: nobody, as far as WordPress looks. Raises ApiError."""
        if not authorization.startswith("Basic ") or not self.have_passwords(is_ssl):
            return None
        name, _, password = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        return self.user_of(name, password)

    def user_of(self, name: str, password: str) -> User | None:
        """Raises ApiError. None where no user has an application password: then nobody looks."""
        if not any(user.passwords for user in self.users.values()):
            return None
        user = self.users.get(name)
        if user is None:
            raise ApiError(401, "invalid_username", f"Error: The username {name} is not registered on this site.")
        if not user.has_passwords:
            words = "Application passwords are not available for your account."
            raise ApiError(401, "application_passwords_disabled_for_user", words)
        if re.sub(r"[^A-Za-z0-9]", "", password) not in user.passwords:
            raise ApiError(401, "incorrect_password", f"The password of {name} is an invalid application password.")
        return user
