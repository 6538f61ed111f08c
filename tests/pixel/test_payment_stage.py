"""A checkout left after the payment step, as the pixel tells it, is reminded of as that."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.pipeline.row_builders import ANA, beacon, cart, event, typed
from tests.pipeline.telling_bench import LIVE_SHOPIFY, MUG, TellingBench, telling_bench


@pytest.fixture
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TellingBench]:
    with telling_bench(tmp_path_factory.mktemp("stages")) as found:
        found.begin(LIVE_SHOPIFY)
        yield found


@pytest.mark.parametrize(("stage", "told"), [(None, "checkout"), ("checkout", "checkout"), ("payment", "payment")])
def test_the_stage_the_browser_told_is_the_stage_of_the_reminder(
    bench: TellingBench, stage: str | None, told: str
) -> None:
    bench.happen(
        beacon(-9, ANA, cart(-9, MUG, token="token-1")),
        beacon(-8, ANA, typed(-8, "ana@shop.example", opt_in=True)),
        beacon(
            -7,
            ANA,
            event(
                -7, "checkout_started", cart={"token": "token-1", "items": [{"id": MUG, "quantity": 1}]}, stage=stage
            ),
        ),
    )
    bench.pass_until(40)
    assert bench.one("cart_abandoned")["stage"] == told
