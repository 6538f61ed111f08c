"""What `tajo check` prints, and the policy of a shop."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from collector.config import load, policy_for, policy_of
from collector.config.declaring import every_setting
from collector.config.describing import MASK, in_force, markdown
from collector.config.settings import Config
from collector.domain.errors import Misuse


def test_every_setting_says_what_it_means() -> None:
    assert all(one.meaning.strip() for _, one in every_setting(Config))


def test_the_table_has_a_row_for_each_setting_and_six_bars_each() -> None:
    rows = markdown().splitlines()[2:]
    assert len(rows) == len(list(every_setting(Config)))
    assert all(row.replace("\\|", "").count("|") == 6 for row in rows)


def test_settings_in_force_are_plain_and_secrets_masked(tmp_path: Path) -> None:
    (tmp_path / "tajo.yml").write_text(
        "brevo: {api_key: hush}\nsessions: {idle: 90s}\nconnectors: {shopify: {shop_url: a, access_token: hush}}"
    )
    found = {line.key: line for line in in_force(load({}, tmp_path))}
    assert found["brevo.api_key"].value == MASK
    assert found["connectors.shopify.access_token"].value == MASK
    assert found["api_key"].value == ""
    assert (found["sessions.idle"].value, found["sessions.idle"].is_default) == ("90s", False)
    assert (found["sessions.longest"].value, found["sessions.longest"].is_default) == ("1d", True)


def test_a_shops_policy_is_its_block_over_what_holds_for_all(tmp_path: Path) -> None:
    (tmp_path / "tajo.yml").write_text(
        "sessions: {idle: 5m}\nabandonment: {cart: {after: 2h}}\n"
        "connectors: {shopify: {shop_url: a, domains: Shop.Example, consent: {mode: implied}}}"
    )
    config = load({}, tmp_path)
    policy = policy_of(config, config.connectors.shopify[0])
    assert (policy.consent_mode, policy.domains) == ("implied", ("shop.example",))
    assert (policy.session_idle, policy.cart_after) == (timedelta(minutes=5), timedelta(hours=2))
    assert policy.checkout_after == timedelta(minutes=30)


def test_what_is_stored_with_an_installed_shop_counts_like_a_block(tmp_path: Path) -> None:
    config = load({}, tmp_path)
    stored = {"domains": ["shop.example"], "abandonment": {"checkout": {"after": "1h"}}}
    policy = policy_for(config, "woocommerce", "shop.example", stored)
    assert (policy.domains, policy.checkout_after) == (("shop.example",), timedelta(hours=1))
    assert policy_for(config, "woocommerce", "shop.example", {}).consent_mode == "required"
    with pytest.raises(Misuse, match=r"stored settings of shop\.example: colour"):
        policy_for(config, "woocommerce", "shop.example", {"colour": "red"})
