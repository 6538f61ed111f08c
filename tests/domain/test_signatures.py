"""Signatures over raw bytes."""

from __future__ import annotations

import pytest

from collector.domain.signatures import base64_sha256, hex_sha256, matches_base64, matches_hex

BODY = b'{"id":7}'
GOOD_BASE64, GOOD_HEX = base64_sha256("new", BODY), hex_sha256("new", BODY)


def test_known_values() -> None:
    # RFC 4231, test case 2.
    text = b"what do ya want for nothing?"
    assert hex_sha256("Jefe", text) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert base64_sha256("Jefe", text) == "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="


@pytest.mark.parametrize(
    ("why", "secrets", "body", "given", "expected"),
    [
        ("right", ["new"], BODY, GOOD_BASE64, True),
        ("the newer of two while rotating", ["old", "new"], BODY, GOOD_BASE64, True),
        ("the older of two while rotating", ["new", "newer"], BODY, GOOD_BASE64, True),
        ("another secret", ["old"], BODY, GOOD_BASE64, False),
        ("no secret", [], BODY, GOOD_BASE64, False),
        ("an empty secret signs what anybody can sign", [""], BODY, base64_sha256("", BODY), False),
        ("one byte changed", ["new"], b'{"id":8}', GOOD_BASE64, False),
        ("a space more", ["new"], BODY + b" ", GOOD_BASE64, False),
        ("missing", ["new"], BODY, "", False),
        ("cut off", ["new"], BODY, GOOD_BASE64[:-4], False),
        ("not base64", ["new"], BODY, "%%%", False),
        ("letters no header has", ["new"], BODY, "ä" * 44, False),
        ("the other notation", ["new"], BODY, GOOD_HEX, False),
    ],
)
def test_base64_signatures(why: str, secrets: list[str], body: bytes, given: str, expected: bool) -> None:
    assert matches_base64(secrets, body, given) is expected, why


@pytest.mark.parametrize(
    ("why", "secrets", "given", "expected"),
    [
        ("right", ["new"], GOOD_HEX, True),
        ("in capitals", ["new"], GOOD_HEX.upper(), True),
        ("either of two while rotating", ["old", "new"], GOOD_HEX, True),
        ("another secret", ["old"], GOOD_HEX, False),
        ("an empty secret", [""], hex_sha256("", BODY), False),
        ("missing", ["new"], "", False),
        ("an odd number of digits", ["new"], GOOD_HEX[:-1], False),
        ("not hexadecimal", ["new"], "z" * 64, False),
        ("the other notation", ["new"], GOOD_BASE64, False),
    ],
)
def test_hexadecimal_signatures(why: str, secrets: list[str], given: str, expected: bool) -> None:
    assert matches_hex(secrets, BODY, given) is expected, why
