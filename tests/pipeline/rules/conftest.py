"""One pair of files for all rules; each test begins with nothing in them and a Brevo of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.pipeline.fold_bench import FoldBench, fold_bench
from tests.pipeline.rules.whole_way import WholeWay, whole_way


@pytest.fixture(scope="package")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FoldBench]:
    with fold_bench(tmp_path_factory.mktemp("rules")) as found:
        yield found


@pytest.fixture
def way(files: FoldBench) -> Iterator[WholeWay]:
    with whole_way(files) as found:
        yield found
