"""One set of files for all stories of a module; each story begins with none of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.pipeline.telling_bench import TellingBench, telling_bench
from tests.sources.shopify.bulk_shop import BulkShop, standing

from .rig import Rig, rig_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("syncing")


@pytest.fixture(scope="module")
def bench(folder: Path) -> Iterator[TellingBench]:
    with telling_bench(folder) as found:
        yield found


@pytest.fixture
def opened(bench: TellingBench, folder: Path) -> Iterator[Callable[[BulkShop], Rig]]:
    with ExitStack() as stack:

        def open_(there: BulkShop) -> Rig:
            stack.enter_context(standing(there))
            return stack.enter_context(rig_of(bench, there, folder))

        yield open_
