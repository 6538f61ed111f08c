"""`tajo brevo check` with a client id in place of a key, over a real connection to the local Brevo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from collector.cli import brevo as brevo_commands
from collector.sandbox.brevo import Account, create_brevo_sandbox, start

SECRET = "s3cret-of-the-client"


@pytest.fixture
def address() -> Iterator[str]:
    server = start(create_brevo_sandbox(state=Account(keys=())))
    address = f"http://127.0.0.1:{server.server_port}"
    client = {"client_id": "tajo", "client_secret": SECRET}
    assert requests.post(f"{address}/_sandbox/clients", json=client, timeout=5).status_code == 200
    yield address
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("why", "secret", "says", "status"),
    [
        ("the right secret", SECRET, "✓ brevo: the key works", 0),
        ("another", "wrong-secret", "✗ brevo: the login answered 401: Invalid client", 1),
    ],
)
def test_a_client_id_opens_the_account_like_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, why: str, secret: str, says: str, status: int
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TAJO_CONFIG", "tajo.yml")
    monkeypatch.delenv("BREVO_API_KEY", raising=False)
    (tmp_path / "tajo.yml").write_text(
        f"allow_insecure_upstreams: true\nbrevo: {{client_id: tajo, client_secret: {secret},"
        f" api_url: '{address}/v3', token_url: '{address}/oauth/token'}}\n"
    )
    done = [CliRunner().invoke(brevo_commands.command, [name]) for name in ("setup", "check")]
    assert says in done[1].output, (why, done[1].output)
    assert done[1].exit_code == status, done[1].output
    assert "brevo.client_secret" in done[1].output or status == 0, "it says what to set"
    assert all(secret not in one.output for one in done)
