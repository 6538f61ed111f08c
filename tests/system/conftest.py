"""`product` is stopped, `running` is ready: one for each module, because a start takes a second or two."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.product import Product, product_in


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    with product_in(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with product_in(tmp_path_factory.mktemp("product")) as made:
        made.start()
        yield made
