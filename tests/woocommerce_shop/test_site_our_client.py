"""Our client and the stand-in on a port: what it finds out by itself, what it says where there is nothing."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from collector.domain.errors import SourceUnavailable
from collector.sources.woocommerce.rest import RestClient
from tests.stand_ins.clock import Wall
from tests.woocommerce_shop.access import Key
from tests.woocommerce_shop.numbers import COUPON_IDS, ORDER_IDS
from tests.woocommerce_shop.server import Network, network_open, recent


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Signed by nobody else."""
    folder, key, now = tmp_path_factory.mktemp("tls"), ec.generate_private_key(ec.SECP256R1()), Wall().now()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "key.pem").write_bytes(private)
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture(scope="module")
def by_http() -> Iterator[Network]:
    with network_open(recent(Wall(), orders=60, customers=10, products=10, coupons=10)) as network:
        yield network


@pytest.fixture(scope="module")
def by_https(certificate: tuple[Path, Path]) -> Iterator[Network]:
    with network_open(recent(Wall(), orders=10, customers=10, products=4), certificate=certificate) as network:
        yield network


class Time:
    """Passes when somebody sleeps."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def monotonic(self) -> float:
        return sum(self.slept)


def client(network: Network, key: Key | None = None, verify_ssl: bool = False) -> RestClient:
    key, time = key or network.main.key, Time()
    return RestClient(
        requests.Session(),
        network.main.home,
        key.consumer_key,
        key.consumer_secret,
        verify_ssl=verify_ssl,
        sleep=time.sleep,
        monotonic=time.monotonic,
    )


def test_over_https_the_keys_go_in_the_header(by_https: Network) -> None:
    by_https.main.access.ways.clear()
    assert len(client(by_https).page("orders").records) == 10
    assert by_https.main.access.ways == ["basic"]


def test_where_the_header_is_stripped_they_go_in_the_query_from_then_on(by_https: Network) -> None:
    by_https.main.access.ways.clear()
    by_https.strips_authorization = True
    try:
        asking = client(by_https)
        for _ in range(2):
            asking.page("orders", _fields="id")
    finally:
        by_https.strips_authorization = False
    assert set(by_https.main.access.ways) == {"query"}
    assert asking.way == "query"


def test_where_the_shop_does_not_see_https_they_are_signed(by_https: Network) -> None:
    """A proxy ends TLS and says nothing."""
    by_https.main.access.ways.clear()
    by_https.sees_tls = False
    try:
        assert client(by_https).page("orders", _fields="id").total == 10
    finally:
        by_https.sees_tls = True
    assert set(by_https.main.access.ways) == {"oauth1"}


def test_a_certificate_nobody_signed_is_refused_with_the_cure(by_https: Network) -> None:
    with pytest.raises(SourceUnavailable, match="certificate") as met:
        client(by_https, verify_ssl=True).get("orders")
    assert "verify_ssl" in str(met.value)


def test_over_http_every_request_is_signed_whatever_is_in_it(by_http: Network) -> None:
    by_http.main.access.ways.clear()
    asking = client(by_http)
    statuses = asking.page("orders", status=["processing", "completed"], _fields="id,status", per_page=100)
    assert {one["status"] for one in statuses.records} == {"processing", "completed"}
    assert asking.page("customers", email="kunde7+ö@example.org", role="all").records == []
    assert asking.get(f"orders/{ORDER_IDS + 1}", _fields="id")["id"] == ORDER_IDS + 1
    assert set(by_http.main.access.ways) == {"oauth1"}


@pytest.mark.parametrize("before", ["bom", "notice"])
def test_what_is_printed_before_the_answer_is_passed_over(by_http: Network, before: str) -> None:
    by_http.troubles.before = before
    try:
        assert client(by_http).page("orders", per_page=3).total == 60
    finally:
        by_http.troubles.over()


@pytest.mark.parametrize("trouble", ["too_many", "maintenance", "gateway"])
def test_a_trouble_that_passes_is_waited_for(by_http: Network, trouble: str) -> None:
    by_http.troubles.now(trouble, left=1)
    try:
        if trouble == "maintenance":  # ten minutes are too long to be waited for
            with pytest.raises(SourceUnavailable):
                client(by_http).page("orders", per_page=3)
        else:
            assert client(by_http).page("orders", per_page=3).total == 60
    finally:
        by_http.troubles.over()


@pytest.mark.parametrize(
    ("trouble", "said"),
    [("firewall", "firewall"), ("page", "bot check"), ("staging", "password"), ("moved", "redirects")],
)
def test_a_page_in_the_way_is_named(by_http: Network, trouble: str, said: str) -> None:
    by_http.troubles.now(trouble)
    try:
        with pytest.raises(SourceUnavailable, match=said) as met:
            client(by_http).page("orders", per_page=3)
    finally:
        by_http.troubles.over()
    assert by_http.main.key.consumer_secret not in str(met.value)


def test_a_host_that_dies_of_long_pages_gets_shorter_ones(by_http: Network) -> None:
    by_http.main.habits.dies_above = 25
    try:
        page = client(by_http).page("orders", orderby="id", order="asc")
    finally:
        by_http.main.habits.dies_above = 0
    assert [one["id"] for one in page.records] == [ORDER_IDS + number for number in range(1, 61)]


def test_another_prefix_is_found_on_the_home_page(by_http: Network) -> None:
    by_http.main.habits.rest_prefix = "api"
    try:
        assert client(by_http).page("orders", per_page=1).total == 60
    finally:
        by_http.main.habits.rest_prefix = "wp-json"


def _without_woocommerce(network: Network) -> None:
    network.main.habits.has_woocommerce = False


def _with_plain_permalinks(network: Network) -> None:
    network.main.habits.has_plain_permalinks = True


def _with_plain_permalinks_and_slashes(network: Network) -> None:
    network.main.habits.has_plain_permalinks = network.main.habits.adds_slashes = True


@pytest.mark.parametrize(
    ("so_is", "said"),
    [
        (_without_woocommerce, "WooCommerce"),
        (_with_plain_permalinks, "plain permalinks"),
        (_with_plain_permalinks_and_slashes, "plain permalinks"),
    ],
)
def test_a_shop_without_an_api_is_told_why(by_http: Network, so_is: Callable[[Network], None], said: str) -> None:
    so_is(by_http)
    try:
        asking = client(by_http)
        for path in ("system_status", "orders"):  # the second question, too: the first is not always listened to
            with pytest.raises(SourceUnavailable, match=said):
                asking.get(path)
    finally:
        by_http.main.habits.has_woocommerce = True
        by_http.main.habits.has_plain_permalinks = by_http.main.habits.adds_slashes = False


def test_more_changes_than_one_call_takes_are_several_and_each_has_its_own_end(by_http: Network) -> None:
    update = [{"id": COUPON_IDS + 1 + number % 10, "amount": "7.00"} for number in range(120)]
    done = client(by_http).batch("coupons", update=[*update, {"id": 1, "amount": "1"}])
    assert len(done.update) == 120
    assert [(one.verb, one.index, one.code) for one in done.errors] == [
        ("update", 120, "woocommerce_rest_shop_coupon_invalid_id")
    ]


@pytest.mark.parametrize("takes_verbs", [True, False])
def test_changes_get_through_where_only_get_and_post_do(by_http: Network, takes_verbs: bool) -> None:
    by_http.main.habits.takes_verbs = takes_verbs
    asking = client(by_http)
    try:
        made = asking.post("webhooks", {"topic": "order.created", "delivery_url": "http://127.0.0.1:9/", "secret": "s"})
        number = made["id"]
        assert asking.put(f"webhooks/{number}", {"status": "paused"})["status"] == "paused"
        assert asking.delete(f"webhooks/{number}", force=True)["id"] == number
    finally:
        by_http.main.habits.takes_verbs = True
    assert by_http.main.webhooks.all == {}
