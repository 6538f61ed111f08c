"""Secrets at rest: encrypted under the newest secret key, readable under all that are given.

Any text is a key (HKDF-SHA256 makes 32 bytes of it), so it should be long and random: the one made here is.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from collector.domain.errors import Unready
from collector.domain.shop import FormerSecret, Secrets
from collector.domain.timestamps import from_text, to_text
from collector.storage.sqlite.file_lock import folder_lock
from collector.storage.sqlite.trouble import unready


class SecretBox:
    """`keys` are oldest to newest, as in the configuration. Raises Unready where none fits or is given."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys or not all(keys):
            raise Unready("secret_key is empty; give at least one, or leave the setting out.")
        self._box = MultiFernet([Fernet(_derive(key)) for key in reversed(keys)])

    def lock(self, secrets_: Secrets) -> str:
        """Encrypted JSON as text."""
        content = {
            "webhook": secrets_.webhook,
            "identity": secrets_.identity,
            "hook_key": secrets_.hook_key,
            "credentials": dict(secrets_.credentials),
            "former": _as_lists(secrets_.former),
            "former_identity": _as_lists(secrets_.former_identity),
        }
        return self._box.encrypt(json.dumps(content).encode()).decode()

    def unlock(self, text: str, whose: str) -> Secrets:
        """The inverse. `whose` names the shop in the error."""
        try:
            content = json.loads(self._box.decrypt(text.encode()))
        except InvalidToken:
            raise _no_key_fits(whose) from None
        return Secrets(
            webhook=tuple(content["webhook"]),
            identity=tuple(content["identity"]),
            hook_key=content["hook_key"],
            credentials=content["credentials"],
            former=_as_secrets(content.get("former", ())),
            former_identity=_as_secrets(content.get("former_identity", ())),
        )

    def opens(self, text: str) -> bool:
        """Whether one of the keys fits."""
        try:
            self._box.decrypt(text.encode())
        except InvalidToken:
            return False
        return True

    def relock(self, text: str, whose: str) -> str:
        """The same content under the newest key."""
        try:
            return self._box.rotate(text.encode()).decode()
        except InvalidToken:
            raise _no_key_fits(whose) from None


def read_or_make_key(path: Path, *, may_create: bool) -> str:
    """The key beside the database; made (0600) when absent and allowed. Raises Unready."""
    try:
        if not path.exists() and may_create:
            with folder_lock(path.parent):
                if not path.exists():
                    _make_key(path)
        key = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise Unready(
            f"{path}: no secret key there; restore it, set `secret_key`, or let `tajo serve` make one."
        ) from None
    except UnicodeDecodeError:
        raise Unready(f"{path}: not a secret key; restore it from a backup.") from None
    except OSError as error:
        raise unready(path, error) from error
    if not key:
        raise Unready(f"{path}: empty; restore the secret key from a backup.")
    return key


def _make_key(path: Path) -> None:
    """Under another name first: nobody ever reads half a key."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)


def _as_lists(former: Sequence[FormerSecret]) -> list[list[str]]:
    return [[one.secret, to_text(one.until)] for one in former]


def _as_secrets(former: Iterable[Sequence[str]]) -> tuple[FormerSecret, ...]:
    return tuple(FormerSecret(secret, from_text(until)) for secret, until in former)


def _derive(key: str) -> bytes:
    material = HKDF(SHA256(), 32, salt=None, info=b"tajo secrets at rest, 1").derive(key.encode())
    return base64.urlsafe_b64encode(material)


def _no_key_fits(whose: str) -> Unready:
    return Unready(
        f"the secrets of {whose} were encrypted with another key; put that key first in `secret_key`,"
        " or restore the key file beside the database."
    )
