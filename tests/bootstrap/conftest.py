"""A collector with a Shopify shop for each test, from files that are made once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.bootstrap.shopify_desk import ShopifyDesk, migrated
from tests.in_process import step_into


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with files made by `tajo migrate`, to be copied."""
    folder = tmp_path_factory.mktemp("fresh")
    migrated(folder)
    return folder


@pytest.fixture
def desk(fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ShopifyDesk:
    for file in fresh.iterdir():
        shutil.copy2(file, tmp_path)
    step_into(tmp_path, monkeypatch)
    return ShopifyDesk()
