"""The file of settings and the environment -> Config, and what is said about what is wrong."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path

import pytest

from collector.config import Config, load, policy_of
from collector.domain.errors import Misuse


def load_text(folder: Path, text: str, environment: dict[str, str] | None = None) -> Config:
    (folder / "tajo.yml").write_text(text, encoding="utf-8")
    return load(environment or {}, folder)


def test_nothing_at_all_is_fine(tmp_path: Path) -> None:
    config = load({}, tmp_path)
    assert (config.file, config.directory) == (None, tmp_path)
    assert str(config.bind) == "127.0.0.1:8000"
    assert config.abandonment.cart.after == (timedelta(minutes=30),)


def test_the_file_of_the_documents_is_read(tmp_path: Path) -> None:
    config = load_text(
        tmp_path,
        """
connectors:
  shopify:
    enabled: true
    shop_url: "your-store.myshopify.com"
    api_version: "2024-01"
    sync:
      customers: true
      orders: true
      products:
        enabled: true
        include_variants: true
        include_images: true
        categories_as_tags: true
        filter: {status: active, exclude_tags: ["hidden", "wholesale-only"]}
      carts: true
      inventory: {enabled: true, low_stock_threshold: 10, out_of_stock_events: true}
    lists: {all_customers: 5, buyers: 6, abandoned_cart: 7}
    field_mapping: {email: email, first_name: FIRSTNAME, phone: SMS, average_order_value: AOV}
    debug: true
    log_level: verbose
    log_webhooks: true
  woocommerce:
    enabled: true
    store_url: "https://yourstore.com"
    consumer_key: "ck_your_consumer_key"
    consumer_secret: "cs_your_consumer_secret"
    api_version: "wc/v3"
    verify_ssl: true
    sync: {customers: true, orders: true, products: true, coupons: true}
    lists: {all_customers: 50, buyers: 51, abandoned_cart: 52}
    customer_mapping: {billing.phone: SMS, meta_data.loyalty_points: LOYALTY_POINTS}
    webhooks:
      - topic: "customer.created"
        event: "customer_created"
""",
    )
    [shopify], [woo] = config.connectors.shopify, config.connectors.woocommerce
    assert shopify.sync.products.filter.exclude_tags == ("hidden", "wholesale-only")
    assert (shopify.sync.inventory.enabled, shopify.lists.buyers) == (True, 6)
    assert woo.credentials == {
        "consumer_key": "ck_your_consumer_key",
        "consumer_secret": "cs_your_consumer_secret",
    }
    assert woo.webhooks == (("customer.created", "customer_created"),)


@pytest.mark.parametrize(
    ("why", "block", "webhooks", "steps"),
    [
        ("nothing said", "", False, False),
        ("webhooks alone", "log_webhooks: true", True, False),
        ("steps alone", "log_level: verbose", False, True),
        ("everything", "debug: true", True, True),
    ],
)
def test_what_a_shop_wants_in_the_log(tmp_path: Path, why: str, block: str, webhooks: bool, steps: bool) -> None:
    config = load_text(tmp_path, f"connectors: {{woocommerce: {{store_url: shop.example, {block}}}}}")
    policy = policy_of(config, config.connectors.woocommerce[0])
    assert (policy.logs_webhooks, policy.logs_steps) == (webhooks, steps)


def test_a_shop_differs_in_what_it_names_and_only_there(tmp_path: Path) -> None:
    config = load_text(
        tmp_path,
        """
abandonment: {cart: {after: [30m, 24h]}, quiet_hours: {from: 21:00, to: 08:00}}
connectors:
  shopify:
    - {shop_url: a, abandonment: {checkout: false}}
    - {shop_url: b}
""",
    )
    first, second = config.connectors.shopify
    assert first.abandonment is not None
    assert first.abandonment.checkout.enabled is False
    assert first.abandonment.cart.after == (timedelta(minutes=30), timedelta(hours=24))
    assert first.abandonment.quiet_hours.from_ == time(21)
    assert second.abandonment is None


@pytest.mark.parametrize(
    ("why", "text", "expected"),
    [
        ("one typo", "bnd: 127.0.0.1:1", "tajo.yml:1: bnd: no such setting (did you mean bind?)"),
        (
            "deep typo",
            "abandonment:\n  cart:\n    aftr: 5m",
            ":3: abandonment.cart.aftr: no such setting (did you mean after?)",
        ),
        (
            "a typo in the second shop",
            "connectors:\n  shopify:\n  - shop_url: a\n  - shop_ur: b",
            ":4: connectors.shopify[1].shop_ur",
        ),
        (
            "no duration",
            "sessions: {idle: soon}",
            ":1: sessions.idle: 'soon' is not allowed; allowed: a number above 0",
        ),
        ("steps that fall", "abandonment: {cart: {after: [24h, 30m]}}", "a rising list such as [30m, 24h, 72h]"),
        (
            "no rate",
            "limits: {per_shop: 600}",
            "limits.per_shop: 600 is not allowed; allowed: a number per s, m, h or d",
        ),
        ("rate of zero", "limits: {per_shop: 0/s}", "limits.per_shop: '0/s' is not allowed"),
        (
            "text for a flag",
            "tracker: {gpc: sometimes}",
            "tracker.gpc: 'sometimes' is not allowed; allowed: true or false",
        ),
        (
            "unknown choice",
            "consent: {mode: maybe}",
            "consent.mode: 'maybe' is not allowed; allowed: required or implied",
        ),
        ("a scalar for a group", "abandonment: 3", "abandonment: 3 is not allowed; a map of settings is"),
        ("no port", "bind: localhost", "bind: 'localhost' is not allowed; allowed: HOST:PORT"),
        ("no address", "public_url: example.com", "public_url: 'example.com' is not allowed"),
        ("password in an address", "public_url: https://a:b@c.example", "public_url: "),
        ("another engine", "database: postgres://x", "database: 'postgres://x' is not allowed"),
        ("a proxy that is none", "trusted_proxies: [10.0.0.0/99]", "trusted_proxies: "),
        ("half a window", "sync: {window: {from: '01:00'}}", "sync.window: give both from and to"),
        ("mail to everybody in the EU", "mail: {regions: {DE: all}}", "not in EU, EEA, GB, CH and CA"),
        ("no shop named", "connectors: {shopify: {}}", "connectors.shopify: shop_url is missing"),
        ("a number as a secret", "api_key: 12345678", "api_key: the value (kept secret) is not allowed"),
        (
            "a short identity key",
            "connectors: {shopify: {shop_url: a, identity_key: abc}}",
            "identity_key: the value (kept secret)",
        ),
        ("unfinished YAML", "a: [", "tajo.yml:1:5: broken YAML"),
        ("tab", "a:\n\t- b", "tajo.yml:2:1: broken YAML"),
        ("two values", "bind: a:1\nbind: b:2", "tajo.yml:2: 'bind' is given twice"),
        ("a list", "- bind", "the file must be a map of settings"),
        ("an impossible date", "api_key: 2024-13-45", "put it in quotes"),
        (
            "something unknown of the environment",
            "public_url: https://${HOST_NAME}",
            "the environment has no HOST_NAME",
        ),
        ("a key that is a list", "[a]: b", "a key must be a word"),
        ("a tag", "bind: !!python/name:os.system x", "broken YAML"),
        ("itself", "a: &x\n  b: *x", "nested too deeply"),
    ],
)
def test_what_is_wrong_is_named_on_one_line(tmp_path: Path, why: str, text: str, expected: str) -> None:
    with pytest.raises(Misuse) as stopped:
        load_text(tmp_path, text)
    assert expected in str(stopped.value), why
    assert "\n" not in str(stopped.value)
    assert "12345678" not in str(stopped.value)


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match=r"TAJO_CONFIG: there is no file .*elsewhere\.yml"):
        load({"TAJO_CONFIG": "elsewhere.yml"}, tmp_path)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tajo.yml").write_bytes(b"bind: \xff")
    with pytest.raises(Misuse, match="byte 6 is not UTF-8"):
        load({}, tmp_path)


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tajo.yml").mkdir()
    with pytest.raises(Misuse, match="cannot be read"):
        load({}, tmp_path)


def test_a_value_that_is_only_an_unset_variable_counts_as_absent(tmp_path: Path) -> None:
    assert load_text(tmp_path, "secret_key: ${NOT_SET}\napi_key: ${NOT_SET}").secret_key == ()


def test_a_variable_inside_a_value_is_filled_in(tmp_path: Path) -> None:
    config = load_text(tmp_path, "public_url: https://${NAME}.example", {"NAME": "collect"})
    assert config.public_url == "https://collect.example"


def test_no_secret_stands_in_the_repr(tmp_path: Path) -> None:
    config = load_text(
        tmp_path,
        "api_key: hush-1\nsecret_key: [hush-2]\nbrevo: {api_key: hush-3}\n"
        "connectors: {shopify: {shop_url: a, api_secret: hush-4, webhook_secret: hush-5}}",
    )
    assert config.connectors.shopify[0].webhook_secret == ("hush-5",)
    assert "hush" not in repr(config)
