"""/metrics: who may look, and what stands there."""

from __future__ import annotations

import pytest
from flask import Flask

from collector.domain.figures import Figure
from collector.web.metrics import MetricsServices, blueprint

KEY = "key-of-the-api"
HERE, ELSEWHERE = "127.0.0.1", "192.0.2.7"
FIGURES = [
    Figure("tajo_ready", "1 when everything answers.", (), [((), 1.0)]),
    Figure("tajo_waiting", "Rows.", ("shop", "lane"), [(('a"b\\c', "live"), 3), (("b", "history"), 0)]),
    Figure("tajo_nothing", "None yet.", ("shop",)),
]


def app(token: str = KEY) -> Flask:
    made = Flask("metrics")
    made.register_blueprint(blueprint(MetricsServices(lambda: FIGURES, token)))
    return made


@pytest.mark.parametrize(
    ("why", "remote", "headers", "status"),
    [
        ("from this machine", HERE, {}, 200),
        ("from this machine, by IPv6", "::1", {}, 200),
        ("from elsewhere", ELSEWHERE, {}, 401),
        ("from elsewhere, with the key", ELSEWHERE, {"Authorization": f"Bearer {KEY}"}, 200),
        ("whatever the case of the word", ELSEWHERE, {"Authorization": f"bearer {KEY}"}, 200),
        ("with another key", ELSEWHERE, {"Authorization": "Bearer another"}, 401),
        ("as a password", ELSEWHERE, {"Authorization": f"Basic {KEY}"}, 401),
        ("through a proxy on this machine", HERE, {"X-Forwarded-For": ELSEWHERE}, 401),
        ("through a proxy that says it comes from here", HERE, {"X-Forwarded-For": HERE}, 401),
        ("through a proxy that speaks the standard", HERE, {"Forwarded": "for=192.0.2.7"}, 401),
        ("through a proxy, with the key", HERE, {"X-Forwarded-For": ELSEWHERE, "Authorization": f"Bearer {KEY}"}, 200),
        ("by a socket nobody knows the address of", "", {}, 401),
    ],
)
def test_who_may_look(why: str, remote: str, headers: dict[str, str], status: int) -> None:
    answer = app().test_client().get("/metrics", headers=headers, environ_overrides={"REMOTE_ADDR": remote})
    assert answer.status_code == status, why
    assert ("tajo_ready" in answer.text) == (status == 200), why


@pytest.mark.parametrize("header", ["Bearer ", "Bearer", ""])
def test_without_a_key_an_empty_one_opens_nothing(header: str) -> None:
    asked = app(token="").test_client()
    answer = asked.get("/metrics", headers={"Authorization": header}, environ_overrides={"REMOTE_ADDR": ELSEWHERE})
    assert answer.status_code == 401


def test_it_is_written_as_prometheus_reads_it() -> None:
    answer = app().test_client().get("/metrics")
    assert answer.content_type.startswith("text/plain; version=")
    lines = answer.text.splitlines()
    assert "# HELP tajo_waiting Rows." in lines
    assert "# TYPE tajo_waiting gauge" in lines
    assert 'tajo_waiting{lane="live",shop="a\\"b\\\\c"} 3.0' in lines
    assert 'tajo_waiting{lane="history",shop="b"} 0.0' in lines
    assert "tajo_ready 1.0" in lines
