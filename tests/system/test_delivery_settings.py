"""Settings that are wrong: the door takes everything, the commands say what is wrong and how to mend it, and once
mended it goes on by itself with nothing lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from collector.sandbox.brevo.state import DEFAULT_KEY
from tests.system.local_brevo import LocalBrevo, brevo_there, connect, is_settled, waiting
from tests.system.product import Product, product_in, until
from tests.system.shoppers import CART_STORY, Shopper, check_told, states
from tests.system.test_delivery_outage import buy, come

WRONG_KEY = "xkeysib-of-somebody-else"
LEAVER, BUYER = Shopper(1), Shopper(2)


@dataclass(frozen=True, slots=True)
class Mistake:
    """`reason`: of what waits. `checked`, `listed`: what `brevo check` and `outbox list` say."""

    reason: str
    checked: tuple[str, ...]
    listed: tuple[str, ...]
    key: str = DEFAULT_KEY
    lists: str = "{}"
    is_away: bool = False


MISTAKES = {
    "wrong key": Mistake(
        "stopped_key_refused",
        ("✗ brevo: Brevo 401 unauthorized: Key not found", "Set BREVO_API_KEY to a key from Brevo > SMTP & API"),
        ("stopped_key_refused", "Key not found", "Set BREVO_API_KEY to a key from Brevo > SMTP & API"),
        key=WRONG_KEY,
    ),
    "a list number that is not there": Mistake(
        "list_missing",
        ("✗ brevo: there is no list 4711: correct `lists`",),
        ("list_missing", "there is no list 4711", "correct `lists`"),
        lists="{abandoned_cart: 4711}",
    ),
    "a list name that is not there": Mistake(
        "list_missing",
        ("✗ brevo: there is no list 'Left behind': `tajo brevo setup` makes it",),
        ("list_missing", "there is no list 'Left behind'", "`tajo brevo setup`"),
        lists="{abandoned_cart: Left behind}",
    ),
    "Brevo cannot be reached": Mistake(
        "unreachable",
        ("could not be reached", "Look at this machine's network and at status.brevo.com"),
        ("unreachable", "could not be reached", "Look at this machine's network"),
        is_away=True,
    ),
}


def by_the_settings(product: Product, brevo: LocalBrevo) -> None:
    connect(product, brevo, lists="{abandoned_cart: 1}")
    restart(product)


def by_setup(product: Product, brevo: LocalBrevo) -> None:
    said = product.cli("brevo", "setup")
    assert "✓ brevo: list Left behind is made" in said, said
    restart(product)


def by_coming_back(product: Product, brevo: LocalBrevo) -> None:
    brevo.come()


CURES: dict[str, Callable[[Product, LocalBrevo], None]] = {
    "wrong key": by_the_settings,
    "a list number that is not there": by_the_settings,
    "a list name that is not there": by_setup,
    "Brevo cannot be reached": by_coming_back,
}


def restart(product: Product) -> None:
    assert product.stop() == 0
    product.start()


@pytest.mark.parametrize("name", MISTAKES)
def test_what_is_wrong_is_said_and_once_mended_all_arrives(tmp_path: Path, name: str) -> None:
    mistake = MISTAKES[name]
    with brevo_there() as brevo, product_in(tmp_path) as product:
        if mistake.is_away:
            brevo.go_away()
        connect(product, brevo, key=mistake.key, lists=mistake.lists)
        product.start()
        come(product, [LEAVER, BUYER])
        buy(product, [BUYER])
        until(lambda: is_stuck(product, mistake), lambda: (waiting(product), product.log()))
        come(product, [LEAVER])  # the door goes on as before
        said = {"check": product.cli("check"), "brevo check": product.cli("brevo", "check")}
        said["outbox list"] = product.cli("outbox", "list")
        for words in mistake.checked:
            assert words in said["brevo check"], said["brevo check"]
        for words in mistake.listed:
            assert words in said["outbox list"], said["outbox list"]
        assert not any("Traceback" in one or mistake.key in one for one in said.values()), said

        CURES[name](product, brevo)
        if mistake.reason == "list_missing":  # by itself within minutes; by hand at once
            product.cli("outbox", "replay", "--state", "waiting")
        until(lambda: is_settled(product), lambda: (waiting(product), product.log()))
        check_told(brevo, {LEAVER.email}, {BUYER.email})
        assert brevo.stories()[LEAVER.email] == list(CART_STORY)
        assert states(product).keys() <= {"done", "skipped"}, states(product)
        product.cli("brevo", "setup")
        checked = product.cli("brevo", "check")
        assert "✓ brevo: the key works" in checked
        assert "✗" not in checked, checked
        brevo.check_manners()
        log = (product.folder / "log.txt").read_text()
        assert "Traceback" not in log
        assert mistake.key not in log


def is_stuck(product: Product, mistake: Mistake) -> bool:
    """The reminder is decided, and what waits says why."""
    decided = product.rows("select id from decisions where outcome = 'remind'")
    return bool(decided) and any(row["reason"] == mistake.reason for row in waiting(product))
