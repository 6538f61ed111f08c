"""The guarded session: what it connects to, and what it refuses. Name and wire are stood in for; TLS is real.

The stand-in resolver answers what a test says; the stand-in dialler writes down the address it was given
and connects to a server on this machine, which has a certificate for shop.test.
"""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from collector.domain.errors import SourceUnavailable
from collector.outgoing.guard import AddressRefused, AnswerTooLarge, guarded_session

PUBLIC = "93.184.216.34"


class Handler(BaseHTTPRequestHandler):
    """/to/<address> redirects there; /size/<n> answers n bytes; everything else says hello."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/"))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = b"hello"
        if self.path.startswith("/size/"):
            body = b"x" * int(self.path.removeprefix("/size/"))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@dataclass
class Wire:
    """Names and their answers, one answer per lookup (the last one repeats); and what was dialled."""

    port: int
    certificate: str
    names: dict[str, list[list[str]]] = field(default_factory=dict)
    lookups: list[str] = field(default_factory=list)
    dialled: list[tuple[str, int]] = field(default_factory=list)

    def resolve(self, host: str, port: int) -> list[str]:
        self.lookups.append(host)
        answers = self.names.get(host)
        if answers is None:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def dial(self, ip: str, port: int, timeout: float | None) -> socket.socket:
        self.dialled.append((ip, port))
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def session(self, allow_insecure: bool = False, answer_limit: int = 1000) -> requests.Session:
        session = guarded_session(
            allow_insecure, (2, 2), resolve=self.resolve, dial=self.dial, answer_limit=answer_limit
        )
        session.verify = self.certificate
        return session


def make_certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop.test")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("shop.test")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, private = folder / "shop.pem", folder / "shop.key"
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return chain, private


@pytest.fixture(scope="module")
def tls_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str]]:
    chain, private = make_certificate(tmp_path_factory.mktemp("tls"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, private)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server.server_address[1], str(chain)
    server.shutdown()
    server.server_close()


@pytest.fixture
def wire(tls_server: tuple[int, str]) -> Wire:
    return Wire(*tls_server, names={"shop.test": [[PUBLIC]]})


@pytest.fixture
def plain_server() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_a_public_shop_is_reached_at_the_checked_address(wire: Wire) -> None:
    assert wire.session().get("https://shop.test/").text == "hello"
    assert wire.dialled == [(PUBLIC, 443)]


def test_any_port_may_be_used(wire: Wire) -> None:
    wire.session().get("https://shop.test:8443/")
    assert wire.dialled == [(PUBLIC, 8443)]


def test_a_second_answer_of_the_resolver_is_never_asked_for(wire: Wire) -> None:
    wire.names["shop.test"] = [[PUBLIC], ["127.0.0.1"]]
    assert wire.session().get("https://shop.test/").text == "hello"
    assert (wire.lookups, wire.dialled) == (["shop.test"], [(PUBLIC, 443)])


def test_the_next_connection_is_judged_again(wire: Wire) -> None:
    wire.names["shop.test"] = [[PUBLIC], ["127.0.0.1"]]
    session = wire.session()
    session.get("https://shop.test/", headers={"Connection": "close"})
    session.close()
    with pytest.raises(AddressRefused):
        session.get("https://shop.test/")
    assert wire.dialled == [(PUBLIC, 443)]


def test_one_private_address_among_public_ones_refuses_the_name(wire: Wire) -> None:
    wire.names["shop.test"] = [[PUBLIC, "10.0.0.7"]]
    with pytest.raises(AddressRefused, match=r"10\.0\.0\.7"):
        wire.session().get("https://shop.test/")
    assert wire.dialled == []


def test_the_certificate_is_checked_against_the_name(wire: Wire) -> None:
    wire.names["other.test"] = [[PUBLIC]]
    with pytest.raises(requests.exceptions.SSLError):
        wire.session().get("https://other.test/")


@pytest.mark.parametrize(
    ("why", "target"),
    [
        ("cloud metadata", "https://169.254.169.254/latest/meta-data/"),
        ("metadata, not encrypted", "http://169.254.169.254/latest/meta-data/"),
        ("a name for it", "https://inside.test/"),
        ("another scheme", "file:///etc/passwd"),
        ("and another", "ftp://shop.test/"),
        ("off https", "http://shop.test/"),
    ],
)
def test_every_redirect_is_judged(wire: Wire, why: str, target: str) -> None:
    wire.names |= {"inside.test": [["10.0.0.7"]], "169.254.169.254": [["169.254.169.254"]]}
    with pytest.raises(AddressRefused):
        wire.session().get(f"https://shop.test/to/{target}")
    assert wire.dialled == [(PUBLIC, 443)], why


@pytest.mark.parametrize(
    ("why", "url"),
    [
        ("as usual", "https://127.0.0.1/"),
        ("short", "https://127.1/"),
        ("decimal", "https://2130706433/"),
        ("octal", "https://0177.0.0.1/"),
        ("hexadecimal", "https://0x7f000001/"),
        ("mixed", "https://0x7f.1/"),
        ("all zeros", "https://0/"),
        ("IPv6", "https://[::1]/"),
        ("mapped", "https://[::ffff:127.0.0.1]/"),
        ("mapped, in hexadecimal", "https://[::ffff:7f00:1]/"),
        ("by name", "https://localhost/"),
        ("behind a user name", "https://shop.example@127.0.0.1/"),
        ("behind a user name and a password", "https://shop.example:443@127.0.0.1/"),
        ("full-width digits", "https://１２７.0.0.1/"),
        ("metadata", "https://169.254.169.254/"),
        ("metadata in decimal", "https://2852039166/"),
        ("a database's port", "https://127.0.0.1:5432/"),
    ],
)
def test_no_spelling_of_an_inner_address_gets_through(why: str, url: str) -> None:
    """With the system's own resolver: it reads all of these without asking anybody."""
    dialled: list[str] = []

    def dial(ip: str, port: int, timeout: float | None) -> socket.socket:
        dialled.append(ip)
        raise OSError("nothing may be dialled")

    with pytest.raises((AddressRefused, requests.exceptions.InvalidURL)):  # full-width: no host name at all
        guarded_session(False, dial=dial).get(url)
    assert dialled == [], why


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://shop.test/", "gopher://shop.test/"])
def test_only_http_and_https_are_spoken(wire: Wire, url: str) -> None:
    for allow_insecure in (False, True):
        with pytest.raises(AddressRefused):
            wire.session(allow_insecure).get(url)


def test_http_is_refused_unless_allowed(plain_server: int) -> None:
    url = f"http://127.0.0.1:{plain_server}/"
    with pytest.raises(AddressRefused, match="not encrypted"):
        guarded_session(False).get(url)
    assert guarded_session(True).get(url).text == "hello"


def test_a_refusal_is_both_kinds_of_error_and_says_the_cure(wire: Wire) -> None:
    with pytest.raises(SourceUnavailable) as as_ours:
        wire.session().get("http://shop.test/")
    assert isinstance(as_ours.value, requests.RequestException)
    assert "allow_insecure_upstreams" in str(as_ours.value)


def test_an_unknown_name_is_a_connection_error(wire: Wire) -> None:
    with pytest.raises(requests.exceptions.ConnectionError, match="nobody"):
        wire.session().get("https://nobody.test/")


def test_the_next_address_is_tried_when_one_refuses(plain_server: int) -> None:
    tried: list[str] = []

    def dial(ip: str, port: int, timeout: float | None) -> socket.socket:
        tried.append(ip)
        if ip == "::1":
            raise ConnectionRefusedError(111, "refused")
        return socket.create_connection((ip, port), timeout)

    session = guarded_session(True, resolve=lambda host, port: ["::1", "127.0.0.1"], dial=dial)
    assert session.get(f"http://two.test:{plain_server}/").text == "hello"
    assert tried == ["::1", "127.0.0.1"]


def test_too_large_an_answer_is_not_read_to_its_end(wire: Wire) -> None:
    assert len(wire.session(answer_limit=1000).get("https://shop.test/size/1000").content) == 1000
    with pytest.raises(AnswerTooLarge):
        wire.session(answer_limit=1000).get("https://shop.test/size/1001")


def test_a_silent_server_times_out_by_the_sessions_own_limit() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        session = guarded_session(True, (0.2, 0.2))
        with pytest.raises(requests.exceptions.ReadTimeout):
            session.get(f"http://127.0.0.1:{silent.getsockname()[1]}/")


def test_proxies_are_never_used(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    session = wire.session()
    assert session.get("https://shop.test/").text == "hello"
    assert session.get("https://shop.test/", proxies={"https": "http://127.0.0.1:9"}).text == "hello"
