"""A folder with a WooCommerce shop that was connected and has its webhooks: made once for a file of tests, copied for
each."""

from __future__ import annotations

import os
import shutil
import time
from copy import deepcopy
from pathlib import Path

import pytest
import requests
import responses

from collector.bootstrap import open_desk
from collector.bootstrap.live import keep_subscriptions
from collector.cli.install import Found, connect
from collector.config import Config, load
from tests.in_process import step_into
from tests.sources.woocommerce.webhook_shop import HOME, WebhookShop

KEYS = {"consumer_key": "ck_1", "consumer_secret": "cs_1"}


def config() -> Config:
    return load(dict(os.environ), Path.cwd())


def woocommerce(url: str = HOME, **more: str) -> None:
    connect(config(), "woocommerce", url.removeprefix("https://"), url, KEYS | more, Found("Tea", "EUR"), ())


def connected_in(folder: Path) -> WebhookShop:
    """The shop, at the wire."""
    there = WebhookShop()
    with pytest.MonkeyPatch.context() as patch, responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        _step_into(folder, patch)
        there.serve(wire)
        woocommerce()
        with open_desk(config()) as desk, requests.Session() as http:
            keep_subscriptions(config(), desk, desk.shops.all()[0], http)
    there.asked.clear()
    return there


def copied(made: tuple[Path, WebhookShop], folder: Path, patch: pytest.MonkeyPatch) -> WebhookShop:
    """One for a test to change, which goes on in its folder and waits for nothing."""
    original, there = made
    for file in original.iterdir():
        shutil.copy2(file, folder)
    _step_into(folder, patch)
    return deepcopy(there)


def _step_into(folder: Path, patch: pytest.MonkeyPatch) -> None:
    step_into(folder, patch)
    patch.setenv("TAJO_PUBLIC_URL", "https://collect.example")
    patch.setattr(time, "sleep", lambda seconds: None)
