"""gunicorn's settings that are no flags.

The product is imported before the fork, so that web processes share its memory; each makes its own app,
connections and threads after it.
"""

from __future__ import annotations

import ctypes
import signal
from typing import Any

import collector.bootstrap  # noqa: F401 - see above
from collector.cli.supervisor import PR_SET_PDEATHSIG

worker_class = "gthread"
graceful_timeout = 25
timeout = 60
keepalive = 5
accesslog = None
control_socket_disable = True
proc_name = "tajo-web"


def post_worker_init(worker: Any) -> None:
    """A web process ends when gunicorn is killed.

    It would by itself, but only after `graceful_timeout` while a client keeps its connection busy, and holds
    the port so long.
    """
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
