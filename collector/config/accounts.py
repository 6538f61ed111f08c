"""Which Brevo account a shop's messages use, and what opens it: an API key, or a client id with its secret."""

from __future__ import annotations

from dataclasses import dataclass, field

from collector.config.rules import Brevo
from collector.config.settings import Config
from collector.config.shops import ShopBlock
from collector.domain.shop import GENERAL_ACCOUNT, own_account


@dataclass(frozen=True, slots=True)
class Access:
    """`api_key`, or `client_id` and `client_secret`; never both, and both empty for none."""

    api_url: str
    token_url: str
    api_key: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    plan: str = "auto"

    @property
    def is_given(self) -> bool:
        return bool(self.api_key or self.client_id)


def account_of(config: Config, block: ShopBlock) -> str:
    """Whose budget and key the shop's messages use; "" while there is no key. Keeps its name when a key changes."""
    if block.brevo is not None and _differs(config.brevo, block.brevo):
        return own_account(block.given_address.lower() or "own")
    return GENERAL_ACCOUNT if _access(config.brevo).is_given else ""


def accesses(config: Config) -> dict[str, Access]:
    """Every account of the settings, by the name its shops' policies give it."""
    found = {GENERAL_ACCOUNT: _access(config.brevo)}
    for block in (*config.connectors.shopify, *config.connectors.woocommerce):
        name = account_of(config, block)
        if name and name not in found and block.brevo is not None:
            found[name] = _own_access(config.brevo, block.brevo)
    return {name: access for name, access in found.items() if access.is_given}


def _differs(general: Brevo, own: Brevo) -> bool:
    """Whether a shop's block names an account of its own; what it leaves out is as for all shops."""
    return (own.api_key, own.client_id) != (general.api_key, general.client_id) and _own_access(general, own).is_given


def _own_access(general: Brevo, own: Brevo) -> Access:
    """What only stands there because it stands for all shops does not count beside what the block names itself."""
    is_key = bool(own.api_key) and own.api_key != general.api_key
    return Access(
        own.api_url,
        own.token_url,
        own.api_key if is_key else "",
        "" if is_key else own.client_id,
        "" if is_key else own.client_secret,
        own.plan,
    )


def _access(brevo: Brevo) -> Access:
    return Access(brevo.api_url, brevo.token_url, brevo.api_key, brevo.client_id, brevo.client_secret, brevo.plan)
