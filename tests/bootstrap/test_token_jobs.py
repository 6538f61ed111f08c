"""Which shops have a token that somebody must keep alive."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from collector.bootstrap import open_desk
from collector.bootstrap.shopify import ShopifyApis, token_jobs
from collector.config import load
from collector.domain.shop import Secrets, Shop

KEYS = {"api_key": "id-1", "api_secret": "shpss_1"}
ONE = Shop(7, "shopify", "lind.myshopify.com", "https://lind.myshopify.com", "site", secrets=Secrets(credentials=KEYS))
PERMANENT = Secrets(credentials={"access_token": "shpat_1", "api_secret": "shpss_1"})


@pytest.mark.parametrize(
    ("why", "shop", "names"),
    [
        ("key and secret: its token may have to be renewed", ONE, ["tokens:7"]),
        ("a permanent token does not end", replace(ONE, secrets=PERMANENT), []),
        ("nothing to ask with", replace(ONE, secrets=Secrets()), []),
        ("disabled", replace(ONE, is_enabled=False), []),
        ("the app was removed", replace(ONE, uninstalled_at=datetime(2026, 11, 22, tzinfo=UTC)), []),
        ("another platform", replace(ONE, platform="woocommerce"), []),
    ],
)
def test_a_shop_whose_token_ends_has_a_job(tmp_path: Path, why: str, shop: Shop, names: list[str]) -> None:
    config = load({}, tmp_path)
    with open_desk(config, may_create=True) as desk, requests.Session() as http:
        jobs = token_jobs(config, desk.state, http, lambda: [shop])
        assert [job.name for job in jobs()] == names


def test_what_is_learnt_of_a_shops_bucket_is_kept_from_one_client_to_the_next(tmp_path: Path) -> None:
    config = load({}, tmp_path)
    with open_desk(config, may_create=True) as desk, requests.Session() as http:
        apis = ShopifyApis(config, desk.state, http)
        first, second, other = apis(ONE), apis(ONE), apis(replace(ONE, id=8))
        assert first._pace is second._pace
        assert first._pace is not other._pace
