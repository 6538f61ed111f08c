"""`tajo catalogue` as a merchant calls it; the local Brevo at the wire, the files real."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from collector.cli.catalogue import command
from collector.domain.errors import Misuse
from collector.storage.sqlite.connection import open_inbox
from tests.in_process import step_into

from ..pipeline.catalogue_rig import Rig, category, product
from ..sandbox.brevo_client import Brevo

SETTINGS = """
brevo: {api_key: xkeysib-sandbox}
connectors:
  woocommerce: {store_url: "https://shop1.example", sync: {products: true}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    step_into(tmp_path, monkeypatch)
    monkeypatch.setenv("TAJO_SECRET_KEY", "a key")
    (tmp_path / "tajo.yml").write_text(SETTINGS)
    return tmp_path


def call(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


@pytest.fixture
def inbox(folder: Path) -> None:
    open_inbox(folder / "tajo.inbox.db", may_create=True).close()


@pytest.mark.usefixtures("inbox")
def test_status_counts_what_is_there(folder: Path) -> None:
    rig = Rig(folder)
    rig.fold(product(1), product(2), category(1))
    assert call("status").output == (
        "woocommerce: 2 products, 1 categories; 0 products and variants told, 2 to be looked at, 0 refused;"
        " 0 coupon codes\n"
    )
    rig.run()
    [shown] = json.loads(call("status", "woocommerce", "--json").output)
    assert (shown["told"], shown["due"], shown["held"], shown["is_told"]) == (2, 0, "", True)


@pytest.mark.usefixtures("inbox")
def test_status_says_why_nothing_is_taken_and_what_to_do(folder: Path) -> None:
    rig = Rig(folder, Brevo(ecommerce_active=False))
    rig.fold(product(1))
    rig.run(30)
    said = call("status").output
    assert "Brevo takes none of it (ecommerce_inactive)" in said
    assert "`tajo brevo setup --activate-ecommerce`" in said


@pytest.mark.usefixtures("inbox")
def test_what_was_refused_is_listed_and_tried_again_after_a_fix(folder: Path) -> None:
    rig = Rig(folder)
    rig.line.refuses = lambda body: body["id"] in ("1", "c")
    rig.fold(product(1, name="Evil \x1b[2J"), product(2), category("c"))
    rig.run()
    assert call("refused").output.splitlines()[0].split() == ["shop", "id", "product", "at", "said"]
    [entry, its_category] = json.loads(call("refused", "--json").output)
    assert (entry["id"], entry["product_id"], entry["said"]) == (
        "1",
        "1",
        "Brevo 400 invalid_parameter: Input is not valid",
    )
    assert (its_category["id"], its_category["product_id"]) == ("c", "")
    rig.line.refuses = lambda body: False
    assert call("retry", "woocommerce").output == "2 to be tried again\n"
    rig.clock.move(10**8)  # the command goes by the clock on the wall
    rig.run()
    assert sorted(rig.products()) == ["1", "2"]
    assert list(rig.categories()) == ["c"]
    assert call("refused").output == "nothing was refused\n"


@pytest.mark.usefixtures("inbox")
def test_a_wrong_name_is_wrong_use(folder: Path) -> None:
    Rig(folder)
    assert isinstance(call("status", "shopify").exception, Misuse)
