"""`tajo snippet woocommerce --plugin`: the plugin with the shop's values in it, as a file or as WordPress takes it."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from collector.bootstrap.snippets import plugin
from collector.domain.shop import Secrets, Shop
from tests.in_process import tajo

SETTINGS = """\
public_url: https://collect.example
connectors:
  woocommerce:
    store_url: https://shop.example
    consumer_key: ck_1
    consumer_secret: cs_1
    site_key: site-key-1
    identity_key: a-key-of-the-shop
"""
FILLED_IN = """\
        private const FILLED_IN = [
            'shop.example' => [
                'url' => 'https://collect.example',
                'path' => '/c',
                'site_key' => 'site-key-1',
                'identity_key' => 'a-key-of-the-shop',
            ],
        ];
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "tajo.yml").write_text(SETTINGS)
    monkeypatch.chdir(tmp_path)
    assert tajo("migrate").exit_code == 0
    return tmp_path


@pytest.mark.usefixtures("here")
def test_it_prints_the_plugin_with_nothing_left_to_set_up() -> None:
    result = tajo("snippet", "woocommerce", "--plugin")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("<?php\n")
    assert FILLED_IN in result.stdout
    assert "wp-content/mu-plugins/" in result.stderr
    assert "not for public places" in result.stderr


def test_a_zip_is_what_wordpress_installs_and_a_file_is_the_same_plugin(here: Path) -> None:
    assert tajo("snippet", "woocommerce", "--plugin", "--output", "tajo-collector.zip").stdout == ""
    assert tajo("snippet", "woocommerce", "--plugin", "--output", "tajo-collector.php").stdout == ""
    with zipfile.ZipFile(io.BytesIO((here / "tajo-collector.zip").read_bytes())) as archive:
        assert archive.namelist() == ["tajo-collector/tajo-collector.php"]
        packed = archive.read("tajo-collector/tajo-collector.php").decode()
    assert packed == (here / "tajo-collector.php").read_text()
    assert FILLED_IN in packed


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("why", "arguments", "status", "says"),
    [
        ("two things at once", ["--plugin", "--checkout"], 2, "ask for one at a time"),
        ("one file for two that are pasted", ["shopify"], 2, "ask for one at a time"),
        ("a snippet is no archive", ["--output", "x.zip"], 2, "add --plugin"),
        ("nowhere to write", ["--plugin", "--output", "missing/x.php"], 1, "missing/x.php cannot be written"),
    ],
)
def test_what_makes_no_sense_is_said(why: str, arguments: list[str], status: int, says: str) -> None:
    result = tajo("snippet", "woocommerce", *arguments)
    assert (result.exit_code, says in result.stderr) == (status, True), why


def test_values_are_texts_of_php_whatever_stands_in_them() -> None:
    shop = Shop(1, "woocommerce", "a", "https://a", "site-key-1", secrets=Secrets(identity=("it's \\ here",)))
    assert "'identity_key' => 'it\\'s \\\\ here'," in plugin([shop], "https://c.example")[1]


def test_shopify_has_no_plugin() -> None:
    shop = Shop(1, "shopify", "a", "https://a", "site-key-1", secrets=Secrets(identity=("k",)))
    with pytest.raises(Exception, match="shopify has no plugin"):
        plugin([replace(shop)], "https://c.example")
