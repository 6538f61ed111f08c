"""Secrets at rest, rotation, and the key beside the database."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.domain.errors import Unready
from collector.domain.shop import FormerSecret, Secrets
from collector.storage.sqlite.secret_box import SecretBox, read_or_make_key

# Under the key "k", from before secrets had an end.
OLDER = (
    "gAAAAABrAqEilbiW7cxvN5d08ElVE7Cik8V1gHjJiL3Q-u7ggdPnQbCoRHej9YScooTZyXYMN5afAVreqAyM6S3D2fbVczQ1ZNYq"
    "dVHOB5M56RI4OfpPd0D_EqgspljuShcjbhwa41H9nYtR-ru4wBHopOfWzc1YpTg-osH12wGZ6Vgt3cy_Bco="
)
SECRETS = Secrets(("old", "new"), ("id",), "hook", {"api_key": "k", "api_secret": "ü"})


@given(st.text(min_size=1), st.lists(st.text()), st.text(), st.dictionaries(st.text(), st.text()))
def test_what_is_locked_opens_again(key: str, hooks: list[str], hook_key: str, given_: dict[str, str]) -> None:
    secrets = Secrets(tuple(hooks), (), hook_key, given_)
    key = key.encode("utf-8", "replace").decode()
    box = SecretBox([key])
    assert box.unlock(box.lock(secrets), "shop") == secrets


def test_former_secrets_are_kept_with_their_end_and_older_texts_have_none() -> None:
    box, until = SecretBox(["k"]), datetime(2026, 11, 22, 12, tzinfo=UTC)
    former = (FormerSecret("old", until),)
    secrets = Secrets(("new",), former=former, former_identity=former)
    assert box.unlock(box.lock(secrets), "shop") == secrets
    assert box.unlock(OLDER, "shop") == Secrets(("new",))
    assert "old" not in repr(secrets)
    assert "old" not in repr(secrets.former)


def test_nothing_stands_in_the_clear() -> None:
    assert "hook" not in SecretBox(["k"]).lock(SECRETS)


def test_rotation_old_text_opens_new_text_needs_the_new_key() -> None:
    old, both, new = SecretBox(["1"]), SecretBox(["1", "2"]), SecretBox(["2"])
    written_before = old.lock(SECRETS)
    assert both.unlock(written_before, "shop") == SECRETS
    assert new.unlock(both.lock(SECRETS), "shop") == SECRETS
    assert new.unlock(both.relock(written_before, "shop"), "shop") == SECRETS
    with pytest.raises(Unready):
        old.unlock(both.lock(SECRETS), "shop")


def test_a_wrong_key_names_the_shop_and_the_cure() -> None:
    text = SecretBox(["1"]).lock(SECRETS)
    for attempt in (SecretBox(["2"]).unlock, SecretBox(["2"]).relock):
        with pytest.raises(Unready, match=r"mug\.example .*put that key first in `secret_key`"):
            attempt(text, "mug.example")


@pytest.mark.parametrize("keys", [[], [""], ["a", ""]])
def test_an_empty_key_is_refused(keys: list[str]) -> None:
    with pytest.raises(Unready, match="secret_key is empty"):
        SecretBox(keys)


def test_the_key_is_made_once_for_this_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "tajo.key"
    with pytest.raises(Unready, match=r"tajo\.key: no secret key there"):
        read_or_make_key(path, may_create=False)
    key = read_or_make_key(path, may_create=True)
    assert len(key) > 40
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_or_make_key(path, may_create=True) == read_or_make_key(path, may_create=False) == key
    assert [found.name for found in tmp_path.iterdir()] == ["tajo.key"]


@pytest.mark.parametrize(("content", "complaint"), [(b"", "empty"), (b"\xff\xfe", "not a secret key")])
def test_a_broken_key_file_is_never_replaced(content: bytes, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "tajo.key"
    path.write_bytes(content)
    with pytest.raises(Unready, match=complaint):
        read_or_make_key(path, may_create=True)
    assert path.read_bytes() == content
