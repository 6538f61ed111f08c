"""Scripts in every encoding a browser may ask for, compressed once and not in a request.

The script of a platform is the same for thousands of shops but for a few words. So the words come last: what is
before them is compressed when the program starts, and a shop's words are put behind it as they are. That costs
some microseconds and no memory for any shop, where compressing anew costs 20 milliseconds for each.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import brotli  # type: ignore[import-untyped]

GZIP = 31  # zlib's name for "deflate, in the frame of gzip"
LONGEST_TAIL = 65_536  # of one uncompressed block of brotli


@dataclass(frozen=True, slots=True)
class Script:
    """One text, ready in every encoding."""

    digest: str
    encoded: Mapping[str, bytes]  # by Content-Encoding; "": as it is


def complete(text: str) -> Script:
    plain = text.encode()
    encoded = {"br": brotli.compress(plain), "gzip": gzip.compress(plain, 9, mtime=0), "": plain}
    return Script(digest_of(plain), encoded)


def digest_of(plain: bytes) -> str:
    return hashlib.sha256(plain).hexdigest()[:16]


class Beginning:
    """A text whose last words are still to come."""

    def __init__(self, text: str) -> None:
        self._plain = text.encode()
        self._hash = hashlib.sha256(self._plain)
        # Flushed, each ends on a whole byte, and whatever comes next may be put behind it.
        brotli_stream = brotli.Compressor(quality=11)
        self._brotli: bytes = brotli_stream.process(self._plain) + brotli_stream.flush()
        self._gzip_stream = zlib.compressobj(9, zlib.DEFLATED, GZIP)
        self._gzip = self._gzip_stream.compress(self._plain) + self._gzip_stream.flush(zlib.Z_SYNC_FLUSH)

    def ended_with(self, words: str) -> Script:
        """`words`: at least one character, at most 64 KiB."""
        tail = words.encode()
        hashed = self._hash.copy()
        hashed.update(tail)
        gzip_stream = self._gzip_stream.copy()
        encoded = {
            "br": self._brotli + _brotli_end(tail),
            "gzip": self._gzip + gzip_stream.compress(tail) + gzip_stream.flush(),
            "": self._plain + tail,
        }
        return Script(hashed.hexdigest()[:16], encoded)


def _brotli_end(tail: bytes) -> bytes:
    """The tail as the last thing of a brotli stream, uncompressed. Source: RFC 7932, section 9.2.

    From the lowest bit: not the last block (1 bit: 0), its length in 4 nibbles (2 bits: 0), length - 1 (16 bits),
    uncompressed (1 bit: 1), filled up to a byte; then the text; then an empty last block (bits 1 1).
    """
    if not 0 < len(tail) <= LONGEST_TAIL:
        raise ValueError(f"{len(tail)} bytes do not fit into one block")
    header = (len(tail) - 1) << 3 | 1 << 19
    return header.to_bytes(3, "little") + tail + b"\x03"
