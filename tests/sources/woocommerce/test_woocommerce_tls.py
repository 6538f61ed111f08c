"""Certificates as shops have them: what is wrong with each is said, and verify_ssl: false goes on, with a warning."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import threading
import time
import warnings
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from collector.domain.errors import SourceUnavailable
from collector.outgoing.guard import guarded_session
from collector.sources.woocommerce.answers import unreachable
from collector.sources.woocommerce.install import UNCHECKED, read_shop

from .wire_shop import KEY, SECRET, WireShop, serving

KEYS = {"consumer_key": KEY, "consumer_secret": SECRET}
Made = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def certificate(name: str, days: int, issuer: Made | None = None, is_authority: bool = False) -> Made:
    """For the name, good until so many days from now."""
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    names: list[x509.GeneralName] = [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=90))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName(names[: 1 if name == "other.example" else 2]), critical=False)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    return made.sign(issuer[1] if issuer else key, hashes.SHA256()), key


def served(folder: Path, *chain: Made) -> ssl.SSLContext:
    """A server's context with this certificate, and those that sign it."""
    certificates = b"".join(one.public_bytes(serialization.Encoding.PEM) for one, _ in chain)
    no_password = serialization.NoEncryption()
    private = chain[0][1].private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, no_password)
    file = folder / "server.pem"
    file.write_bytes(certificates + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def problem_of(server: ssl.SSLContext, trusted: x509.Certificate) -> ssl.SSLCertVerificationError:
    """What OpenSSL says when it looks at that server, trusting this authority."""
    ours, theirs = socket.socketpair()

    def shake_hands() -> None:
        try:
            with server.wrap_socket(theirs, server_side=True):
                pass
        except (ssl.SSLError, OSError):
            pass  # the other side hangs up: that is the test

    thread = threading.Thread(target=shake_hands)
    thread.start()
    context = ssl.create_default_context(cadata=trusted.public_bytes(serialization.Encoding.PEM).decode())
    with pytest.raises(ssl.SSLCertVerificationError) as failed, ours:
        context.wrap_socket(ours, server_hostname="shop.example")
    thread.join()
    return failed.value


@pytest.mark.parametrize(
    ("why", "chain", "said", "cure"),
    [
        ("expired", lambda ca, _: [certificate("shop.example", -1, ca)], "has expired", "Renew it"),
        ("self-signed", lambda ca, _: [certificate("shop.example", 30)], "is self-signed", "Get a real one"),
        ("of another name", lambda ca, _: [certificate("other.example", 30, ca)], "for another name", "this name"),
        ("without its chain", lambda _, mid: [certificate("shop.example", 30, mid)], "without its chain", "intermed"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_said(why: str, chain: Any, said: str, cure: str, tmp_path: Path) -> None:
    authority = certificate("Authority", 365, is_authority=True)
    middle = certificate("Middle", 365, authority, is_authority=True)
    problem = problem_of(served(tmp_path, *chain(authority, middle)), authority[0])
    found = unreachable("https://shop.example", requests.exceptions.SSLError(problem))
    assert said in str(found), why
    assert cure in found.cure
    assert found.cure.endswith("For tests only: verify_ssl: false.")


def test_a_shop_with_a_bad_certificate_is_read_only_when_told_so(tmp_path: Path) -> None:
    shop = WireShop()
    with serving(shop, served(tmp_path, certificate("shop.example", -1))) as url, guarded_session(True, (5, 5)) as http:
        shop.gate.now = time.time()
        with pytest.raises(SourceUnavailable, match=r"certificate of 127.0.0.1"):
            read_shop(http, url, KEYS)
        assert shop.asked == [], "no key was sent"
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = read_shop(http, url, KEYS, verify_ssl=False)
    assert (found.currency, found.detail["auth"]) == ("EUR", "basic")
    assert UNCHECKED in found.notes
