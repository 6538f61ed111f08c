"""Compressed beginnings with words put behind them are what compressing the whole would give a reader."""

from __future__ import annotations

import gzip
from hashlib import sha256

import brotli  # type: ignore[import-untyped]
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collector.web.encodings import LONGEST_TAIL, Beginning, Script, complete

READERS = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}
SCRIPT = "var answer = document.querySelector('main').textContent;\n" * 200


def read(script: Script) -> set[bytes]:
    return {READERS[name](encoded) for name, encoded in script.encoded.items()}


@given(beginning=st.text(max_size=300), words=st.text(min_size=1, max_size=300))
@example(beginning="", words="x")
@example(beginning=SCRIPT, words="y" * 255)
@example(beginning=SCRIPT, words="y" * 256)
@example(beginning=SCRIPT, words="y" * 257)
@example(beginning=SCRIPT, words="y" * LONGEST_TAIL)
def test_every_encoding_reads_as_the_whole_text(beginning: str, words: str) -> None:
    script, whole = Beginning(beginning).ended_with(words), (beginning + words).encode()
    assert read(script) == {whole}
    assert script.digest == sha256(whole).hexdigest()[:16]


def test_one_beginning_serves_any_number_of_shops() -> None:
    beginning = Beginning(SCRIPT)
    scripts = {words: beginning.ended_with(words) for words in ("one", "two", "three")}
    assert {words: read(script) for words, script in scripts.items()} == {
        words: {(SCRIPT + words).encode()} for words in scripts
    }
    assert len({script.digest for script in scripts.values()}) == 3


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_words_put_behind_cost_hardly_more_than_themselves(encoding: str) -> None:
    words = '({"siteKey":"aB3dE6gH9jK2mN5pQ8sT1v","consentMode":"required"});'
    apart = Beginning(SCRIPT).ended_with(words).encoded[encoding]
    assert len(apart) <= len(complete(SCRIPT).encoded[encoding]) + len(words) + 16


@pytest.mark.parametrize("length", [0, LONGEST_TAIL + 1])
def test_words_that_do_not_fit_are_refused(length: int) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        Beginning("x").ended_with("y" * length)
