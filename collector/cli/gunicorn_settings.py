"""gunicorn's settings that are no flags.

The product is imported before the fork, so that web processes share its memory; each makes its own app,
connections and threads after it.
"""

from __future__ import annotations

import collector.bootstrap  # noqa: F401 - see above

worker_class = "gthread"
graceful_timeout = 25
timeout = 60
keepalive = 5
accesslog = None
control_socket_disable = True
proc_name = "tajo-web"
