"""Why a site did not heed an application password. WooCommerce's own routes do not say: they answer as to anybody.

Seen at WordPress 7.2 with WooCommerce 11.0: `wc/v3` refuses a wrong password like no password. The open index tells
whether the site has application passwords at all, and `wp/v2/users/me` mostly tells what is wrong with this one.
"""

from __future__ import annotations

from collector.domain.errors import SourceUnavailable
from collector.sources.woocommerce.answers import Declined
from collector.sources.woocommerce.credentials import APPLICATION_PASSWORD
from collector.sources.woocommerce.password_refusals import BY_KEYS, CODES
from collector.sources.woocommerce.refusals import UNKNOWN_KEY
from collector.sources.woocommerce.rest import RestClient


def why_nobody(client: RestClient, problem: Declined) -> Declined | None:
    """The refusal in better words; None if it is another one, or the site does not say more."""
    if client.kind != APPLICATION_PASSWORD or problem.status != 401 or problem.code != UNKNOWN_KEY:
        return None
    return no_passwords(client) or what_is_wrong(client)


def no_passwords(client: RestClient) -> Declined | None:
    """If the site has no application passwords; None if it has, or its index does not say."""
    try:
        index = client.get_open(_fields="authentication")
    except SourceUnavailable:  # some close the index, and then nobody knows
        return None
    ways = index.get("authentication") if isinstance(index, dict) else None
    if not isinstance(ways, dict | list) or "application-passwords" in ways:  # PHP writes an empty list for none
        return None
    what = f"{client.url} has no application passwords: WordPress does not see https, or a plugin switched them off."
    cure = f"A proxy must pass on X-Forwarded-Proto and WordPress heed it; allow them in the plugin; or {BY_KEYS}."
    return Declined(what, cure, 401, "application_passwords_disabled")


def what_is_wrong(client: RestClient) -> Declined | None:
    """What WordPress itself says against the user or the password; None if it says nothing against them."""
    try:
        client.get_below("wp/v2", "users/me", _fields="id")
    except Declined as problem:
        return problem if problem.code in CODES else None
    except SourceUnavailable:  # there is a refusal already, and this was to explain it
        return None
    return None
