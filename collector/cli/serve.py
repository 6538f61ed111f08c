"""`tajo serve`: checks everything first, then becomes the small parent of the web server and the worker."""

from __future__ import annotations

import errno
import json
import os
import socket
import sys
from pathlib import Path

import click

from collector.bootstrap import fresh_worker_id, migrate
from collector.cli.settings import settings
from collector.config import Bind
from collector.domain.errors import Misuse, Unready

# Measured on two cores with 8 and 32 connections: 8, 16 and 32 threads answer alike. 16 leave room for slow disks.
THREADS = 16
_HERE = Path(__file__).parent


@click.command("serve")
@click.option("--bind", "bind_text", metavar="HOST:PORT", help="Where to listen; else the setting `bind`.")
@click.option(
    "--web-workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Web processes. Rate limits are counted in each.",
)
@click.option("--no-worker", is_flag=True, help="The web server alone; run `tajo worker` elsewhere.")
def command(bind_text: str | None, web_workers: int, no_worker: bool) -> None:
    """Run the web server and a worker, until stopped with Ctrl-C or SIGTERM."""
    if bind_text is not None:
        os.environ["TAJO_BIND"] = bind_text  # the children read it too
    config = settings()
    if not config.public_url and not config.bind.is_loopback:
        raise Misuse(
            f"public_url is missing: bound to {config.bind}, the server must know the address under which"
            " shops reach it; set public_url, or bind to 127.0.0.1"
        )
    check_port(config.bind)
    migrate(config)
    click.echo(f"tajo: http://{config.bind}  (stop with Ctrl-C)", err=True)
    plan = {
        "web": web_command(config.bind, web_workers),
        "worker": None if no_worker else [sys.executable, "-m", "collector", "worker", "--id", fresh_worker_id()],
    }
    sys.stdout.flush()
    sys.stderr.flush()
    # -P: the folder of the file is no place to import from.
    parent = [sys.executable, "-P", str(_HERE / "supervisor.py"), json.dumps(plan)]
    os.execv(sys.executable, parent)  # noqa: S606


def web_command(bind: Bind, web_workers: int) -> list[str]:
    return [
        *(sys.executable, "-m", "gunicorn", "wsgi:app"),
        *("--config", str(_HERE / "gunicorn_settings.py")),
        *("--pythonpath", str(_HERE.parent.parent)),
        *("--bind", str(bind), "--workers", str(web_workers), "--threads", str(THREADS)),
    ]


def check_port(bind: Bind) -> None:
    """Raises Unready if nothing could listen there."""
    family = socket.AF_INET6 if ":" in bind.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind.host, bind.port))
        except OSError as error:
            raise Unready(f"bind: {bind}: {_why(error)}") from None


def _why(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "the port is in use; stop the other program, or give another with --bind or TAJO_BIND"
    if error.errno == errno.EACCES:
        return "this user may not listen there; choose a port from 1024 up"
    return f"cannot listen there ({error.strerror or error}); give an address of this machine with --bind"
