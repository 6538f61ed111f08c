"""The app is removed and installed again, and the notices of it come in any order, late or twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.domain.shop import Shop
from collector.domain.shop_facts import ShopUninstalled
from collector.pipeline.folding import Folding
from collector.pipeline.posting import is_telling
from collector.pipeline.still_right import still_right
from collector.storage.sqlite.connection import open_state
from collector.storage.sqlite.secret_box import SecretBox
from collector.storage.sqlite.shops import Shops
from collector.storage.sqlite.state import SqliteState
from tests.pipeline.row_builders import ANA, at, beacon, cart, shopify_order, typed
from tests.pipeline.telling_bench import LIVE_SHOPIFY, MUG, TellingBench, telling_bench
from tests.storage.builders import new_shop, policy_for

STORE = "store.myshopify.com"


class Store:
    """One shop in a database of its own, made anew for each story."""

    def __init__(self, folder: Path) -> None:
        self.connection = open_state(folder / "tajo.db", may_create=True)
        self.shops = Shops(self.connection, SecretBox(["a key"]), policy_for)
        self.state = SqliteState(self.connection)

    def begin(self) -> None:
        for shop in self.shops.all(also_removed=True):
            self.shops.purge(shop.id)

    def install(self, minutes: float) -> Shop:
        return self.shops.install(new_shop(STORE, "shopify"), at(minutes))

    def told(self, minutes: float) -> None:
        """The notice of an uninstall, through the fold as a webhook's fact."""
        shop = self.shop
        with self.state.write() as tx:
            folding = Folding(tx, shop, lambda ua: "desktop")
            folding.apply(ShopUninstalled(at(minutes)), at(minutes) + timedelta(hours=5))
            folding.finish()

    @property
    def shop(self) -> Shop:
        found = self.shops.find("shopify", STORE)
        assert found is not None
        return found


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    found = Store(tmp_path_factory.mktemp("uninstalls"))
    with closing(found.connection):
        yield found


IN, OUT = "installed", "told of the uninstall"


@pytest.mark.parametrize(
    ("why", "steps", "is_gone"),
    [
        ("installed", [(IN, 0)], False),
        ("removed", [(IN, 0), (OUT, 10)], True),
        ("told twice", [(IN, 0), (OUT, 10), (OUT, 10)], True),
        ("removed and back", [(IN, 0), (OUT, 10), (IN, 20)], False),
        ("back before the notice came", [(IN, 0), (IN, 20), (OUT, 10)], False),
        ("the notice came before and again after", [(IN, 0), (OUT, 10), (IN, 20), (OUT, 10)], False),
        ("back and removed again", [(IN, 0), (IN, 20), (OUT, 10), (OUT, 30)], True),
        ("the newer notice came first", [(IN, 0), (IN, 20), (OUT, 30), (OUT, 10)], True),
        ("removed in the minute it was installed", [(IN, 0), (OUT, 0.5)], True),
    ],
)
def test_a_late_notice_never_ends_a_newer_installation(
    store: Store, why: str, steps: list[tuple[str, float]], is_gone: bool
) -> None:
    store.begin()
    for what, minutes in steps:
        if what == IN:
            store.install(minutes)
        else:
            store.told(minutes)
    assert (store.shop.uninstalled_at is not None) is is_gone, why


@settings(max_examples=60)
@given(
    lives=st.integers(1, 4),
    ends_gone=st.booleans(),
    delays=st.lists(st.integers(1, 100), min_size=8, max_size=8),
    data=st.data(),
)
def test_whatever_the_order_the_shop_is_gone_only_if_its_last_installation_ended(
    store: Store, lives: int, ends_gone: bool, delays: list[int], data: st.DataObject
) -> None:
    """Installations are known when they happen; each notice comes some time after its uninstall, and again later."""
    store.begin()
    happens: list[tuple[float, str, float]] = []  # (when we hear of it, what, when it was)
    for number in range(lives):
        start, end = number * 20.0, number * 20.0 + 10
        happens.append((start, IN, start))
        if number < lives - 1 or ends_gone:
            happens += [(end + delays[2 * number], OUT, end), (end + delays[2 * number + 1], OUT, end)]
    for _, what, minutes in sorted(data.draw(st.permutations(happens)), key=lambda one: one[0]):
        before = store.install(minutes) if what == IN else store.shop
        if what == OUT:
            store.told(minutes)
        assert store.shop.id == before.id
    assert (store.shop.uninstalled_at is not None) is ends_gone
    assert store.shop.uninstalled_at == (at((lives - 1) * 20 + 10) if ends_gone else None)


def test_coming_back_keeps_id_keys_and_what_is_sent(store: Store) -> None:
    store.begin()
    before = store.install(0)
    store.told(10)
    after = store.install(20)
    assert after.id == before.id
    assert (after.site_key, after.secrets.hook_key) == (before.site_key, before.secrets.hook_key)
    assert (after.sending, after.activated_at) == (before.sending, before.activated_at)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TellingBench]:
    with telling_bench(tmp_path_factory.mktemp("gone")) as found:
        found.begin(LIVE_SHOPIFY)
        yield found


def test_what_waits_for_a_shop_that_is_gone_is_not_sent_and_nothing_new_is_decided(bench: TellingBench) -> None:
    bench.happen(
        beacon(-30, ANA, typed(-30, "ana@shop.example", opt_in=True)),
        beacon(-20, ANA, cart(-20, MUG, token="token-1")),
        shopify_order(0, "paid", MUG),
    )
    waiting = bench.rows()
    assert {row.message.event_name for row in waiting} >= {"cart_updated", "order_placed"}
    gone = replace(LIVE_SHOPIFY, uninstalled_at=at(1))
    assert {still_right(bench.state, gone, row, at(2)) for row in waiting} == {"uninstalled"}
    assert None in {still_right(bench.state, LIVE_SHOPIFY, row, at(2)) for row in waiting}
    assert (is_telling(LIVE_SHOPIFY), is_telling(gone)) == (True, False)
