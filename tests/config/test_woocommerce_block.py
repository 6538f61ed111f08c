"""How a WooCommerce shop's API is asked, as the file says it."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.config import load, policy_of
from collector.domain.errors import Misuse
from collector.domain.shop import Policy


def policy(folder: Path, stated: str) -> Policy:
    (folder / "tajo.yml").write_text(f"connectors: {{woocommerce: {{store_url: https://shop.example{stated}}}}}")
    config = load({}, folder)
    return policy_of(config, config.connectors.woocommerce[0])


@pytest.mark.parametrize(
    ("why", "stated", "version", "checks"),
    [
        ("left out", "", "wc/v3", True),
        ("as documents print it", ", api_version: 'wc/v3'", "wc/v3", True),
        ("with slashes round it", ", api_version: /wc/v3/", "wc/v3", True),
        ("an older one", ", api_version: wc/v2", "wc/v2", True),
        ("any certificate", ", verify_ssl: false", "wc/v3", False),
    ],
)
def test_the_api_is_asked_as_the_file_says(tmp_path: Path, why: str, stated: str, version: str, checks: bool) -> None:
    found = policy(tmp_path, stated)
    assert (found.api_version, found.verify_ssl) == (version, checks), why


@pytest.mark.parametrize("stated", ["v3", "wc/v4", "3", "wp/v2"])
def test_a_version_there_is_not_is_refused_with_what_is_allowed(tmp_path: Path, stated: str) -> None:
    with pytest.raises(Misuse, match=r"connectors.woocommerce.api_version: .*wc/v3"):
        policy(tmp_path, f", api_version: {stated}")
