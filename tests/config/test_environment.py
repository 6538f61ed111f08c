"""Settings out of the environment: which wins, how values are read, what is refused."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from collector.config import Config, load
from collector.config.declaring import every_setting
from collector.config.environment import variable_of
from collector.config.settings import Config as Settings
from collector.domain.errors import Misuse

ONE_SHOP = "connectors: {shopify: {shop_url: a, api_key: from-file}}"
TWO_SHOPS = "connectors: {shopify: [{shop_url: a, api_key: from-file}, {shop_url: b}]}"


def load_text(folder: Path, text: str, environment: dict[str, str]) -> Config:
    (folder / "tajo.yml").write_text(text, encoding="utf-8")
    return load(environment, folder)


def test_every_setting_has_a_variable_of_its_own() -> None:
    names = [variable_of(path) for path, _ in every_setting(Settings)]
    assert len(names) == len(set(names))


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    config = load_text(tmp_path, "sessions: {idle: 10m}", {"TAJO_SESSIONS_IDLE": "5m"})
    assert config.sessions.idle == timedelta(minutes=5)


def test_values_are_read_as_yaml_and_texts_as_they_stand(tmp_path: Path) -> None:
    environment = {
        "TAJO_TRACKER_GPC": "false",
        "TAJO_TRUSTED_PROXIES": "[10.0.0.0/8, '::1']",
        "TAJO_API_KEY": "0123: #",
        "TAJO_ABANDONMENT_CART_AFTER": "[30m, 24h]",
        "TAJO_ABANDONMENT_CART_MIN_VALUE": "12.50",
    }
    config = load(environment, tmp_path)
    assert config.tracker.gpc is False
    assert config.trusted_proxies == ("10.0.0.0/8", "::1/128")
    assert config.api_key == "0123: #"
    assert len(config.abandonment.cart.after) == 2
    assert str(config.abandonment.cart.min_value) == "12.5"


def test_a_whole_group_may_be_given_and_something_inside_it_beside(tmp_path: Path) -> None:
    config = load({"TAJO_SESSIONS": "{idle: 1m, longest: 2h}", "TAJO_SESSIONS_LONGEST": "3h"}, tmp_path)
    assert (config.sessions.idle, config.sessions.longest) == (timedelta(minutes=1), timedelta(hours=3))


def test_a_variable_reaches_into_what_is_only_switched_on(tmp_path: Path) -> None:
    config = load_text(
        tmp_path,
        "connectors: {shopify: {shop_url: a, sync: {products: true}}}",
        {"TAJO_CONNECTORS_SHOPIFY_SYNC_PRODUCTS_INCLUDE_IMAGES": "false"},
    )
    products = config.connectors.shopify[0].sync.products
    assert (products.enabled, products.include_images) == (True, False)


def test_credentials_of_the_one_shop_may_come_by_their_plain_names(tmp_path: Path) -> None:
    environment = {"SHOPIFY_API_KEY": "plain", "SHOPIFY_API_SECRET": "secret", "BREVO_API_KEY": "xkeysib"}
    config = load_text(tmp_path, ONE_SHOP, environment)
    assert config.connectors.shopify[0].credentials == {"api_key": "plain", "api_secret": "secret"}
    assert config.brevo.api_key == "xkeysib"


def test_plain_names_mean_nothing_when_there_are_two_shops(tmp_path: Path) -> None:
    config = load_text(tmp_path, TWO_SHOPS, {"SHOPIFY_API_KEY": "plain"})
    assert [shop.api_key for shop in config.connectors.shopify] == ["from-file", ""]


def test_the_longer_name_wins_over_the_plain_one(tmp_path: Path) -> None:
    environment = {"BREVO_API_KEY": "plain", "TAJO_BREVO_API_KEY": "long"}
    assert load(environment, tmp_path).brevo.api_key == "long"


@pytest.mark.parametrize(
    ("why", "environment", "expected"),
    [
        (
            "a typo",
            {"TAJO_SESIONS_IDLE": "1m"},
            "TAJO_SESIONS_IDLE: no such setting (did you mean TAJO_SESSIONS_IDLE?)",
        ),
        ("no duration", {"TAJO_SESSIONS_IDLE": "soon"}, "TAJO_SESSIONS_IDLE: 'soon' is not allowed"),
        ("inside a group", {"TAJO_SESSIONS": "{idl: 1m}"}, "TAJO_SESSIONS: idl: no such setting (did you mean idle?)"),
        ("broken YAML", {"TAJO_SESSIONS": "{idle"}, "TAJO_SESSIONS: broken YAML"),
    ],
)
def test_what_is_wrong_names_the_variable(tmp_path: Path, why: str, environment: dict[str, str], expected: str) -> None:
    with pytest.raises(Misuse) as stopped:
        load(environment, tmp_path)
    assert expected in str(stopped.value), why


def test_a_list_of_shops_cannot_be_reached_into(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match=r"connectors\.shopify is a list"):
        load_text(tmp_path, TWO_SHOPS, {"TAJO_CONNECTORS_SHOPIFY_ENABLED": "false"})


@pytest.mark.parametrize(
    ("why", "name"),
    [
        ("the file uses it", "TAJO_OF_MY_OWN"),
        ("a Kubernetes service called tajo", "TAJO_SERVICE_HOST"),
        ("the same", "TAJO_PORT_8000_TCP_ADDR"),
    ],
)
def test_names_that_are_somebody_elses_are_left_alone(tmp_path: Path, why: str, name: str) -> None:
    assert load_text(tmp_path, "api_key: ${TAJO_OF_MY_OWN}", {name: "x"}), why
