"""Is a shop connected? What it takes, and what its API said last. Pure: nobody is asked here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from collector.domain.fingerprints import fingerprint
from collector.domain.shop import OWN_KEY, Shop
from collector.domain.timestamps import to_text


@dataclass(frozen=True, slots=True)
class LastAnswer:
    """What a shop's API said last to who came with its credentials. Silence is no answer. `cause` and `cure` where it
    refused."""

    at: datetime
    is_refused: bool = False
    cause: str = ""
    cure: str = ""


@dataclass(frozen=True, slots=True)
class Lack:
    """Why nothing of ours opens a shop's API."""

    cause: str
    cure: str


@dataclass(frozen=True, slots=True)
class Connection:
    """`cause` and `cure` only where there is none. `answered_at`: by the credentials of now; None: never asked."""

    is_there: bool
    cause: str = ""
    cure: str = ""
    answered_at: datetime | None = None


def is_open(shop: Shop) -> bool:
    """Whether anything is to be asked of it at all."""
    return shop.is_enabled and shop.removed_at is None and shop.uninstalled_at is None


def connection_of(shop: Shop, lack: Lack | None, last: LastAnswer | None) -> Connection:
    answered_at = last.at if last is not None else None
    if shop.uninstalled_at is not None:
        cause = f"The app was removed from {shop.address} ({to_text(shop.uninstalled_at)})."
        return Connection(False, cause, "Install it there again, then run `tajo connectors install`.", answered_at)
    if shop.removed_at is not None:
        return Connection(False, f"{shop.address} was removed here.", "Connect it again.", answered_at)
    if not shop.is_enabled:
        cure = "Set enabled: true in its block, or connect it again."
        return Connection(False, f"{shop.address} is disabled in the settings.", cure, answered_at)
    if lack is not None:
        return Connection(False, lack.cause, lack.cure, answered_at)
    if last is not None and last.is_refused:
        return Connection(False, last.cause, last.cure, answered_at)
    return Connection(True, answered_at=answered_at)


def opened_with(shop: Shop) -> str:
    """Names what the API is asked with, without telling it: an answer is worth nothing once that has changed."""
    keys = {name: value for name, value in shop.secrets.credentials.items() if name != OWN_KEY}
    policy = shop.policy
    return fingerprint([shop.url, policy.api_url, policy.api_version, policy.verify_ssl, keys])
