"""Having Brevo tell us of opt-outs: the webhook of each account, for `tajo brevo setup` and `check`."""

from __future__ import annotations

from collections.abc import Callable

from collector.bootstrap import Desk, clock, open_desk, secret_box
from collector.cli.brevo_checks import Line
from collector.config import Config
from collector.destinations.brevo import webhooks
from collector.destinations.brevo.client import Exchange
from collector.domain.errors import DeliveryFailed, Unready
from collector.storage.sqlite.account_hooks import AccountHooks

NOT_REACHABLE = (
    "{account}: Brevo cannot tell us of opt-outs: set public_url to where the internet reaches this server; until then"
    " they are read every half hour"
)
NO_DATABASE = "{account}: the webhook for opt-outs needs a database: `tajo migrate`, then `tajo brevo setup`"


def prepared(config: Config, calls: Exchange) -> Line:
    """Register the account's webhook, with a fresh key the first time."""
    account = calls.account.name

    def register(desk: Desk) -> Line:
        hook = AccountHooks(desk.state, secret_box(config)).find_or_make(account, clock())
        asks = any(shop.policy.double_opt_in_template for shop in desk.shops.all() if shop.policy.account == account)
        changed = webhooks.register(calls, address(config, hook.key), hook.token, with_lists=asks)
        done = "is registered" if changed else "was registered already"
        return Line(True, f"{account}: the webhook for opt-outs {done}")

    return _line(config, account, register)


def checked(config: Config, calls: Exchange) -> Line:
    """Whether Brevo tells us. Two of the hundred calls an hour."""
    account = calls.account.name

    def look(desk: Desk) -> Line:
        hook = AccountHooks(desk.state, secret_box(config)).find(account)
        if hook is not None and webhooks.registered(calls, address(config, hook.key)):
            return Line(True, f"{account}: Brevo tells us of opt-outs")
        cure = "`tajo brevo setup` registers the webhook"
        return Line(False, f"{account}: Brevo does not tell us of opt-outs", cure)

    return _line(config, account, look)


def _line(config: Config, account: str, ask: Callable[[Desk], Line]) -> Line:
    """What `ask` found, or why it could not be asked."""
    if not _is_reachable(config):
        return Line(True, NOT_REACHABLE.format(account=account), is_note=True)
    try:
        with open_desk(config) as desk:
            return ask(desk)
    except Unready:
        return Line(True, NO_DATABASE.format(account=account), is_note=True)
    except DeliveryFailed as failed:
        return Line(False, f"{account}: webhook for opt-outs: {failed}", failed.cure)


def address(config: Config, key: str) -> str:
    return f"{config.base_url.rstrip('/')}/webhooks/brevo/{key}"


def _is_reachable(config: Config) -> bool:
    """A loopback address is one for a local Brevo only."""
    return bool(config.public_url) or config.allow_insecure_upstreams
