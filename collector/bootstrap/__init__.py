"""The only folder that names concrete classes: it puts the parts together out of the settings.

`create_app` for the web server, `worker_parts` for the worker, `open_desk` for the command line.
A new platform is one line in `parts.make_sources`.
"""

from collector.bootstrap.desk import Desk, migrate, open_desk
from collector.bootstrap.doors import create_app
from collector.bootstrap.log_lines import start_logging
from collector.bootstrap.parts import clock, locations, make_sources, secret_box, shipped
from collector.bootstrap.shops import file_shops, new_shop, policies
from collector.bootstrap.workers import fresh_worker_id, worker_parts

__all__ = [
    "Desk",
    "clock",
    "create_app",
    "file_shops",
    "fresh_worker_id",
    "locations",
    "make_sources",
    "migrate",
    "new_shop",
    "open_desk",
    "policies",
    "secret_box",
    "shipped",
    "start_logging",
    "worker_parts",
]
