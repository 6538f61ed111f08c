"""The first read with a merchant's keys, against a server on this machine with the recorded answers."""

from __future__ import annotations

import base64
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses

from collector.domain.errors import Misuse, SourceUnavailable
from collector.outgoing.guard import guarded_session
from collector.sources.woocommerce.install import read_shop

from .standins import REST

KEYS = {"consumer_key": "ck_0123456789", "consumer_secret": "cs_SECRET"}
STATUS, ORDERS, INDEX = "/wp-json/wc/v3/system_status", "/wp-json/wc/v3/orders", "/wp-json/"
JSON = "application/json; charset=UTF-8"


def body(name: str) -> bytes:
    return (REST / f"{name}.body").read_bytes()


@dataclass
class FakeShop:
    """path -> (status, content type, body, more headers); and the requests that came."""

    url: str = ""
    answers: dict[str, tuple[int, str, bytes, dict[str, str]]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, list[str]], str]] = field(default_factory=list)

    def says(self, path: str, status: int, content: bytes, kind: str = JSON, **headers: str) -> None:
        self.answers[path] = (status, kind, content, headers)


@pytest.fixture
def shop() -> Iterator[FakeShop]:
    fake = FakeShop()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            fake.asked.append((parts.path, parse_qs(parts.query), self.headers.get("Authorization", "")))
            nothing = (404, "text/html", b"<html>not found</html>", dict[str, str]())
            status, kind, content, headers = fake.answers.get(parts.path, nothing)
            self.send_response(status)
            for name, value in ({"Content-Type": kind} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    fake.says(STATUS, 200, body("system_status"))
    fake.says(ORDERS, 200, body("http.oauth1"))
    fake.says(INDEX, 200, body("index.wp_json"))
    yield fake
    server.shutdown()
    server.server_close()


def session() -> requests.Session:
    return guarded_session(True, (2, 2))


def failure(url: str, http: requests.Session | None = None) -> str:
    with pytest.raises(SourceUnavailable) as failed:
        read_shop(http or session(), url, KEYS)
    said = str(failed.value)
    assert KEYS["consumer_key"] not in said
    assert KEYS["consumer_secret"] not in said
    assert "\n" not in said
    assert failed.value.cure
    assert failed.value.__cause__ is None  # a printed traceback would quote the URL, keys and all
    return said


def test_a_shop_over_http_is_read_with_oauth(shop: FakeShop) -> None:
    found = read_shop(session(), shop.url, KEYS)
    assert (found.name, found.currency) == ("Held-out Woo", "EUR")
    assert found.detail == {
        "auth": "oauth1",
        "may_read_settings": True,
        "version": "10.5.0",
        "wp_version": "6.9.1",
        "is_multisite": False,
        "decimals": 2,
        "has_order_tables": True,
        "time_zone": "Europe/Paris",
    }
    (path, query, authorization), (_, open_query, _) = shop.asked
    assert (path, authorization) == (STATUS, "")
    assert query["oauth_signature_method"] == ["HMAC-SHA256"]
    assert query["oauth_consumer_key"] == [KEYS["consumer_key"]]
    assert "settings.currency" in query["_fields"][0]
    assert list(open_query) == ["_fields"]  # the index is open: no keys on the way


def test_a_key_that_may_only_read_orders_is_enough(shop: FakeShop) -> None:
    shop.says(STATUS, 403, body("err.subscriber_key"))
    found = read_shop(session(), shop.url, KEYS)
    assert (found.currency, found.detail["may_read_settings"]) == ("", False)
    assert shop.asked[1][0] == ORDERS


def test_a_closed_index_leaves_the_host_as_the_name(shop: FakeShop) -> None:
    shop.says(INDEX, 401, b'{"code":"rest_not_logged_in","message":"","data":{"status":401}}')
    assert read_shop(session(), shop.url, KEYS).name == shop.url.removeprefix("http://")


def test_notices_and_marks_before_the_json_are_passed_over(shop: FakeShop) -> None:
    shop.says(STATUS, 200, b"<br />\n<b>Notice</b>: Undefined index [x] in a.php\n" + body("system_status"))
    shop.says(INDEX, 200, b"\xef\xbb\xbf" + body("index.wp_json"))
    assert read_shop(session(), shop.url, KEYS).currency == "EUR"


@pytest.mark.parametrize(
    ("why", "status", "content", "kind", "said"),
    [
        ("wrong key", 401, body("err.bad_key"), JSON, "does not know the consumer key"),
        ("wrong secret", 401, body("err.bad_secret"), JSON, "consumer secret does not belong"),
        ("write-only key", 401, body("err.write_only_key_reads"), JSON, "may only write"),
        (
            "clocks apart",
            401,
            b'{"code":"woocommerce_rest_authentication_error","message":"Invalid timestamp.","data":{"status":401}}',
            JSON,
            "check the clocks",
        ),
        ("staging password", 401, b"<html>401</html>", "text/html", "asks for a password"),
        ("no rights", 403, body("err.subscriber_key"), JSON, "administrator or a shop manager"),
        ("firewall", 403, b"<html>Attention Required!</html>", "text/html", "firewall"),
        ("no WooCommerce", 404, b'{"code":"rest_no_route","message":"No route"}', JSON, "Activate WooCommerce"),
        ("plain permalinks", 404, b"<html>Page not found</html>", "text/html", "Permalinks"),
        ("a page", 200, b"<html><body>Coming soon</body></html>", "text/html", "page instead of data"),
        ("an empty answer", 200, b"", JSON, "page instead of data"),
        ("slow down", 429, b"", "text/html", "slow down"),
        ("broken", 500, b'{"code":"internal_server_error","message":"critical error"}', JSON, "PHP error log"),
        ("maintenance", 503, b"<html>Briefly unavailable</html>", "text/html", "answered 503"),
        ("teapot", 418, b"", "text/html", "answered 418"),
    ],
)
def test_each_refusal_is_one_line_with_its_cure(
    shop: FakeShop, why: str, status: int, content: bytes, kind: str, said: str
) -> None:
    shop.says(STATUS, status, content, kind)
    shop.says(ORDERS, status, content, kind)
    assert said in failure(shop.url), why


def test_a_redirect_is_not_followed_and_named_without_keys(shop: FakeShop) -> None:
    target = f"https://www.shop.example/store{STATUS}?consumer_key={KEYS['consumer_key']}"
    shop.says(STATUS, 301, b"", Location=target)
    said = failure(shop.url)
    assert "https://www.shop.example/store;" in said
    assert "Use the address it redirects to" in said
    assert len(shop.asked) == 1


def test_a_redirect_to_itself_is_the_shops_rules(shop: FakeShop) -> None:
    shop.says(STATUS, 302, b"", Location="/wp-json/login")
    assert "redirect rules" in failure(shop.url)


def test_a_closed_port_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert "refuses connections" in failure(f"http://127.0.0.1:{port}")


def test_an_unknown_name_says_so() -> None:
    def nobody(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    assert "typing error" in failure("https://nosuch.example", guarded_session(False, resolve=nobody))


def test_a_silent_shop_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert "did not answer in time" in failure(url, guarded_session(True, (0.2, 0.2)))


def test_https_to_a_port_without_it_says_so(shop: FakeShop) -> None:
    assert "https one" in failure(shop.url.replace("http:", "https:"))


def test_an_inner_address_is_refused_in_the_guards_words() -> None:
    assert "this machine itself" in failure("https://127.0.0.1:8443", guarded_session(False))


def test_keys_are_both_needed() -> None:
    with pytest.raises(Misuse):
        read_shop(session(), "https://shop.example", {"consumer_key": "ck_1", "consumer_secret": ""})


@responses.activate
def test_over_https_the_keys_go_as_basic() -> None:
    responses.get(f"https://shop.example{STATUS}", body=body("system_status"))
    responses.get(f"https://shop.example{INDEX}", body=body("index.wp_json"))
    assert read_shop(requests.Session(), "https://shop.example", KEYS).detail["auth"] == "basic"
    first, second, _ = (call.request for call in responses.calls)
    expected = base64.b64encode(b"ck_0123456789:cs_SECRET").decode()
    assert first.headers["Authorization"] == f"Basic {expected}"
    assert "consumer_secret" not in str(first.url)
    assert "Authorization" not in second.headers


@responses.activate
def test_a_host_that_strips_the_header_gets_the_keys_in_the_query() -> None:
    match = responses.matchers.query_param_matcher(KEYS, strict_match=False)
    responses.get(f"https://shop.example{STATUS}", body=body("system_status"), match=[match])
    responses.get(f"https://shop.example{STATUS}", body=body("err.bad_key"), status=401)
    responses.get(f"https://shop.example{INDEX}", body=body("index.wp_json"))
    assert read_shop(requests.Session(), "https://shop.example", KEYS).detail["auth"] == "query"


@responses.activate
def test_a_wrong_key_over_https_names_what_else_it_may_be() -> None:
    responses.get(f"https://shop.example{STATUS}", body=body("err.bad_key"), status=401)
    said = failure("https://shop.example", requests.Session())
    assert "came over https" in said
    assert "X-Forwarded-Proto" in said


@responses.activate
def test_a_bad_certificate_names_the_setting_for_tests() -> None:
    broken = requests.exceptions.SSLError(ssl.SSLCertVerificationError(1, "certificate verify failed"))
    responses.get(f"https://shop.example{STATUS}", body=broken)
    assert "verify_ssl: false" in failure("https://shop.example", requests.Session())
