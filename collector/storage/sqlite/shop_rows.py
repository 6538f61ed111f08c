"""Rows of `shops` as domain values."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from collector.domain.shop import GENERAL_ACCOUNT, OWN_KEY, Policy, Sending, Shop, own_account
from collector.domain.timestamps import from_text
from collector.storage.sqlite.secret_box import SecretBox
from collector.storage.sqlite.statements import statements

PolicyFor = Callable[[str, str, Mapping[str, Any]], Policy]
"""(platform, address, settings kept by install) -> the rules in force for that shop."""

Raw = tuple[Any, ...]


def all_rows(connection: sqlite3.Connection) -> list[Raw]:
    """Undecrypted, comparable: an equal row is an unchanged shop. The first value is the id."""
    return connection.execute(statements("shops")["all"]).fetchall()


def to_shop(raw: Raw, box: SecretBox, policy_for: PolicyFor) -> Shop:
    """Raises Unready when no key fits its secrets."""
    (
        shop_id,
        platform,
        address,
        url,
        _name,
        site_key,
        _hook_key_hash,
        secrets,
        sending,
        is_enabled,
        origin,
        installed_at,
        activated_at,
        uninstalled_at,
        removed_at,
        currency,
        settings,
        zone,
        storefront,
    ) = raw
    policy, opened = policy_for(platform, address, json.loads(settings)), box.unlock(secrets, address)
    if opened.credentials.get(OWN_KEY) and policy.account in ("", GENERAL_ACCOUNT):  # an account in the file wins
        policy = replace(policy, account=own_account(address))
    return Shop(
        id=shop_id,
        platform=platform,
        address=address,
        url=url,
        site_key=site_key,
        sending=Sending(sending),
        is_enabled=bool(is_enabled),
        origin=origin,
        installed_at=_moment(installed_at),
        activated_at=_moment(activated_at),
        uninstalled_at=_moment(uninstalled_at),
        removed_at=_moment(removed_at),
        currency=currency,
        zone=policy.zone or zone or "UTC",
        storefront=storefront,
        policy=policy,
        secrets=opened,
    )


def display_name(raw: Raw) -> str:
    return str(raw[4])


def settings_of(raw: Raw) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(raw[16])
    return content


def hash_of(hook_key: str) -> str | None:
    """What a hook key is looked up by; the key itself stands nowhere in the clear."""
    return hashlib.sha256(hook_key.encode()).hexdigest() if hook_key else None


def _moment(text: str | None) -> datetime | None:
    return from_text(text) if text else None
