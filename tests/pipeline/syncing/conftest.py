"""One set of files for all stories of a module; each story begins with none of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.pipeline.row_builders import at
from tests.pipeline.telling_bench import TellingBench, telling_bench
from tests.sources.shopify.bulk_shop import BulkShop, standing
from tests.stand_ins.clock import Virtual
from tests.woocommerce_shop.server import network_open, recent

from .rig import Rig, rig_of
from .woocommerce_rig import WooRig


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


@pytest.fixture
def woo(bench: TellingBench, folder: Path) -> Iterator[Callable[..., WooRig]]:
    """`woo(orders=10, …)`: a shop with so many records, and a rig that reads it. Its clock begins at noon."""
    with ExitStack() as stack:

        def open_(policy: dict[str, object] | None = None, **counts: int) -> WooRig:
            clock = Virtual(at(0))
            network = stack.enter_context(network_open(recent(clock, **counts), clock=clock))
            return stack.enter_context(closing(WooRig(bench, network, clock, folder, **policy or {})))

        yield open_
